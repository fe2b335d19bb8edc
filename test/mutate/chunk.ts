/** @file One process of `npm run mutate`: RUNS, SEED and FIRST; the number of each mutant before it is read, and the counts, as lines of JSON. */
import { mutateFiles } from './mutate.ts';

const [runs, seed, first] = process.argv.slice(2).map(Number);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ counts: await mutateFiles(runs!, { seed, first, onRun: (mutant) => say({ mutant }) }) });
