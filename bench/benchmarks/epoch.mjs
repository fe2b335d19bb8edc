/**
 * @file `epoch`: seconds for one pass over 60,000 images. Measured over `--images` of them and scaled, in turns of a
 * tenth of the images each, so that whatever else the machine does hits all contenders alike.
 */
import { enlist } from '../contender-process.mjs';
import { loadImages } from '../data.mjs';
import { interleave, ratios, references } from '../harness.mjs';
import { lineUp } from '../line-up.mjs';
import { figure, figures, table } from '../table.mjs';
import { BATCH, withTask } from '../task.mjs';

const epochImages = 60_000;
const turns = 10;
const tests = 2000;

/** Batches per turn: whole ones, so a little fewer images than asked for. */
function batchesPerTurn(images) {
  const batches = Math.floor(images / BATCH / turns);
  if (batches === 0) throw new Error(`--images must be at least ${BATCH * turns}`);
  return batches;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** By how much each reference is faster than `id`: over the whole epoch, and in its slowest and fastest turn. */
function comparisons(ready, seconds, id) {
  const compare = (own) => {
    const { min, max } = ratios(seconds(id), seconds(own));
    return { total: sum(seconds(id)) / sum(seconds(own)), min, max };
  };
  return Object.fromEntries(references(ready).map((own) => [own.id, compare(own.id)]));
}

async function report(ready, rounds, trained) {
  const seconds = (id) => rounds.get(id).map((round) => round.seconds);
  const rows = [];
  for (const contender of ready) {
    const { id, label, version } = contender;
    const measured = sum(seconds(id));
    const faster = comparisons(ready, seconds, id);
    const { accuracy } = await contender.ask({ command: 'test' });
    rows.push({ id, label, version, measured, secondsPerEpoch: (measured * epochImages) / trained, faster, accuracy });
  }
  return rows;
}

/** One thread, one Node. TensorFlow.js and jax-js would take hours. */
const usual = ['cnnc-js', 'cnnc-wasm', 'convnetjs', 'pytorch'];

export async function epochBenchmark(network, { contenders, chosen, images, data, nodes }) {
  const batches = batchesPerTurn(images);
  const trained = batches * turns * BATCH;
  const entries = lineUp(chosen ? contenders : usual, [1], nodes.slice(0, 1));
  return withTask(network, loadImages(data, network, trained, tests), async (task) => {
    if (task.count < trained) throw new Error(`${data} has only ${task.count} images`);
    const { ready, skipped } = await enlist(entries, task);
    try {
      const train = (contender, turn) => contender.ask({ command: 'train', from: turn * batches * BATCH, batches });
      const rounds = await interleave(ready, turns, train);
      const reasonOf = ({ id }) => rounds.get(id)[0].skip;
      for (const each of ready.filter(reasonOf)) skipped.push({ id: each.id, reason: reasonOf(each) });
      const able = ready.filter((contender) => reasonOf(contender) === undefined);
      const rows = await report(able, rounds, trained);
      return { network: network.name, data, images: trained, tests: task.tests, rows, skipped };
    } finally {
      for (const contender of ready) contender.end();
    }
  });
}

export function showEpoch({ network, data, images, tests, rows, skipped }) {
  const own = Object.keys(rows[0].faster);
  const times = ({ total, min, max }) => figures({ median: total, min, max });
  const labelOf = (id) => rows.find((row) => row.id === id).label;
  const header = ['contender', 'measured', 's/epoch', ...own.map((id) => `${labelOf(id)} is ×`), 'accuracy'];
  const body = rows.map(({ label, measured, secondsPerEpoch, faster, accuracy }) => [
    ...[label, figure(measured), figure(secondsPerEpoch), ...own.map((reference) => times(faster[reference]))],
    `${(100 * accuracy).toFixed(2)} %`,
  ]);
  const source = data.startsWith('mnist:') ? 'MNIST' : data;
  const count = (number) => number.toLocaleString('en');
  const scaled = images === epochImages ? '' : `, scaled to ${count(epochImages)}`;
  const title = `epoch: ${network}, ${count(images)} images of ${source}${scaled}, cold start`;
  const tested = tests ? [`accuracy: on ${count(tests)} test images, after it`] : [];
  const absent = skipped.map(({ id, reason }) => `${id} sits out: ${reason}`);
  return [title, '', table(header, body), ...tested, ...absent].join('\n');
}
