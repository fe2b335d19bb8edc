import { decay, epsilon, keeps, type Optimizer, rate } from './optimizer.ts';

const attributes = {
  lr: rate(1),
  rho: keeps(0.9, 'share that the running means keep'),
  eps: epsilon(1e-6),
  ...decay(0),
};

/** Zeiler 2012. */
export const adadelta: Optimizer<typeof attributes> = {
  name: 'adadelta',
  summary: 'Steps as long as those before, by the running means of squared steps and gradients.',
  example: 'optimizer adadelta(lr: 1)',
  attributes,
  decays: 'gradient',
  update: () => ({
    states: ['square', 'steps'],
    next: {
      square: 'rho * square[k] + (1 - rho) * (g[k] * g[k])',
      step: 'sqrt(steps[k] + eps) / sqrt(square[k] + eps) * g[k]',
      steps: 'rho * steps[k] + (1 - rho) * (step[k] * step[k])',
      w: 'w[k] - lr * step[k]',
    },
  }),
};
