/**
 * @file The work that figures tell is that of the loops which are really emitted. Both are counted without running anything:
 * the one on formulas, before fusion, the other on the bounds of loops. They differ by what fusion saves or does twice.
 * Members that take long and have nothing that others have not are for `ZOO=all npx vitest run test/zoo/trip-counts.test.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { executedOperationsOf } from '../../src/analysis/cost.ts';
import { compileSource } from '../../src/compile.ts';
import { formulaOf, type Node } from '../../src/ir/graph.ts';
import { reductionOf } from '../../src/ir/scalar.ts';
import { lowerModule } from '../../src/plan/plan-module.ts';
import { planPrograms } from '../../src/plan/plan-programs.ts';
import type { ProgramName } from '../../src/plan/program-graphs.ts';
import { wasm } from '../../src/targets/wasm/target.ts';
import { operationsOfKernel } from '../support/trip-counts.ts';

const folder = new URL('../../examples/zoo/', import.meta.url);
const long = ['densenet', 'efficientnet_b0', 'googlenet', 'inception_v3', 'vgg'].map((name) => `${name}.cnn`);
const files = readdirSync(folder).filter(
  (name) => name.endsWith('.cnn') && (process.env.ZOO === 'all' || !long.includes(name)),
);

/** What is done for each image, the sums over the batch included. */
const isPerImage = (node: Node) => node.varying || reductionOf(formulaOf(node)?.body ?? ZERO)?.batch === true;
const ZERO = { kind: 'constant', value: 0 } as const;

/** Operations of the loops for each that is told. */
function loopsPerTold(file: string, program: ProgramName): number {
  const { elaboration } = compileSource(readFileSync(new URL(file, folder), 'utf8'), file);
  const request = { elaboration: elaboration!, target: wasm, programs: [program], maxBatch: wasm.traits.lanes };
  // Tiles do fewer operations than are told: those of the convolution.
  const plan = planPrograms({ ...request, passes: { skip: ['winograd'] } });
  const { phases } = lowerModule(plan).programs[program].lowered;
  const kernels = phases.flatMap((phase) => phase.kernels).filter(({ nodes }) => nodes.some(isPerImage));
  const inLoops = kernels.reduce((sum, { kernel }) => sum + operationsOfKernel(kernel, wasm.traits.lanes), 0);
  const told = plan.graphs[program].formulas.nodes.filter(isPerImage);
  return inLoops / told.reduce((sum, node) => sum + executedOperationsOf(node), 0);
}

describe('loops do the operations that are told', () => {
  it.each(files)('%s predicts', (file) => {
    expect(Math.abs(loopsPerTold(file, 'predict') - 1)).toBeLessThan(0.02);
  });

  it.each(['lenet5.cnn', 'allcnn.cnn', 'cifar-resnet.cnn', 'dcgan-discriminator.cnn', 'mobilenet_v1.cnn'])(
    '%s trains',
    (file) => {
      expect(Math.abs(loopsPerTold(file, 'train') - 1)).toBeLessThan(0.05);
    },
  );
});
