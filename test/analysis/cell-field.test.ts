/** @file What one place of a map sees, and where its gradient falls. */
import { describe, expect, it } from 'vitest';
import { cellField } from '../../src/analysis/cell-field.ts';
import { effectiveField } from '../../src/check/effective-field.ts';
import { compileSource } from '../../src/compile.ts';
import { boxHolding } from '../../src/report/cell-report.ts';
import type { Model } from '../../src/semantics/model.ts';

function modelOf(layers: string, size = 21): Model {
  const { elaboration } = compileSource(
    `fn nothing(x) = x - x
network N { input image: [1, ${size}, ${size}]\n y = image -> ${layers}\n output y }`,
    'n.cnn',
  );
  return elaboration!.inference;
}

const lastOf = ({ layers }: Model) => layers.at(-1)!;

describe('the field of a place', () => {
  it('is that of the middle unless a place is given', () => {
    const model = modelOf('conv(4, 3x3, stride: 2) -> conv(4, 3x3, dilation: 2)');
    expect(cellField(model, lastOf(model))).toMatchObject({
      place: [2, 2],
      output: [4, 6, 6],
      box: [{ seen: [4, 14] }, { seen: [4, 14] }],
    });
    expect(cellField(model, lastOf(model), [0, 5]).box).toEqual([
      { seen: [0, 10], extent: 21 },
      { seen: [10, 20], extent: 21 },
    ]);
  });

  it('is the whole input behind a dense layer', () => {
    const model = modelOf('flatten -> dense(3)');
    expect(cellField(model, lastOf(model))).toMatchObject({ place: [], box: null });
  });

  it('is where gradients fall, and nowhere else', () => {
    for (const layers of [
      'conv(4, 3x3, stride: 2, pad: same) -> relu -> conv(4, 5x3) -> tanh',
      'conv(4, 3x3) -> maxpool(2) -> upsample(2) -> conv(4, 3x3)',
      'conv(4, 4x4, stride: 2) -> convtranspose(2, 4x4, stride: 2)',
    ]) {
      const model = modelOf(layers);
      const { place, box } = cellField(model, lastOf(model));
      const { shares, axes } = effectiveField(model, lastOf(model), place, { draws: 4 });
      const touched = [...shares].flatMap((share, k) => (share > 0 ? [[Math.floor(k / axes[1]!), k % axes[1]!]] : []));
      const support = [0, 1].map((axis) => {
        const along = touched.map((pixel) => pixel[axis]!);
        return [Math.min(...along), Math.max(...along)];
      });
      expect(support, layers).toEqual(box!.map(({ seen }) => seen));
    }
  });
});

describe('the effective field', () => {
  it('of equal weights has the coefficients of (1 + x + x²)ⁿ, as in Luo et al. 2016', () => {
    const conv = 'conv(1, 3x3, bias: false, init: constant(1))';
    const model = modelOf([conv, conv, conv].join(' -> '), 7);
    const { shares } = effectiveField(model, lastOf(model), [0, 0]);
    const coefficients = [1, 3, 6, 7, 6, 3, 1];
    const squares = coefficients.flatMap((down) => coefficients.map((across) => (down * across) ** 2));
    const sum = squares.reduce((total, square) => total + square, 0);
    shares.forEach((share, k) => void expect(share).toBeCloseTo(squares[k]! / sum, 6));
  });

  it('is told as the box that holds a part of it', () => {
    const shares = Float64Array.from([0, 0, 0, 0, 0.2, 0.1, 0, 0.1, 0.6, 0, 0, 0]);
    expect(boxHolding({ axes: [3, 4], shares }, 0.5)).toEqual([1, 1]);
    expect(boxHolding({ axes: [3, 4], shares }, 0.75)).toEqual([2, 1]);
    expect(boxHolding({ axes: [3, 4], shares }, 1)).toEqual([2, 4]);
  });

  it('is empty where no gradient arrives', () => {
    const model = modelOf('conv(1, 3x3) -> nothing', 7);
    expect(effectiveField(model, lastOf(model), [2, 2]).shares).toHaveLength(0);
  });
});
