import { betas, decay, epsilon, type Optimizer, rate } from './optimizer.ts';

const attributes = { lr: rate(2e-3), ...betas, eps: epsilon(1e-8), ...decay(0) };

/** Kingma and Ba 2015, section 7.1. */
export const adamax: Optimizer<typeof attributes> = {
  name: 'adamax',
  summary: 'As `adam`, scaled by the largest of the last gradients.',
  example: 'optimizer adamax(lr: 0.002)',
  attributes,
  decays: 'gradient',
  momentum: 'beta1',
  update: () => ({
    states: ['mean', 'largest'],
    scalars: { rate: 'lr / (1 - beta1 ^ step)' },
    next: {
      mean: 'beta1 * mean[k] + (1 - beta1) * g[k]',
      largest: 'max(beta2 * largest[k], abs(g[k]) + eps)',
      w: 'w[k] - rate * (mean[k] / largest[k])',
    },
  }),
};
