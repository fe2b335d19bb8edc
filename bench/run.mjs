/** @file `npm run bench`: see README.md beside this file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileBenchmark, showCompile } from './benchmarks/compile.mjs';
import { editorBenchmark, showEditor } from './benchmarks/editor.mjs';
import { epochBenchmark, showEpoch } from './benchmarks/epoch.mjs';
import { estimateBenchmark, showEstimate } from './benchmarks/estimate.mjs';
import { kernelsBenchmark, showKernels } from './benchmarks/kernels.mjs';
import { chromiumOf, PARTIES, predictBenchmark, showPredict } from './benchmarks/predict.mjs';
import { showSize, sizeBenchmark } from './benchmarks/size.mjs';
import { stepBenchmark } from './benchmarks/step.mjs';
import { showWebgpu, webgpuBenchmark } from './benchmarks/webgpu.mjs';
import { assertBuilt } from './compiler.mjs';
import { contenderNames, describeNode } from './line-up.mjs';
import { describeMachine, showMachine } from './machine.mjs';
import { findNetwork, networks } from './networks.mjs';
import { plotSteps } from './plot.mjs';
import { models } from './predict/models.mjs';
import { showStep } from './step-table.mjs';
import { summarize } from './summary.mjs';

const usage = `usage: npm run bench -- [NAME…] [options]
  NAME                 a network for \`step\` (${networks.map(({ name }) => name).join(', ')}), or predict, epoch,
                       estimate, kernels, compile, editor, size, webgpu; all if none
  --contenders A,B     of ${contenderNames().join(', ')}
  --threads 1,2        that step gives to the contenders that can use them (1,2)
  --node PATH,PATH     further Node binaries, besides the one that runs this
  --limit S            seconds that the first step may take (20)
  --repetitions N      rounds of step, predict and compile (7)
  --seconds S          of each repetition of step and predict (0.5)
  --images N           that epoch trains on (6000; a whole epoch: 60000)
  --device FOLDER      where the package webgpu is installed: times of webgpu, if it finds a graphics card
  --networks A,B       that predict measures, all unless given; of a run of everything the small ones
                       (${models.map(({ name }) => name).join(', ')})
  --parties A,B        that predict lets predict (${PARTIES.join(', ')})
  --counts 1,8,64      of images that predict gives at once
  --chromium PATH      that predict measures in too, or none ($CHROMIUM, /usr/bin/chromium)
  --packages DIR       where TensorFlow.js is installed (bench)
  --data SPEC          that epoch trains on: patterns, or mnist:DIR (patterns)
  --out DIR            writes figures.txt (what is printed), figures.json (medians, minima, maxima, machine, versions)
                       and steps.svg (the speeds of step)`;

const options = {
  contenders: { type: 'string' },
  threads: { type: 'string', default: '1,2' },
  node: { type: 'string' },
  limit: { type: 'string', default: '20' },
  repetitions: { type: 'string', default: '7' },
  seconds: { type: 'string', default: '0.5' },
  images: { type: 'string', default: '6000' },
  networks: { type: 'string' },
  parties: { type: 'string' },
  counts: { type: 'string', default: '1,8,64' },
  chromium: { type: 'string' },
  packages: { type: 'string', default: fileURLToPath(new URL('.', import.meta.url)) },
  data: { type: 'string', default: 'patterns' },
  device: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', default: false },
};

function fail(problem) {
  console.error(`bench: ${problem}\n${usage}`);
  process.exit(2);
}

function positive(name, text) {
  const value = Number(text);
  return value > 0 && (name === 'seconds' || name === 'limit' || Number.isInteger(value))
    ? value
    : fail(`--${name} ${text} is no such number`);
}

function chosenContenders(text) {
  const known = contenderNames();
  const chosen = text ? text.split(',') : known;
  for (const name of chosen) if (!known.includes(name)) fail(`no contender ${name}`);
  return chosen;
}

function chosenOf(what, text, known) {
  const chosen = text?.split(',') ?? [];
  for (const name of chosen) if (!known.includes(name)) fail(`no ${what} ${name}`);
  return chosen;
}

/** This Node, and the others. */
function chosenNodes(text) {
  try {
    return [process.execPath, ...(text?.split(',') ?? [])].map(describeNode);
  } catch (error) {
    return fail(`--node: ${error.message}`);
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const numbers = ['repetitions', 'seconds', 'images', 'limit'].map((name) => [name, positive(name, values[name])]);
    return {
      names: positionals,
      ...values,
      ...Object.fromEntries(numbers),
      contenders: chosenContenders(values.contenders),
      models: chosenOf(
        'network',
        values.networks,
        models.map(({ name }) => name),
      ),
      parties: chosenOf('party', values.parties ?? PARTIES.join(','), PARTIES),
      counts: values.counts.split(',').map((count) => positive('counts', count)),
      chromium: chromiumOf(values.chromium),
      chosen: values.contenders !== undefined,
      threads: values.threads.split(',').map((count) => positive('threads', count)),
      nodes: chosenNodes(values.node),
    };
  } catch (error) {
    return fail(error.message);
  }
}

