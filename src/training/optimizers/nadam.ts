import { number } from '../../specs/attributes.ts';
import { betas, decay, epsilon, type Optimizer, rate } from './optimizer.ts';

const attributes = {
  lr: rate(2e-3),
  ...betas,
  eps: epsilon(1e-8),
  ...decay(0),
  momentum_decay: number({ doc: 'how fast the momentum warms up', default: 4e-3, minimum: 0 }),
};

const momentum = (step: string) => `(beta1 * (1 - 0.5 * 0.96 ^ (${step} * momentum_decay)))`;

/** Dozat 2016. */
export const nadam: Optimizer<typeof attributes> = {
  name: 'nadam',
  summary: 'As `adam`, looking ahead along the momentum as Nesterov does.',
  example: 'optimizer nadam(lr: 0.002)',
  attributes,
  decays: 'gradient',
  update: () => ({
    states: ['mean', 'square'],
    scalars: {
      now: `lr * (1 - ${momentum('step')}) / (1 - product(${momentum('step')}))`,
      ahead: `lr * ${momentum('(step + 1)')} / (1 - product(${momentum('step')}) * ${momentum('(step + 1)')})`,
      root: 'sqrt(1 - beta2 ^ step)',
    },
    next: {
      mean: 'beta1 * mean[k] + (1 - beta1) * g[k]',
      square: 'beta2 * square[k] + (1 - beta2) * (g[k] * g[k])',
      w: 'w[k] - (now * g[k] + ahead * mean[k]) / (sqrt(square[k]) / root + eps)',
    },
  }),
};
