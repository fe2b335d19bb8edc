/**
 * @file Images that are changed at random by more than flips and crops: reflected borders, fields of displacement, new values.
 * A text of its own in place of that of `augment.ts`; it defines `cnncRetouch`.
 */
import type { Affine, AugmentationEffect } from '../training/augmentations/augmentation.ts';
import { compose } from './augment.ts';
import { atRandom } from './augment-draws.ts';
import type { ChangeImage, StageAugmented } from './feed.ts';

/** Mirrors a place beyond the edges, which stand once: -1 is 1. */
function reflect(at: number, length: number): number {
  const period = Math.max(1, 2 * (length - 1));
  const within = ((at % period) + period) % period;
  return Math.min(within, period - within);
}

/** An image in work. Its arrays are used again for the next image of the same form. */
class Sheet {
  pixels: Float64Array;
  #before: Float64Array;
  /** Horizontal and vertical. */
  readonly field: Float64Array;
  /** Lies outside of each map of pixels. */
  outside: readonly number[] = [];
  /** Values are classes, which cannot be mixed. */
  raw = false;
  #reflects = false;

  constructor(
    size: number,
    readonly height: number,
    readonly width: number,
  ) {
    this.pixels = new Float64Array(size);
    this.#before = new Float64Array(size);
    this.field = new Float64Array(2 * height * width);
  }

  /** From here on pixels are written, and those before can be read. */
  #turn(reflects: boolean): void {
    [this.pixels, this.#before] = [this.#before, this.pixels];
    this.#reflects = reflects;
  }

  move([a, b, c, d, e, f]: Affine, reflects: boolean): void {
    const { height, width } = this;
    this.#turn(reflects);
    for (let i = 0, map = 0; i < this.pixels.length; map++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++, i++) this.pixels[i] = this.#sample(a * x + b * y + c, d * x + e * y + f, map);
  }

  bend(reflects: boolean): void {
    const { height, width, field } = this;
    const area = height * width;
    this.#turn(reflects);
    for (let i = 0, map = 0; i < this.pixels.length; map++)
      for (let at = 0; at < area; at++, i++)
        this.pixels[i] = this.#sample((at % width) + field[at]!, Math.floor(at / width) + field[area + at]!, map);
  }

  /** The four pixels around a place, each by its nearness; of classes the nearest. */
  #sample(atX: number, atY: number, map: number): number {
    if (this.raw) return this.#pixel(Math.round(atX), Math.round(atY), map);
    const x = Math.floor(atX);
    const y = Math.floor(atY);
    const right = atX - x;
    const down = atY - y;
    if (right === 0 && down === 0) return this.#pixel(x, y, map);
    const upper = this.#pixel(x, y, map) * (1 - right) + this.#pixel(x + 1, y, map) * right;
    const lower = this.#pixel(x, y + 1, map) * (1 - right) + this.#pixel(x + 1, y + 1, map) * right;
    return upper * (1 - down) + lower * down;
  }

  #pixel(x: number, y: number, map: number): number {
    const { height, width } = this;
    const values = this.#before;
    if (this.#reflects) return values[(map * height + reflect(y, height)) * width + reflect(x, width)]!;
    const isInside = x >= 0 && x < width && y >= 0 && y < height;
    if (isInside) return values[(map * height + y) * width + x]!;
    return this.outside[Math.floor((map * this.outside.length * height * width) / values.length)]!;
  }
}

const STILL: Affine = [1, 0, 0, 0, 1, 0];

export function retoucher(effects: Readonly<Record<string, AugmentationEffect>>): StageAugmented {
  return atRandom(changer(effects));
}

/** As in `augment.ts`; steps that move pixels are taken together as long as nothing lies between them. */
export function changer(effects: Readonly<Record<string, AugmentationEffect>>): ChangeImage {
  const sheets = new Map<string, Sheet>();
  return (memory, at, lanes, form, values, from, { steps }, drawFor, none = 0, raw = false, isTarget = false) => {
    const { shape, size, mean, deviation, plane } = form;
    const [height = 1, width = 1] = shape.slice(-2);
    const key = shape.join();
    const sheet = sheets.get(key) ?? new Sheet(size, height, width);
    sheets.set(key, sheet);
    sheet.raw = raw;
    sheet.outside = raw ? [none] : mean;
    const unit = values.BYTES_PER_ELEMENT === 1 && !raw ? 1 / 255 : 1;
    for (let i = 0; i < size; i++) sheet.pixels[i] = values[from + i]! * unit;

    let [affine, border]: [Affine, unknown] = [STILL, undefined];
    const move = (): void => {
      if (affine !== STILL) sheet.move(affine, border === 'reflect');
      affine = STILL;
      border = undefined;
    };
    for (let k = 0; k < steps.length; k++) {
      const step = steps[k]!;
      const { place, displace, paint } = effects[step.kind]!;
      const own = step.border;
      if (!place || (own && border && own !== border)) move();
      if (place) {
        affine = compose(affine, place(step, drawFor(k), sheet));
        border = own ?? border;
      } else if (displace) {
        displace(step, drawFor(k), sheet, sheet.field);
        sheet.bend(own === 'reflect');
      } else if (!isTarget) paint!(step, drawFor(k), { pixels: sheet.pixels, mean, height, width });
    }
    move();
    const { pixels } = sheet;
    for (let i = 0; i < size; i++) {
      const channel = Math.floor(i / plane);
      memory[at + i * lanes] = raw ? pixels[i]! : (pixels[i]! - mean[channel]!) * (1 / deviation[channel]!);
    }
  };
}
