/**
 * @file `npm run fuzz -- N`: checks N random networks outside of the test runner, in chunks, each a process with seeds of its
 * own. Stops at the first network that fails, cut down as far as possible, with the command that finds it again.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { esbuildRuntime } from '../../scripts/runtime-plugin.mjs';

const usage = `usage: npm run fuzz -- N [options]
  N                random networks to check
  --seed S         of the first chunk; those after it count on (1000)
  --chunk C        networks in a process, which is slow for the first hundreds (2500)
  --processes P    at a time (1)
  --statements K   of the longest network (6)
  --minutes M      that a chunk may take before it counts as hanging (20)
  --webgpu DIR     on the graphics card alone, by the package \`webgpu\` that is installed in DIR; chunks of 100 are advised`;

const options = {
  seed: { type: 'string', default: '1000' },
  chunk: { type: 'string', default: '2500' },
  processes: { type: 'string', default: '1' },
  statements: { type: 'string', default: '6' },
  minutes: { type: 'string', default: '20' },
};

function settings() {
  try {
    const { values: all, positionals } = parseArgs({
      options: { ...options, webgpu: { type: 'string', default: '' } },
      allowPositionals: true,
    });
    const { webgpu, ...values } = all;
    const numbers = Object.entries({ ...values, runs: positionals[0] }).map(([name, text]) => [name, Number(text)]);
    const wrong = numbers.find(([, value]) => !Number.isInteger(value) || value < 1);
    if (!wrong && positionals.length === 1) return { ...Object.fromEntries(numbers), webgpu };
    throw new Error(`\`${wrong?.[0] ?? 'runs'}\` is to be one whole number above 0`);
  } catch (error) {
    console.error(`fuzz: ${error.message}\n${usage}`);
    return process.exit(2);
  }
}

/** One file, so that the processes need no test runner. */
async function bundle(outfile) {
  const entryPoints = [fileURLToPath(new URL('chunk.ts', import.meta.url))];
  // Packages that are CommonJS ask for \`require\`.
  const banner = {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  };
  const form = { bundle: true, platform: 'node', format: 'esm', external: ['esbuild'], logLevel: 'error' };
  await build({ entryPoints, outfile, plugins: [esbuildRuntime], banner, ...form });
}

/** Most of what a network leaves behind is garbage at once; its collection gets no core of its own. */
const FLAGS = ['--single-threaded-gc', '--max-semi-space-size=64'];

/** What a chunk found: its counts, or how it failed. */
function runChunk(file, { runs, seed, statements, minutes, webgpu }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...FLAGS, file, `${runs}`, `${seed}`, `${statements}`, webgpu], {
      timeout: minutes * 60_000,
    });
    let [output, problem] = ['', ''];
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (problem += text));
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ counts: JSON.parse(output) });
      else resolve({ failure: signal ? `ended by ${signal} after at most ${minutes} minutes\n${problem}` : problem });
    });
  });
}

const given = settings();
const folder = mkdtempSync(join(tmpdir(), 'cnnc-fuzz-'));
const file = join(folder, 'chunk.mjs');
await bundle(file);

const total = { checked: 0, modules: 0, unstable: 0 };
const started = performance.now();
const chunks = Math.ceil(given.runs / given.chunk);
let [next, failed] = [0, false];

function report(seed) {
  const seconds = (performance.now() - started) / 1000;
  const rate = ((1000 * seconds) / total.checked).toFixed(1);
  const figures = `${total.modules} of them as modules, ${total.unstable} unstable`;
  console.log(
    `seed ${seed}: ${total.checked} of ${given.runs} networks in ${seconds.toFixed(0)} s (${rate} ms each), ${figures}`,
  );
}

/** Takes chunks until there are none left or one has failed. */
async function work() {
  while (next < chunks && !failed) {
    const chunk = next++;
    const runs = Math.min(given.chunk, given.runs - chunk * given.chunk);
    const seed = given.seed + chunk;
    const { counts, failure } = await runChunk(file, { ...given, runs, seed });
    if (failure !== undefined) {
      failed = true;
      console.error(
        `${failure}\nagain: npm run fuzz -- ${runs} --seed ${seed} --statements ${given.statements}${given.webgpu && ` --webgpu ${given.webgpu}`}`,
      );
    } else {
      for (const name of Object.keys(total)) total[name] += counts[name];
      report(seed);
    }
  }
}

await Promise.all(Array.from({ length: given.processes }, work));
rmSync(folder, { recursive: true });
console.log(failed ? 'failed' : `all of ${total.checked} networks hold`);
process.exitCode = failed ? 1 : 0;
