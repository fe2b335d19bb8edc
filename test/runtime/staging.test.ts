import { expect, it } from 'vitest';
import type { Compiled, Executable, ProgramLayout } from '../../src/runtime/executable.ts';
import { createTrainer } from '../../src/runtime/trainer.ts';
import { compileByHand } from './hand-compiled.ts';
import { caught } from './oracle.ts';

const lanes = 2;

/** Two inputs, a tensor target and an output of two channels; its "network" adds the inputs and the target. */
function compilePair(): { compiled: Compiled; seen: number[][] } {
  const program: ProgramLayout = {
    inputs: [
      {
        name: 'left',
        role: 'image',
        shape: [2, 1, 2],
        offset: 0,
        blockStride: 0,
        normalize: { mean: [1, 2], deviation: [1, 10] },
      },
      { name: 'right', role: 'image', shape: [2], offset: 8, blockStride: 0 },
      { name: 'depth', role: 'target', shape: [2, 1, 1], offset: 12, blockStride: 4 },
    ],
    outputs: [{ name: 'sum', shape: [2], offset: 24, blockStride: 4 }],
    zero: [],
    loss: 40,
    metrics: [],
  };
  const seen: number[][] = [];
  const instantiate = (memory: Float32Array): Executable => {
    const look = (block: number): void => {
      seen.push([...memory.slice(0, 12), ...memory.slice(12 + 4 * block, 16 + 4 * block)]);
      for (let i = 0; i < 2 * lanes; i++) memory[24 + 4 * block + i] = memory[8 + i]! * 10;
    };
    const phase = { kind: 'blocks', stages: [0, 1, 2], collects: [0], run: look } as const;
    return { train: [phase], update: [], evaluate: [phase], predict: [{ ...phase, stages: [0, 1] }] };
  };
  const base = compileByHand().compiled;
  const network = {
    ...base.network,
    inputs: { left: [2, 1, 2], right: [2] },
    targets: { depth: { kind: 'tensor' as const, shape: [2, 1, 1] } },
  };
  const predict = { ...program, inputs: program.inputs.slice(0, 2) };
  const programs = { train: program, evaluate: program, predict };
  const compiled = {
    ...base,
    network,
    lanes,
    memoryLength: 41,
    state: [],
    gradients: [],
    scalars: [],
    programs,
    instantiate,
  };
  return { compiled, seen };
}

const left = Float32Array.from({ length: 12 }, (_, i) => i);
const right = Float32Array.of(1, 2, 3, 4, 5, 6);
const depth = Float32Array.of(10, 20, 30, 40, 50, 60);

it('turns several inputs and a tensor target into lanes, normalising channel by channel', async () => {
  const { compiled, seen } = compilePair();
  const trainer = await createTrainer(compiled);
  trainer.evaluate({ images: { left, right }, labels: depth });
  const close = (values: number[]) => values.map((value) => Math.fround(value));
  expect(seen).toEqual([
    // left: channel 0 minus 1, channel 1 minus 2 divided by 10; each element for image 0, then image 1; image 2 fills the idle lane too.
    close([-1, 3, 0, 4, 0, 0.4, 0.1, 0.5, 1, 3, 2, 4, 10, 30, 20, 40]),
    close([7, 7, 8, 8, 0.8, 0.8, 0.9, 0.9, 5, 5, 6, 6, 50, 50, 60, 60]),
  ]);
});

it('collects outputs that have a copy per block', async () => {
  const trainer = await createTrainer(compilePair().compiled);
  expect([...trainer.predict({ left, right })]).toEqual([10, 20, 30, 40, 50, 60]);
});

it('names the input that is missing or does not fit', async () => {
  const trainer = await createTrainer(compilePair().compiled);
  expect(caught(() => trainer.predict({ left } as never)).message).toContain('`right` is not there');
  expect(caught(() => trainer.predict(left)).code).toBe('CNN4106');
  expect(caught(() => trainer.predict({ left, right: left })).message).toContain(
    '`right` holds 12 values, not 6 for 3 images',
  );
  expect(caught(() => trainer.step({ images: { left, right }, labels: right.subarray(1) })).code).toBe('CNN4102');
});
