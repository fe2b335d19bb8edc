import { describe, expect, it } from 'vitest';
import { bytes } from '../../src/analysis/figure-texts.ts';
import { summarize } from '../../src/analysis/summary.ts';
import { foldLayers } from '../../src/analysis/summary-depth.ts';
import { summaryCsv, summaryMarkdown, summaryTable } from '../../src/analysis/summary-text.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { updateRuleOf } from '../../src/passes/update-rule.ts';
import { adam } from '../../src/training/optimizers/adam.ts';
import { choose } from '../../src/training/word.ts';
import { NetworkBuilder } from '../support/build-network.ts';

const RULE = updateRuleOf(choose(adam));

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
  const states = network.states.all;
  const stored = step.results.flatMap((result) => (result.role === 'assign' ? [result.state] : []));
  const optimizer = stored.filter(({ role }) => role === 'optimizer');
  const memory = {
    states: [...states, ...optimizer],
    activationFloats: 1500,
    end: 3000,
    live: { bytes: 4800, at: 'conv: gradient of conv' },
  };
  const prediction = { states, activationFloats: 500, end: 700, live: { bytes: 2000, at: 'conv' } };
  return summarize({ model, states, step, memory, prediction, batch: 64, block: 8 });
}

describe('summary', () => {
  it('counts parameters, buffers and bytes', () => {
    const { totals, layers, ...rest } = small();
    const parameters = 4 * 3 * 9 + 2 * 4 + 4 * 10 + 10;
    const told = { schema: 1, network: 'Small', inputs: { image: [3, 8, 8] }, batch: 64, block: 8, idleLanes: 0 };
    expect(rest).toEqual(told);
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
      live: { bytes: 4800, at: 'conv: gradient of conv' },
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
    const states = network.states.all;
    const memory = { states, activationFloats: 0, end: 0, live: { bytes: 0, at: '' } };
    const { layers } = summarize({
      model: twice,
      states,
      step: model.graph,
      memory,
      prediction: memory,
      batch: 1,
      block: 8,
    });
    expect(layers.map((layer) => layer.parameters)).toEqual([20, 0]);
  });

  const flops = { forward: 17313, backward: 18383, update: 2282 };
  const known = () => {
    const found = small();
    return { ...found, totals: { ...found.totals, flops } };
  };

  it('prints a table as wide as the terminal', () => {
    const text = summaryTable(known(), { width: 80 });
    expect(text).toMatchInlineSnapshot(`
      "Small: image 3x8x8

      layer                             operator       output  parameters   MACs  sees
      --------------------------------------------------------------------------------
      stage1.0.m..ld_want_to_type.conv  conv 3x3 same  4x8x8          108  6,912   3x3
      norm                              batchnorm      4x8x8            8      0   3x3
      relu                              relu           4x8x8            0      0   3x3
      pool                              globalavgpool  4                0      0   all
      logits                            dense          10              50     40   all
      --------------------------------------------------------------------------------
      parameters  166 and 8 running statistics
      MACs        6,952 per image
      FLOPs       17,313 forward, 18,383 backward per image,
                  2,282 per update; every operation counts, a multiply-add is two
      memory      11.7 KB to train with batches of 64: parameters 664 B,
                  gradients 664 B, optimiser 1.3 KB, activations 5.9 KB,
                  partial sums and the like 3.3 KB;
                  2.7 KB to predict alone: parameters 664 B, activations
                  2.0 KB, transformed weights and the like 136 B
                  (there is room for 8 images at least: so many are computed together)
      live        4.7 KB of activations to train; the plan takes 1.25 times that,
                  most at conv: gradient of conv
                  2.0 KB of activations to predict; the plan takes 1.00 times that
      "
    `);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const name = 'stage1.0.main.with_a_name_that_nobody_would_want_to_type.conv';
    expect(text).not.toContain(name);
    for (const width of [undefined, 120]) expect(summaryTable(known(), { width })).toContain(name);
  });

  it('prints the columns that are asked for, their totals those of the network', () => {
    const columns = ['name', 'flops', 'backward_flops', 'memory', 'kernel'];
    const [head, ...rows] = summaryCsv(small(), { columns }).split('\r\n');
    expect(head).toBe(columns.join());
    expect(rows[0]).toMatch(/\.conv,\d+,\d+,1024,3x3$/);
    const { totals, layers } = small();
    const sums = (['forward', 'backward'] as const).map((stage) =>
      layers.reduce((sum, layer) => sum + layer.flops[stage], 0),
    );
    expect(rows[5]).toBe(`total,${sums},${4 * (3 * 256 + 4 + 10)},`);
    // The rest is done for the loss.
    expect(sums[0]).toBeLessThan(totals.flops.forward);
    expect(sums[0]).toBeGreaterThan(0.9 * totals.flops.forward);
    const table = summaryTable(small(), { columns: ['op', 'memory'], width: 80 });
    expect(table).toContain('\nconv 3x3 same  1.0 KB\n');
  });

  it('folds layers into blocks', () => {
    const found = small();
    const [block, ...others] = foldLayers(
      { ...found, layers: found.layers.map((layer, k) => ({ ...layer, path: ['a', k < 3 ? 'b' : 'c', `${k}`] })) },
      2,
    ).layers;
    expect(block).toMatchObject({ name: 'a.b', op: '3 layers', inputs: [[3, 8, 8]], output: [4, 8, 8] });
    expect([block!.parameters, block!.macs]).toEqual([116, 6912]);
    expect(block!.flops.forward).toBe(found.layers.slice(0, 3).reduce((sum, { flops }) => sum + flops.forward, 0));
    expect(others.map(({ name, op }) => [name, op])).toEqual([['a.c', '2 layers']]);
    expect(foldLayers(found, 9).layers).toEqual(found.layers);
  });

  it('prints CSV and Markdown with totals', () => {
    const csv = summaryCsv(small()).split('\r\n');
    const { flops, memory } = small().layers[1]!;
    expect(csv[1]).toMatch(
      /^stage1\.0\.main\.with_a_name_that_nobody_would_want_to_type\.conv,conv,3x8x8,4x8x8,108,6912,3x3,1x1,1x1,3x3,\d/,
    );
    expect(csv[2]).toBe(
      `norm,batchnorm,4x8x8,4x8x8,8,0,3x3,1x1,1x1,3x3,${flops.forward},${flops.backward},${memory.output},,,,,,${memory.moved},${(flops.forward / memory.moved).toFixed(1)},`,
    );
    expect(csv.slice(6, 8)).toEqual([
      expect.stringMatching(/^total,,,,166,6952,,,,,\d+,\d+,3128,,,,,,\d+,,$/),
      expect.stringMatching(/^update,,,,,,,,,,\d+,,,,,,,,,,$/),
    ]);
    expect(csv.slice(8)).toEqual([
      expect.stringMatching(/^training,,,,,,,,,,\d+,\d+,12000,,,,,,,,$/),
      'prediction,,,,,,,,,,,,2800,,,,,,,,',
      '',
    ]);
    expect(new Set(csv.slice(0, -1).map((line) => line.split(',').length)).size).toBe(1);
    const lines = summaryMarkdown(known()).trimEnd().split('\n');
    expect(lines[1]).toBe('| --- | --- | --- | ---: | ---: | ---: |');
    expect(lines[6]).toBe('| logits | dense | 10 | 50 | 40 | all |');
    expect(lines[7]).toBe('| **total** |  |  | **166** | **6,952** |  |');
    expect(lines.slice(9, 12)).toEqual([
      '- **parameters** 166 and 8 running statistics',
      '- **MACs** 6,952 per image',
      '- **FLOPs** 17,313 forward, 18,383 backward per image, 2,282 per update; every operation counts, a multiply-add is two',
    ]);
    expect(lines[12]).toMatch(/^- \*\*memory\*\* 11\.7 KB to train .* 2\.7 KB to predict alone/);
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
