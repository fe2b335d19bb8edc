import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, aboutMiddle, between, border } from './augmentation.ts';

const attributes = {
  by: number({ doc: 'the most that a row moves against the next, in pixels', above: 0, maximum: 1 }),
  border,
};

export const effect: AugmentationEffect<typeof attributes> = {
  place: ({ by }, draw, size) => aboutMiddle([1, between(by, draw), 0, 1], size),
};

export const shear: Augmentation<typeof attributes> = {
  name: 'shear',
  summary: 'Slants the training images: rows move against each other.',
  example: 'augment shear(by: 0.2)',
  attributes,
  fills: true,
  effect,
};
