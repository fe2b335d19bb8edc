/**
 * @file The layers of a model by the blocks around them. An application of a block is a call of a module of its own where it
 * can be: it has parameters, all under its path, and its layers follow each other. What cannot is written out in place.
 */
import type { Node, State } from '../../ir/graph.ts';
import type { BlockInstance, Layer } from '../../semantics/model.ts';

export type Item = { readonly kind: 'layer'; readonly layer: Layer } | { readonly kind: 'call'; readonly scope: Scope };

/** The network, or one application of a block. */
export interface Scope {
  readonly instance?: BlockInstance;
  /** What the names of its parameters begin with, as in `layer1.0.`. */
  readonly prefix: string;
  readonly items: readonly Item[];
  /** Values from outside that it reads, and its values that are read outside, in order. */
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** What the layer computes is what it was given. */
export const isIdentity = (layer: Layer): boolean => layer.inputs[0] === layer.output;

const valuesOf = ({ operands }: Layer) => operands.flatMap((operand) => ('node' in operand ? operand.node : []));

function chainOf(instance: BlockInstance | undefined): BlockInstance[] {
  return instance ? [...chainOf(instance.outer), instance] : [];
}

/** `wanted`: values that are read after the last layer. */
export function scopeOf(layers: readonly Layer[], inputs: readonly Node[], wanted: readonly Node[]): Scope {
  const own = layers.filter((layer) => !isIdentity(layer));
  const readers = new Map<Node, Set<Layer | undefined>>();
  const read = (node: Node, by: Layer | undefined) => readers.set(node, (readers.get(node) ?? new Set()).add(by));
  for (const layer of own) for (const node of valuesOf(layer)) read(node, layer);
  for (const node of wanted) read(node, undefined);
  const members = new Map<BlockInstance, Layer[]>();
  for (const layer of own)
    for (const instance of chainOf(layer.instance)) members.set(instance, [...(members.get(instance) ?? []), layer]);
  const position = new Map(own.map((layer, k) => [layer, k]));
  const callable = new Set(
    [...members]
      .filter(
        ([instance, within]) => isModule(instance, within, own, position) && !isShadowed(instance, within, members),
      )
      .map(([instance]) => instance),
  );
  return scope(own, 0, undefined, { readers, callable, inputs, outputs: wanted });
}

function isModule(
  { path }: BlockInstance,
  layers: readonly Layer[],
  all: readonly Layer[],
  position: ReadonlyMap<Layer, number>,
): boolean {
  const prefix = `${path}.`;
  const states = new Set(layers.flatMap((layer) => layer.states));
  const follows = layers.every((layer, k) => k === 0 || position.get(layer) === position.get(layers[k - 1]!)! + 1);
  if (path === '' || states.size === 0 || !follows) return false;
  if ([...states].some(({ name }) => !name.startsWith(prefix))) return false;
  // What others have under its path must not meet its own: `high.0` of a block `high`, and of what comes behind it.
  const partOf = ({ name }: State) => name.slice(prefix.length).split('.')[0]!;
  const own = new Set([...states].map(partOf));
  const others = all
    .flatMap((layer) => layer.states)
    .filter((state) => state.name.startsWith(prefix) && !states.has(state));
  return !others.some((state) => own.has(partOf(state)) || state.owner!.layer === path);
}

/** Another block has the same path, and other parameters. */
function isShadowed(
  instance: BlockInstance,
  layers: readonly Layer[],
  members: ReadonlyMap<BlockInstance, readonly Layer[]>,
): boolean {
  const states = new Set(layers.flatMap((layer) => layer.states));
  return [...members].some(
    ([other, within]) =>
      other.path === instance.path && within.some((layer) => layer.states.some((state) => !states.has(state))),
  );
}

interface Facts {
  readonly readers: ReadonlyMap<Node, ReadonlySet<Layer | undefined>>;
  readonly callable: ReadonlySet<BlockInstance>;
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

function scope(layers: readonly Layer[], depth: number, instance: BlockInstance | undefined, facts: Facts): Scope {
  const items: Item[] = [];
  for (let k = 0; k < layers.length; ) {
    const calls = chainOf(layers[k]!.instance).filter((one) => facts.callable.has(one));
    const call = calls[depth];
    let end = k + 1;
    while (call && end < layers.length && chainOf(layers[end]!.instance).includes(call)) end++;
    items.push(
      call
        ? { kind: 'call', scope: scope(layers.slice(k, end), depth + 1, call, facts) }
        : { kind: 'layer', layer: layers[k]! },
    );
    k = end;
  }
  const prefix = instance ? `${instance.path}.` : '';
  return { ...(instance && { instance }), prefix, items, ...(instance ? boundary(layers, facts) : facts) };
}

function boundary(layers: readonly Layer[], { readers }: Facts): Pick<Scope, 'inputs' | 'outputs'> {
  const made = new Set(layers.map(({ output }) => output));
  const inside = new Set<Layer | undefined>(layers);
  const inputs = [...new Set(layers.flatMap(valuesOf))].filter((node) => !made.has(node));
  const outputs = [...made].filter((node) => [...(readers.get(node) ?? [])].some((reader) => !inside.has(reader)));
  return { inputs, outputs };
}
