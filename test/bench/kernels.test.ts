/** @file What `kernels` measures: the contractions of a step, called alone, and the work that they do. */

import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { describeSets } from '../../bench/benchmarks/kernels.mjs';
import { kernelsOf, peakModule } from '../../bench/kernel-tools.ts';
// @ts-expect-error plain JavaScript
import { findNetwork } from '../../bench/networks.mjs';
import { compileSource } from '../../src/compile.ts';
import { type InterpreterContext, runKernel } from '../../src/loop/interpret.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { isolateKernels } from '../../src/tuning/isolate-kernels.ts';
import { enableRelaxedSimd } from '../support/relaxed-simd.ts';

/** Padding, a stride, and batch norm, whose sums are no contractions. */
const text = `network Small {
  input image: [2, 9, 9]
  target label: class(3)
  first = image -> conv(8, 3x3, pad: 1) -> batchnorm -> relu
  logits = first -> conv(4, 3x3, pad: same, stride: 2) -> relu -> flatten -> dense(3)
  loss crossentropy(logits, label)
  output probs = softmax(logits)
}
`;
const { elaboration } = compileSource(text, 'small.cnn');
/** Without tiles: what transformations do is not counted as work. */
const passes = { skip: ['winograd'] };
const plan = planModule({
  elaboration: elaboration!,
  programs: TRAINER_PROGRAMS,
  target: { traits: WASM_TRAITS, threads: false },
  maxBatch: 8,
  passes,
});

/** Operations of each kernel on one block, counted while they are done. */
function countedOperations(): Map<string, number> {
  const { phases, plan: memory } = plan.programs.train.lowered;
  const values = new Float64Array(memory.end).fill(0.5);
  const counts = new Map<string, number>();
  for (const { name, kernel, slots } of phases.flatMap((phase) => phase.kernels)) {
    const context: InterpreterContext = {
      ...{ lanes: WASM_TRAITS.lanes, memory: values, operations: 0 },
      baseOf: (buffer) => slots[kernel.buffers.indexOf(buffer)]!.start,
    };
    runKernel(kernel, context);
    counts.set(name, context.operations);
  }
  return counts;
}

describe('isolated kernels', () => {
  const { kernels, bytes, memoryBytes } = isolateKernels(plan);

  it('are convolutions and dense layers, forward and backward, but no statistics', () => {
    expect(kernels.map(({ name }) => name)).toEqual([
      ...['first.conv', 'logits.relu', 'logits.dense', 'd.logits.dense.weight', 'd.logits.flatten.view'],
      ...['d.logits.conv.weight', 'd.first.batchnorm.normalized', 'd.first.conv.weight'],
    ]);
  });

  it('do as many operations as the interpreter counts', () => {
    const counted = countedOperations();
    for (const { name, box, flops } of kernels) {
      // Of a sum over nothing but images, the interpreter counts the products and not the sum across the lanes.
      const done = box.endsWith(': ') ? flops / 2 : flops;
      const operations = [...counted].find(([key]) => key === `train_${name.replaceAll('.', '_')}`)?.[1];
      expect(operations, name).toBeDefined();
      expect(Math.abs(done / operations! - 1), `${name}: ${done} and ${operations}`).toBeLessThan(1e-6);
    }
  });

  it('compute their own value and nothing else', () => {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(memoryBytes / 65536) });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { env: { memory } });
    const values = new Float32Array(memory.buffer).fill(0.25);
    const { graph, slotOf } = plan.programs.train.lowered;
    for (const { name, export: exported } of kernels) {
      values.fill(0.25);
      (exports[exported] as (...given: number[]) => void)(0, 0, 0);
      const { start, length } = slotOf(graph.nodes.find((node) => node.name === name)!);
      const lanes = graph.nodes.find((node) => node.name === name)!.varying ? WASM_TRAITS.lanes : 1;
      const changed = [...values.keys()].filter((k) => values[k] !== 0.25);
      expect(changed.length, name).toBeGreaterThan(0);
      expect(changed.every((k) => k >= start && k < start + length * lanes)).toBe(true);
    }
  });

  it('of LeNet are in both binaries', () => {
    const { plain, fused, kernels: found } = kernelsOf(findNetwork('lenet').text(), 'lenet.cnn', 64);
    expect(found).toHaveLength(14);
    expect(WebAssembly.validate(plain as BufferSource)).toBe(true);
    expect(fused).toHaveLength(plain.length);
    if (enableRelaxedSimd()) expect(WebAssembly.validate(fused as BufferSource)).toBe(true);
  });
});

describe('the sets of kernels', () => {
  const tools = { kernelsOf: (...given: Parameters<typeof kernelsOf>) => kernelsOf(...given) };

  it('have what is in tiles a second time without them, and the work that it replaces', () => {
    const [tiled, direct] = describeSets(tools, findNetwork('keras-cifar'));
    const inTiles = tiled.kernels.filter((kernel: { tiled: boolean }) => kernel.tiled);
    expect(inTiles.length).toBeGreaterThan(0);
    expect(direct.name).toBe('keras-cifar, untiled');
    const works = direct.kernels.map(({ flops }: { flops: number }) => flops);
    expect(inTiles.map(({ directFlops }: { directFlops: number }) => directFlops)).toEqual(works);
    for (const { flops, directFlops } of inTiles) expect(flops).toBeLessThan(directFlops);
  });

  it('are one set where nothing is in tiles', () => {
    expect(describeSets(tools, findNetwork('lenet'))).toHaveLength(1);
  });
});

describe('the peak', () => {
  const variants = [false, ...(enableRelaxedSimd() ? [true] : [])];

  it.each(variants)('is measured by chains that are computed (fused: %s)', (fused) => {
    const { bytes, flops } = peakModule(3, fused);
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { env: { memory } });
    const values = new Float32Array(memory.buffer);
    // x, y, and three chains.
    values.set([0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
    (exports.run as (iterations: number) => void)(2);
    const steps = flops / (3 * 4 * 2);
    const after = (start: number) => 2 + (start - 2) * 0.5 ** (2 * steps);
    for (let k = 0; k < 12; k++) expect(values[k]).toBeCloseTo(after(2 * k), 5);
  });
});
