/** @file One chunk of `npm run fuzz`: RUNS, SEED, STATEMENTS, and the folder of the package `webgpu` or nothing; its counts as JSON. */
import { openInNode } from '../support/node-card.ts';
import { checkNetworks, checkNetworksOnDevice, mostUnstable } from './networks.ts';

const [runs, seed, statements] = process.argv.slice(2, 5).map(Number);
const folder = process.argv[5];
const options = { runs: runs!, seed: seed!, statements: statements! };
const counts = folder
  ? await checkNetworksOnDevice(options, (await openInNode(folder)).device)
  : await checkNetworks(options);
if (counts.unstable > mostUnstable(counts.checked)) throw new Error(`too many are unstable: ${counts.unstable}`);
process.stdout.write(JSON.stringify(counts), () => process.exit(0));
