import { adamEquations } from './adam.ts';
import { betas, decay, epsilon, type Optimizer, rate } from './optimizer.ts';

const attributes = { lr: rate(1e-3), ...betas, eps: epsilon(1e-8), ...decay(1e-2) };

/** Loshchilov and Hutter 2019. */
export const adamw: Optimizer<typeof attributes> = {
  name: 'adamw',
  summary: 'As `adam`, but weights decay apart from the gradient.',
  example: 'optimizer adamw(lr: 0.001, weight_decay: 0.01)',
  attributes,
  decays: 'weight',
  momentum: 'beta1',
  update: () => adamEquations,
};
