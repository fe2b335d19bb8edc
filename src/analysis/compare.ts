/**
 * @file Two networks side by side: layers that were added, are gone or changed. Layers of one name are the same layer.
 * Others are, if they stand between the same neighbours in the same order and have the same operator: renaming changes no
 * more than the name.
 */
import { alignSequences } from '../common/align-sequences.ts';
import type { LayerSummary, Summary } from './summary.ts';

export interface Comparison {
  /** What differs, in the order of the second network; what is gone stands where it was. */
  readonly layers: readonly LayerChange[];
  readonly totals: { readonly before: Summary['totals']; readonly after: Summary['totals'] };
}

export type LayerChange =
  | { readonly name: string; readonly change: 'added'; readonly before: null; readonly after: LayerSummary }
  | { readonly name: string; readonly change: 'gone'; readonly before: LayerSummary; readonly after: null }
  | { readonly name: string; readonly change: 'changed'; readonly before: LayerSummary; readonly after: LayerSummary };

/** A layer of either network, or of both. */
export interface AlignedLayers {
  readonly before: LayerSummary | null;
  readonly after: LayerSummary | null;
}

export function compareNetworks(before: Summary, after: Summary): Comparison {
  const rows = alignLayers(before.layers, after.layers);
  return { layers: rows.flatMap(changeOf), totals: { before: before.totals, after: after.totals } };
}

function changeOf({ before, after }: AlignedLayers): LayerChange[] {
  if (!before) return after ? [{ name: after.name, change: 'added', before, after }] : [];
  if (!after) return [{ name: before.name, change: 'gone', before, after }];
  return isSame(before, after) ? [] : [{ name: after.name, change: 'changed', before, after }];
}

/** All layers of both, in the order of the second; what is gone stands behind what it stood behind. */
export function alignLayers(before: readonly LayerSummary[], after: readonly LayerSummary[]): AlignedLayers[] {
  const pairs = pairLayers(before, after);
  const partners = new Set(pairs.values());
  const goneBehind = gaps(before, (layer) => (partners.has(layer) ? layer : undefined));
  const gone = (anchor: LayerSummary | undefined): AlignedLayers[] =>
    (goneBehind.get(anchor) ?? []).map((layer) => ({ before: layer, after: null }));
  const rows = after.flatMap((layer): AlignedLayers[] => {
    const partner = pairs.get(layer);
    return partner ? [{ before: partner, after: layer }, ...gone(partner)] : [{ before: null, after: layer }];
  });
  return [...gone(undefined), ...rows];
}

/** By the layers of the second network. */
type Pairs = ReadonlyMap<LayerSummary, LayerSummary>;

function pairLayers(before: readonly LayerSummary[], after: readonly LayerSummary[]): Pairs {
  const named = new Map(before.map((layer) => [layer.name, layer]));
  const pairs = new Map<LayerSummary, LayerSummary>();
  for (const layer of after) if (named.has(layer.name)) pairs.set(layer, named.get(layer.name)!);
  const paired = new Set(pairs.values());
  const gapsBefore = gaps(before, (layer) => (paired.has(layer) ? layer : undefined));
  const gapsAfter = gaps(after, (layer) => pairs.get(layer));
  for (const [anchor, added] of gapsAfter)
    for (const [gone, one] of alignSequences(gapsBefore.get(anchor) ?? [], added, likeness)) pairs.set(one, gone);
  return pairs;
}

/** Layers without a partner, by the partner-bearing layer before them. */
function gaps<Anchor>(layers: readonly LayerSummary[], anchorOf: (layer: LayerSummary) => Anchor | undefined) {
  const found = new Map<Anchor | undefined, LayerSummary[]>();
  let last: Anchor | undefined;
  for (const layer of layers) {
    const anchor = anchorOf(layer);
    if (anchor !== undefined) last = anchor;
    else found.set(last, [...(found.get(last) ?? []), layer]);
  }
  return found;
}

/** 0 for layers that cannot be the same. */
function likeness(one: LayerSummary, other: LayerSummary): number {
  if (one.op !== other.op) return 0;
  const agree = [isSame(one.attributes, other.attributes), isSame(one.output, other.output)];
  return 2 + agree.filter(Boolean).length;
}

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
