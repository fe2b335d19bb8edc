import { describe, expect, it } from 'vitest';
import { countFlops, multiplyAdds } from '../../src/analysis/cost.ts';
import { elementCount, sourceOf } from '../../src/ir/graph.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { updateRuleOf } from '../../src/passes/update-rule.ts';
import type { Model } from '../../src/semantics/model.ts';
import { understand } from '../../src/semantics/understand.ts';
import { sgd } from '../../src/training/optimizers/sgd.ts';
import { choose } from '../../src/training/word.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { runGraph } from '../support/run-graph.ts';

const RULE = updateRuleOf(choose(sgd, { momentum: 0.9 }));

function lenet(): Model {
  const network = new NetworkBuilder('LeNet5');
  const image = network.input('image', [1, 28, 28]);
  let x = network.layer('conv', image, { channels: 6, kernel: 5, pad: 'same' }, 'conv1');
  x = network.layer('avgpool', network.layer('tanh', x), { kernel: 2 });
  x = network.layer('conv', x, { channels: 16, kernel: 5 }, 'conv2');
  x = network.layer('avgpool', network.layer('tanh', x), { kernel: 2 });
  x = network.layer('tanh', network.layer('dense', x, { units: 120 }, 'fc1'));
  x = network.layer('tanh', network.layer('dense', x, { units: 84 }, 'fc2'));
  x = network.layer('dense', x, { units: 10 }, 'fc3');
  network.loss('crossentropy', [x, network.classTarget('label', 10)]);
  return network.model();
}

function stepOf(model: Model) {
  return runPasses(model.graph, trainingPasses(RULE), { stopAfter: 'eliminate-dead' });
}

describe('multiply-adds', () => {
  it('of LeNet are those of fvcore', () => {
    const counts = multiplyAdds(lenet().graph);
    expect(Object.fromEntries(counts)).toEqual({ conv1: 117600, conv2: 240000, fc1: 48000, fc2: 10080, fc3: 840 });
  });

  it('of grouped, strided and dilated convolutions are outputs times taps per group', () => {
    const network = new NetworkBuilder();
    const image = network.input('image', [4, 9, 7]);
    network.layer('conv', image, { channels: 6, kernel: [3, 2], stride: 2, dilation: [2, 1], pad: 1, groups: 2 }, 'g');
    // 6 channels of 4x4 outputs, each over 2 channels and 3x2 taps.
    expect(multiplyAdds(network.model().graph).get('g')).toBe(6 * 4 * 4 * 2 * 3 * 2);
  });

  it('of depthwise convolutions are outputs times taps', () => {
    const network = new NetworkBuilder();
    const image = network.input('image', [4, 9, 7]);
    network.layer('depthwise', image, { kernel: 3, pad: 'same' }, 'single');
    network.layer('depthwise', image, { kernel: 3, pad: 'same', multiplier: 2 }, 'double');
    const counts = multiplyAdds(network.model().graph);
    expect([counts.get('single'), counts.get('double')]).toEqual([4 * 9 * 7 * 9, 8 * 9 * 7 * 9]);
  });

  it.each([
    // fvcore and torchvision: pixels of the input times input channels times output channels per group times taps.
    [{ channels: 6, kernel: 4, stride: 2, pad: 1 }, 5 * 7 * 4 * 6 * 16],
    [{ channels: 6, kernel: [3, 2], stride: [1, 3], groups: 2, output_padding: [0, 1] }, 5 * 7 * 4 * 3 * 6],
    [{ channels: 2, kernel: 3, stride: 3, dilation: 2, pad: 'same' }, 5 * 7 * 4 * 2 * 9],
  ])('of a transposed convolution %j are every pixel times every tap', (attributes, wanted) => {
    const network = new NetworkBuilder();
    network.layer('convtranspose', network.input('image', [4, 5, 7]), attributes, 'up');
    expect(multiplyAdds(network.model().graph).get('up')).toBe(wanted);
  });

  it('of convolutions with another padding are those with zeros; without shared weights they are no fewer', () => {
    const network = new NetworkBuilder();
    const image = network.input('image', [4, 9, 7]);
    const attributes = { channels: 3, kernel: 3, stride: 2, pad: 1 };
    network.layer('conv', image, attributes, 'zeros');
    network.layer('conv', image, { ...attributes, mode: 'reflect' }, 'reflect');
    network.layer('local', image, attributes, 'local');
    const counts = multiplyAdds(network.model().graph);
    expect([...counts.values()]).toEqual([3 * 5 * 4 * 4 * 9, 3 * 5 * 4 * 4 * 9, 3 * 5 * 4 * 4 * 9]);
  });

  it('of a sum of products with a parameter count, whatever is computed of the other factor', () => {
    const text = `op edges(x[c, h, w], k[o, c, p]) -> y[o, i, w] = sum(c, p) (x[c, i + p, w] - x[c, i + 1 + p, w]) * k[o, c, p]
    op linear(x[c, h, w], k[o, c, p]) -> y[o, i, w] = sum(c, p) x[c, i + p, w] * k[o, c, p]
    network N {
      input image: [2, 9, 5]
      a = image -> edges(o: 4, p: 3, i: 6)
      b = image -> linear(o: 4, p: 3, i: 6)
      output y = concat(a, b)
    }`;
    const { elaboration } = understand(text, 'edges.cnn');
    expect(Object.fromEntries(multiplyAdds(elaboration!.training.graph))).toEqual({
      a: 4 * 6 * 5 * 6,
      b: 4 * 6 * 5 * 6,
    });
  });

  it('are none where nothing is learned but a scale', () => {
    const network = new NetworkBuilder();
    const image = network.input('image', [2, 6, 6]);
    const x = network.layer('batchnorm', network.layer('avgpool', image, { kernel: 2 }));
    network.layer('softmax', network.layer('globalavgpool', network.layer('groupnorm', x, { groups: 2 })));
    expect(multiplyAdds(network.model().graph).size).toBe(0);
  });
});

