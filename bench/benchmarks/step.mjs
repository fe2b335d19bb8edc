/** @file `step`: images per second of a training step: forward, backward, SGD with momentum; one thread. */
import { enlist } from '../contender-process.mjs';
import { loadImages, withImages } from '../data.mjs';
import { interleave, ratios, spread, unitsFor } from '../harness.mjs';
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

async function report(ready, rounds) {
  const speeds = (name) => rounds.get(name).map(({ imagesPerSecond }) => imagesPerSecond);
  const [reference] = ready;
  const rows = [];
  for (const contender of ready) {
    const { name, version } = contender;
    const memory = await contender.ask({ command: 'memory' });
    const cpu = spread(rounds.get(name).map((round) => round.cpu / round.seconds)).median;
    const ratio = ratios(speeds(reference.name), speeds(name));
    rows.push({
      name,
      version,
      imagesPerSecond: spread(speeds(name)),
      ratio,
      cpu,
      memory,
      loss: rounds.get(name).at(-1).loss,
    });
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

export function showStep({ network, batch, repetitions, rows, skipped }) {
  const header = ['contender', 'images/s', 'ms/step', 'ours/theirs', 'cpu', 'peak MB', 'own MB'];
  const body = rows.map(({ name, imagesPerSecond, ratio, cpu, memory }) => [
    ...[name, figure(imagesPerSecond.median), figure((1000 * batch) / imagesPerSecond.median), figures(ratio)],
    ...[cpu.toFixed(2), megabytes(memory.peak), megabytes(memory.peak - memory.base)],
  ]);
  const title = `step: ${network}, SGD momentum, batch ${batch}, one thread, medians of ${repetitions}`;
  const versions = rows.map(({ name, version }) => `${name}: ${version}`);
  const absent = skipped.map(({ name, reason }) => `${name} skipped: ${reason}`);
  return [
    title,
    '',
    table(header, body),
    ...versions,
    ...absent,
    ...rows.filter(({ cpu }) => cpu < 0.93).map(held),
  ].join('\n');
}
