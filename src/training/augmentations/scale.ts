import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, aboutMiddle, between, border } from './augmentation.ts';

const attributes = {
  by: number({
    doc: 'the most that an image grows or shrinks by, as a share of its size',
    share: true,
    above: 0,
    below: 1,
  }),
  border,
};

export const effect: AugmentationEffect<typeof attributes> = {
  place({ by }, draw, size) {
    const part = 1 / (1 + between(by, draw));
    return aboutMiddle([part, 0, 0, part], size);
  },
};

export const scale: Augmentation<typeof attributes> = {
  name: 'scale',
  summary: 'Enlarges the training images, or makes them smaller, about their middle.',
  example: 'augment scale(by: 20%)',
  attributes,
  fills: true,
  effect,
};
