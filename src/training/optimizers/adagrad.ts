import { number } from '../../specs/attributes.ts';
import { decay, epsilon, type Optimizer, rate } from './optimizer.ts';

const attributes = {
  lr: rate(1e-2),
  lr_decay: number({ doc: 'how fast the learning rate falls, per step', default: 0, minimum: 0 }),
  eps: epsilon(1e-10),
  ...decay(0),
};

/** Duchi, Hazan and Singer 2011. */
export const adagrad: Optimizer<typeof attributes> = {
  name: 'adagrad',
  summary: 'Steps scaled by the sum of all squared gradients so far.',
  example: 'optimizer adagrad(lr: 0.01)',
  attributes,
  decays: 'gradient',
  update: () => ({
    states: ['square'],
    scalars: { rate: 'lr / (1 + (step - 1) * lr_decay)' },
    next: { square: 'square[k] + g[k] * g[k]', w: 'w[k] - rate * (g[k] / (sqrt(square[k]) + eps))' },
  }),
};
