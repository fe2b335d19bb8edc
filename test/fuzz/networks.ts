/** @file The property that random networks are tested for, for one of several test files that share the work. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { checkNetwork } from './check-network.ts';
import { ProgramWriter, recipes } from './random-program.ts';

/** Networks of all files together; `FUZZ_RUNS=100000` for a long run. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 1000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** `part` of `parts`: networks that no other part has. A failure prints the program and how to repeat it. */
export function checkNetworks(part: number, parts: number): void {
  let [checked, unstable] = [0, 0];
  const property = fc.property(recipes, fc.nat(), (recipe, seed) => {
    const { text } = new ProgramWriter(recipe);
    try {
      checked++;
      if (checkNetwork(text, seed).isUnstable) unstable++;
    } catch (error) {
      if (error instanceof Error) error.message = `${text}\nwith data of seed ${seed}: ${error.message}`;
      throw error;
    }
  });
  fc.assert(property, { numRuns: Math.ceil(RUNS / parts), seed: 4 * SEED + part });
  expect(unstable).toBeLessThan(0.02 * checked + 5);
}
