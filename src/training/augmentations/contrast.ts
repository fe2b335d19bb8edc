import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, between, grey } from './augmentation.ts';

const attributes = {
  by: number({
    doc: 'the most that values move off or towards their mean, as a share',
    share: true,
    above: 0,
    maximum: 1,
  }),
};

export const effect: AugmentationEffect<typeof attributes> = {
  paint({ by }, draw, picture) {
    const factor = 1 + between(by, draw);
    const { pixels, height, width } = picture;
    let mean = 0;
    for (let i = 0; i < height * width; i++) mean += grey(picture, i) / (height * width);
    for (let i = 0; i < pixels.length; i++) pixels[i] = mean + (pixels[i]! - mean) * factor;
  },
};

export const contrast: Augmentation<typeof attributes> = {
  name: 'contrast',
  summary: 'Moves all values of a training image off the mean of its brightness, or towards it.',
  example: 'augment contrast(by: 20%)',
  attributes,
  fills: false,
  effect,
};
