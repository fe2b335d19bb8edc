/** @file Inputs are written for the kernels that read them, and for no others. */

import { expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS, type TrainerProgram } from '../../src/plan/program-graphs.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';

const NETWORK = `network Net {
  input image: [3, 8, 8]
  target label: class(4)
  y = image -> conv(8, 3x3, pad: same) -> batchnorm -> relu -> conv(8, 3x3) -> batchnorm -> relu -> dropout(50%)
  z = y -> flatten -> dense(4)
  loss crossentropy(z, label)
  output probs = softmax(z)
}`;

it('stages an image twice, forward and for the gradient of the weights, however many phases there are', () => {
  const { elaboration, diagnostics } = compileSource(NETWORK, 'net.cnn');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const plan = planModule({
    elaboration: elaboration!,
    programs: TRAINER_PROGRAMS,
    target: { traits: WASM_TRAITS, threads: false },
    maxBatch: 32,
  });
  const stagings = (program: TrainerProgram) => {
    const { lowered, layout } = plan.programs[program];
    const numbers = lowered.phases.flatMap(({ stages }) => stages);
    return Object.fromEntries(
      layout.inputs.map(({ name }, input) => [name, numbers.filter((number) => number === input).length]),
    );
  };
  // Shares of images weigh every sum over the batch: mean, variance and two sums of the gradient of each norm, and the loss.
  expect(plan.programs.train.lowered.phases.filter(({ kind }) => kind === 'blocks')).toHaveLength(7);
  expect(stagings('train')).toEqual({ image: 2, label: 1, weight: 7, seed: 1 });
  expect(stagings('evaluate')).toEqual({ image: 1, label: 1, weight: 1 });
  expect(stagings('predict')).toEqual({ image: 1 });
});
