/** @file Applying a block: its body is walked with `in` bound to what flows in, under the path of the instance. */
import type { BlockItem, ReturnStatement } from '../../syntax/ast.ts';
import { instancePath, newGroup } from '../layers/naming.ts';
import { Scope } from '../names/scope.ts';
import { fail, help, KnownFailure } from '../problems.ts';
import { inPlaceName, type Naming, type Place } from '../walk/walk.ts';
import { evaluate } from './expressions.ts';
import { runBody } from './statements.ts';
import { describe, type InstanceValue, type PlacedTensor, type TensorValue, type Value } from './values.ts';

export function applyBlock(place: Place, instance: InstanceValue, flow: PlacedTensor, naming: Naming): TensorValue {
  const { walk, group } = place;
  const { declaration, block, span } = instance;
  const name = block.item.name.text;
  group.hasBlocks = true;
  const path = declaration?.name ?? inPlaceName(place, naming) ?? instancePath(group, name, naming.round !== undefined);
  const run = () => walk.applications.inside({ block: name, path, span }, () => runBlock(place, instance, flow, path));
  if (!declaration) return run();
  let result: TensorValue | undefined;
  const layers = walk.identities.recording(declaration.layers, () => {
    result = run();
  });
  declaration.layers ??= layers;
  return result!;
}

function runBlock(place: Place, instance: InstanceValue, flow: PlacedTensor, path: string): TensorValue {
  const { walk } = place;
  const { item } = instance.block;
  const scope = blockScope(place, instance, flow);
  const body: Place = { walk, scope, group: newGroup(`${path}.`, undefined, undefined, place.group), rounds: '' };
  return returnedBy(body, item);
}

/** Runs the body of a block in a place where `in` and its parameters are known. */
export function returnedBy(place: Place, item: BlockItem): TensorValue {
  const isWhole = !place.walk.options.damage?.isDamaged(item);
  const returned = isWhole && returnOf(item);
  const result = runBody(place, item, 'block');
  if (!result || !returned) throw new KnownFailure();
  if (result.kind === 'tensor') return result;
  return fail('CNN2016', `\`${item.name.text}\` must return a tensor, found ${describe(result)}`, returned.value.span, {
    ...help('return what flows out of its last layer'),
  });
}

/** The last statement of a block, which must be its only `return`. */
export function returnOf({ name, body }: BlockItem): ReturnStatement {
  const returned = body.find((statement) => statement.kind === 'return');
  if (!returned)
    return fail('CNN2016', `\`${name.text}\` returns nothing`, name.span, {
      ...help('end the block with `return` and the tensor that flows out'),
    });
  const next = body[body.indexOf(returned) + 1];
  if (!next) return returned;
  return fail('CNN2017', `\`${next.kind}\` cannot follow \`return\``, next.span, {
    notes: [{ message: 'the block ends here', span: returned.span }],
    ...help('a block returns once, in its last statement'),
  });
}

/** `in` and the parameters; a default may use the parameters before it. */
function blockScope(place: Place, { block, arguments: given }: InstanceValue, flow: PlacedTensor): Scope<Value> {
  const scope = new Scope<Value>(block.scope);
  scope.define({ text: 'in', span: flow.span }, 'parameter', { kind: 'tensor', node: flow.node });
  const defaults: Place = { ...place, scope };
  for (const { name, defaultValue } of block.item.parameters)
    scope.define(name, 'parameter', given.get(name.text) ?? (defaultValue && evaluate(defaults, defaultValue)));
  return scope;
}
