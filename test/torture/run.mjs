/**
 * @file `npm run torture -- N`: kills runs and continues them until N kills have struck, half of them runs of `cnnc train` and half of
 * a module that trains as a program. Fails if one ends with other bits than a run that nobody killed.
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
const [wanted, seed] = [Number(positionals[0] ?? 10), Number(values.seed)];
if (!(Number.isInteger(wanted) && wanted > 0 && Number.isInteger(seed))) {
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
  const onRun = ({ kills, failures }) =>
    process.stderr.write(`\r${kills} of ${wanted} kills, ${failures.length} failures`);
  const { failures, runs, kills, inSaves } = await torture({ commands, cwd, kills: wanted, seed, onRun });
  process.stderr.write('\n');
  for (const { run, why } of failures) console.error(`run ${run}: ${why}`);
  console.log(
    `${kills} kills that struck in ${runs} runs, ${inSaves} of them in a save, ${failures.length} failures (seed ${seed})`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  rmSync(program, { force: true });
  rmSync(cwd, { recursive: true, force: true });
}