/** A run of everything has no time for large networks. */
function onlySmall(given) {
  return given.models.length ? given : { ...given, models: networks.map(({ name }) => name), counts: [1] };
}

/** In order; a network's name stands for `step` of that network. */
const benchmarks = [
  ...networks.map((network) => ({ name: network.name, run: (given) => stepBenchmark(network, given), show: showStep })),
  {
    name: 'predict',
    run: (given) => predictBenchmark(given.names.length ? given : onlySmall(given)),
    show: showPredict,
  },
  { name: 'epoch', run: (given) => epochBenchmark(findNetwork('lenet'), given), show: showEpoch },
  { name: 'estimate', run: estimateBenchmark, show: showEstimate },
  { name: 'kernels', run: kernelsBenchmark, show: showKernels },
  { name: 'compile', run: compileBenchmark, show: showCompile },
  { name: 'editor', run: editorBenchmark, show: showEditor },
  { name: 'size', run: sizeBenchmark, show: showSize },
  { name: 'webgpu', run: webgpuBenchmark, show: showWebgpu },
];

const given = readArguments();
if (given.help) {
  console.log(usage);
  process.exit(0);
}
for (const name of given.names)
  if (!benchmarks.some((benchmark) => benchmark.name === name)) fail(`no benchmark ${name}`);
assertBuilt();

/** Where a Node lies is nobody's business. */
const withoutPaths = (key, value) => (key === 'path' ? undefined : value);

/** After every benchmark, so that an interrupted run leaves what it has found. */
function save(printed, machine, results) {
  if (!given.out) return;
  const write = (name, text) => writeFileSync(join(given.out, name), text);
  mkdirSync(given.out, { recursive: true });
  write('figures.txt', printed.join('\n'));
  write('figures.json', `${JSON.stringify({ schema: 2, machine, results }, withoutPaths, 2)}\n`);
  const steps = stepsOf(results);
  if (steps.length > 0) write('steps.svg', plotSteps(steps));
}

const stepsOf = (results) => networks.flatMap(({ name }) => results[name] ?? []);

async function main() {
  const machine = describeMachine();
  const printed = [];
  const print = (text) => {
    console.log(`${text}\n`);
    printed.push(text, '');
  };
  print(showMachine(machine));
  const results = {};
  for (const { name, run, show } of benchmarks) {
    if (given.names.length && !given.names.includes(name)) continue;
    results[name] = await run(given);
    print(show(results[name]));
    save(printed, machine, results);
  }
  const summary = summarize(stepsOf(results));
  if (summary) print(`cnnc-wasm is × as fast as the others, medians\n\n${summary}`);
  save(printed, machine, results);
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exit(1);
}
