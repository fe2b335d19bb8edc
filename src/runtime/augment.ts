/**
 * @file Images that are changed at random. Modules of networks that train without have no use for it: it is a text of its own,
 * which defines `cnncAugment`, and gets the effects of the words that the `train` block has.
 */
import type { Labels, Pixels } from '../data/dataset.ts';
import type { Affine, AugmentationEffect } from '../training/augmentations/augmentation.ts';
import { atRandom } from './augment-draws.ts';
import type { ChangeImage, PixelForm, StageAugmented } from './feed.ts';

/** Reads the image that begins at `from`. Nothing lies outside of it. */
type Sample = (x: number, y: number, channel: number) => number;

/** First `inner`, then `outer`. */
export function compose([a, b, c, d, e, f]: Affine, [g, h, i, j, k, l]: Affine): Affine {
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** The value at the pixel nearest to a place. */
function nearest(
  { shape, mean, deviation, table, plane }: PixelForm,
  values: Pixels | Labels,
  from: number,
  outside: number,
  raw: boolean,
): Sample {
  const [height = 1, width = 1] = shape.slice(-2);
  const area = height * width;
  const bytes = values.BYTES_PER_ELEMENT === 1;
  return (atX, atY, map) => {
    const [x, y] = [Math.round(atX), Math.round(atY)];
    if (x < 0 || x >= width || y < 0 || y >= height) return outside;
    const value = values[from + map * area + y * width + x]!;
    if (raw) return value;
    const channel = Math.floor((map * area) / plane);
    return bytes ? table[channel * 256 + value]! : (value - mean[channel]!) * (1 / deviation[channel]!);
  };
}

/** The four pixels around a place, each by its nearness. */
function mixed(sample: Sample): Sample {
  return (atX, atY, map) => {
    const [x, y] = [Math.floor(atX), Math.floor(atY)];
    const [right, down] = [atX - x, atY - y];
    const upper = sample(x, y, map) * (1 - right) + sample(x + 1, y, map) * right;
    const lower = sample(x, y + 1, map) * (1 - right) + sample(x + 1, y + 1, map) * right;
    return upper * (1 - down) + lower * down;
  };
}

export function augmenter(effects: Readonly<Record<string, AugmentationEffect>>): StageAugmented {
  return atRandom(mover(effects));
}

/** Pixels from outside the image are zero after normalisation; those from outside a target are `outside`. */
export function mover(effects: Readonly<Record<string, AugmentationEffect>>): ChangeImage {
  return (memory, at, lanes, form, values, from, { steps }, drawFor, outside = 0, raw = false) => {
    const [height = 1, width = 1] = form.shape.slice(-2);
    const placed = steps.reduce<Affine>(
      (places, step, k) => compose(places, effects[step.kind]!.place!(step, drawFor(k), { height, width })),
      [1, 0, 0, 0, 1, 0],
    );
    const [a, b, c, d, e, f] = placed;
    const pixel = nearest(form, values, from, outside, raw);
    const sample = raw || placed.every(Number.isInteger) ? pixel : mixed(pixel);
    for (let i = 0, map = 0; i < form.size; map++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++, i++) memory[at + i * lanes] = sample(a * x + b * y + c, d * x + e * y + f, map);
  };
}
