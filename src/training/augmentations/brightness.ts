import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, between } from './augmentation.ts';

const attributes = {
  by: number({
    doc: 'the most that an image gets brighter or darker by, as a share',
    share: true,
    above: 0,
    maximum: 1,
  }),
};

export const effect: AugmentationEffect<typeof attributes> = {
  paint({ by }, draw, { pixels }) {
    const factor = 1 + between(by, draw);
    for (let i = 0; i < pixels.length; i++) pixels[i]! *= factor;
  },
};

export const brightness: Augmentation<typeof attributes> = {
  name: 'brightness',
  summary: 'Multiplies all values of a training image by one factor.',
  example: 'augment brightness(by: 20%)',
  attributes,
  fills: false,
  effect,
};
