import { betas, decay, type Equations, epsilon, type Optimizer, rate } from './optimizer.ts';

const attributes = { lr: rate(1e-3), ...betas, eps: epsilon(1e-8), ...decay(0) };

export const adamEquations: Equations = {
  states: ['mean', 'square'],
  scalars: { rate: 'lr / (1 - beta1 ^ step)', root: 'sqrt(1 - beta2 ^ step)' },
  next: {
    mean: 'beta1 * mean[k] + (1 - beta1) * g[k]',
    square: 'beta2 * square[k] + (1 - beta2) * (g[k] * g[k])',
    w: 'w[k] - rate * (mean[k] / (sqrt(square[k]) / root + eps))',
  },
};

/** Kingma and Ba 2015. */
export const adam: Optimizer<typeof attributes> = {
  name: 'adam',
  summary: 'Steps scaled by running moments of the gradient.',
  example: 'optimizer adam(lr: 0.001)',
  attributes,
  decays: 'gradient',
  momentum: 'beta1',
  update: () => adamEquations,
};
