/**
 * @file A summary in which equal blocks in a row are told once: the first one layer by layer, then one line for the others
 * with the figures of all of them. What a place sees grows from block to block: the line has that of the last.
 */
import type { LayerSummary, Summary } from './summary.ts';
import { folded } from './summary-depth.ts';

export function foldRepeats(summary: Summary): Summary {
  return { ...summary, layers: foldLevel(summary.layers, 0) };
}

/** Layers of one block, or one layer that is in none. */
interface Part {
  readonly block?: { readonly block: string; readonly path: string };
  readonly layers: readonly LayerSummary[];
  /** Equal parts have the same. */
  readonly key: string;
}

/** `level`: how many blocks lie around all of these layers. */
function foldLevel(layers: readonly LayerSummary[], level: number): LayerSummary[] {
  const parts = partsOf(layers, level);
  const rows: LayerSummary[] = [];
  for (let k = 0; k < parts.length; ) {
    const first = parts[k]!;
    let end = k + 1;
    while (first.block && parts[end]?.key === first.key) end++;
    rows.push(...(first.block ? foldLevel(first.layers, level + 1) : first.layers));
    if (end > k + 1) rows.push(sameAs(first, parts.slice(k + 1, end)));
    k = end;
  }
  return rows;
}

function partsOf(layers: readonly LayerSummary[], level: number): Part[] {
  const groups: { block?: Part['block']; layers: LayerSummary[] }[] = [];
  for (const layer of layers) {
    const block = layer.blocks?.[level];
    const last = groups.at(-1);
    if (block && last?.block?.path === block.path) last.layers.push(layer);
    else groups.push({ ...(block && { block }), layers: [layer] });
  }
  return groups.map((group) => ({ ...group, key: keyOf(group, level) }));
}

/** Where two blocks have the same layers in the same order, they are the same on paper. */
function keyOf({ block, layers }: Pick<Part, 'block' | 'layers'>, level: number): string {
  const figures = layers.map(({ op, attributes, inputs, output, parameters, macs, blocks }) => [
    op,
    attributes,
    inputs,
    output,
    parameters,
    macs,
    blocks?.slice(level + 1).map((one) => one.block),
  ]);
  return JSON.stringify([block?.block, figures]);
}

function sameAs({ block }: Part, others: readonly Part[]): LayerSummary {
  const [first, last] = [others[0]!.block!.path, others.at(-1)!.block!.path];
  const parent = first.slice(0, first.lastIndexOf('.') + 1);
  const end = last.startsWith(parent) ? last.slice(parent.length) : last;
  const name = others.length === 1 ? first : `${first} ... ${end}`;
  const times = others.length === 1 ? '' : `, ${others.length} times`;
  const layers = others.flatMap((part) => part.layers);
  return { ...folded(name, layers, first.split('.').length), name, op: `as ${block!.path}${times}`, attributes: {} };
}
