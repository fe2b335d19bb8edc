/**
 * @file A graph of ONNX as functions of TensorFlow.js: what the networks of `predict` have, in N×H×W×C, which is the order of that
 * library. Weights are turned once, images before the clock starts.
 */

const last = ([a, b, ...rest]) => [a, ...rest, b];

/** Padding of ONNX, top, left, bottom, right, as TensorFlow.js has it. */
function padding({ pads: [top, left, bottom, right] = [0, 0, 0, 0] }) {
  return [[0, 0], [top, bottom], [left, right], [0, 0]]; // biome-ignore format: a matrix
}

/** Of each operator, from its node and the constants it reads: a function of the values it is applied to. */
function makers(tf, constant) {
  return {
    Conv: ({ inputs: [, weight, bias], attributes }) => {
      const filter = constant(weight);
      const [outputs, , height, width] = filter.shape;
      const grouped = attributes.group > 1;
      if (grouped && attributes.group !== outputs) throw new Error('a convolution of groups');
      const turned = tf.transpose(filter, grouped ? [2, 3, 0, 1] : [2, 3, 1, 0]);
      const added = bias && constant(bias);
      const [strides, pad] = [attributes.strides, padding(attributes)];
      const same = height === 1 && width === 1 ? 'valid' : pad;
      return (x) => {
        const y = grouped ? tf.depthwiseConv2d(x, turned, strides, pad) : tf.conv2d(x, turned, strides, same);
        return added ? tf.add(y, added) : y;
      };
    },
    MaxPool: ({ attributes }) => {
      const pad = padding(attributes);
      const border = pad.flat().some((width) => width > 0);
      // Behind a ReLU, as here always, a border of zeros changes nothing.
      return (x) => tf.maxPool(border ? tf.pad(x, pad) : x, attributes.kernel_shape, attributes.strides, 'valid');
    },
    Relu: () => (x) => tf.relu(x),
    Clip: ({ inputs: [, low, high] }) => {
      const [from, to] = [low, high].map((name) => constant(name).dataSync()[0]);
      return (x) => tf.clipByValue(x, from, to);
    },
    Add: () => (x, y) => tf.add(x, y),
    Concat:
      () =>
      (...values) =>
        tf.concat(values, 3),
    GlobalAveragePool: () => (x) => tf.mean(x, [1, 2], true),
    Flatten: () => (x) => {
      const flat = [x.shape[0], -1];
      return tf.reshape(x.shape[1] * x.shape[2] === 1 ? x : tf.transpose(x, [0, 3, 1, 2]), flat);
    },
    Gemm: ({ inputs: [, weight, bias], attributes }) => {
      const turned = attributes.transB ? tf.transpose(constant(weight)) : constant(weight);
      const added = bias && constant(bias);
      return (x) => (added ? tf.add(tf.matMul(x, turned), added) : tf.matMul(x, turned));
    },
    Softmax: () => (x) => tf.softmax(x),
  };
}

/** `images` is N×C×H×W; the values of the graph's output. */
export function modelOf(tf, graph, floats, [channels, height, width]) {
  const constant = (name) => {
    const { shape, offset, length } = graph.tensors[name];
    return tf.tensor(floats.slice(offset, offset + length), shape);
  };
  const make = makers(tf, constant);
  const steps = graph.nodes.map((node) => {
    if (!make[node.type]) throw new Error(`${node.type} is not written for TensorFlow.js`);
    const read = node.inputs.filter((name) => name && !(name in graph.tensors));
    return { run: make[node.type](node), read, output: node.output };
  });
  const uses = new Map();
  for (const { read } of steps) for (const name of read) uses.set(name, (uses.get(name) ?? 0) + 1);
  const compute = (input) => {
    const values = new Map([[graph.input, input]]);
    const left = new Map(uses);
    for (const { run, read, output } of steps) {
      values.set(output, run(...read.map((name) => values.get(name))));
      for (const name of read) {
        left.set(name, left.get(name) - 1);
        if (left.get(name) === 0 && name !== graph.input) values.get(name).dispose();
      }
    }
    return values.get(graph.output);
  };
  const inputOf = (images) =>
    tf.tidy(() => {
      const given = tf.tensor(images, [images.length / (channels * height * width), channels, height, width]);
      return tf.transpose(given, last([0, 1, 2, 3]));
    });
  return { inputOf, predict: (input) => tf.tidy(() => compute(input)).dataSync() };
}
