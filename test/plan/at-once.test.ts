/** @file Places of graphics cards: what is read is still there, and memory is hardly more than what is alive at once. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { type Node, sourceOf, viewedNode } from '../../src/ir/graph.ts';
import type { LoweredProgram } from '../../src/plan/lowered-program.ts';
import type { Slot } from '../../src/plan/plan-memory.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { planPrograms } from '../../src/plan/plan-programs.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { liveSet } from '../../src/report/memory-timeline.ts';
import { webgpu } from '../../src/targets/webgpu/target.ts';

const zoo = (name: string) => readFileSync(new URL(`../../examples/zoo/${name}.cnn`, import.meta.url), 'utf8');

/** Transformed filters, statistics of a batch, a norm of all gradients, sums of labels. */
const NETWORKS = {
  'cifar-resnet': [zoo('cifar-resnet'), 16],
  shufflenet: [zoo('shufflenet'), 4],
  own: [
    `network Own {
      input image: [3, 16, 16]
      target label: class(5)
      logits = image -> conv(16, 3x3, pad: same) -> batchnorm -> relu -> conv(32, 3x3, pad: same) -> relu -> dropout(0.3)
                     -> conv(32, 3x3, stride: 2) -> layernorm -> flatten -> dense(5)
      loss crossentropy(logits, label, weights: [1, 2, 1, 3, 1])
      metric accuracy(logits, label)
      output probs = softmax(logits)
    }
    train Own { optimizer adamw(lr: 0.01)  clip norm(1) }`,
    32,
  ],
} as const;

const planned = Object.entries(NETWORKS).map(([name, [source, maxBatch]]) => {
  const { elaboration } = compileSource(source, `${name}.cnn`);
  const request = { elaboration: elaboration!, target: webgpu, programs: TRAINER_PROGRAMS };
  const lengthFor = (batch: number) => planPrograms({ ...request, maxBatch: batch }).memoryLength;
  return [name, planModule({ ...request, maxBatch }), lengthFor] as const;
});

type Range = readonly [start: number, end: number];

function rangesOf({ start, length, perBlock, perGroup }: Slot, maxBlocks: number, groups: number): Range[] {
  const [copies, stride] = perBlock > 0 ? [maxBlocks, perBlock] : perGroup > 0 ? [groups, perGroup] : [1, 0];
  return Array.from({ length: copies }, (_, k) => [start + k * stride, start + k * stride + length]);
}

const meet = (some: readonly Range[], others: readonly Range[]) =>
  some.some(([from, to]) => others.some(([start, end]) => from < end && start < to));

/** Runs the program on names alone: who wrote last what lies where. */
function runOnPlaces({ name, phases, graph, inputs, slotOf, groups }: LoweredProgram, maxBlocks: number): number {
  const rangesOfNode = (node: Node) => rangesOf(slotOf(node), maxBlocks, groups);
  const there = new Map<Node, Range[]>();
  for (const node of graph.nodes) if (sourceOf(node)) there.set(node, rangesOfNode(node));
  let reads = 0;
  for (const { kernels } of phases)
    for (const { nodes } of kernels)
      for (const node of nodes) {
        const own = rangesOfNode(node);
        for (const input of node.inputs.map(viewedNode)) {
          expect(there.has(input), `${node.name} reads ${input.name}`).toBe(true);
          const inPlace = sourceOf(input)?.role === 'state' && slotOf(input).start === slotOf(node).start;
          if (!inPlace) expect(meet(own, there.get(input)!), `${node.name} overwrites ${input.name}`).toBe(false);
          reads++;
        }
        for (const [other, ranges] of there) if (meet(own, ranges)) there.delete(other);
        there.set(node, own);
      }
  const results = graph.results.filter(({ role }) => name !== 'predict' || role === 'output');
  for (const { node } of results) expect(there.has(viewedNode(node)), `the result ${node.name}`).toBe(true);
  for (const input of inputs) expect(there.has(input)).toBe(true);
  return reads;
}

describe.each(planned)('%s', (_, plan, lengthFor) => {
  it.each(TRAINER_PROGRAMS)('%s reads what was written', (name) => {
    expect(runOnPlaces(plan.programs[name].lowered, plan.maxBatch)).toBeGreaterThan(10);
  });

  it('needs for fewer images no more than is foretold', () => {
    const { maxBatch, memoryLength } = plan;
    for (const batch of [1, maxBatch / 4, maxBatch / 2])
      expect(lengthFor(batch)).toBeLessThan(1.02 * (memoryLength - plan.floatsPerImage() * (maxBatch - batch)));
  });

  it('takes hardly more than what is alive at once', () => {
    const { plan: memory } = plan.programs.train.lowered;
    expect(4 * memory.arenaLength).toBeLessThan(1.2 * liveSet(plan.plans.train!).bytes);
  });
});
