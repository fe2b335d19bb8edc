/**
 * @file `estimate`: what `cnnc summary --calibrate` estimates against what is measured, in one run: rounds of a measure of this
 * machine, and then of the networks. A step is measured twice: as a whole, by processor time; and call by call in its
 * order, of each the fastest, which tells what a quiet machine would take where this one is busy.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importBundled } from '../bundle.mjs';
import { median } from '../harness.mjs';
import { networks } from '../networks.mjs';
import { figure, table } from '../table.mjs';
import { BATCH, withFolder } from '../task.mjs';

const targets = ['wasm', 'js'];
const leastSteps = { wasm: 8, js: 5 };

/** The trainer of the module, as users have it, and a batch of random images of bytes. */
async function subjectOf(tools, network, target) {
  const elaboration = tools.elaborated(network.text(), network.name);
  const { code } = await tools.emitModule(elaboration, { program: false, target, maxBatch: BATCH });
  const module = await withFolder((folder) => {
    const file = join(folder, `${network.name}.mjs`);
    writeFileSync(file, code);
    return import(pathToFileURL(file).href);
  });
  const trainer = await module.createTrainer({ seed: 1, threads: 1 });
  const size = network.input.reduce((product, extent) => product * extent, 1);
  const images = Uint8Array.from({ length: BATCH * size }, (_, k) => (k * 7919) % 256);
  const labels = Uint8Array.from({ length: BATCH }, (_, k) => k % 10);
  const calls = tools.callsOfStep(elaboration, target, BATCH);
  return { network, elaboration, trainer, images, labels, calls, fastest: calls.map(() => Number.POSITIVE_INFINITY) };
}

function processorTime(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least processor time of one run, in milliseconds. */
async function leastTime(run, seconds, least) {
  const times = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || times.length < least) {
    const before = process.cpuUsage();
    await run();
    times.push(processorTime(before));
  }
  return Math.min(...times);
}

function goThrough({ calls, fastest }) {
  for (let k = 0; k < calls.length; k++) {
    const before = performance.now();
    calls[k]();
    fastest[k] = Math.min(fastest[k], performance.now() - before);
  }
}

async function measure(subject, target, { seconds }) {
  const { trainer, images, labels } = subject;
  const steps = leastSteps[target];
  const step = await leastTime(() => trainer.step({ images, labels }, { lr: 1e-6 }), seconds, steps);
  const predict = (await leastTime(() => trainer.predict(images), seconds / 2, steps)) / BATCH;
  for (let k = 0; k < 2 * steps; k++) goThrough(subject);
  return { step, predict, calls: subject.fastest.reduce((sum, time) => sum + time, 0) };
}

export async function estimateBenchmark({ repetitions, seconds }) {
  const tools = await importBundled("export * from './estimate-tools.ts';");
  const rows = [];
  for (const target of targets) {
    const subjects = [];
    for (const network of networks) subjects.push(await subjectOf(tools, network, target));
    const rounds = [];
    for (let round = 0; round < Math.min(repetitions, target === 'js' ? 2 : 3); round++) {
      const before = process.cpuUsage();
      const calibration = await tools.calibrate(target);
      const took = processorTime(before) / 1000;
      for (const subject of subjects) {
        const found = await measure(subject, target, { seconds });
        const wanted = tools.estimated(subject.elaboration, calibration, BATCH);
        rounds.push({ network: subject.network.name, target, took, found, wanted });
      }
    }
    for (const { network, trainer } of subjects) {
      rows.push(...describeRounds(rounds.filter((one) => one.network === network.name)));
      trainer.dispose();
    }
  }
  return { rows };
}

/** Of the last round, whose calls have been fastest, and the ratios of all. */
function describeRounds(rounds) {
  const { network, target, found, wanted } = rounds.at(-1);
  const ratioOf = (ratio) => median(rounds.map(ratio));
  return [
    {
      ...{ network, target, took: median(rounds.map(({ took }) => took)) },
      ...{ estimated: wanted.step, calls: found.calls + wanted.host, whole: found.step },
      ofCalls: ratioOf((one) => one.wanted.step / (one.found.calls + one.wanted.host)),
      ofWhole: ratioOf((one) => one.wanted.step / one.found.step),
      predict: { estimated: wanted.predict, measured: found.predict },
      ofPredict: ratioOf((one) => one.wanted.predict / one.found.predict),
    },
  ];
}

export function showEstimate({ rows }) {
  const body = rows.map((row) => [
    ...[row.network, row.target, figure(row.estimated), figure(row.whole), row.ofWhole.toFixed(2)],
    ...[figure(row.calls), row.ofCalls.toFixed(2)],
    ...[row.predict.estimated.toFixed(3), row.predict.measured.toFixed(3), row.ofPredict.toFixed(2)],
  ]);
  const header = [
    ...['network', 'target', 'estimated ms', 'step', 'ratio', 'step by calls', 'ratio'],
    ...['predict, est.', 'measured', 'ratio'],
  ];
  const took = targets.map(
    (target) =>
      `${median(rows.filter((row) => row.target === target).map((row) => row.took)).toFixed(1)} s (${target})`,
  );
  return [
    `estimate: a step of ${BATCH} images and predicting one of ${BATCH}, milliseconds, one thread`,
    `measuring the machine took ${took.join(', ')} of processor time`,
    '',
    table(header, body),
  ].join('\n');
}
