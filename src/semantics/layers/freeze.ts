/** @file `freeze stem`: the layers of a binding, of an in-place name or below a path are not trained. */
import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { Expression } from '../../syntax/ast.ts';
import { didYouMean, fail, help } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import type { Frozen, Group, Identity } from './naming.ts';

/** `stem`, `stage1.main`, `"layer1.0"` or a list of these. Reports CNN2120. */
export function frozenPaths(place: Place, expression: Expression): Frozen[] {
  if (expression.kind === 'list') return expression.items.flatMap((item) => frozenPaths(place, item));
  const path = pathOf(expression);
  if (path !== undefined) return [{ path: `${place.group.prefix}${path}`, span: expression.span }];
  return fail('CNN2120', '`freeze` takes names of layers', expression.span, {
    ...help('write `freeze stem`, `freeze stage1.main`, `freeze "layer1.0"` or a list of such names'),
  });
}

function pathOf(expression: Expression): string | undefined {
  if (expression.kind === 'identifier') return expression.text;
  if (expression.kind === 'string') return expression.value;
  if (expression.kind !== 'member') return undefined;
  const object = pathOf(expression.object);
  return object === undefined ? undefined : `${object}.${expression.member.text}`;
}

/** The numbers of the layers that are frozen; `names` are those of all layers. Reports CNN2120 and CNN2121. */
export function frozenLayers(
  frozen: readonly Frozen[],
  identities: readonly Identity[],
  names: readonly string[],
): { readonly numbers: ReadonlySet<number>; readonly diagnostics: readonly Diagnostic[] } {
  const numbers = new Set<number>();
  const parametric = identities.filter(({ hasStates }) => hasStates);
  const diagnostics = frozen.flatMap(({ path, span }) => {
    const found = parametric.filter((identity) => isBelow(identity, names[identity.number]!, path));
    for (const { number } of found) numbers.add(number);
    return found.length > 0 ? [] : [nothingFrozen(path, span, parametric, names)];
  });
  if (parametric.length > 0 && diagnostics.length === 0 && numbers.size === parametric.length)
    diagnostics.push(everythingFrozen(frozen[0]!.span));
  return { numbers, diagnostics };
}

/** By its name, or by the binding in which it or a block around it was applied. */
export function isBelow(identity: Identity, name: string, path: string): boolean {
  if (starts(name, path)) return true;
  for (let group: Group | undefined = identity.group; group; group = group.outer)
    if (group.name !== undefined && starts(group.prefix + group.name, path)) return true;
  return false;
}

function starts(name: string, path: string): boolean {
  return name === path || name.startsWith(`${path}.`);
}

function nothingFrozen(path: string, span: Span, layers: readonly Identity[], names: readonly string[]): Diagnostic {
  const bindings = layers.map(({ group }) => (group.name === undefined ? '' : group.prefix + group.name));
  const candidates = new Set([...layers.map(({ number }) => names[number]!), ...bindings]);
  const { fix } = didYouMean(path, [...candidates], undefined, 'freeze a value or a layer that has parameters');
  return diagnostic('CNN2120', `\`${path}\` has no parameters to freeze`, { span, fix });
}

function everythingFrozen(span: Span): Diagnostic {
  const message = 'all parameters are frozen, so nothing is left to train';
  return diagnostic('CNN2121', message, { span, ...help('leave a layer to be trained') });
}
