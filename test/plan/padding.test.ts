/** @file Padded values: no two elements in one place, and slices in different sets of the cache. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { layoutOf } from '../../src/loop/layout.ts';
import { lanesOfImages } from '../../src/plan/lanes.ts';
import { paddedDimensions } from '../../src/plan/padded-dimensions.ts';

/** Of 64 sets of lines with 16 floats, those into which slices fall that lie `stride` floats apart. */
function setsOf(stride: number, slices: number): number {
  return new Set(Array.from({ length: slices }, (_, k) => Math.floor((k * stride) / 16) % 64)).size;
}

describe('a layout', () => {
  it('is row-major', () => {
    expect(layoutOf([3, 5, 7], 8)).toEqual({ strides: [280, 56, 8], length: 840 });
    expect(layoutOf([], 8)).toEqual({ strides: [], length: 8 });
  });

  it('spreads the channels of a map over the cache where they are padded', () => {
    expect(setsOf(layoutOf([16, 32, 32], 8).strides[0]!, 16)).toBe(1);
    expect(setsOf(layoutOf([16, 32, 32], 8, 1).strides[0]!, 16)).toBe(16);
    // The same slices, seen by a norm.
    expect(layoutOf([16, 1024], 8, 1).strides[0]).toBe(layoutOf([16, 32, 32], 8, 1).strides[0]);
    expect(layoutOf([16, 28, 28], 8, 1)).toEqual(layoutOf([16, 28, 28], 8));
  });

  it('has a place for every element', () => {
    const shapes = fc.array(fc.constantFrom(1, 2, 3, 4, 8, 16), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.constantFrom(1, 4, 8), fc.nat(4), (shape, unit, padded) => {
        const { strides, length } = layoutOf(shape, unit, padded);
        let places = [0];
        shape.forEach((extent, k) => {
          places = places.flatMap((place) => Array.from({ length: extent }, (_, i) => place + i * strides[k]!));
        });
        const steps = places.slice(1).map((place, k) => place - places[k]!);
        expect(steps.every((step) => step >= unit)).toBe(true);
        expect(places.at(-1)! + unit).toBeLessThanOrEqual(length);
      }),
    );
  });
});

it('pads maps between kernels, also those that a norm views, but neither inputs nor what is flattened or a result', () => {
  const { elaboration, diagnostics } = compileSource(
    `network Net {
      input image: [4, 8, 8]
      target label: class(2)
      normed = image -> conv(4, 3x3, pad: same) -> batchnorm
      flat = normed -> conv(4, 3x3, pad: same) -> flatten -> dense(2)
      loss crossentropy(flat, label)
      output maps = normed -> relu
    }`,
    'net.cnn',
  );
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const padded = paddedDimensions(elaboration!.inference.graph, lanesOfImages);
  const found = Object.fromEntries([...padded].map(([{ name }, dimensions]) => [name, dimensions]));
  expect(found).toEqual({
    'normed.conv.sum': 1,
    'normed.conv': 1,
    'normed.batchnorm.normalized': 1,
    'flat.conv.sum': 1,
  });
});
