import { number } from '../../specs/attributes.ts';
import type { Augmentation, AugmentationEffect } from './augmentation.ts';

const attributes = {
  by: number({ doc: 'deviation of the noise; bytes are 0 to 1', above: 0, maximum: 1e6 }),
};

/** The sum of four even numbers, which is nearly normal: at most 3.5 deviations. */
export const effect: AugmentationEffect<typeof attributes> = {
  paint({ by }, draw, { pixels }) {
    for (let i = 0; i < pixels.length; i++) pixels[i]! += by * Math.sqrt(3) * (draw() + draw() + draw() + draw() - 2);
  },
};

export const noise: Augmentation<typeof attributes> = {
  name: 'noise',
  summary: 'Adds noise to every value of a training image.',
  example: 'augment noise(by: 0.05)',
  attributes,
  fills: false,
  effect,
};
