/**
 * @file ConvNetJS 0.3.0 as npm has it: Float64Array, one image at a time, the update after every `batch_size` images.
 * One `Vol` is filled anew for every image, which is cheaper than making one per image.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { generator } from '../data.mjs';

const require = createRequire(import.meta.url);

/** `bias_pref: 0` keeps its own start of 0.1 out; the last dense layer is part of `softmax`. */
function layerDefinition(layer) {
  const { type, channels, kernel, pad, stride, units } = layer;
  if (type === 'conv') return { type, sx: kernel, filters: channels, stride: 1, pad, bias_pref: 0 };
  if (type === 'maxpool') return { type: 'pool', sx: kernel, stride };
  if (type === 'dense') return { type: 'fc', num_neurons: units, bias_pref: 0 };
  if (type === 'relu') return { type };
  throw new Error(`ConvNetJS has no layer ${type}`);
}

function layerDefinitions({ input: [depth, height, width], classes, layers }) {
  const input = { type: 'input', out_sx: width, out_sy: height, out_depth: depth };
  return [input, ...layers.slice(0, -1).map(layerDefinition), { type: 'softmax', num_classes: classes }];
}

/** From N×C×H×W bytes to its order H×W×C. */
function fill(vol, images, n, [channels, height, width]) {
  const start = n * channels * height * width;
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < height * width; k++) {
      vol.w[k * channels + c] = images[start + c * height * width + k] / 255;
    }
  }
}

/** From its N(0, 1/n) to the N(0, 2/n) that the others start from; biases are zero. */
function startAsKaiming(net) {
  for (const { params } of net.getParamsAndGrads()) for (let k = 0; k < params.length; k++) params[k] *= Math.SQRT2;
}

export async function setup({ network, batch, learningRate, momentum, count, tests, ...paths }) {
  let convnet;
  try {
    convnet = require('convnetjs');
  } catch {
    return { skip: 'the package convnetjs is not installed' };
  }
  Math.random = generator(1); // the source of its initial weights, and of nothing else here
  const net = new convnet.Net();
  net.makeLayers(layerDefinitions(network));
  startAsKaiming(net);
  const trainer = new convnet.Trainer(net, {
    ...{ method: 'sgd', learning_rate: learningRate, momentum },
    ...{ batch_size: batch, l1_decay: 0, l2_decay: 0 },
  });
  const images = new Uint8Array(readFileSync(paths.images));
  const labels = new Uint8Array(readFileSync(paths.labels));
  const [depth, height, width] = network.input;
  const vol = new convnet.Vol(width, height, depth, 0);

  function train(from, batches) {
    let loss = 0;
    for (let k = 0; k < batches * batch; k++) {
      const n = (from + k) % count;
      fill(vol, images, n, network.input);
      const { cost_loss } = trainer.train(vol, labels[n]);
      loss = k % batch === 0 ? cost_loss : loss + cost_loss;
    }
    return loss / batch;
  }

  function accuracy() {
    let correct = 0;
    for (let n = count; n < count + tests; n++) {
      fill(vol, images, n, network.input);
      net.forward(vol, false);
      if (net.getPrediction() === labels[n]) correct++;
    }
    return correct / tests;
  }

  const parameters = net.getParamsAndGrads().reduce((sum, { params }) => sum + params.length, 0);
  const { version } = require('convnetjs/package.json');
  return { version: `ConvNetJS ${version}, f64`, parameters, train, accuracy };
}
