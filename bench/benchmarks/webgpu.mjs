/**
 * @file `webgpu`: training steps on the graphics card. Without one there are no times worth telling: the table says so, and
 * counts what the compiler knows of a step. With one, `--device FOLDER` names where the package `webgpu` is installed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { importBundled } from '../bundle.mjs';
import { peakOf } from '../card-peak.mjs';
import { setup as setUpJax } from '../contenders/jax-js.mjs';
import { loadImages } from '../data.mjs';
import { median } from '../harness.mjs';
import { pythonCommand } from '../line-up.mjs';
import { networks } from '../networks.mjs';
import { figure, kilobytes, megabytes, table } from '../table.mjs';
import { BATCH, withFolder, withTask } from '../task.mjs';

const zoo = (name) => readFileSync(new URL(`../../examples/zoo/${name}.cnn`, import.meta.url), 'utf8');
const script = fileURLToPath(new URL('../pytorch_step.py', import.meta.url));

/** Those of the other benchmarks, and two whose steps take a processor seconds. */
const subjects = [
  ...networks.map((network) => ({ name: network.name, text: network.text(), batch: BATCH, set: {}, network })),
  { name: 'resnet18 at 224', text: zoo('resnet'), batch: 16, set: { depth: 18 } },
  { name: 'unet at 256', text: zoo('unet'), batch: 2, set: { size: 256, pad: 1 } },
];

/** What the two modules are, minified and without the program. */
async function sizesOf({ emitModule }, elaboration, batch) {
  const sizes = {};
  for (const target of ['webgpu', 'wasm']) {
    const { code } = await emitModule(elaboration, { target, maxBatch: batch, program: false, minify: true });
    sizes[target] = { minified: Buffer.byteLength(code), gzipped: gzipSync(code, { level: 9 }).length };
  }
  return sizes;
}

/** WebGPU with a card, or why there is none: a program on the processor tells nothing about one. */
async function openDevice({ openGpu, describe }, folder) {
  if (!folder)
    return { why: 'no graphics card is named; `--device FOLDER` is where the package `webgpu` is installed' };
  const gpu = await openGpu(resolve(folder));
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return { why: 'the package `webgpu` finds no graphics card' };
  const { description: name, software } = describe(adapter);
  if (software) return { name, why: `${name} is a program on the processor` };
  return { name, gpu, folder, peak: await peakOf(gpu) };
}

/** Median milliseconds of a step; all values of the batch are random. */
export async function millisecondsOf(trainer, batch, seconds) {
  const { inputs, targets } = trainer.network;
  const size = (shape) => shape.reduce((product, extent) => product * extent, 1);
  const [input] = Object.values(inputs);
  const [{ classes, shape = [] }] = Object.values(targets);
  const images = Uint8Array.from({ length: batch * size(input) }, (_, k) => (k * 7919) % 256);
  const labels = Uint8Array.from({ length: batch * size(shape) }, (_, k) => k % classes);
  return medianTime(() => trainer.step({ images, labels }, { lr: 1e-6 }), seconds);
}

/** Of a step, in milliseconds, behind a warm-up that is as long. */
async function medianTime(step, seconds) {
  const times = [];
  for (const end of [performance.now() + 1000 * seconds, performance.now() + 2000 * seconds]) {
    times.length = 0;
    while (performance.now() < end || times.length < 5) {
      const before = performance.now();
      await step();
      times.push(performance.now() - before);
    }
  }
  return median(times);
}

/** jax-js asks the browser for cards: here that is what the package of `folder` gives. */
export async function timeJax(network, { gpu, folder }, seconds) {
  if (!network) return { skip: 'not written for it' };
  const entry = createRequire(resolve(folder, 'package.json')).resolve('webgpu');
  const { globals } = await import(pathToFileURL(entry).href);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node' }, configurable: true });
  return withTask(network, loadImages('patterns', network, BATCH, 0), async (task) => {
    const jax = await setUpJax(task, 'webgpu');
    return jax.skip ? jax : { milliseconds: await medianTime(() => jax.train(0, 1), seconds), version: jax.version };
  });
}

/** `options` are those of `createTrainer`. */
export async function timeModule({ emitModule }, elaboration, batch, seconds, target, options) {
  const { code } = await emitModule(elaboration, { target, maxBatch: batch, program: false });
  return withFolder(async (folder) => {
    const file = join(folder, 'module.mjs');
    writeFileSync(file, code);
    const trainer = await (await import(pathToFileURL(file).href)).createTrainer({ seed: 1, ...options });
    try {
      return await millisecondsOf(trainer, batch, seconds);
    } finally {
      trainer.dispose();
    }
  });
}

