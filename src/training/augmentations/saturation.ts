import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, between, grey } from './augmentation.ts';

const attributes = {
  by: number({ doc: 'the most that colours get stronger or paler by, as a share', share: true, above: 0, maximum: 1 }),
};

export const effect: AugmentationEffect<typeof attributes> = {
  paint({ by }, draw, picture) {
    const factor = 1 + between(by, draw);
    const { pixels, height, width } = picture;
    const area = height * width;
    for (let i = 0; i < area; i++) {
      const middle = grey(picture, i);
      for (let at = i; at < pixels.length; at += area) pixels[at] = middle + (pixels[at]! - middle) * factor;
    }
  },
};

export const saturation: Augmentation<typeof attributes> = {
  name: 'saturation',
  summary: 'Makes the colours of a training image stronger or paler.',
  example: 'augment saturation(by: 30%)',
  attributes,
  fills: false,
  colours: true,
  effect,
};
