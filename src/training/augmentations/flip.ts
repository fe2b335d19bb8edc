import { choice, optional } from '../../specs/attributes.ts';
import type { Augmentation, AugmentationEffect } from './augmentation.ts';

const attributes = {
  direction: choice(['horizontal', 'vertical'], { doc: 'along which half of the images are mirrored' }),
  and: optional(choice(['horizontal', 'vertical'], { doc: 'the other direction, if along both' })),
};

export const effect: AugmentationEffect<typeof attributes> = {
  place({ direction, and }, draw, { height, width }) {
    const isMirrored = (along: string) => (direction === along || and === along) && draw() < 0.5;
    const [a, c] = isMirrored('horizontal') ? [-1, width - 1] : [1, 0];
    const [e, f] = isMirrored('vertical') ? [-1, height - 1] : [1, 0];
    return [a, 0, c, 0, e, f];
  },
};

export const flip: Augmentation<typeof attributes> = {
  name: 'flip',
  summary: 'Mirrors half of the training images.',
  example: 'augment flip(horizontal)',
  attributes,
  fills: false,
  repeatable: true,
  effect,
};
