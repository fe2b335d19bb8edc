/** @file Every operator in the middle of a small network: the graphs that gradients and targets are checked on. */
import type { Graph, Node } from '../../src/ir/graph.ts';
import { access, constant, multiply } from '../../src/ir/scalar.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { updateRuleOf } from '../../src/passes/update-rule.ts';
import { sgd } from '../../src/training/optimizers/sgd.ts';
import { choose } from '../../src/training/word.ts';
import { NetworkBuilder } from './build-network.ts';
import { layer, type Middle } from './middle.ts';
import { POINTWISE_MIDDLES } from './middles-pointwise.ts';
import { SHAPE_MIDDLES } from './middles-shapes.ts';
import { SIGNAL_MIDDLES } from './middles-signals.ts';
import { WINDOW_MIDDLES } from './middles-windows.ts';

export { layer, type Middle };

const two =
  (operator: string): Middle =>
  (net, x) =>
    net.layer(operator, [x, net.layer('conv', x, { channels: 4, kernel: 1 })]);

/** A map, and a signal, of the images that the networks take. */
const MAP = [2, 6, 7] as const;
const SIGNAL = [2, 12] as const;

const ON_MAPS: readonly (readonly [name: string, middle: Middle])[] = [
  ['conv', layer('conv', { channels: 3, kernel: 3 })],
  ['conv same stride 2', layer('conv', { channels: 3, kernel: 3, stride: 2, pad: 'same' })],
  [
    'conv stride 3 dilation 2',
    layer('conv', { channels: 3, kernel: [2, 3], stride: [3, 2], dilation: [2, 1], pad: [1, 2, 0, 1] }),
  ],
  ['conv groups full', layer('conv', { channels: 6, kernel: 2, groups: 2, pad: 'full' })],
  ['conv without bias', layer('conv', { channels: 2, kernel: 5, pad: 2, bias: false })],
  ['dense', layer('dense', { units: 5 })],
  ['maxpool', layer('maxpool', { kernel: 2 })],
  ['maxpool overlapping', layer('maxpool', { kernel: 3, stride: 2, pad: 1, ceil: true })],
  ['avgpool', layer('avgpool', { kernel: 3, stride: 2, pad: 1 })],
  ['avgpool ceil', layer('avgpool', { kernel: 2, stride: 3, ceil: true })],
  ['globalavgpool', layer('globalavgpool')],
  ['flatten', layer('flatten')],
  ['concat', two('concat')],
  ['add', two('add')],
  ['sub', two('sub')],
  ['mul', two('mul')],
  // Sigmoids keep the divisor away from 0.
  ['div', (net, x) => net.layer('div', [x, net.layer('sigmoid', x)])],
  ['batchnorm', layer('batchnorm')],
  ['dropout', layer('dropout', { rate: 0.4 })],
  ...POINTWISE_MIDDLES,
  ...SHAPE_MIDDLES,
  ...WINDOW_MIDDLES,
];

/** With the shape of the image; the middle has it with four channels. */
export const MIDDLES: readonly (readonly [name: string, middle: Middle, image: readonly number[]])[] = [
  ...ON_MAPS.map(([name, middle]) => [name, middle, MAP] as const),
  ...SIGNAL_MIDDLES.map(([name, middle]) => [name, middle, SIGNAL] as const),
];

/** The input of a middle. */
export const featuresOf = (image: readonly number[]): readonly number[] => [4, ...image.slice(1)];

/** A loss of scores, a vector of 3 or, in `onMap`, maps of 3 channels. */
interface LossSample {
  readonly operator: string;
  readonly attributes?: Record<string, unknown>;
  readonly target: 'class' | 'tensor' | 'map' | 'map with ignored';
}

