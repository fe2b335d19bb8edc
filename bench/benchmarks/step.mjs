/** @file `step`: images per second of a training step: forward, backward, SGD with momentum; one thread. */
import { enlist } from '../contender-process.mjs';
import { loadImages, withImages } from '../data.mjs';
import { interleave, ratios, references, spread, unitsFor } from '../harness.mjs';
import { figure, figures, megabytes, table } from '../table.mjs';

export const BATCH = 64;
const images = 1024;
/** Both long enough for an optimising compiler to settle: first calls run in slower tiers. */
const warmUp = { batches: 3, seconds: 1.5 };

export function describeTask(network, paths, threads = 1) {
  const { text, ...rest } = network;
  const training = { batch: BATCH, learningRate: 0.02, momentum: 0.9, threads };
  return { network: { ...rest, text: text() }, ...paths, ...training };
}

/** Trains until it is warm; gives the number of batches that last about `seconds`. */
export async function warmContender(contender, seconds) {
  let batches = 0;
  let elapsed = 0;
  let last;
  while (batches < warmUp.batches || elapsed < warmUp.seconds) {
    last = await contender.ask({ command: 'train', from: 0, batches: warmUp.batches });
    batches += warmUp.batches;
    elapsed += last.seconds;
  }
  return unitsFor(seconds, warmUp.batches, last.seconds);
}

async function measure(ready, { repetitions, seconds }) {
  const batches = new Map();
  for (const contender of ready) batches.set(contender.name, await warmContender(contender, seconds));
  const train = async (contender) => {
    const count = batches.get(contender.name);
    const answer = await contender.ask({ command: 'train', from: 0, batches: count });
    if (!Number.isFinite(answer.loss)) throw new Error(`${contender.name} diverged: its figures mean nothing`);
    return { ...answer, imagesPerSecond: (count * BATCH) / answer.seconds };
  };
  return interleave(ready, repetitions, train);
}

/** How many times faster each reference is than the contender called `name`. */
function comparisons(ready, speeds, name) {
  return Object.fromEntries(references(ready).map((own) => [own.name, ratios(speeds(own.name), speeds(name))]));
}

async function report(ready, rounds) {
  const column = (name, key) => rounds.get(name).map((round) => round[key]);
  const speeds = (name) => column(name, 'imagesPerSecond');
  const rows = [];
  for (const contender of ready) {
    const { name, version } = contender;
    const memory = await contender.ask({ command: 'memory' });
    const cpu = ratios(column(name, 'cpu'), column(name, 'seconds')).median;
    const figures = { imagesPerSecond: spread(speeds(name)), faster: comparisons(ready, speeds, name) };
    rows.push({ name, version, ...figures, cpu, memory, loss: column(name, 'loss').at(-1) });
  }
  return rows;
}

export async function stepBenchmark(network, options) {
  const data = loadImages('patterns', network, images, 0);
  return withImages(data, async (paths) => {
    const { ready, skipped } = await enlist(options.contenders, describeTask(network, paths));
    try {
      const rows = await report(ready, await measure(ready, options));
      return { network: network.name, batch: BATCH, repetitions: options.repetitions, rows, skipped };
    } finally {
      for (const contender of ready) contender.end();
    }
  });
}

/** A contender that computes all the time but has less than its core was held up by other programs. */
function held({ name, cpu }) {
  return `${name} had only ${Math.round(100 * cpu)} % of a core: something else is running`;
}

function speedTable(rows, batch) {
  const own = Object.keys(rows[0].faster);
  const body = rows.map(({ name, imagesPerSecond: { median }, faster }) => [
    ...[name, figure(median), figure((1000 * batch) / median)],
    ...own.map((reference) => figures(faster[reference])),
  ]);
  return table(['contender', 'images/s', 'ms/step', ...own.map((name) => `${name} is ×`)], body);
}

function resourceTable(rows) {
  const body = rows.map(({ name, version, cpu, memory: { base, peak } }) => [
    ...[name, version, cpu.toFixed(2), megabytes(peak), megabytes(peak - base)],
  ]);
  return table(['contender', 'version', 'cores used', 'peak MB', 'of it own'], body);
}

export function showStep({ network, batch, repetitions, rows, skipped }) {
  const title = `step: ${network}, SGD momentum, batch ${batch}, one thread, medians of ${repetitions}`;
  const notes = [
    ...skipped.map(({ name, reason }) => `${name} skipped: ${reason}`),
    ...rows.filter(({ cpu }) => cpu < 0.93).map(held),
  ];
  return [title, '', speedTable(rows, batch), '', resourceTable(rows), ...notes].join('\n');
}
