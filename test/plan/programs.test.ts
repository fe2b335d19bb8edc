/** @file Programs are planned as a list, and `summary` tells the memory of the very module that `build` makes. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { planPrograms } from '../../src/plan/plan-programs.ts';
import { type ProgramName, programsOf } from '../../src/plan/program-graphs.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { js } from '../../src/targets/js/target.ts';
import { wasm } from '../../src/targets/wasm/target.ts';
import { importModule } from '../support/load-module.ts';

const examples = new URL('../../examples/', import.meta.url);
const names = readdirSync(examples).filter((name) => name.endsWith('.cnn'));

function elaborated(text: string): Elaboration {
  const { elaboration, diagnostics } = compileSource(text, 'test.cnn');
  expect(diagnostics.filter(({ severity }) => severity !== 'advice')).toEqual([]);
  return elaboration!;
}

const SMALL = `network Small {
  input image: [2, 5, 5]
  target label: class(3)
  y = image -> conv(4, 3x3) -> batchnorm -> relu
  early = y -> flatten -> dense(3)
  scores = y -> conv(8, 3x3) -> flatten -> dense(3)
  loss crossentropy(scores, label) + crossentropy(early, label)
  output probs = softmax(scores)
}
train Small { batch 20  optimizer adam }`;

describe('the memory of the summary', () => {
  it.each(names)('of %s is that of the module', async (name) => {
    const elaboration = elaborated(readFileSync(new URL(name, examples), 'utf8'));
    const { batch, totals } = summaryOf(elaboration);
    const { code, plan } = await emitModule(elaboration, { maxBatch: batch });
    expect(totals.memory.peak).toBe(4 * Number(/memoryLength: (\d+)/.exec(code)![1]));
    const states = plan.state.filter(({ role }) => role === 'optimizer');
    const floats = states.reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
    expect(totals.memory.optimizer).toBe(4 * floats);
  });

  it('to predict is that of a module that only predicts', () => {
    const elaboration = elaborated(SMALL);
    const { prediction } = summaryOf(elaboration, { batch: 8 }).totals;
    const plan = planPrograms({ elaboration, target: wasm, programs: ['predict'], maxBatch: 8 });
    expect(prediction.peak).toBe(4 * plan.memoryLength);
    // The dense layer that only helps training is not there.
    expect(prediction.parameters).toBe(4 * (4 * 2 * 9 + 4 + 2 * 4 + 8 * 4 * 9 + 8 + 3 * 8 + 3));
  });

  it('without a loss is that of predicting', () => {
    const { memory, prediction } = summaryOf(elaborated('network N { input x: [4]  output y = x -> dense(3) }')).totals;
    expect(memory).toEqual({ ...prediction, gradients: 0, optimizer: 0 });
  });
});

describe('a module that only predicts', () => {
  const elaboration = elaborated(SMALL);
  const programs: readonly ProgramName[] = ['predict'];
  const plan = planModule({ elaboration, target: js, programs, maxBatch: 8 });

  it('has no other program, no gradients and no states but those it reads', () => {
    expect(Object.keys(plan.programs)).toEqual(['predict']);
    expect([plan.gradients, plan.scalars]).toEqual([[], []]);
    const read = plan.state.map(({ name }) => name);
    expect(read).toContain('y.batchnorm.running_var');
    expect(read.filter((name) => /optimizer|early/.test(name))).toEqual([]);
    expect(plan.memoryLength).toBeLessThan(
      planPrograms({ elaboration, target: js, programs: programsOf(elaboration), maxBatch: 8 }).memoryLength / 2,
    );
  });

  it('computes what the trainer predicts', async () => {
    const text = await js.print(plan);
    const { code } = await emitModule(elaboration, { target: 'js', program: false });
    const trainer = await (await importModule(code)).createTrainer({ seed: 4 });
    const images = Float32Array.from({ length: 3 * 50 }, (_, k) => Math.sin(k));
    const memory = new Float32Array(plan.memoryLength);
    for (const { name, offset } of plan.state)
      memory.set((trainer.parameters.get(name) ?? trainer.buffers.get(name)!).data, offset);
    const { layout } = plan.programs.predict!;
    const [input, output] = [layout.inputs[0]!, layout.outputs[0]!];
    const { lanes } = plan.traits;
    for (let k = 0; k < 50; k++)
      for (let lane = 0; lane < lanes; lane++)
        memory[input.offset + k * lanes + lane] = images[50 * Math.min(lane, 2) + k]!;
    const phases = new Function('M', `${text}\nreturn instantiate(M).predict;`)(memory);
    for (const phase of phases) phase.run(0, 0, 0);
    const found = [0, 1, 2].flatMap((lane) => [0, 1, 2].map((k) => memory[output.offset + k * lanes + lane]!));
    expect(found).toEqual([...trainer.predict(images)]);
  });
});
