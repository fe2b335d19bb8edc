/**
 * @file The property that random networks are tested for. Most are run graph by graph, in this process; a share goes through
 * real modules.
 */
import fc from 'fast-check';
import { checkModules } from './check-modules.ts';
import { checkNetwork } from './check-network.ts';
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
