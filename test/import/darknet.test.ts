/** @file Configurations of Darknet: published sizes, and numbers that PyTorch computes from the same weights. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DarknetNumbers, darknetTensors } from '../../src/exchange/weights/darknet-numbers.ts';
import { importDarknet } from '../../src/import/darknet/import.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { understand } from '../../src/semantics/understand.ts';
import { expectEqual } from '../export/onnx-oracle.ts';
import { predictions } from '../support/predict-imported.ts';

const file = (name: string) => readFileSync(new URL(`texts/${name}`, import.meta.url), 'utf8');
const imported = (text: string, weights?: Uint8Array) =>
  importDarknet(text, {
    path: 'net.cfg',
    name: 'net',
    ...(weights && { weights: { bytes: weights, path: 'net.weights' } }),
  });

describe('published networks', () => {
  const known = new Map<string, Elaboration>();
  const networkOf = (name: string) => {
    if (!known.has(name)) known.set(name, understand(imported(file(name)).text, name).elaboration!);
    return known.get(name)!;
  };

  // Of the weights that are offered for download: their bytes, without those of the header, by four.
  it.each([
    ['yolov2-tiny-voc.cfg', 63_471_556 - 16],
    ['yolov3-tiny.cfg', 35_434_956 - 20],
  ])('%s has as many numbers as its weights', (name, bytes) => {
    expect(4 * sizeOf(networkOf(name).states)).toBe(bytes);
  });

  it('have the operations that their page tells', () => {
    const macs = (name: string) => summaryOf(networkOf(name)).totals.macs;
    // 6.97, 5.56 and 5.58 billion operations, two of them a multiply-add.
    expect((2 * macs('yolov2-tiny-voc.cfg')) / 1e9).toBeCloseTo(6.97, 2);
    expect((2 * macs('yolov3-tiny.cfg')) / 1e9).toBeCloseTo(5.56, 1);
    expect((2 * macs('darknet19.cfg')) / 1e9).toBeCloseTo(5.58, 2);
  });

  it('have an output for each head', () => {
    const { said } = imported(file('yolov3-tiny.cfg'));
    expect(networkOf('yolov3-tiny.cfg').inference.outputs.map(({ node }) => node.shape)).toEqual([
      [255, 13, 13],
      [255, 26, 26],
    ]);
    expect(said).toEqual(['2 [yolo] left out: what it gets is an output']);
  });
});

describe('numbers', () => {
  const oracle = JSON.parse(file('darknet.json')) as Record<'cfg' | 'weights' | 'image' | 'scores' | 'branch', string>;
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
  const floats = (text: string) => new Float32Array(bytes(text).buffer);

  it('are those that PyTorch computes from the same weights', () => {
    const network = imported(oracle.cfg, bytes(oracle.weights));
    expectEqual(predictions(network, [floats(oracle.image)], 2), { scores: floats(oracle.scores) });
  });

  it('are those of a layer inside, read by its name from weights without names', () => {
    const sections = oracle.cfg.split(/(?=\n\[)/);
    const { text } = imported(sections.slice(0, 11).join(''));
    const states = understand(text, 'net.cnn').elaboration!.states;
    const numbers = new DarknetNumbers(bytes(oracle.weights).slice(0, 20 + 4 * sizeOf(states)), 'net.weights');
    expectEqual(predictions({ text, weights: darknetTensors(numbers, states) }, [floats(oracle.image)], 2), {
      scores: floats(oracle.branch),
    });
  });

  it('must be as many as the layers have', () => {
    const weights = bytes(oracle.weights);
    expect(() => imported(oracle.cfg, weights.slice(0, -8))).toThrow('it ends in `[connected], line');
    expect(() => imported(oracle.cfg, new Uint8Array([...weights, 0, 0, 0, 0]))).toThrow('it has 1 numbers more');
    expect(() => imported(oracle.cfg, weights.slice(0, -1))).toThrow('CNN4315');
  });
});

const sizeOf = (states: readonly { readonly shape: readonly number[] }[]) =>
  states.reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);

describe('mistakes', () => {
  it('all layers without a counterpart are told at once', () => {
    const cfg =
      '[net]\nwidth=8\nheight=8\nchannels=1\n[rnn]\n[crnn]\n[convolutional]\nfilters=2\nactivation=odd\n[rnn]\n';
    const failure = catched(() => imported(cfg)) as { diagnostic: { code: string; notes: { message: string }[] } };
    expect(failure.diagnostic.code).toBe('CNN4304');
    expect(failure.diagnostic.notes.map(({ message }) => message)).toEqual([
      '`rnn`: 2, the first of them `[rnn], line 5`',
      '`crnn`: 1, the first of them `[crnn], line 6`',
    ]);
  });

  it('lines and sizes', () => {
    expect(() => imported('[net]\nwidth=8\nheight=8\nhello\n')).toThrow('CNN4314: `net.cfg`, line 4');
    expect(() => imported('')).toThrow('CNN4314');
    expect(() => imported('[net]\nwidth=8\n[convolutional]\n')).toThrow('CNN4305');
    expect(() => imported('[net]\nwidth=8\nheight=8\n[convolutional]\nfilters=-3\n')).toThrow('CNN4304');
  });
});

function catched(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
