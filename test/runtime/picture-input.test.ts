/** @file Pictures that a predictor resizes look as those that were read from files for training. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/data/decode/picture.ts';
import { fitPictures } from '../../src/runtime/picture-input.ts';
import { pixelsOf } from '../../src/runtime/pictures.ts';

/** A scene with edges and fine stripes; in one corner it is half transparent. */
function scene(width: number, height: number): Uint8ClampedArray {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const at = 4 * (i * width + j);
      data[at] = 255 * (j / width);
      data[at + 1] = (i - height / 2) ** 2 + (j - width / 3) ** 2 < (height / 4) ** 2 ? 220 : 40;
      data[at + 2] = 128 + 100 * Math.sin(j * 1.9);
      data[at + 3] = i + j < width / 4 ? 128 : 255;
    }
  return data;
}

/** Levels of 255 that pixels are apart on average: hardly any where it becomes smaller, which is the usual case. */
describe('a picture of another size', () => {
  it.each([
    ['smaller', 'cover', [1, 20, 16], 'black', 1],
    ['smaller', 'contain', [3, 20, 16], 'white', 1],
    ['smaller', 'stretch', [3, 13, 29], 'black', 1],
    ['larger', 'cover', [3, 150, 130], 'white', 5],
    ['of the same size', 'cover', [3, 47, 61], 'black', 1],
  ] as const)('%s, %s', async (_, resize, given, background, most) => {
    const shape: readonly number[] = given;
    const [width, height] = [61, 47];
    const data = scene(width, height);
    const folder = mkdtempSync(join(tmpdir(), 'cnnc-pictures-'));
    const file = join(folder, 'scene.png');
    await sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toFile(file);
    const wanted = await decodePicture(file, { shape, resize, background });
    rmSync(folder, { recursive: true });
    const fitted = fitPictures({ width, height, data }, { image: shape }, { resize, background });
    const size = shape.reduce((product, extent) => product * extent, 1);
    const found = pixelsOf({ name: 'image', shape, size } as never, fitted)!;
    const errors = found.map((value, k) => Math.abs(value - wanted[k]!));
    expect(errors.length).toBe(size);
    expect(errors.reduce((sum, error) => sum + error, 0) / size).toBeLessThan(most);
  });
});

it('what is no picture stays as it is, and pictures may have the names of inputs', () => {
  const options = { resize: 'cover', background: 'black' } as const;
  const array = new Float32Array(4);
  expect(fitPictures(array, { image: [1, 2, 2] }, options)).toBe(array);
  const picture = { width: 4, height: 4, data: new Uint8ClampedArray(64).fill(200) };
  const { left, right } = fitPictures({ left: [picture], right: array }, { left: [1, 2, 2], right: [4] }, options) as {
    left: { width: number; data: Uint8ClampedArray }[];
    right: unknown;
  };
  expect(right).toBe(array);
  expect(left[0]!.width).toBe(2);
  // 200 of 255 is opaque, before black.
  expect(left[0]!.data[0]).toBe(Math.round((200 * 200) / 255));
});