const SAMPLES = {
  crossentropy: { operator: 'crossentropy', target: 'class' },
  'crossentropy with weights': { operator: 'crossentropy', target: 'class', attributes: { weights: [0.5, 1.5, 3] } },
  'crossentropy smoothed': { operator: 'crossentropy', target: 'class', attributes: { smoothing: 0.2 } },
  'crossentropy of pixels': { operator: 'crossentropy', target: 'map' },
  'crossentropy of pixels with everything': {
    operator: 'crossentropy',
    target: 'map with ignored',
    attributes: { weights: [0.5, 1.5, 3], smoothing: 0.1 },
  },
  'focal with weights': { operator: 'focal', target: 'class', attributes: { gamma: 1.5, weights: [1, 2, 3] } },
  'focal of pixels': { operator: 'focal', target: 'map with ignored' },
  'hinge of classes': { operator: 'hinge', target: 'class' },
  'hinge of pixels': { operator: 'hinge', target: 'map with ignored', attributes: { margin: 0.5 } },
  mse: { operator: 'mse', target: 'tensor' },
  'mse half': { operator: 'mse', target: 'tensor', attributes: { reduction: 'half' } },
  'mse of classes of pixels': { operator: 'mse', target: 'map' },
  mae: { operator: 'mae', target: 'tensor' },
  huber: { operator: 'huber', target: 'tensor', attributes: { delta: 0.3 } },
  bce: { operator: 'bce', target: 'tensor' },
  'bce with weight': { operator: 'bce', target: 'tensor', attributes: { positive: 3 } },
  kldiv: { operator: 'kldiv', target: 'tensor' },
  'kldiv of classes': { operator: 'kldiv', target: 'class' },
} as const satisfies Record<string, LossSample>;

export type Loss = keyof typeof SAMPLES;
export const LOSSES = Object.keys(SAMPLES) as Loss[];

/** image -> conv -> middle -> dense -> loss, the loss scaled so that factors cannot get lost. */
export function middleNetwork(middle: Middle, loss: Loss, image: readonly number[] = MAP): Graph {
  const sample: LossSample = SAMPLES[loss];
  const net = new NetworkBuilder();
  const first = net.layer('conv', net.input('image', image), { channels: 4, kernel: 3, pad: 1 });
  const last = middle(net, first);
  const isMap = sample.target.startsWith('map');
  const scores = isMap ? net.layer('conv', last, { channels: 3, kernel: 1 }) : net.layer('dense', last, { units: 3 });
  const node = lossOf(net, loss, sample.operator === 'mse' ? net.layer('tanh', scores) : scores);
  const { builder } = net;
  const scaled = builder.formula([node], [], multiply(constant(2.5), access(0, [])), { name: 'scaled' });
  builder.results.splice(
    builder.results.findIndex((result) => result.role === 'loss'),
    1,
    { role: 'loss', node: scaled },
  );
  return builder.finish();
}

/** A loss of scores against a target of the kind that it takes. */
export function lossOf(net: NetworkBuilder, loss: Loss, scores: Node): Node {
  const sample: LossSample = SAMPLES[loss];
  return net.loss(sample.operator, [scores, targetOf(net, sample, scores)], sample.attributes);
}

function targetOf(net: NetworkBuilder, { target }: LossSample, scores: Node): Node {
  const places = scores.shape.slice(1);
  if (target === 'class') return net.classTarget('label', 3);
  if (target === 'tensor') return net.tensorTarget('wanted', scores.shape);
  // What is drawn as a class lies in 0 to 2: of the classes ignored, 2 is one too many for the target, but does occur.
  return target === 'map' ? net.classTarget('label', 3, places) : net.classTarget('label', 3, places, 2);
}

export const lossOperator = (loss: Loss): string => SAMPLES[loss].operator;

export const METRICS = ['accuracy', 'topk', 'confusion', 'recall', 'iou'] as const;

/** image -> conv -> dense -> cross-entropy, and a metric of the scores. */
export function metricNetwork(metric: (typeof METRICS)[number]): Graph {
  const net = new NetworkBuilder();
  const features = net.layer('conv', net.input('image', [2, 6, 7]), { channels: 3, kernel: 3 });
  const scores = net.layer('dense', features, { units: 3 });
  const label = net.classTarget('label', 3);
  net.loss('crossentropy', [scores, label]);
  net.metric(metric, [scores, label], metric === 'topk' ? { k: 2 } : {});
  return net.builder.finish();
}

export const RULE = updateRuleOf(choose(sgd, { momentum: 0.9 }));

export function trainingGraph(graph: Graph): Graph {
  return runPasses(graph, trainingPasses(RULE), { verify: true });
}
