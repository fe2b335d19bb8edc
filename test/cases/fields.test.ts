/** @file Receptive fields where places see windows of several sizes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { receptiveFields } from '../../src/analysis/receptive-field.ts';
import { compileSource } from '../../src/compile.ts';

function fieldsOf(text: string, file = 'case.cnn') {
  const { elaboration, diagnostics } = compileSource(text, file);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { training } = elaboration!;
  const fields = receptiveFields(training);
  return new Map(training.layers.map(({ name, output }) => [name, fields.get(output)]));
}

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('fields', () => {
  it('behind upsampling are those of the Jacobian', () => {
    const fields = fieldsOf(textOf('inputs/field-behind-upsampling.cnn'));
    const sizes = ['u', 'v', 'ae.convtranspose2', 'four', 'sub.conv2'].map((name) => fields.get(name)?.size);
    expect(sizes).toEqual([
      [2, 2],
      [4, 4],
      [7, 7],
      [8, 8],
      [5, 5],
    ]);
  });

  it('of the published U-Net are 188 to 204 pixels', () => {
    const field = fieldsOf(textOf('../../examples/zoo/unet.cnn')).get('scores')!;
    expect(field).toEqual({ size: [204, 204], smallest: [188, 188], stride: [1, 1], padding: [15, 15] });
  });

  const network = (layers: string) => `
    op thinned(x[c, h, w], k[p]) -> y[c, i, w] = sum(p) x[c, 3 * i + p, w] * k[p]
    op interleaved(x[c, h, w], k[a]) -> y[c, h, a, w] = x[c, h, w] * k[a]
    network A {
      input x: [1, 60, 60]
      y = x -> conv(4, 3x3, pad: 1) ${layers}
      loss mean(y)
      output y
    }`;

  // By hand: the rows that a place of the result sees at most and at least; places of the convolution see three.
  test.each([
    ['a place between two kernels sees nothing', '-> convtranspose(2, 1x1, stride: 2)', 3, 0],
    ['nearest to a size', '-> upsample(size: 40x40) -> maxpool(2, stride: 1)', 5, 4],
    ['bilinear with aligned corners', '-> upsample(size: 119x119, mode: bilinear, align_corners: true)', 4, 3],
    ['uneven pooling', '-> adaptiveavgpool(40)', 4, 4],
    ['strided operators of the user', '-> upsample(2) -> thinned(p: 2)', 4, 3],
    ['operators of the user that spread', '-> interleaved(a: 2) -> reshape([4, 120, 60]) -> conv(1, 3x3)', 4, 4],
    ['places dealt out and back', '-> pixelunshuffle(2) -> conv(4, 1x1) -> pixelshuffle(2)', 4, 4],
  ])('%s', (_, layers, largest, smallest) => {
    const { size, smallest: least } = [...fieldsOf(network(layers)).values()].at(-1)!;
    expect([size[0], least[0]]).toEqual([largest, smallest]);
  });
});
