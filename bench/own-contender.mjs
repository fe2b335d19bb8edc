/**
 * @file This project as a contender, for either target: the module is compiled in another process, and imported here as
 * users do.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const compiler = fileURLToPath(new URL('compile-module.mjs', import.meta.url));

/** The text of the module goes through a file, so that the compiler leaves no trace in this process. */
async function compileAndImport({ text, name }, options) {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-bench-'));
  try {
    const source = join(folder, `${name}.cnn`);
    const output = join(folder, `${name}.mjs`);
    writeFileSync(source, text);
    execFileSync(process.execPath, [compiler, source, output, JSON.stringify(options)]);
    return await import(pathToFileURL(output).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function countParameters(trainer) {
  let count = 0;
  for (const { data } of trainer.parameters.values()) count += data.length;
  return count;
}

export async function setUpOwn(target, task) {
  const { network, batch, learningRate: lr, momentum, count, tests, threads } = task;
  const module = await compileAndImport(network, { target, momentum, maxBatch: batch });
  const trainer = await module.createTrainer({ seed: 1, threads });
  const images = new Uint8Array(readFileSync(task.images));
  const labels = new Uint8Array(readFileSync(task.labels));
  const size = images.length / labels.length;
  const slice = (from, length) => ({
    images: images.subarray(from * size, (from + length) * size),
    labels: labels.subarray(from, from + length),
  });

  async function train(from, batches) {
    let loss = 0;
    for (let k = 0; k < batches; k++) {
      loss = (await trainer.step(slice((from + k * batch) % count, batch), { lr })).loss;
    }
    return loss;
  }

  async function accuracy() {
    let correct = 0;
    for (let from = count; from < count + tests; from += batch) {
      correct += (await trainer.evaluate(slice(from, Math.min(batch, count + tests - from)))).correct;
    }
    return correct / tests;
  }

  return {
    version: `cnnc ${module.network.compiler}, ${target}`,
    parameters: countParameters(trainer),
    train,
    accuracy,
  };
}
