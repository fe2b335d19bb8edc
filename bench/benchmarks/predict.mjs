/**
 * @file `predict`: how long a prediction takes, of one image, of eight and of 64, on one thread. Ours are measured in turns in this
 * process: the trainer's `predict`, that of a module which only predicts, and ONNX Runtime's (WebAssembly) of the same weights,
 * which our own exporter has written. PyTorch is asked in between.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { command, compiled } from '../compiler.mjs';
import { pythonCommand } from '../line-up.mjs';
import { networks } from '../networks.mjs';
import { table } from '../table.mjs';
import { withFolder } from '../task.mjs';

const counts = [1, 8, 64];
const script = fileURLToPath(new URL('../pytorch_predict.py', import.meta.url));

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

async function ours(network) {
  const { elaboration, emitModule, emitPredictor } = await compiled(network.text(), network.name);
  return withFolder(async (folder) => {
    const load = async (name, code) => {
      writeFileSync(join(folder, name), code);
      return import(pathToFileURL(join(folder, name)).href);
    };
    const { createTrainer } = await load('trainer.mjs', (await emitModule(elaboration, { program: false })).code);
    const { createPredictor } = await load('predictor.mjs', (await emitPredictor(elaboration)).code);
    const trainer = await createTrainer({ seed: 1 });
    const predictor = await createPredictor();
    const weights = await trainer.save({ weights: true });
    predictor.load(weights);
    return [
      { name: 'cnnc trainer', predict: (images) => trainer.predict(images) },
      { name: 'cnnc build --inference', predict: (images) => predictor.predict(images) },
      await onnxRuntime(network, weights, folder),
    ];
  });
}

async function onnxRuntime(network, weights, folder) {
  const file = (name) => join(folder, name);
  writeFileSync(file('network.cnn'), network.text());
  writeFileSync(file('weights.safetensors'), weights);
  const options = ['--to', 'onnx', '--fold', '--weights', file('weights.safetensors'), '-o', file('network.onnx')];
  execFileSync(process.execPath, [command, 'export', file('network.cnn'), ...options], { stdio: 'pipe' });
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web/wasm');
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(readFileSync(file('network.onnx')));
  const [input] = session.inputNames;
  const size = network.input.reduce((product, extent) => product * extent, 1);
  const predict = async (images) => {
    const tensor = new Tensor('float32', images, [images.length / size, ...network.input]);
    const outputs = await session.run({ [input]: tensor });
    return outputs[session.outputNames[0]].data;
  };
  return { name: `onnxruntime-web ${env.versions.web}`, predict };
}

/** All compute the same, or nothing is compared. */
async function requireEqual(contenders, images) {
  const [wanted, ...others] = await Promise.all(contenders.map(async ({ predict }) => [...(await predict(images))]));
  for (const [k, found] of others.entries()) {
    const error = Math.max(...found.map((value, n) => Math.abs(value - wanted[n])));
    if (!(error < 1e-5)) throw new Error(`${contenders[k + 1].name} predicts something else: off by ${error}`);
  }
}

/** Times of single calls, in milliseconds, in turns. */
async function timesOf(contenders, images, seconds) {
  for (const { predict } of contenders)
    for (let turn = 0; turn < 2; turn++) {
      const end = performance.now() + 300 * seconds;
      while (performance.now() < end) await predict(images);
      await wait(100);
    }
  const times = contenders.map(() => []);
  const end = performance.now() + 2000 * seconds;
  while (performance.now() < end || times[0].length < 20)
    for (const [k, { predict }] of contenders.entries()) {
      const started = performance.now();
      await predict(images);
      times[k].push(performance.now() - started);
    }
  return times.map((found) => found.sort((a, b) => a - b));
}

function pytorch({ layers, input }, seconds) {
  const request = JSON.stringify({ layers, input, counts, seconds });
  const { status, stdout } = spawnSync(pythonCommand(), [script], { input: request, encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

export async function predictBenchmark({ seconds }) {
  const rows = [];
  for (const network of networks) {
    const contenders = await ours(network);
    const size = network.input.reduce((product, extent) => product * extent, 1);
    for (const count of counts) {
      const images = Float32Array.from({ length: count * size }, (_, k) => Math.abs(Math.sin(k)));
      await requireEqual(contenders, images);
      const times = await timesOf(contenders, images, seconds);
      for (const [k, { name }] of contenders.entries())
        rows.push({
          network: network.name,
          name,
          count,
          least: times[k][0],
          median: quantile(times[k], 0.5),
          high: quantile(times[k], 0.99),
        });
    }
    for (const found of pytorch(network, seconds) ?? [])
      rows.push({ network: network.name, name: 'PyTorch', ...found });
  }
  return { rows };
}

export function showPredict({ rows }) {
  const speedOf = ({ count, median }) => ((1000 * count) / median).toFixed(0);
  const body = rows.map((row) => [
    row.network,
    row.name,
    `${row.count}`,
    row.least.toFixed(3),
    row.median.toFixed(3),
    row.high.toFixed(3),
    speedOf(row),
  ]);
  const header = ['network', 'by', 'images', 'fastest ms', 'median', '99th percentile', 'images/s'];
  return ['predict: of so many images at once, one thread', '', table(header, body)].join('\n');
}
