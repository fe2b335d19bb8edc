import { integer } from '../../specs/attributes.ts';
import type { Augmentation, AugmentationEffect } from './augmentation.ts';

const attributes = {
  size: integer({ doc: 'height and width of the square in pixels', minimum: 1, maximum: 65_535 }),
};

/** DeVries and Taylor 2017: the middle of the square is any pixel, so a part may lie outside. */
export const effect: AugmentationEffect<typeof attributes> = {
  paint({ size }, draw, { pixels, height, width, mean }) {
    const [left, top] = [Math.floor(draw() * width) - (size >> 1), Math.floor(draw() * height) - (size >> 1)];
    const rows = pixels.length / width;
    for (let row = 0; row < rows; row++) {
      const y = row % height;
      if (y < top || y >= top + size) continue;
      const grey = mean[Math.floor((row * mean.length) / rows)]!;
      pixels.fill(grey, row * width + Math.max(left, 0), row * width + Math.max(0, Math.min(left + size, width)));
    }
  },
};

export const erase: Augmentation<typeof attributes> = {
  name: 'erase',
  summary: 'Blanks a square of each training image, which is 0 after normalisation (cutout).',
  example: 'augment erase(size: 8)',
  attributes,
  fills: false,
  repeatable: true,
  rows: true,
  effect,
};
