/**
 * @file TensorFlow.js on one of its backends: `tf.train.momentum(…).minimize`, images as N×H×W×C. They become floats before
 * the clock starts, which favours it a little.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { importBundled } from './bundle.mjs';
import { missing } from './optional-packages.mjs';
import { readTask } from './task.mjs';

const epsilon = 1e-5;
const momentumOfStatistics = 0.1;

/** From PyTorch's shapes to its own: inputs before outputs, a dense layer's inputs in the order H×W×C. */
function variableOf(tf, { layer, shape, data }) {
  const given = tf.tensor(data, shape);
  if (layer.type === 'conv' && shape.length === 4) return tf.variable(tf.transpose(given, [2, 3, 1, 0]));
  if (layer.type !== 'dense' || shape.length !== 2) return tf.variable(given);
  const [units, inputs] = shape;
  const ordered = tf.transpose(tf.reshape(given, [units, ...layer.input]), [2, 3, 1, 0]);
  return tf.variable(tf.reshape(ordered, [inputs, units]));
}

/** Each layer as a function `(x, training) => y`; `take` gives its variables in order. */
function makers(tf, take) {
  const biased = (layer, y) => {
    const bias = layer.parameters.bias && take();
    return bias ? (x) => tf.add(y(x), bias) : y;
  };
  return {
    conv: (layer) => {
      const { pad, stride } = layer;
      const weight = take();
      const border = [[0, 0], [pad, pad], [pad, pad], [0, 0]]; // biome-ignore format: a matrix
      return biased(layer, (x) =>
        stride === 1 ? tf.conv2d(x, weight, 1, pad) : tf.conv2d(pad ? tf.pad(x, border) : x, weight, stride, 'valid'),
      );
    },
    dense: (layer) => {
      const weight = take();
      return biased(layer, (x) => tf.matMul(tf.reshape(x, [x.shape[0], -1]), weight));
    },
    relu: () => (x) => tf.relu(x),
    maxpool:
      ({ kernel, stride }) =>
      (x) =>
        tf.maxPool(x, kernel, stride, 'valid'),
    globalavgpool: () => (x) => tf.mean(x, [1, 2]),
    batchnorm: ({ input: [channels] }) => batchNorm(tf, take(), take(), channels),
    residual: ({ main, skip }) => {
      const [through, beside] = [main, skip].map((layers) => chain(layers, makers(tf, take)));
      return (x, training) => tf.add(through(x, training), beside(x, training));
    },
  };
}

function chain(layers, make) {
  const steps = layers.map((layer) => make[layer.type](layer));
  return (x, training) => steps.reduce((value, step) => step(value, training), x);
}

function batchNorm(tf, scale, offset, channels) {
  const mean = tf.variable(tf.zeros([channels]), false);
  const variance = tf.variable(tf.ones([channels]), false);
  const follow = (running, found) => {
    const change = tf.mul(tf.sub(found, running), momentumOfStatistics);
    running.assign(tf.add(running, change));
  };
  return (x, training) => {
    if (!training) return tf.batchNorm(x, mean, variance, offset, scale, epsilon);
    const moments = tf.moments(x, [0, 1, 2]);
    const count = x.size / channels;
    follow(mean, moments.mean);
    follow(variance, tf.mul(moments.variance, count / (count - 1)));
    return tf.batchNorm(x, moments.mean, moments.variance, offset, scale, epsilon);
  };
}

/** Whole data sets as tensors, and `[images, labels]` of a run of them. */
function dataOf(tf, { images, labels }, { network }) {
  const floats = tf.tidy(() => {
    const scaled = Float32Array.from(images, (byte) => byte / 255);
    return tf.transpose(tf.tensor(scaled, [labels.length, ...network.input]), [0, 2, 3, 1]);
  });
  const numbers = tf.tensor1d(Int32Array.from(labels), 'int32');
  const sizes = floats.shape.slice(1);
  return (from, count) => [tf.slice(floats, [from, 0, 0, 0], [count, ...sizes]), tf.slice(numbers, [from], [count])];
}

/** The core as npm has it for Node knows no gradients; `@tensorflow/tfjs`, which adds them, takes 300 MB on the disk. */
async function loadTensorFlow(backend) {
  const core = '@tensorflow/tfjs-core';
  const { tf, library } = await importBundled(`
    export * as tf from '${core}';
    import '${core}/dist/register_all_gradients';
    export * as library from '@tensorflow/tfjs-backend-${backend}';`);
  const binaries = dirname(createRequire(import.meta.url).resolve(`@tensorflow/tfjs-backend-${backend}`));
  library.setWasmPaths?.(join(binaries, '/'));
  tf.enableProdMode();
  await tf.setBackend(backend);
  return tf;
}

export async function setUpTensorFlow(backend, task) {
  const absent = missing('@tensorflow/tfjs-core', `@tensorflow/tfjs-backend-${backend}`);
  if (absent) return absent;
  const tf = await loadTensorFlow(backend);
  const { network, batch, count, tests } = task;
  const { parameters, ...data } = readTask(task);
  const variables = tf.tidy(() => parameters.map((parameter) => variableOf(tf, parameter)));
  const rest = [...variables];
  const model = chain(
    network.layers,
    makers(tf, () => rest.shift()),
  );
  const batchOf = dataOf(tf, data, task);
  const optimizer = tf.train.momentum(task.learningRate, task.momentum);

  function step(from) {
    const [x, labels] = batchOf(from, batch);
    const truth = tf.oneHot(labels, network.classes);
    return optimizer
      .minimize(() => tf.losses.softmaxCrossEntropy(truth, model(x, true)), true, variables)
      .dataSync()[0];
  }

  function train(from, batches) {
    let loss = 0;
    try {
      for (let k = 0; k < batches; k++) loss = tf.tidy(() => step((from + k * batch) % count));
    } catch (error) {
      if (/not registered for backend/.test(error.message)) return { skip: `it cannot train this: ${error.message}` };
      throw error;
    }
    return loss;
  }

  function accuracy() {
    return tf.tidy(() => {
      const [x, labels] = batchOf(count, tests);
      const found = tf.argMax(model(x, false), 1);
      return tf.sum(tf.cast(tf.equal(found, labels), 'int32')).dataSync()[0] / tests;
    });
  }

  const built = variables.reduce((sum, { size }) => sum + size, 0);
  return { version: `TensorFlow.js ${tf.version_core}, ${backend}`, parameters: built, train, accuracy };
}
