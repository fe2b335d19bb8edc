/**
 * @file Which names of a file may be which of a network, where they differ: layers whose tensors have the same shapes, as many of
 * them on both sides, in the order in which they appear. It is proposed, never done.
 */
import { type Described, type Fit, fitOf } from './fit.ts';
import { parseRenaming } from './rename.ts';

export interface Proposal {
  /** For `--map`. */
  readonly rules: readonly string[];
  /** Tensors that fit with them and do not without. */
  readonly gained: number;
  /** Whether the layers follow each other in the same order; else their shapes alone decide. */
  readonly inOrder: boolean;
}

/** Last parts of names that other tools have. */
const LEAVES: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  scale: 'weight',
  w: 'weight',
  beta: 'bias',
  b: 'bias',
  moving_mean: 'running_mean',
  mean: 'running_mean',
  moving_variance: 'running_var',
  moving_var: 'running_var',
  variance: 'running_var',
  var: 'running_var',
};

interface LayerNames {
  readonly name: string;
  /** By what they are called here. */
  readonly leaves: Map<string, Described>;
}

/** The layers of tensors, in order of appearance. */
function layersOf(tensors: readonly Described[]): LayerNames[] {
  const layers = new Map<string, LayerNames>();
  for (const tensor of tensors) {
    const at = tensor.name.lastIndexOf('.');
    const name = tensor.name.slice(0, Math.max(at, 0));
    const leaf = tensor.name.slice(at + 1);
    const layer = layers.get(name) ?? { name, leaves: new Map() };
    layer.leaves.set(Object.hasOwn(LEAVES, leaf) ? LEAVES[leaf]! : leaf, tensor);
    layers.set(name, layer);
  }
  return [...layers.values()];
}

const signatureOf = ({ leaves }: LayerNames): string =>
  [...leaves]
    .map(([leaf, { shape }]) => `${leaf} ${shape.join('x')}`)
    .sort()
    .join(', ');

function bySignature(layers: readonly LayerNames[]): Map<string, LayerNames[]> {
  const groups = new Map<string, LayerNames[]>();
  for (const layer of layers) {
    const signature = signatureOf(layer);
    const group = groups.get(signature);
    if (group) group.push(layer);
    else groups.set(signature, [layer]);
  }
  return groups;
}

export function propose(wanted: readonly Described[], given: readonly Described[]): Proposal | undefined {
  const fit = fitOf(wanted, given);
  if (fit.missing.length === 0 || fit.unused.length === 0) return undefined;
  const found = layerRules(fit, given) ?? tensorRules(fit);
  if (!found) return undefined;
  const gained = fitOf(wanted, mapped(given, found.rules)).taken.length - fit.taken.length;
  return gained > 0 ? { ...found, gained } : undefined;
}

function mapped(given: readonly Described[], rules: readonly string[]): Described[] {
  const parsed = rules.map((rule) => parseRenaming(rule)!);
  return given.map((tensor) => {
    for (const { apply } of parsed) {
      const name = apply(tensor.name);
      if (name !== undefined) return { ...tensor, name };
    }
    return tensor;
  });
}

function layerRules({ missing, unused }: Fit, given: readonly Described[]) {
  const [ours, theirs] = [layersOf(missing), layersOf(unused)];
  const others = bySignature(theirs);
  const pairs: (readonly [old: LayerNames, own: LayerNames])[] = [];
  for (const [signature, own] of bySignature(ours)) {
    const old = others.get(signature) ?? [];
    if (old.length === own.length) for (const [k, layer] of old.entries()) pairs.push([layer, own[k]!]);
  }
  if (pairs.length === 0) return undefined;
  const places = new Map(ours.map((layer, k) => [layer, k]));
  pairs.sort(([, a], [, b]) => places.get(a)! - places.get(b)!);
  const order = pairs.map(([old]) => theirs.indexOf(old));
  const inOrder = order.every((place, k) => k === 0 || place > order[k - 1]!);
  const wishes = new Map(
    pairs.flatMap(([old, own]) => [...old.leaves].map(([leaf, { name }]) => [name, own.leaves.get(leaf)!.name])),
  );
  const single = [...wishes].map(([old, own]) => `${old}=${own}`);
  const rules = pairs.flatMap(([old, own]) => ruleOf(old, own, wishes, given));
  const all = [...new Set(rules)];
  const right = mapped(given, all).every(({ name }, k) => name === (wishes.get(given[k]!.name) ?? name));
  return { rules: right ? all : single, inOrder };
}

/** One for as many layers as it can be, without touching a name that is right. */
function ruleOf(
  old: LayerNames,
  own: LayerNames,
  wishes: ReadonlyMap<string, string>,
  given: readonly Described[],
): string[] {
  const alike = [...old.leaves].every(([leaf, { name }]) => name.endsWith(leaf));
  if (!alike || old.name === '' || own.name === '')
    return [...old.leaves].map(([leaf, { name }]) => `${name}=${own.leaves.get(leaf)!.name}`);
  const [theirs, ours] = [old.name.split('.'), own.name.split('.')];
  while (theirs.length > 0 && ours.length > 0 && theirs.at(-1) === ours.at(-1)) {
    theirs.pop();
    ours.pop();
  }
  const start = (parts: readonly string[]) => [...parts, '*'].join('.');
  const wide = `${start(theirs)}=${start(ours)}`;
  const { apply } = parseRenaming(wide)!;
  const safe = given.every(({ name }) => {
    const now = apply(name);
    return now === undefined || wishes.get(name) === now || /\.num_batches_tracked$/.test(name);
  });
  return [safe && theirs.length > 0 ? wide : `${old.name}.*=${own.name}.*`];
}

/** Names that say nothing of layers: one for one, if the shapes follow each other in the same order. */
function tensorRules({ missing, unused }: Fit) {
  const same =
    missing.length === unused.length && missing.every(({ shape }, k) => shape.join() === unused[k]!.shape.join());
  return same ? { rules: missing.map(({ name }, k) => `${unused[k]!.name}=${name}`), inOrder: true } : undefined;
}
