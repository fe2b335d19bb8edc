/**
 * @file The property that random networks are tested for. Most are run graph by graph, in this process; a share goes through
 * real modules.
 */
import fc from 'fast-check';
import type { GpuDevice } from '../../src/runtime/gpu.ts';
import { checkModules } from './check-modules.ts';
import { checkNetwork } from './check-network.ts';
import { checkOnDevice } from './check-on-device.ts';
import { ProgramWriter, recipesOf } from './random-program.ts';

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** Of the longest program; most time goes into its head and its loss, whatever stands between. */
  readonly statements: number;
}

export interface FuzzCounts {
  checked: number;
  modules: number;
  unstable: number;
}

/** One network in so many is made into modules, which takes two to three times as long. */
const MODULES = 30;

/** The same on a graphics card alone. */
export async function checkNetworksOnDevice(options: FuzzOptions, device: GpuDevice): Promise<FuzzCounts> {
  const counts: FuzzCounts = { checked: 0, modules: 0, unstable: 0 };
  const property = fc.asyncProperty(recipesOf(options.statements), fc.noBias(fc.nat()), async (recipe, dataSeed) => {
    const { text } = new ProgramWriter(recipe);
    try {
      const { isUnstable } = await checkOnDevice(text, dataSeed, device);
      counts.checked++;
      if (isUnstable) counts.unstable++;
    } catch (error) {
      // Errors of WebGPU have messages that cannot be changed.
      throw new Error(`${text}\nwith data of seed ${dataSeed}: ${(error as Error).message}`, { cause: error });
    }
  });
  await fc.assert(property, { numRuns: options.runs, seed: options.seed });
  return counts;
}

/** Throws for the first network for which something does not hold, cut down as far as possible, with how to repeat it. */
export async function checkNetworks({ runs, seed, statements }: FuzzOptions): Promise<FuzzCounts> {
  const counts: FuzzCounts = { checked: 0, modules: 0, unstable: 0 };
  const property = fc.asyncProperty(recipesOf(statements), fc.noBias(fc.nat()), async (recipe, dataSeed) => {
    const { text } = new ProgramWriter(recipe);
    const isModule = dataSeed % MODULES === MODULES - 1;
    try {
      const { isUnstable } = isModule ? await checkModules(text, dataSeed) : checkNetwork(text, dataSeed);
      counts.checked++;
      if (isModule) counts.modules++;
      if (isUnstable) counts.unstable++;
    } catch (error) {
      const way = isModule ? 'modules' : 'graphs';
      if (error instanceof Error) error.message = `${text}\nas ${way} with data of seed ${dataSeed}: ${error.message}`;
      throw error;
    }
  });
  await fc.assert(property, { numRuns: runs, seed });
  return counts;
}

/** More would mean that the comparison of the targets is not worth much. */
export const mostUnstable = (checked: number) => 0.02 * checked + 5;
