/**
 * @file ConvNetJS 0.3.0 as npm has it: Float64Array, one image at a time, the update after every `batch_size` images.
 * One `Vol` is filled anew for every image, which is cheaper than making one per image.
 */
import { createRequire } from 'node:module';
import { flatLayers, product } from '../layers.mjs';
import { readTask } from '../task.mjs';

const require = createRequire(import.meta.url);

/** The last dense layer is part of `softmax`. */
const definitions = {
  conv: ({ channels, kernel, pad, stride }) => ({ type: 'conv', sx: kernel, filters: channels, stride, pad }),
  maxpool: ({ kernel, stride }) => ({ type: 'pool', sx: kernel, stride }),
  dense: ({ units }) => ({ type: 'fc', num_neurons: units }),
  relu: () => ({ type: 'relu' }),
};

function layerDefinitions({ input: [depth, height, width], classes, layers }) {
  const input = { type: 'input', out_sx: width, out_sy: height, out_depth: depth };
  const middle = layers.slice(0, -1).map((layer) => definitions[layer.type](layer));
  return [input, ...middle, { type: 'softmax', num_classes: classes }];
}

/** From C×H×W to its order H×W×C. */
function reorder(values, start, [channels, height, width], target, scale = 1) {
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < height * width; k++) {
      target[k * channels + c] = values[start + c * height * width + k] * scale;
    }
  }
}

function setWeights(net, parameters) {
  const layers = net.layers.filter(({ filters }) => filters);
  for (const { layer, name, shape, data } of parameters) {
    const box = layer.type === 'conv' ? shape.slice(1) : layer.input;
    if (name === 'bias') layers.shift().biases.w.set(data);
    else for (const [o, filter] of layers[0].filters.entries()) reorder(data, o * product(box), box, filter.w);
  }
}

export async function setup(task) {
  const { network, batch, learningRate, momentum, count, tests } = task;
  const strange = flatLayers(network.layers).find(({ type }) => !definitions[type]);
  if (strange) return { skip: `ConvNetJS has no layer ${strange.type}` };
  let convnet;
  try {
    convnet = require('convnetjs');
  } catch {
    return { skip: 'the package convnetjs is not installed: npm install' };
  }
  const net = new convnet.Net();
  net.makeLayers(layerDefinitions(network));
  const { images, labels, parameters } = readTask(task);
  setWeights(net, parameters);
  const trainer = new convnet.Trainer(net, {
    ...{ method: 'sgd', learning_rate: learningRate, momentum },
    ...{ batch_size: batch, l1_decay: 0, l2_decay: 0 },
  });
  const [depth, height, width] = network.input;
  const vol = new convnet.Vol(width, height, depth, 0);
  const show = (n) => reorder(images, n * product(network.input), network.input, vol.w, 1 / 255);

  function train(from, batches) {
    let loss = 0;
    for (let k = 0; k < batches * batch; k++) {
      const n = (from + k) % count;
      show(n);
      const { cost_loss } = trainer.train(vol, labels[n]);
      loss = k % batch === 0 ? cost_loss : loss + cost_loss;
    }
    return loss / batch;
  }

  function accuracy() {
    let correct = 0;
    for (let n = count; n < count + tests; n++) {
      show(n);
      net.forward(vol, false);
      if (net.getPrediction() === labels[n]) correct++;
    }
    return correct / tests;
  }

  const { version } = require('convnetjs/package.json');
  const built = net.getParamsAndGrads().reduce((sum, { params }) => sum + params.length, 0);
  return { version: `ConvNetJS ${version}, f64`, parameters: built, train, accuracy };
}