describe('FLOPs', () => {
  it('of a small layer are those counted by hand', () => {
    const network = new NetworkBuilder();
    const x = network.layer('dense', network.input('x', [5]), { units: 3 }, 'fc');
    network.loss('mse', [x, network.tensorTarget('t', [3])], { reduction: 'half' });
    const { forward, update } = countFlops(stepOf(network.model()));
    // 3 * 5 multiply-adds, 3 biases; per output of the loss: difference, square, scaling and weight (hoisted), sum.
    expect(forward).toBeGreaterThanOrEqual(3 * 5 * 2 + 3 + 3 * 3);
    expect(forward).toBeLessThanOrEqual(3 * 5 * 2 + 3 + 3 * 6);
    // velocity = m * v + g and w = w - lr * velocity: four operations for each of 18 parameters; the loss is halved.
    expect(update).toBe(18 * 4 + 1);
  });

  it('equal the operations that the interpreter counts', () => {
    const network = new NetworkBuilder();
    let x = network.input('image', [2, 9, 8]);
    x = network.layer('relu', network.layer('conv', x, { channels: 3, kernel: [3, 2], stride: [2, 1] }));
    x = network.layer('tanh', network.layer('conv', x, { channels: 2, kernel: 2, stride: 1 }));
    x = network.layer('dense', network.layer('sigmoid', x), { units: 4 });
    network.loss('crossentropy', [x, network.classTarget('label', 4)]);
    const { graph } = network.model();
    const { forward, backward } = countFlops(stepOf(network.model()));
    const step = runPasses(graph, trainingPasses(RULE));
    const count = 4;
    const data: Record<string, number[]> = {};
    for (const node of step.nodes) {
      const source = sourceOf(node);
      const size = elementCount(node.shape) * (node.varying ? count : 1);
      if (source)
        data[node.name] = Array.from({ length: size }, (_, k) => (source.role === 'target' ? 1 : Math.sin(k)));
    }
    const { operations } = runGraph(step, { engine: 'interpreter', count, data });
    // The interpreter adds up the images in one go: for dense gradients (144 weights, 4 biases) and the loss.
    const difference = forward + backward - (144 + 4 + 1) - operations;
    expect(Math.abs(difference) / operations).toBeLessThan(0.001);
  });
});
