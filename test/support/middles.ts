/** @file Every operator in the middle of a small network: the graphs that gradients and targets are checked on. */
import type { Graph } from '../../src/ir/graph.ts';
import { access, constant, multiply } from '../../src/ir/scalar.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { sgd } from '../../src/passes/update-rule.ts';
import { NetworkBuilder } from './build-network.ts';
import { layer, type Middle } from './middle.ts';
import { POINTWISE_MIDDLES } from './middles-pointwise.ts';
import { WINDOW_MIDDLES } from './middles-windows.ts';

export { layer, type Middle };

const two =
  (operator: string): Middle =>
  (net, x) =>
    net.layer(operator, [x, net.layer('conv', x, { channels: 4, kernel: 1 })]);

export const MIDDLES: readonly (readonly [name: string, middle: Middle])[] = [
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
  ...WINDOW_MIDDLES,
];

export const LOSSES = ['crossentropy', 'mse', 'mse half'] as const;
export type Loss = (typeof LOSSES)[number];

/** image -> conv -> middle -> dense -> loss, the loss scaled so that factors cannot get lost. */
export function middleNetwork(middle: Middle, loss: Loss): Graph {
  const net = new NetworkBuilder();
  const first = net.layer('conv', net.input('image', [2, 6, 7]), { channels: 4, kernel: 3, pad: 1 });
  const scores = net.layer('dense', middle(net, first), { units: 3 });
  const node =
    loss === 'crossentropy'
      ? net.loss('crossentropy', [scores, net.classTarget('label', 3)])
      : net.loss('mse', [net.layer('tanh', scores), net.tensorTarget('wanted', [3])], {
          reduction: loss === 'mse half' ? 'half' : 'mean',
        });
  const { builder } = net;
  const scaled = builder.formula([node], [], multiply(constant(2.5), access(0, [])), { name: 'scaled' });
  builder.results.splice(
    builder.results.findIndex((result) => result.role === 'loss'),
    1,
    { role: 'loss', node: scaled },
  );
  return builder.finish();
}

export const RULE = sgd({ momentum: 0.9, nesterov: false, weightDecay: 0 });

export function trainingGraph(graph: Graph): Graph {
  return runPasses(graph, trainingPasses(RULE), { verify: true });
}
