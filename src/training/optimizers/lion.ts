import { decay, keeps, type Optimizer, rate } from './optimizer.ts';

const attributes = {
  lr: rate(1e-4),
  beta1: keeps(0.9, 'share of the mean in the direction of the step'),
  beta2: keeps(0.99, 'share that the mean of the gradient keeps'),
  ...decay(0),
};

/** Chen et al. 2023, algorithm 2. */
export const lion: Optimizer<typeof attributes> = {
  name: 'lion',
  summary: 'Steps of one length: the sign of a running mean of the gradient.',
  example: 'optimizer lion(lr: 0.0001)',
  attributes,
  decays: 'weight',
  momentum: 'beta1',
  update() {
    const sign = '(if way[k] > 0 { 1 } else if way[k] < 0 { 0 - 1 } else { 0 })';
    return {
      states: ['mean'],
      next: {
        way: 'beta1 * mean[k] + (1 - beta1) * g[k]',
        w: `w[k] - lr * ${sign}`,
        mean: 'beta2 * mean[k] + (1 - beta2) * g[k]',
      },
    };
  },
};
