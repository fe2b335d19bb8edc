/**
 * @file Images that are mixed of two: each with that which follows it in the batch, the last with the first, all in the same shares,
 * as the random numbers of the step say. A text of its own, which defines `cnncMix` where the `train` block has such a word.
 */
import { beta } from '../data/beta.ts';
import { hash } from '../data/hash.ts';
import type { AugmentationEffect, Mixture } from '../training/augmentations/augmentation.ts';
import type { Augment, Counters, StageMixed } from './feed.ts';

/** Keeps its draws apart from those for single images. */
const mixStream = 0x3c6ef372;

const whole: Mixture = { share: 1 };

/** Of how many steps `part` are mixed; both numbers of the Beta distribution that the share is drawn from. */
type MixWord = { readonly kind: string; readonly part: number; readonly alpha: number };

/** What the images of a step are mixed of. */
export function mixtureOf(
  effects: Readonly<Record<string, AugmentationEffect>>,
  { words, size }: NonNullable<Augment['mix']>,
  { seed, step }: Counters,
): Mixture {
  const bits = hash(seed ^ mixStream, step, 0);
  let drawn = 0;
  const draw = () => hash(bits, 1, drawn++) / 2 ** 32;
  const word = words[Math.floor(draw() * words.length)] as MixWord;
  if (draw() >= word.part) return whole;
  return effects[word.kind]!.mix!(word, beta(word.alpha, draw), draw, size);
}

/** Whether an element lies in the box. */
function isCut(i: number, { size: { height, width } }: NonNullable<Augment['mix']>, { box }: Mixture): boolean {
  const [top, left, bottom, right] = box!;
  const [x, y] = [i % width, Math.floor(i / width) % height];
  return y >= top && y < bottom && x >= left && x < right;
}

export function mixer(effects: Readonly<Record<string, AugmentationEffect>>): StageMixed {
  let own = new Float32Array(0);
  let last = { seed: 0, step: -1, mixture: whole };
  return (stager, slot, at, place, feed, counters, stageOne) => {
    const { memory, lanes } = stager;
    const { size, shape, layout } = slot;
    const { role, mixed } = layout;
    const { augment, count } = feed;
    const { seed, step } = counters;
    if (last.seed !== seed || last.step !== step)
      last = { seed, step, mixture: augment?.mix ? mixtureOf(effects, augment.mix, counters) : whole };
    const mixture = augment?.mix ? last.mixture : whole;
    const { share, box } = mixture;
    const partner = share < 1 ? (Math.min(place, count - 1) + 1) % count : place;
    // A map that a box was pasted into is the target of both.
    const isPasted = role === 'image' || (box && shape.length > 1);
    stageOne(stager, slot, at, isPasted || mixed !== 'partner' || role === 'weight' ? place : partner, feed, counters);
    if (role === 'weight' && mixed) memory[at]! *= mixed === 'own' ? share : 1 - share;
    if (!isPasted || partner === place || role === 'seed') return;
    if (own.length < size) own = new Float32Array(size);
    for (let i = 0; i < size; i++) own[i] = memory[at + i * lanes]!;
    stageOne(stager, slot, at, partner, feed, counters);
    for (let i = 0, to = at; i < size; i++, to += lanes)
      if (!box) memory[to] = share * own[i]! + (1 - share) * memory[to]!;
      else if (!isCut(i, augment!.mix!, mixture)) memory[to] = own[i]!;
  };
}
