/**
 * @file One process of the benchmark `kernels`: `node kernel-process.mjs TASK.json`. First the machine's peak, with the
 * number of accumulators that gives most; then kernel after kernel, each in turns with the peak, so that both meet the
 * same clock frequency. Of both the fastest turn counts: turns are short, and whatever else runs on the machine can only
 * make them slower. Prints one line of JSON.
 */
import { readFileSync } from 'node:fs';
import { spread, unitsFor } from './harness.mjs';

const { peaks, probe, sets, rounds } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const seconds = { warmUp: 0.05, turn: 0.004 };

const decode = (text) => Buffer.from(text, 'base64');

function instantiate(bytes, memoryBytes) {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(memoryBytes / 65536) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return { memory, exports };
}

function time(run, count) {
  const before = performance.now();
  run(count);
  return (performance.now() - before) / 1000;
}

/** `{ run, flops, count }`: warm, and `count` units last about a turn. */
function prepare(run, flops) {
  let count = 1;
  let elapsed = 0;
  for (let spent = 0; spent < seconds.warmUp; spent += elapsed) {
    elapsed = time(run, count);
    if (elapsed < seconds.turn) count *= 2;
  }
  return { run, flops, count: unitsFor(seconds.turn, count, elapsed) };
}

const gigaflops = ({ run, flops, count }) => (count * flops) / time(run, count) / 1e9;

/** Of all variants that this engine can run, the one with the fastest turn. */
function findPeak() {
  const usable = peaks.filter(({ fused }) => !fused || fusedIsValid);
  const prepared = usable.map(({ bytes, flops, ...variant }) => {
    const { exports } = instantiate(decode(bytes), 65536);
    return { variant, ...prepare((count) => exports.run(count), flops) };
  });
  const rates = prepared.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [k, each] of prepared.entries()) rates[k].push(gigaflops(each));
  const fastest = rates.map((found) => Math.max(...found));
  const best = fastest.indexOf(Math.max(...fastest));
  const found = prepared.map(({ variant }, k) => ({ ...variant, gigaflops: fastest[k] }));
  return { best: prepared[best], variants: found, gigaflops: fastest[best], ...prepared[best].variant };
}

/** Contents do not matter, but for numbers so small that arithmetic with them is slow. */
function fillMemory({ buffer }) {
  const values = new Float32Array(buffer);
  for (let k = 0; k < values.length; k++) values[k] = ((k * 7919) % 1009) / 1009 - 0.5;
}

function measureSet({ name, lanes, kernels, ...binaries }, peak) {
  const { memory, exports } = instantiate(decode(fusedIsValid ? binaries.fused : binaries.plain), binaries.memoryBytes);
  fillMemory(memory);
  const rows = kernels.map(({ export: exported, ...kernel }) => {
    const call = exports[exported];
    const run = (count) => {
      for (let k = 0; k < count; k++) call(0, 0, kernel.blocks > 1 ? kernel.blocks : 0);
    };
    const prepared = prepare(run, kernel.flops * kernel.blocks);
    const found = { kernel: [], peak: [] };
    for (let round = 0; round < rounds; round++) {
      found.peak.push(gigaflops(peak.best));
      found.kernel.push(gigaflops(prepared));
    }
    peak.gigaflops = Math.max(peak.gigaflops, ...found.peak);
    return {
      ...kernel,
      gigaflops: Math.max(...found.kernel),
      peak: Math.max(...found.peak),
      all: spread(found.kernel),
    };
  });
  return { name, lanes, rows };
}

const fusedIsValid = WebAssembly.validate(decode(probe));
const peak = findPeak();
const found = sets.map((set) => measureSet(set, peak));
const { best, ...described } = peak;
console.log(JSON.stringify({ fused: fusedIsValid, peak: described, sets: found }));
