import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, between, border } from './augmentation.ts';

const attributes = {
  by: number({
    doc: 'the most that an image is shifted by, as a share of its size',
    share: true,
    above: 0,
    maximum: 1,
  }),
  border,
};

export const effect: AugmentationEffect<typeof attributes> = {
  place: ({ by }, draw, { height, width }) => [1, 0, between(by * width, draw), 0, 1, between(by * height, draw)],
};

export const shift: Augmentation<typeof attributes> = {
  name: 'shift',
  summary: 'Shifts the training images by parts of pixels, too.',
  example: 'augment shift(by: 10%)',
  attributes,
  fills: true,
  effect,
};
