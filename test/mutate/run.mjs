/**
 * @file `npm run mutate -- N`: damages N pictures, data files and checkpoints outside of the test runner. The process that reads them
 * is watched: one that dies, or says nothing for a while, is reported with the mutant that it had in hand, and the next goes on behind it.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { esbuildRuntime } from '../../scripts/runtime-plugin.mjs';

/** Milliseconds after which a mutant counts as hanging; on a busy machine one that trains takes a few seconds. */
const PATIENCE = 60_000;

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, first: { type: 'string', default: '0' } },
  allowPositionals: true,
});
const [runs, seed, from] = [positionals[0] ?? 100, values.seed, values.first].map(Number);
if (!(Number.isInteger(runs) && runs > 0 && Number.isInteger(seed) && Number.isInteger(from) && from >= 0)) {
  console.error('usage: npm run mutate -- N [--seed S] [--first K]');
  process.exit(2);
}

/** One file beside the packages, so that the process needs no test runner. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const file = join(root, 'node_modules', '.cache', `cnnc-mutate-${process.pid}.mjs`);
await build({
  entryPoints: [fileURLToPath(new URL('chunk.ts', import.meta.url))],
  outfile: file,
  plugins: [
    esbuildRuntime,
    // Files beside a source are found from where it lies, not from where the bundle does.
    {
      name: 'places',
      setup: (esbuild) =>
        esbuild.onLoad({ filter: /test[\\/]mutate[\\/]subjects\.ts$/ }, async ({ path }) => ({
          contents: (await import('node:fs'))
            .readFileSync(path, 'utf8')
            .replaceAll('import.meta.url', JSON.stringify(new URL('subjects.ts', import.meta.url).href)),
          loader: 'ts',
        })),
    },
  ],
  // Packages that are CommonJS ask for `require`.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  ...{ bundle: true, platform: 'node', format: 'esm', external: ['esbuild', 'sharp'], logLevel: 'error' },
});

const total = { accepted: 0, refused: 0, compared: 0, memory: 0, failures: [] };

/** Reads mutants from `first` on; the number of the first that it did not get over, if there is one. */
function readFrom(first) {
  const child = spawn(process.execPath, [file, runs + from - first, seed, first].map(String), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [current, problem, counts] = [undefined, '', undefined];
  const hangs = () => {
    problem = `says nothing for ${PATIENCE / 1000} s`;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(hangs, PATIENCE);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line);
    counts = said.counts ?? counts;
    current = said.mutant ?? current;
    clearTimeout(timer);
    timer = setTimeout(hangs, PATIENCE);
    if (current % 20 === 0) process.stderr.write(`\r${current + 1 - from} of ${runs}`);
  });
  child.stderr.on('data', (text) => (problem += text));
  return new Promise((resolve, reject) =>
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const why = problem || `${signal ?? status}`;
      if (counts) resolve({ counts });
      else if (current === undefined) reject(new Error(`the process reads nothing: ${why}`));
      else resolve({ counts: { failures: [{ mutant: current, subject: 'process', why }] }, next: current + 1 });
    }),
  );
}

const started = performance.now();
try {
  for (let first = from; first !== undefined && first < from + runs; ) {
    const { counts, next } = await readFrom(first);
    for (const name of ['accepted', 'refused', 'compared']) total[name] += counts[name] ?? 0;
    total.memory = Math.max(total.memory, counts.memory ?? 0);
    total.failures.push(...counts.failures);
    first = next;
  }
} finally {
  rmSync(file, { force: true });
}
process.stderr.write('\n');
for (const { mutant, subject, why } of total.failures)
  console.error(`mutant ${mutant}, ${subject}: ${why}\nagain: npm run mutate -- 1 --seed ${seed} --first ${mutant}\n`);
const { accepted, refused, compared, memory, failures } = total;
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${runs} mutants in ${seconds} s: ${refused} refused with a code, ${accepted} accepted, ${compared} of them compared with what the file says; ` +
    `at most ${(memory / 2 ** 20).toFixed(1)} MB beyond twice the file; ${failures.length} failures (seed ${seed})`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
