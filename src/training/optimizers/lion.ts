import { keeps, type Optimizer, rate, weightDecay } from './optimizer.ts';

const attributes = [
  rate(1e-4),
  keeps('beta1', 0.9, 'share of the mean in the direction of the step'),
  keeps('beta2', 0.99, 'share that the mean of the gradient keeps'),
  weightDecay(0),
] as const;

/** Chen et al. 2023, algorithm 2. */
export const lion: Optimizer<typeof attributes> = {
  name: 'lion',
  summary: 'Steps of one length: the sign of a running mean of the gradient.',
  example: 'optimizer lion(lr: 0.0001)',
  attributes,
  decays: 'weight',
  update() {
    const direction = '(beta1 * mean[k] + (1 - beta1) * g[k])';
    const sign = `(if ${direction} > 0 { 1 } else if ${direction} < 0 { 0 - 1 } else { 0 })`;
    return {
      states: ['mean'],
      next: { w: `w[k] - lr * ${sign}`, mean: 'beta2 * mean[k] + (1 - beta2) * g[k]' },
    };
  },
};
