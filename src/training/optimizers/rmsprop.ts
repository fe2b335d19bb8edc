import { boolean } from '../../specs/attributes.ts';
import { decay, epsilon, keeps, type Optimizer, rate } from './optimizer.ts';

const attributes = {
  lr: rate(1e-2),
  alpha: keeps(0.99, 'share that the mean of the squares keeps'),
  eps: epsilon(1e-8),
  ...decay(0),
  momentum: keeps(0, 'share of the last step that is taken again'),
  centered: boolean({ doc: 'scale by the variance of the gradient, not its square', default: false }),
};

/** Tieleman and Hinton 2012; centred: Graves 2013. */
export const rmsprop: Optimizer<typeof attributes> = {
  name: 'rmsprop',
  summary: 'Steps scaled by the running mean of the squared gradient.',
  example: 'optimizer rmsprop(lr: 0.01)',
  attributes,
  decays: 'gradient',
  momentum: 'momentum',
  update({ momentum, centered }) {
    const spread = centered ? 'sqrt(square[k] - mean[k] * mean[k])' : 'sqrt(square[k])';
    const scaled = `g[k] / (${spread} + eps)`;
    return {
      states: ['square', ...(centered ? ['mean'] : []), ...(momentum ? ['velocity'] : [])],
      next: {
        square: 'alpha * square[k] + (1 - alpha) * (g[k] * g[k])',
        ...(centered && { mean: 'alpha * mean[k] + (1 - alpha) * g[k]' }),
        ...(momentum && { velocity: `momentum * velocity[k] + ${scaled}` }),
        w: momentum ? 'w[k] - lr * velocity[k]' : `w[k] - lr * ${scaled}`,
      },
    };
  },
};
