/** @file One chunk of `npm run fuzz`: RUNS, SEED and STATEMENTS; its counts as JSON. */
import { checkNetworks, mostUnstable } from './networks.ts';

const [runs, seed, statements] = process.argv.slice(2).map(Number);
const counts = await checkNetworks({ runs: runs!, seed: seed!, statements: statements! });
if (counts.unstable > mostUnstable(counts.checked)) throw new Error(`too many are unstable: ${counts.unstable}`);
console.log(JSON.stringify(counts));
