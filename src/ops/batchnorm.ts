/** @file Batch normalisation: Ioffe and Szegedy 2015, algorithms 1 and 2. */
import { elementCount, type Node } from '../ir/graph.ts';
import { number } from '../specs/attributes.ts';
import { lettersOf } from './axes.ts';
import { EPS, oneValue } from './norms.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

export const batchnorm = defineOperator({
  name: 'batchnorm',
  summary:
    'Each channel is brought to mean 0 and variance 1 over the batch and the map, then scaled and shifted by learned ' +
    'numbers. Running statistics, gathered in training, take the place of those of the batch in inference.',
  formula: 'y[c, i, j] = (x[c, i, j] - mean[c]) / sqrt(variance[c] + eps) * weight[c] + bias[c]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    eps: EPS,
    momentum: number({ minimum: 0, maximum: 1, default: 0.1, doc: 'share of a new batch in the running statistics' }),
  },
  example: 'features -> conv(16, 3x3, bias: false) -> batchnorm -> relu',
  traits: {
    normalizes: 'channels',
    constantFor: (input, _, batch) => oneValue(batch * (elementCount(input) / input[0]!), 'channel, in a batch of 1,'),
  },
  build(context) {
    const x = context.inputs[0]!;
    const channels = x.shape[0]!;
    const place = lettersOf(x.shape);
    const fan = { fanIn: channels, fanOut: channels };
    const weight = context.parameter('weight', [channels], { kind: 'ones', ...fan });
    const bias = context.parameter('bias', [channels], { kind: 'zeros', ...fan });
    const runningMean = context.buffer('running_mean', [channels], 0);
    const runningVariance = context.buffer('running_var', [channels], 1);
    const { mean, variance } =
      context.mode === 'training'
        ? batchStatistics(context, x, runningMean, runningVariance)
        : { mean: runningMean, variance: runningVariance };
    const scale = context.apply('op scale(v[c]) -> y[c] = 1 / sqrt(v[c] + eps)', [variance], {
      name: 'scale',
      constants: { eps: context.attributes.eps },
    });
    return context.apply(
      `op batchnorm(x[${place}], m[c], r[c], g[c], b[c]) -> y[${place}] = (x[${place}] - m[c]) * (r[c] * g[c]) + b[c]`,
      [x, mean, scale, weight, bias],
      { name: 'normalized' },
    );
  },
});

/**
 * Mean and biased variance over batch and map; running statistics take the unbiased variance. The mean inside the
 * variance is detached: the derivative of the variance by the mean is -2/n sum(x - mean), which is 0.
 */
function batchStatistics(
  context: OperatorContext<{ momentum: number }>,
  x: Node,
  runningMean: Node,
  runningVariance: Node,
) {
  const constants = { n: elementCount(x.shape) / x.shape[0]!, share: context.attributes.momentum };
  const { weight } = context;
  const place = lettersOf(x.shape);
  const batch = ['batch', ...place.split(', ').slice(1)].join(', ');
  const mean = context.apply(`op mean(x[${place}], w[]) -> y[c] = sum(${batch}) x[${place}] * w / n`, [x, weight], {
    name: 'mean',
    constants,
  });
  const variance = context.apply(
    `op variance(x[${place}], m[c], w[]) -> y[c] = sum(${batch}) (x[${place}] - detach(m[c]))^2 * w / n`,
    [x, mean, weight],
    { name: 'variance', constants },
  );
  const nextMean = context.apply(
    'op running(r[c], m[c]) -> y[c] = r[c] * (1 - share) + m[c] * share',
    [runningMean, mean],
    {
      name: 'next_mean',
      constants,
    },
  );
  // The weights of N images are 1/N each, so the sum of their squares is 1/N.
  const perImage = context.apply('op images(w[]) -> y[] = sum(batch) w * w', [weight], { name: 'per_image' });
  // A batch of one value has no variance.
  const nextVariance = context.apply(
    'op running(r[c], v[c], u[]) -> y[c] = if u < n { r[c] * (1 - share) + v[c] / (1 - u / n) * share } else { r[c] }',
    [runningVariance, variance, perImage],
    { name: 'next_variance', constants },
  );
  context.assign(runningMean, nextMean);
  context.assign(runningVariance, nextVariance);
  return { mean, variance };
}
