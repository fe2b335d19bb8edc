/** @file `step`: images per second of a training step: forward, backward, SGD with momentum. */
import { Ended, enlist, TooSlow } from '../contender-process.mjs';
import { loadImages } from '../data.mjs';
import { interleave, isOwn, ratios, references, spread, takesPart, unitsFor } from '../harness.mjs';
import { isComparable, lineUp } from '../line-up.mjs';
import { BATCH, withTask } from '../task.mjs';

const images = 1024;
/** Long enough for an optimising compiler to settle: first calls run in slower tiers. A slow step warms up in one. */
const warmUp = { batches: 3, seconds: 1.5, turn: 0.3, enough: 5 };
/** Of first losses from the same weights; all but ConvNetJS compute in single precision. */
const lossTolerance = 1e-3;

const train = (batches) => ({ command: 'train', from: 0, batches });

/** Trains until it is warm; gives the first loss, how many batches last about `seconds`, and what they last; or `{ skip }`. */
export async function warmContender(contender, seconds, limit) {
  let answer = await contender.ask(train(1), limit);
  if (answer.skip !== undefined) return answer;
  const { loss } = answer;
  let units = 1;
  let batches = 1;
  let elapsed = answer.seconds;
  while (elapsed < warmUp.seconds || (batches < warmUp.batches && elapsed < warmUp.enough)) {
    units = Math.min(unitsFor(warmUp.turn, units, answer.seconds), 4 * units);
    answer = await contender.ask(train(units));
    batches += units;
    elapsed += answer.seconds;
  }
  const found = unitsFor(seconds, units, answer.seconds);
  return { loss, batches: found, turn: (found * answer.seconds) / units };
}

async function tryToWarm(contender, { seconds, limit }) {
  try {
    return await warmContender(contender, seconds, limit);
  } catch (error) {
    if (error instanceof TooSlow) return { skip: `a step takes longer than ${limit} s` };
    if (error instanceof Ended && !isOwn(contender)) return { skip: error.message };
    throw error;
  }
}

/** All have started from the same weights: another loss means another network. */
export function assertAgreement(warm) {
  const [first, ...others] = warm;
  for (const { id, loss } of others) {
    const difference = Math.abs(loss - first.loss) / first.loss;
    if (!(difference < lossTolerance))
      throw new Error(`${id} computes another network: its first loss is ${loss}, that of ${first.id} ${first.loss}`);
  }
}

/** Contenders with what `warmContender` found; those that cannot take part join `skipped`. */
async function warmAll(ready, skipped, options) {
  const warm = [];
  for (const contender of ready) {
    const found = await tryToWarm(contender, options);
    if (found.skip === undefined) warm.push({ ...found, id: contender.id, contender });
    else {
      const { id, label, node } = contender;
      skipped.push({ id, label, node, reason: found.skip });
      contender.end();
    }
  }
  if (warm.length === 0) throw new Error('no contender can train here');
  assertAgreement(warm);
  return warm;
}

async function measure(warm, { repetitions }) {
  return interleave(warm, repetitions, async ({ contender, batches, turn }, round) => {
    if (!takesPart(round, turn)) return {};
    const answer = await contender.ask(train(batches));
    if (!Number.isFinite(answer.loss)) throw new Error(`${contender.id} diverged: its figures mean nothing`);
    return { ...answer, imagesPerSecond: (batches * BATCH) / answer.seconds };
  });
}

/** Quotients of speeds by the id of the other one. */
function quotients(entry, others, speeds) {
  return Object.fromEntries(others.map(({ id }) => [id, ratios(speeds(id), speeds(entry.id))]));
}

/** Compared with this project on equal threads, and with itself on one. */
function comparisons(entry, ready, speeds) {
  const own = references(ready).filter((reference) => isComparable(reference, entry));
  const single = ready.find(({ name, node, threads }) => name === entry.name && node === entry.node && threads === 1);
  const scaling = single && entry.threads > 1 ? ratios(speeds(entry.id), speeds(single.id)) : undefined;
  return { faster: quotients(entry, own, speeds), scaling };
}

async function report(ready, rounds) {
  const column = (id, key) => rounds.get(id).map((round) => round[key]);
  const speeds = (id) => column(id, 'imagesPerSecond');
  const rows = [];
  for (const contender of ready) {
    const { id, label, name, threads, node, version } = contender;
    const memory = await contender.ask({ command: 'memory' });
    const cpu = ratios(column(id, 'cpu'), column(id, 'seconds')).median;
    const found = { imagesPerSecond: spread(speeds(id)), ...comparisons(contender, ready, speeds) };
    const loss = column(id, 'loss').findLast(Boolean);
    rows.push({ ...{ id, label, name, threads, node, version }, ...found, cpu, memory, loss });
  }
  return rows;
}

export async function stepBenchmark(network, options) {
  const entries = lineUp(options.contenders, options.threads, options.nodes);
  return withTask(network, loadImages('patterns', network, images, 0), async (task) => {
    const { ready, skipped } = await enlist(entries, task);
    try {
      const warm = await warmAll(ready, skipped, options);
      const rounds = await measure(warm, options);
      const rows = await report(
        warm.map(({ contender }) => contender),
        rounds,
      );
      const { repetitions, nodes } = options;
      return { network: network.name, about: network.about, batch: BATCH, repetitions, nodes, rows, skipped };
    } finally {
      for (const contender of ready) contender.end();
    }
  });
}
