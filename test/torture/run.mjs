/**
 * @file `npm run torture -- N`: kills N runs and continues them, half of them of `cnnc train` and half of a module that trains
 * as a program. Fails if one ends with other bits than a run that nobody killed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundle } from '../../scripts/bundle.mjs';
import { NETWORK, torture } from './torture.mjs';

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const [runs, seed] = [Number(positionals[0] ?? 10), Number(values.seed)];
if (!(Number.isInteger(runs) && runs > 0 && Number.isInteger(seed))) {
  console.error('usage: npm run torture -- N [--seed S]');
  process.exit(2);
}

const root = fileURLToPath(new URL('../..', import.meta.url));
// Beside esbuild, which it imports.
const program = join(root, 'node_modules', '.cache', `cnnc-torture-${process.pid}.js`);
const cwd = mkdtempSync(join(tmpdir(), 'cnnc-tortured-'));
try {
  await bundle(join(root, 'src/cli/main.ts'), program);
  writeFileSync(join(cwd, 'net.cnn'), NETWORK);
  execFileSync(process.execPath, [program, 'build', 'net.cnn', '-o', 'net.mjs'], { cwd, stdio: 'ignore' });
  const commands = [[program, 'train', 'net.cnn', '--watch'], ['net.mjs']];
  const onRun = ({ run, failures }) =>
    process.stderr.write(`\r${run + 1} of ${runs} runs, ${failures.length} failures`);
  const { failures, kills, inSaves } = await torture({ commands, cwd, runs, seed, onRun });
  process.stderr.write('\n');
  for (const { run, why } of failures) console.error(`run ${run}: ${why}`);
  console.log(`${runs} runs, ${kills} kills, ${inSaves} of them in a save, ${failures.length} failures (seed ${seed})`);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  rmSync(program, { force: true });
  rmSync(cwd, { recursive: true, force: true });
}
