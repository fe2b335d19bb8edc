import { integer } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, border, type Draw } from './augmentation.ts';

const attributes = {
  pad: integer({ doc: 'the most pixels that an image is shifted by', minimum: 1, maximum: 255 }),
  border,
};

const shift = (pad: number, draw: Draw) => Math.floor(draw() * (2 * pad + 1)) - pad;

export const effect: AugmentationEffect<typeof attributes> = {
  place: ({ pad }, draw) => [1, 0, shift(pad, draw), 0, 1, shift(pad, draw)],
};

export const crop: Augmentation<typeof attributes> = {
  name: 'crop',
  summary: 'Cuts the training images out at random after padding them, which shifts them.',
  example: 'augment crop(pad: 4)',
  attributes,
  fills: true,
  effect,
};
