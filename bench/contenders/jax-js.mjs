/**
 * @file jax-js on its WebAssembly backend, or on that for graphics cards. The whole step is one function under `jit`: forward, gradients, running
 * statistics and update. Arrays are owned: a function consumes its arguments, `x.ref` keeps one for another use.
 */
import { missing, versionOf } from '../optional-packages.mjs';
import { readTask } from '../task.mjs';

const epsilon = 1e-5;
const momentumOfStatistics = 0.1;

/** A dense layer's weight inputs first, all others as in PyTorch. */
function arrayOf(np, { layer, shape, data }) {
  const given = np.array(data.slice()).reshape(shape);
  return layer.type === 'dense' && shape.length === 2 ? given.transpose() : given;
}

/**
 * The forward pass of `layers`: `take` gives parameters in order, `normalize` does batch norm. Each layer consumes `x`.
 */
function forward(jax, layers, x, take, normalize) {
  const { lax, nn, numpy: np } = jax;
  const apply = {
    conv: ({ pad, stride, parameters: { bias } }, value) => {
      const border = [pad, pad];
      const y = lax.convGeneralDilated(value, take(), [stride, stride], [border, border]);
      return bias ? y.add(take().reshape([1, -1, 1, 1])) : y;
    },
    dense: (_, value) => np.matmul(value.reshape([value.shape[0], -1]), take()).add(take()),
    relu: (_, value) => nn.relu(value),
    maxpool: ({ kernel, stride }, value) => lax.reduceWindow(value, np.max, [kernel, kernel], [stride, stride]),
    globalavgpool: (_, value) => np.mean(value, [2, 3]),
    batchnorm: (_, value) => normalize(value, take(), take()),
    residual: ({ main, skip }, value) => {
      const through = forward(jax, main, value.ref, take, normalize);
      return through.add(forward(jax, skip, value, take, normalize));
    },
  };
  return layers.reduce((value, layer) => apply[layer.type](layer, value), x);
}

const perChannel = (vector) => vector.reshape([1, -1, 1, 1]);

function scaled(jax, x, mean, variance, weight, bias) {
  const factor = weight.div(jax.numpy.sqrt(variance.add(epsilon)));
  return x.sub(perChannel(mean)).mul(perChannel(factor)).add(perChannel(bias));
}

/** Normalises by the batch; `found` receives mean and unbiased variance of each batch norm. */
function byBatch(jax, found) {
  const { lax, numpy: np } = jax;
  return (x, weight, bias) => {
    const mean = np.mean(x.ref, [0, 2, 3]);
    const variance = np.mean(np.square(x.ref.sub(perChannel(mean.ref))), [0, 2, 3]);
    const count = x.size / weight.size;
    found.push(lax.stopGradient(mean.ref), lax.stopGradient(variance.ref.mul(count / (count - 1))));
    return scaled(jax, x, mean, variance, weight, bias);
  };
}

function byRunning(jax, statistics) {
  return (x, weight, bias) => scaled(jax, x, statistics.shift(), statistics.shift(), weight, bias);
}

function lossOf(jax, network) {
  const { nn, numpy: np } = jax;
  return (parameters, x, truth) => {
    const rest = [...parameters];
    const found = [];
    const scores = forward(jax, network.layers, x, () => rest.shift(), byBatch(jax, found));
    const count = truth.shape[0];
    return [np.sum(nn.logSoftmax(scores).mul(truth)).mul(-1 / count), found];
  };
}

/** (parameters, velocities, statistics, images, one-hot labels) → the first three anew, and the loss. */
function stepOf(jax, { network, learningRate, momentum }) {
  const gradients = jax.valueAndGrad(lossOf(jax, network), { hasAux: true });
  return jax.jit((parameters, velocities, statistics, x, truth) => {
    const [[loss, found], slopes] = gradients(
      parameters.map((parameter) => parameter.ref),
      ...[x, truth],
    );
    const next = velocities.map((velocity, k) => velocity.mul(momentum).add(slopes[k]));
    const moved = parameters.map((parameter, k) => parameter.sub(next[k].ref.mul(learningRate)));
    const followed = statistics.map((running, k) =>
      running.mul(1 - momentumOfStatistics).add(found[k].mul(momentumOfStatistics)),
    );
    return [moved, next, followed, loss];
  });
}

/** Mean 0 and variance 1 for each batch norm: those are the layers whose weight is a vector. */
function initialStatistics(np, parameters) {
  const scales = parameters.filter(({ layer, name }) => layer.type === 'batchnorm' && name === 'weight');
  return scales.flatMap(({ shape }) => [np.zeros(shape), np.ones(shape)]);
}

/** `backend`: `wasm`, or `webgpu` where there is `navigator.gpu`. */
export async function setup(task, backend = 'wasm') {
  const absent = missing('@jax-js/jax');
  if (absent) return absent;
  const jax = await import('@jax-js/jax');
  await jax.init(backend);
  jax.defaultDevice(backend);
  const { numpy: np } = jax;
  const { network, batch, count, tests } = task;
  const { parameters, images, labels } = readTask(task);
  const pixels = Float32Array.from(images, (byte) => byte / 255);
  const size = pixels.length / labels.length;
  const imagesOf = (from, length) =>
    np.array(pixels.slice(from * size, (from + length) * size)).reshape([length, ...network.input]);
  const truthOf = (from) => {
    const truth = new Float32Array(batch * network.classes);
    for (let k = 0; k < batch; k++) truth[k * network.classes + labels[from + k]] = 1;
    return np.array(truth).reshape([batch, network.classes]);
  };
  let state = [
    parameters.map((parameter) => arrayOf(np, parameter)),
    parameters.map((parameter) => np.zeros(arrayOf(np, parameter).shape)),
    initialStatistics(np, parameters),
  ];
  const step = stepOf(jax, task);

  async function train(from, batches) {
    let loss;
    for (let k = 0; k < batches; k++) {
      const at = (from + k * batch) % count;
      loss?.dispose();
      const answer = step(...state, imagesOf(at, batch), truthOf(at));
      loss = answer.pop();
      state = answer;
    }
    return (await loss.data())[0];
  }

  async function accuracy() {
    const rest = state[0].map((parameter) => parameter.ref);
    const statistics = state[2].map((value) => value.ref);
    const scores = forward(jax, network.layers, imagesOf(count, tests), () => rest.shift(), byRunning(jax, statistics));
    const found = await np.argmax(scores, 1).data();
    return found.reduce((correct, digit, k) => correct + (digit === labels[count + k] ? 1 : 0), 0) / tests;
  }

  const built = parameters.reduce((sum, { data }) => sum + data.length, 0);
  return { version: `jax-js ${versionOf('@jax-js/jax')}, ${backend}`, parameters: built, train, accuracy };
}
