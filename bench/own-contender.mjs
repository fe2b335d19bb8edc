/**
 * @file This project as a contender, for either target: the module is compiled in another process, and imported here as
 * users do.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readTask, withFolder } from './task.mjs';

const compiler = fileURLToPath(new URL('compile-module.mjs', import.meta.url));

/** The text of the module goes through a file, so that the compiler leaves no trace in this process. */
function compileAndImport({ text, name }, options) {
  return withFolder((folder) => {
    const source = join(folder, `${name}.cnn`);
    const output = join(folder, `${name}.mjs`);
    writeFileSync(source, text);
    execFileSync(process.execPath, [compiler, source, output, JSON.stringify(options)]);
    return import(pathToFileURL(output).href);
  });
}

/** The live values in order of creation, which is that of the layers; buffers (running statistics) are not among them. */
function trainedParameters(module, trainer) {
  return module.network.parameters.map(({ name }) => trainer.parameters.get(name));
}

function setWeights(own, given) {
  for (const [k, { shape, data }] of given.entries()) {
    if (`${own[k]?.shape}` !== `${shape}`) throw new Error(`parameter ${k} has shape ${own[k]?.shape}, not ${shape}`);
    own[k].data.set(data);
  }
}

/** `options` are those of `createTrainer`. */
export async function setUpOwn(target, task, options = {}) {
  const { network, batch, learningRate: lr, momentum, count, tests, threads } = task;
  const module = await compileAndImport(network, { target, momentum, maxBatch: batch, wide: options.wide });
  const trainer = await module.createTrainer({ seed: 1, threads, ...options });
  if (trainer.wide?.used === false) return { skip: trainer.wide.message };
  const { images, labels, parameters } = readTask(task);
  const own = trainedParameters(module, trainer);
  setWeights(own, parameters);
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
    parameters: own.reduce((sum, { data }) => sum + data.length, 0),
    train,
    accuracy,
  };
}
