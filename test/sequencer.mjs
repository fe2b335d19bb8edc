/** @file The order of files: those that take longest come first, so that no core waits at the end for one that began late. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BaseSequencer } from 'vitest/node';

/** Every file that takes more than six seconds of a core, the longest first. */
const LONGEST = [
  'fuzz/networks-1',
  'fuzz/networks-2',
  'docs/pages',
  'module/curves',
  'wasm/parity',
  'formula/gradients',
  'cli/training',
  'semantics/limits',
  'export/pytorch',
  'tuning/kernels',
  'cli/program',
  'fuzz/mutations',
  'syntax/parse',
  'passes/winograd',
  'runtime/program',
  'docs/source',
  'bench/contenders',
  'zoo/zoo',
  'threads/threads',
  'module/declarations',
].map((name) => fileURLToPath(new URL(`${name}.test.ts`, import.meta.url)));

const missing = LONGEST.find((file) => !existsSync(file));
if (missing) throw new Error(`the order of tests names a file that is not there: ${missing}`);

const placeOf = ({ moduleId }) => {
  const place = LONGEST.indexOf(moduleId);
  return place < 0 ? LONGEST.length : place;
};

export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const others = await super.sort(files);
    return others.sort((a, b) => placeOf(a) - placeOf(b));
  }
}
