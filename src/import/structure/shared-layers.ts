/**
 * @file Layers that are applied in several places with the same weights. Parts of a body that have one label are one layer: it is
 * bound to a name, `twin = Embed`, and the name is applied.
 */
import { identifier, Names } from '../names.ts';
import { argumentText } from '../texts.ts';
import type { Network, Step } from '../values.ts';
import { type Body, isLayer, type Part } from './parts.ts';

/**
 * What layers of the network are called: what the model calls them, each by a name of its own, but for those that have all weights
 * in common, as the file says.
 */
export function labelsOf(steps: readonly Step[], shared: Network['shared']): Map<Step, string> {
  const names = new Names([], []);
  const labels = new Map<Step, string>();
  const known = new Map<ArrayLike<number>, Step>();
  for (const step of steps) {
    const [first] = step.weights;
    if (!first) continue;
    const before = shared?.has(first.data) ? known.get(first.data) : undefined;
    const tied = before && isSame(before, step);
    labels.set(step, tied ? labels.get(before)! : names.fresh(step.label || step.word));
    if (!tied) known.set(first.data, step);
  }
  return labels;
}

/** Whether one layer does both. */
function isSame(left: Step, right: Step): boolean {
  const told = ({ word, definition, arguments: given }: Step) =>
    JSON.stringify([word, definition, given.map(argumentText)]);
  return (
    left.form === 'stage' &&
    left.operands.length === 1 &&
    right.form === 'stage' &&
    told(left) === told(right) &&
    left.weights.length === right.weights.length &&
    left.weights.every(({ data }, k) => data === right.weights[k]!.data)
  );
}

/** How many weights of the file several layers of the text have a copy of. */
export function copiedWeights(steps: readonly Step[], labels: ReadonlyMap<Step, string>): number {
  const owners = new Map<ArrayLike<number>, Set<string>>();
  for (const step of steps)
    for (const { data } of step.weights) owners.set(data, (owners.get(data) ?? new Set()).add(labels.get(step)!));
  return [...owners.values()].filter(({ size }) => size > 1).length;
}

/** The labels that several parts of the body have. */
export function sharedLabels({ parts }: Body): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const part of parts) {
    if (!isLayer(part) || part.free) continue;
    if (seen.has(part.label)) shared.add(part.label);
    seen.add(part.label);
  }
  return shared;
}

/** Names that shared layers are bound to: what they are called, if that is free and can be a name. */
export function boundNames(body: Body, names: Names): ReadonlyMap<string, string> {
  return new Map([...sharedLabels(body)].map((label) => [label, names.fresh(identifier(label, 'x'))]));
}

export const isShared = (part: Part, shared: ReadonlySet<string>): boolean =>
  isLayer(part) && !part.free && shared.has(part.label);
