/**
 * @file `npm test`: types, lint and all tests, beside each other, since the check of types has one thread. What is wrong with types or
 * style stands below the tests. Arguments are for vitest: `npm test -- test/passes`.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** A command of a package, as npm would find it, without a shell. */
function programOf(name, command) {
  const file = require.resolve(`${name}/package.json`);
  return join(dirname(file), require(file).bin[command]);
}

/** Its exit status, and what it printed where that is kept for later. */
function run(program, args, stdio) {
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

const quiet = ['ignore', 'pipe', 'pipe'];
const checks = [
  run(programOf('typescript', 'tsc'), ['--noEmit'], quiet),
  run(programOf('@biomejs/biome', 'biome'), ['check', '.'], quiet),
  run(programOf('vitest', 'vitest'), ['run', ...process.argv.slice(2)], 'inherit'),
];
const ended = await Promise.all(checks);
for (const { status, output } of ended) if (status !== 0) process.stdout.write(output);
process.exitCode = ended.some(({ status }) => status !== 0) ? 1 : 0;