/** By the file that `cnnc export --to pytorch` writes; `{ skip }` where it cannot be. */
export function timePyTorch({ exportPytorch }, elaboration, batch, seconds, device) {
  return withFolder(async (folder) => {
    const file = join(folder, 'network.py');
    writeFileSync(file, exportPytorch(elaboration));
    const input = JSON.stringify({ file, batch, seconds, device });
    const { status, stdout, stderr } = spawnSync(pythonCommand(), [script], { input, encoding: 'utf8' });
    return status === 0 ? JSON.parse(stdout) : { skip: `${stderr}`.trim().split('\n').at(-1) };
  });
}

async function timesOf(tools, elaboration, { batch, network }, device, seconds) {
  const { gpu } = device;
  const time = (target, options) => timeModule(tools, elaboration, batch, seconds, target, options);
  const webgpu = await time('webgpu', { gpu });
  return {
    webgpu,
    wasm: await time('wasm', { threads: 2 }),
    jax: await timeJax(network, device, seconds),
    pytorch: await timePyTorch(tools, elaboration, batch, seconds, 'cuda'),
  };
}

export async function webgpuBenchmark({ device: folder, seconds }) {
  const tools = await importBundled("export * from './device-tools.ts';");
  const device = await openDevice(tools, folder);
  const rows = [];
  for (const subject of subjects) {
    const elaboration = tools.elaborated(subject.text, `${subject.name}.cnn`, subject.set);
    const { name, batch } = subject;
    const counts = tools.stepCounts(elaboration, batch);
    const sizes = await sizesOf(tools, elaboration, batch);
    const times = device.gpu && (await timesOf(tools, elaboration, subject, device, seconds));
    rows.push({ name, batch, ...counts, sizes, ...(times && { times }) });
  }
  const { name, why, peak } = device;
  return { device: { name, why, peak }, rows };
}

const giga = (count) => figure(count / 1e9);

export function showWebgpu({ device, rows }) {
  const counted = rows.map(({ name, batch, kernels, dispatches, invocations, flops, bytesMoved, memory }) => [
    ...[name, batch, kernels, dispatches, figure(invocations.least), figure(invocations.median)],
    ...[giga(flops), megabytes(bytesMoved), figure(flops / bytesMoved), megabytes(memory)],
  ]);
  const read = rows.map(({ name, readsPerOperation, linesPerRead }) => [
    ...[name, figure(readsPerOperation), figure(linesPerRead), figure(readsPerOperation * linesPerRead)],
  ]);
  const header = ['network', 'batch', 'kernels', 'dispatches', 'invocations, least', 'median'];
  const sized = rows.map(({ name, sizes: { webgpu, wasm } }) => [
    ...[name, kilobytes(webgpu.minified), kilobytes(wasm.minified), (webgpu.minified / wasm.minified).toFixed(2)],
    ...[kilobytes(webgpu.gzipped), kilobytes(wasm.gzipped), (webgpu.gzipped / wasm.gzipped).toFixed(2)],
  ]);
  return [
    'webgpu: a training step on a graphics card, counted on its plan; GFLOP, MB',
    '',
    table([...header, 'GFLOP', 'MB moved', 'FLOPs a byte', 'MB of memory'], counted),
    '',
    'what invocations read, one value at a time: for each operation, and from how many lines of 128 bytes 32 neighbours do together',
    '',
    table(['network', 'reads an operation', 'lines a read', 'lines an operation'], read),
    '',
    'its module and that for WebAssembly, without the program; kB (1,000 bytes)',
    '',
    table(['network', 'minified', 'wasm', 'ratio', 'gzipped', 'wasm', 'ratio'], sized),
    '',
    device.why ? `There are no times: ${device.why}.` : timesTable(device, rows),
  ].join('\n');
}

function timesTable({ name, peak }, rows) {
  const other = ({ skip, milliseconds }, own) => skip ?? `${figure(milliseconds)} (${(milliseconds / own).toFixed(2)})`;
  const body = rows.map(({ name, flops, times: { webgpu, wasm, jax, pytorch } }) => [
    ...[name, figure(webgpu), figure(flops / webgpu / 1e6), `${((100 * flops) / (webgpu / 1000) / peak).toFixed(1)} %`],
    ...[other({ milliseconds: wasm }, webgpu), other(jax, webgpu), other(pytorch, webgpu)],
  ]);
  const times = ['wasm, 2 threads (× as long)', 'jax-js, WebGPU', 'PyTorch, CUDA'];
  const header = ['network', 'webgpu', 'GFLOP/s', 'of the peak', ...times];
  const most = `at most ${giga(peak)} GFLOP/s were measured there, in registers alone`;
  return [`milliseconds of a step on ${name}, medians; ${most}`, '', table(header, body)].join('\n');
}
