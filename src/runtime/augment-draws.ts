/** @file Which images are changed at random, and what the random numbers of each step are. */
import { hash } from '../data/hash.ts';
import type { Augment, ChangeImage, StageAugmented } from './feed.ts';

/** Keeps these draws apart from those for dropout. */
const augmentStream = 0x2545f491;

/** Whether steps change the images of an input, by its name; a target that is a map follows them. */
export function isChanged({ steps, inputs }: Augment, name?: string): boolean {
  return steps.length > 0 && (name === undefined || (inputs?.includes(name) ?? true));
}

export function atRandom(change: ChangeImage): StageAugmented {
  return ({ memory, lanes }, slot, at, place, { augment }, { seed, step }, port, from) => {
    const { name, values, classes, ignore } = port;
    const isTarget = slot.layout.role === 'target';
    if (!augment || !isChanged(augment, isTarget ? undefined : name)) return false;
    const bits = hash(seed ^ augmentStream, step, place);
    const drawFor =
      (k: number, drawn = 0) =>
      () =>
        hash(bits, k, drawn++) / 2 ** 32;
    change(memory, at, lanes, slot, values, from, augment, drawFor, ignore, classes > 0, isTarget);
    return true;
  };
}
