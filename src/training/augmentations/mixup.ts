import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, part } from './augmentation.ts';

const attributes = {
  alpha: number({ doc: 'of Beta(alpha, alpha), which shares are drawn from', default: 0.2, above: 0, maximum: 100 }),
  part,
};

export const effect: AugmentationEffect<typeof attributes> = { mix: (_, share) => ({ share }) };

/** Zhang, Cissé, Dauphin and Lopez-Paz 2018. */
export const mixup: Augmentation<typeof attributes> = {
  name: 'mixup',
  summary: 'Adds up each image and another of the batch, in random shares that their targets have in the loss.',
  example: 'augment mixup(alpha: 0.2)',
  attributes,
  fills: false,
  effect,
};
