/**
 * @file A block in the place of a network: what flows into it is an input, what it returns the output. Its parameters are
 * set as those of a network are, and its layers have the names that they have in its text.
 */
import type { Shape } from '../ir/graph.ts';
import type { BlockItem, NetworkItem } from '../syntax/ast.ts';
import { returnedBy } from './evaluate/blocks.ts';
import { checkExtent } from './layers/apply-operator.ts';
import type { LoadedModules, Module } from './names/modules.ts';
import { didYouMean, fail, help, listed } from './problems.ts';
import type { Place } from './walk/walk.ts';

/** What is walked: a network, or a block in the place of one, and the file that defines it. */
export interface Subject {
  readonly network: NetworkItem | BlockItem;
  readonly module: Module;
}

/** The block that the main file calls `wanted`, its own or an imported one. Reports CNN2048. */
export function chooseBlock({ main }: Pick<LoadedModules, 'main'>, wanted: string): Subject {
  const known = new Map<string, Subject>(
    blocksOf(main).map((item) => [item.name.text, { network: item, module: main }]),
  );
  for (const [{ names }, module] of main.imports)
    for (const { text } of names) {
      const item = blocksOf(module).find(({ name }) => name.text === text);
      if (item && !known.has(text)) known.set(text, { network: item, module });
    }
  const names = [...known.keys()];
  const otherwise = names.length > 0 ? `it has ${listed(names)}` : 'it defines and imports none';
  return (
    known.get(wanted) ??
    fail('CNN2048', `there is no block \`${wanted}\``, undefined, didYouMean(wanted, names, undefined, otherwise))
  );
}

function blocksOf({ program }: Module): BlockItem[] {
  return program.items.filter((item) => item.kind === 'block');
}

/**
 * Makes `in` known, on which defaults of parameters may depend. Reports CNN2047 and CNN2049, where the shape of what flows
 * in was not said, or under another name.
 */
export function openInput({ walk, scope }: Place, { name: { text, span } }: BlockItem): void {
  const given = walk.options.inputShapes ?? new Map<string, Shape>();
  const other = [...given.keys()].find((name) => name !== '' && name !== 'in');
  if (other !== undefined)
    fail('CNN2047', `\`${text}\` has no input \`${other}\``, span, help('what flows into a block is called `in`'));
  const shape = given.get('in') ?? given.get('');
  if (!shape) fail('CNN2049', `what flows into \`${text}\` has no shape`, span, help('say it: `--input 64x32x32`'));
  checkExtent(shape, span, 'an input');
  const node = walk.draft.builder.source({ role: 'image', name: 'in' }, shape, 'in');
  walk.draft.inputs.push({ name: 'in', shape, node });
  scope.define({ text: 'in', span }, 'input', { kind: 'tensor', node });
}

/** What the block returns is the output. */
export function runToOutput(place: Place, item: BlockItem): void {
  const { builder, outputs } = place.walk.draft;
  const { node } = returnedBy(place, item);
  outputs.push({ name: 'out', node });
  builder.results.push({ role: 'output', name: 'out', node });
}
