/**
 * @file Images that are changed at random by more than flips and crops: reflected borders, fields of displacement, new values.
 * A text of its own in place of that of `augment.ts`; it defines `cnncRetouch`.
 */
import type { Affine, AugmentationEffect, ImageSize } from '../training/augmentations/augmentation.ts';
import { compose } from './augment.ts';
import type { StageAugmented } from './feed.ts';

/** Of the image at hand: its value at a pixel of a map, and where to read outside. */
type Pixel = (x: number, y: number, map: number) => number;

/** Mirrors a place beyond the edges, which stand once: -1 is 1. */
function reflect(at: number, length: number): number {
  const period = Math.max(1, 2 * (length - 1));
  const within = ((at % period) + period) % period;
  return Math.min(within, period - within);
}

function pixelOf(values: Float64Array, { height, width }: ImageSize, reflects: boolean, outside: Pixel): Pixel {
  return (x, y, map) => {
    if (reflects) return values[(map * height + reflect(y, height)) * width + reflect(x, width)]!;
    const isInside = x >= 0 && x < width && y >= 0 && y < height;
    return isInside ? values[(map * height + y) * width + x]! : outside(x, y, map);
  };
}

/** The four pixels around a place, each by its nearness. */
function between(pixel: Pixel): Pixel {
  return (atX, atY, map) => {
    const [x, y] = [Math.floor(atX), Math.floor(atY)];
    const [right, down] = [atX - x, atY - y];
    if (right === 0 && down === 0) return pixel(x, y, map);
    const upper = pixel(x, y, map) * (1 - right) + pixel(x + 1, y, map) * right;
    const lower = pixel(x, y + 1, map) * (1 - right) + pixel(x + 1, y + 1, map) * right;
    return upper * (1 - down) + lower * down;
  };
}

const nearest =
  (pixel: Pixel): Pixel =>
  (x, y, map) =>
    pixel(Math.round(x), Math.round(y), map);

const STILL: Affine = [1, 0, 0, 0, 1, 0];

/** As in `augment.ts`; steps that move pixels are taken together as long as nothing lies between them. */
export function retoucher(effects: Readonly<Record<string, AugmentationEffect>>): StageAugmented {
  return (memory, at, lanes, form, values, from, { steps }, drawFor, none = 0, raw = false, isTarget = false) => {
    const [height = 1, width = 1] = form.shape.slice(-2);
    const size = { height, width };
    const { mean, deviation, plane } = form;
    const channelOf = (i: number) => Math.floor(i / plane);
    const unit = values.BYTES_PER_ELEMENT === 1 && !raw ? 1 / 255 : 1;
    let pixels = Float64Array.from({ length: form.size }, (_, i) => values[from + i]! * unit);
    const outside: Pixel = (_x, _y, map) => (raw ? none : mean[channelOf(map * height * width)]!);

    const resample = (source: (x: number, y: number) => readonly [number, number], reflects: boolean): void => {
      const pixel = pixelOf(pixels, size, reflects, outside);
      const sample = raw ? nearest(pixel) : between(pixel);
      pixels = pixels.map((_, i) =>
        sample(...source(i % width, Math.floor(i / width) % height), Math.floor(i / (height * width))),
      );
    };

    let [affine, border]: [Affine, unknown] = [STILL, undefined];
    const move = (): void => {
      const [a, b, c, d, e, f] = affine;
      if (affine !== STILL) resample((x, y) => [a * x + b * y + c, d * x + e * y + f], border === 'reflect');
      affine = STILL;
      border = undefined;
    };
    steps.forEach((step, k) => {
      const { place, displace, paint } = effects[step.kind]!;
      const own = step.border;
      if (!place || (own && border && own !== border)) move();
      if (place) {
        affine = compose(affine, place(step, drawFor(k), size));
        border = own ?? border;
      } else if (displace) {
        const field = displace(step, drawFor(k), size);
        const area = height * width;
        resample((x, y) => [x + field[y * width + x]!, y + field[area + y * width + x]!], own === 'reflect');
      } else if (!isTarget) paint!(step, drawFor(k), { pixels, mean, ...size });
    });
    move();
    for (let i = 0; i < form.size; i++) {
      const channel = channelOf(i);
      memory[at + i * lanes] = raw ? pixels[i]! : (pixels[i]! - mean[channel]!) * (1 / deviation[channel]!);
    }
  };
}
