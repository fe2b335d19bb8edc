import { betas, decay, epsilon, type Optimizer, rate } from './optimizer.ts';

const attributes = { lr: rate(1e-3), ...betas, eps: epsilon(1e-8), ...decay(0) };

const longest = '(2 / (1 - beta2) - 1)';
const length = `(${longest} - 2 * step * beta2 ^ step / (1 - beta2 ^ step))`;
const rectification = `sqrt((${length} - 4) * (${length} - 2) * ${longest} / ((${longest} - 4) * (${longest} - 2) * ${length}))`;

/** Liu et al. 2020: as long as the variance of the squares is unknown, steps are those of plain momentum. */
export const radam: Optimizer<typeof attributes> = {
  name: 'radam',
  summary: 'As `adam`, which begins with plain momentum until its scales are known.',
  example: 'optimizer radam(lr: 0.001)',
  attributes,
  decays: 'gradient',
  momentum: 'beta1',
  update: () => ({
    states: ['mean', 'square'],
    scalars: {
      scaled: `if ${length} > 5 { 1 } else { 0 }`,
      rate: `lr / (1 - beta1 ^ step) * (if ${length} > 5 { ${rectification} * sqrt(1 - beta2 ^ step) } else { 1 })`,
    },
    next: {
      mean: 'beta1 * mean[k] + (1 - beta1) * g[k]',
      square: 'beta2 * square[k] + (1 - beta2) * (g[k] * g[k])',
      w: 'w[k] - rate * mean[k] / (if scaled > 0 { sqrt(square[k]) + eps } else { 1 })',
    },
  }),
};
