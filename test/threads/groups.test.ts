/** @file How many groups blocks fall into: as many as the work of a step pays for. */

import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { type ModulePlan, planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { JS_TRAITS } from '../../src/targets/js/target.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { LENET, RESIDUAL } from './networks.ts';

function planOf(source: string, maxBatch: number, threads = true): ModulePlan {
  const { elaboration, diagnostics } = compileSource(source, 'test.cnn');
  if (!elaboration) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return planModule({
    elaboration,
    programs: TRAINER_PROGRAMS,
    target: { traits: WASM_TRAITS, threads },
    maxBatch,
  });
}

/** A dense layer has two multiply-adds per weight and image, but every copy of its gradient is cleared and read. */
const WIDE = `network Wide() {
  input  image: [400]
  target wanted: [400]
  y = image -> dense(400)
  loss mse(y, wanted)
  output y
}
train Wide { optimizer sgd(lr: 0.1) }`;

/** Copies for more than two groups would take above 16 MB, though the batch would pay for them. */
const LARGE = WIDE.replaceAll('400', '1600');

describe('groups', () => {
  it.each([
    ['LeNet-5', LENET, 64, 4],
    ['small maps and few weights', RESIDUAL, 64, 8],
    ['two blocks at most', RESIDUAL, 16, 2],
    ['a single block', RESIDUAL, 8, 1],
    ['weights that cost more than they compute', WIDE, 64, 1],
    ['the same with more images', WIDE, 1024, 4],
    ['copies that would take too much memory', LARGE, 4096, 2],
  ] as const)('of %s', (_, source, maxBatch, groups) => {
    expect(planOf(source, maxBatch).groups).toBe(groups);
  });

  it('are one, without copies, where the target has one thread', () => {
    const { elaboration } = compileSource(LENET, 'lenet.cnn');
    const plan = planModule({
      elaboration: elaboration!,
      programs: TRAINER_PROGRAMS,
      target: { traits: JS_TRAITS, threads: false },
      maxBatch: 64,
    });
    expect(plan.groups).toBe(1);
    expect(
      plan.programs.train.lowered.phases.some(({ kind, combines }) => kind === 'parts' || combines.length > 0),
    ).toBe(false);
  });
});

describe('the plan', () => {
  it.each([
    ['LeNet-5', LENET],
    ['batch norm', RESIDUAL],
  ])('of %s puts what threads share before the arena', (_, source) => {
    const { programs, memoryLength, arenaLength } = planOf(source, 64);
    for (const { lowered } of [programs.train, programs.evaluate]) {
      expect(lowered.plan.arenaStart).toBe(memoryLength - arenaLength);
      for (const [node, { start, perBlock, perGroup, arena, length }] of lowered.plan.slots) {
        const end = start + length;
        if (arena) {
          expect(node.varying && perBlock === 0 && perGroup === 0).toBe(true);
          expect(start).toBeGreaterThanOrEqual(memoryLength - arenaLength);
          expect(end).toBeLessThanOrEqual(memoryLength);
        } else {
          expect(!node.varying || perBlock > 0).toBe(true);
          expect(end).toBeLessThanOrEqual(memoryLength - arenaLength);
        }
      }
    }
  });

  it('has one memory for copies of sums that never overlap', () => {
    const { programs, groups } = planOf(RESIDUAL, 64);
    const { train } = programs;
    const regions = train.lowered.plan.zero.flatMap(({ offset, length, perGroup }) =>
      Array.from({ length: groups }, (_, group) => [offset + group * perGroup, length] as const),
    );
    const taken = new Set<number>();
    for (const [start, length] of regions) for (let k = 0; k < length; k++) taken.add(start + k);
    expect(taken.size).toBe(regions.reduce((sum, [, length]) => sum + length, 0));
    for (const [node, { start, length, perGroup }] of train.lowered.plan.slots)
      if (!node.varying && perGroup === 0) for (let k = 0; k < length; k++) expect(taken.has(start + k)).toBe(false);
  });
});
