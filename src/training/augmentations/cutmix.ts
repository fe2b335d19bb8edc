import { number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, part } from './augmentation.ts';

const attributes = {
  alpha: number({ doc: 'of Beta(alpha, alpha), which shares are drawn from', default: 1, above: 0, maximum: 100 }),
  part,
};

/**
 * Yun et al. 2019: the box has the form of the image and its middle is any pixel, so a part may lie outside; the share is corrected to
 * the pixels that are left.
 */
export const effect: AugmentationEffect<typeof attributes> = {
  mix(_, share, draw, { height, width }) {
    const root = Math.sqrt(1 - share);
    const [x, y] = [Math.floor(draw() * width), Math.floor(draw() * height)];
    const [halfWidth, halfHeight] = [Math.floor(width * root) >> 1, Math.floor(height * root) >> 1];
    const [left, right] = [Math.max(x - halfWidth, 0), Math.min(x + halfWidth, width)];
    const [top, bottom] = [Math.max(y - halfHeight, 0), Math.min(y + halfHeight, height)];
    return { share: 1 - ((right - left) * (bottom - top)) / (width * height), box: [top, left, bottom, right] };
  },
};

export const cutmix: Augmentation<typeof attributes> = {
  name: 'cutmix',
  summary: 'Pastes a box of another image of the batch into each, and weighs both targets by their pixels.',
  example: 'augment cutmix',
  attributes,
  fills: false,
  rows: true,
  effect,
};
