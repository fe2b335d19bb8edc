import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/diagnostics/apply-edits.ts';
import type { Layer } from '../../src/semantics/model.ts';
import { diagnosed, elaborated, network, places } from './elaborated.ts';

function firstLayer(stage: string, before = ''): Layer {
  return elaborated(network(`y = image -> ${stage}`, before)).training.layers[0]!;
}

describe('attributes', () => {
  test('are given by position or by name', () => {
    const expected = {
      channels: 4,
      kernel: [3, 3],
      stride: [2, 2],
      pad: 'same',
      dilation: [1, 1],
      groups: 1,
      bias: false,
      mode: 'zeros',
    };
    expect(firstLayer('conv(4, 3x3, stride: 2, pad: same, bias: false)').attributes).toEqual(expected);
    expect(firstLayer('conv(bias: false, pad: same, stride: 2, kernel: 3, channels: 4)').attributes).toEqual(expected);
  });

  test('a word by its place is the word, though a layer has its name', () => {
    expect(firstLayer('gelu(tanh)').attributes.approximate).toBe('tanh');
    expect(firstLayer('gelu(approximate: tanh)').attributes.approximate).toBe('tanh');
  });

  test.each([
    ['valid', 'valid'],
    ['2', [2, 2, 2, 2]],
    ['1x0', [1, 0, 1, 0]],
    ['[0, 1, 2, 3]', [0, 1, 2, 3]],
    ['full', 'full'],
  ])('pad: %s', (text, expected) => {
    expect(firstLayer(`conv(4, 3x3, pad: ${text})`).attributes.pad).toEqual(expected);
  });

  test('a pair is vertical, then horizontal', () => {
    const { attributes, output } = firstLayer('conv(4, 3x1, stride: 1x2)');
    expect(attributes.kernel).toEqual([3, 1]);
    expect(output.shape).toEqual([4, 6, 4]);
  });

  test('numbers may be computed and have suffixes', () => {
    const before = 'width = 2 * 3\nrate = 1 - 50%';
    expect(firstLayer('conv(width + 2 ^ 2 - 7 % 4, 3x3)', before).attributes.channels).toBe(7);
    expect(firstLayer('dropout(rate)', before).attributes.rate).toBe(0.5);
    expect(firstLayer('dense(1k)', '').attributes.units).toBe(1000);
  });

  test('words can be passed on through parameters', () => {
    const block = 'block B(pad = valid) { return in -> conv(4, 3x3, pad: pad) }';
    expect(firstLayer('B', block).attributes.pad).toBe('valid');
    expect(firstLayer('B(pad: same)', block).attributes.pad).toBe('same');
  });

  test('layers without required attributes need no parentheses', () => {
    expect(firstLayer('dropout').attributes).toEqual({ rate: 0.5 });
    expect(firstLayer('dropout()').attributes).toEqual({ rate: 0.5 });
  });

  test.each([
    ['conv(4, 3x3, padd: 1)', "CNN2020 at 'padd'"],
    ['conv(4, 3x3, pad: [1, 2, 3])', "CNN2023 at '[1, 2, 3]'"],
    ['conv(4, 0x3)', "CNN2024 at '0x3'"],
    ['conv(4, 3x3, 1, same, 1, 1, true, zeros, 7)', "CNN2021 at '1'"],
    ['pad(same)', "CNN2023 at 'same'"],
    ['crop', "CNN3032 at 'crop'"],
    ['conv(4, 3x3, stride: 2 epochs)', "CNN2023 at '2 epochs'"],
    ['conv(4, 1.5)', "CNN2024 at '1.5'"],
    ['leakyrelu(-1)', "CNN2024 at '-1'"],
    ['batchnorm(eps: relu)', "CNN2023 at 'relu'"],
    ['conv(4, 3x3, groups: 3)', "CNN3003 at '3'"],
    ['conv(4, 3x3, groups: 3G)', "CNN2024 at '3G'"],
  ])('%s is refused', (stage, place) => {
    const text = network(`y = image -> ${stage}`);
    const { diagnostics, elaboration } = diagnosed(text);
    expect(places(text, diagnostics)).toEqual([place]);
    expect(elaboration).toBeUndefined();
  });

  test('a misspelt name comes with the edit that mends it', () => {
    const text = network('y = image -> conv(4, 3x3, padd: 1)');
    const fix = diagnosed(text).diagnostics[0]!.fix!;
    const mended = applyEdits(text, fix.edits!);
    expect(elaborated(mended).training.layers[0]?.attributes.pad).toEqual([1, 1, 1, 1]);
  });
});
