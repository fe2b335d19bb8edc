/**
 * @file `kernels`: GFLOP/s of each contraction of the networks, on one thread, as a fraction of what this machine's
 * arithmetic units can do at most in WebAssembly. One process for each Node, all with the same binaries.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importBundled } from '../bundle.mjs';
import { networks } from '../networks.mjs';
import { figure, table } from '../table.mjs';
import { BATCH, withFolder } from '../task.mjs';

const child = fileURLToPath(new URL('../kernel-process.mjs', import.meta.url));
/** Smaller ones are a matter of calling them. */
const leastFlops = 1e6;
/** Turns last milliseconds. */
const leastRounds = 15;
const accumulatorCounts = [4, 6, 8, 10, 12, 13, 14];

const encode = (bytes) => Buffer.from(bytes).toString('base64');

/** Equal kernels once, with how many there are. */
export function groupKernels(kernels) {
  const groups = new Map();
  for (const kernel of kernels.filter(({ flops }) => flops >= leastFlops)) {
    const key = `${kernel.label} ${kernel.box} ${kernel.flops}`;
    const known = groups.get(key);
    if (known) known.count++;
    else groups.set(key, { ...kernel, count: 1 });
  }
  return [...groups.values()];
}

/** The value that a kernel is for; products of tiles become it by a further transformation. */
const resultOf = ({ name }) => name.replace(/\.products$/, '');

/**
 * The kernels of the network as it is compiled, those in tiles with the work that they save others; and the same ones
 * without tiles.
 */
export function describeSets(tools, { name, text }) {
  const tiled = tools.kernelsOf(text(), name, BATCH);
  const direct = tools.kernelsOf(text(), name, BATCH, ['winograd']);
  const replaced = new Set(tiled.kernels.filter((kernel) => kernel.tiled).map(resultOf));
  const works = new Map(direct.kernels.map((kernel) => [kernel.name, kernel.flops]));
  const own = groupKernels(tiled.kernels).map((kernel) =>
    kernel.tiled ? { ...kernel, directFlops: works.get(resultOf(kernel)) } : kernel,
  );
  const others = groupKernels(direct.kernels.filter((kernel) => replaced.has(kernel.name)));
  const describe = (title, { plain, fused, lanes, memoryBytes }, kernels) => ({
    ...{ name: title, lanes, memoryBytes, kernels },
    ...{ plain: encode(plain), fused: encode(fused) },
  });
  return [describe(name, tiled, own), ...(others.length ? [describe(`${name}, untiled`, direct, others)] : [])];
}

function describePeaks(tools) {
  return [false, true].flatMap((fused) =>
    accumulatorCounts.map((accumulators) => {
      const { bytes, flops } = tools.peakModule(accumulators, fused);
      return { accumulators, fused, flops, bytes: encode(bytes) };
    }),
  );
}

export async function kernelsBenchmark({ nodes, repetitions }) {
  const tools = await importBundled("export * from './kernel-tools.ts';");
  const peaks = describePeaks(tools);
  const probe = peaks.find(({ fused }) => fused).bytes;
  const sets = networks.flatMap((network) => describeSets(tools, network));
  const rounds = Math.max(repetitions, leastRounds);
  return withFolder((folder) => {
    const task = join(folder, 'task.json');
    writeFileSync(task, JSON.stringify({ peaks, probe, sets, rounds }));
    const measure = ({ path }) => JSON.parse(execFileSync(path, [child, task], { encoding: 'utf8', maxBuffer: 1e8 }));
    return { repetitions: rounds, nodes: nodes.map((node) => ({ node, ...measure(node) })) };
  });
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;

const shareOfPeak = ({ gigaflops, peak }) => gigaflops / peak;

/** By time: what the contractions of a whole step reach together. */
export function shareOfStep(rows) {
  const work = rows.reduce((sum, { flops, count }) => sum + flops * count, 0);
  const atPeak = rows.reduce((sum, row) => sum + (row.flops * row.count) / shareOfPeak(row), 0);
  return work / atPeak;
}

/** What a kernel would have to compute at to be as fast without tiles. */
function asDirect({ flops, directFlops, gigaflops }) {
  return directFlops ? ((gigaflops * directFlops) / flops).toFixed(0) : '';
}

function showSet({ name, lanes, rows }) {
  const body = rows.map((row) => [
    ...[row.name, row.box, row.count, (row.flops / 1e6).toFixed(1)],
    ...[((BATCH / lanes) * row.count * row.flops) / row.gigaflops / 1e6].map(figure),
    ...[row.gigaflops.toFixed(1), percent(shareOfPeak(row)), asDirect(row)],
  ]);
  const shares = rows.map(shareOfPeak);
  const together = `together ${percent(shareOfStep(rows))} of the peak, ${percent(Math.min(...shares))} at least`;
  const header = [name, 'axes : summed', 'kernels', 'MFLOP', 'ms a step', 'GFLOP/s', 'of peak', 'as direct'];
  return [table(header, body), together, ''].join('\n');
}

function showNode({ node, fused, peak, sets }) {
  const variants = peak.variants.map((each) => `${each.accumulators}: ${each.gigaflops.toFixed(1)}`);
  const [plain, madd] = [false, true].map((kind) =>
    variants.filter((_, k) => peak.variants[k].fused === kind).join(', '),
  );
  return [
    `on Node ${node.version}, ${fused ? 'fused multiply-adds' : 'multiplications and additions'}`,
    `peak ${peak.gigaflops.toFixed(1)} GFLOP/s with ${peak.accumulators} accumulators${peak.fused ? ', fused' : ''}`,
    `by number of accumulators: ${plain}${madd && `; fused ${madd}`}`,
    ...['', ...sets.map(showSet)],
  ].join('\n');
}

export function showKernels({ repetitions, nodes }) {
  const title = `kernels: contractions of at least ${leastFlops / 1e6} MFLOP a call, one thread, fastest of ${repetitions}`;
  return [title, '', ...nodes.map(showNode)].join('\n').trimEnd();
}
