import { describe, expect, it } from 'vitest';
import { summarize } from '../../src/analysis/summary.ts';
import { bytes, summaryCsv, summaryMarkdown, summaryTable } from '../../src/analysis/summary-text.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { adam } from '../../src/passes/update-rule.ts';
import { NetworkBuilder } from '../support/build-network.ts';

const RULE = adam({ beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, decoupled: false });

/** A batch-norm net with one layer applied twice under a name so long that it must be cut. */
function small() {
  const network = new NetworkBuilder('Small');
  const image = network.input('image', [3, 8, 8]);
  const long = 'stage1.0.main.with_a_name_that_nobody_would_want_to_type.conv';
  let x = network.layer('conv', image, { channels: 4, kernel: 3, pad: 'same', bias: false }, long);
  x = network.layer('relu', network.layer('batchnorm', x, {}, 'norm'), {}, 'relu');
  x = network.layer('dense', network.layer('globalavgpool', x, {}, 'pool'), { units: 10 }, 'logits');
  network.loss('crossentropy', [x, network.classTarget('label', 10)]);
  const model = network.model();
  const step = runPasses(model.graph, trainingPasses(RULE), { stopAfter: 'eliminate-dead' });
  const memory = { activationFloats: 1500, end: 3000 };
  return summarize({ model, states: network.states.all, step, memory, batch: 64 });
}

describe('summary', () => {
  it('counts parameters, buffers and bytes', () => {
    const { totals, layers, ...rest } = small();
    const parameters = 4 * 3 * 9 + 2 * 4 + 4 * 10 + 10;
    expect(rest).toEqual({ schema: 1, network: 'Small', inputs: { image: [3, 8, 8] }, batch: 64 });
    expect(totals.parameters).toBe(parameters);
    expect(totals.trainable).toBe(parameters);
    expect(totals.buffers).toBe(8);
    expect(totals.macs).toBe(4 * 64 * 27 + 40);
    expect(totals.memory).toEqual({
      parameters: 4 * parameters,
      gradients: 4 * parameters,
      // Adam keeps two numbers for each.
      optimizer: 8 * parameters,
      activations: 6000,
      peak: 12000,
    });
    expect(totals.flops.forward).toBeGreaterThan(2 * totals.macs);
    expect(totals.flops.backward).toBeGreaterThan(totals.flops.forward);
    expect(layers.map((layer) => [layer.op, layer.parameters, layer.macs])).toEqual([
      ['conv', 108, 6912],
      ['batchnorm', 8, 0],
      ['relu', 0, 0],
      ['globalavgpool', 0, 0],
      ['dense', 50, 40],
    ]);
    expect(layers[1]!.receptiveField).toEqual({
      size: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
      smallest: [3, 3],
    });
    expect(layers[3]!.receptiveField).toEqual({ size: null, stride: null, padding: null, smallest: null });
    expect(layers[3]!.inputs).toEqual([[4, 8, 8]]);
  });

  it('counts shared parameters once', () => {
    const network = new NetworkBuilder();
    const x = network.input('x', [4]);
    network.layer('dense', x, { units: 4 }, 'own');
    const model = network.model();
    const twice = { ...model, layers: [...model.layers, { ...model.layers[0]!, name: 'own.2' }] };
    const memory = { activationFloats: 0, end: 0 };
    const states = network.states.all;
    const { layers } = summarize({ model: twice, states, step: model.graph, memory, batch: 1 });
    expect(layers.map((layer) => layer.parameters)).toEqual([20, 0]);
  });

  it('prints a table of at most 80 columns', () => {
    const found = small();
    const flops = { forward: 17313, backward: 18383, update: 2282 };
    const text = summaryTable({ ...found, totals: { ...found.totals, flops } });
    expect(text).toMatchInlineSnapshot(`
      "Small: image 3x8x8

      layer                             operator       output  parameters   MACs  sees
      --------------------------------------------------------------------------------
      stage1.0.m..ld_want_to_type.conv  conv           4x8x8          108  6,912   3x3
      norm                              batchnorm      4x8x8            8      0   3x3
      relu                              relu           4x8x8            0      0   3x3
      pool                              globalavgpool  4                0      0   all
      logits                            dense          10              50     40   all
      --------------------------------------------------------------------------------
      parameters  166 and 8 running statistics
      MACs        6,952 per image
      FLOPs       17,313 forward, 18,383 backward per image,
                  2,282 per update
      memory      11.7 KB to train with batches of 64: parameters 664 B,
                  gradients 664 B, optimiser 1.3 KB, activations 5.9 KB,
                  partial sums and the like 3.3 KB
      "
    `);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints CSV and Markdown', () => {
    expect(summaryCsv(small()).split('\r\n').slice(1, 4)).toEqual([
      'stage1.0.main.with_a_name_that_nobody_would_want_to_type.conv,conv,3x8x8,4x8x8,108,6912,3x3,1x1,1x1',
      'norm,batchnorm,4x8x8,4x8x8,8,0,3x3,1x1,1x1',
      'relu,relu,4x8x8,4x8x8,0,0,3x3,1x1,1x1',
    ]);
    const lines = summaryMarkdown(small()).trimEnd().split('\n');
    expect(lines[1]).toBe('| --- | --- | --- | ---: | ---: | ---: |');
    expect(lines.at(-2)).toBe('| logits | dense | 10 | 50 | 40 | all |');
    expect(lines.at(-1)).toBe('| **total** |  |  | **166** | **6,952** |  |');
  });

  it('writes bytes in binary units', () => {
    expect([0, 1023, 1024, 1536, 5 * 1024 ** 2, 3 * 1024 ** 3].map(bytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KB',
      '1.5 KB',
      '5.0 MB',
      '3.0 GB',
    ]);
  });
});
