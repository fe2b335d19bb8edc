import { boolean } from '../../specs/attributes.ts';
import { decay, type Equations, keeps, type Optimizer, rate } from './optimizer.ts';

const attributes = {
  lr: rate(1e-3),
  momentum: keeps(0, 'share of the last step that is taken again'),
  nesterov: boolean({ doc: 'look ahead along the momentum', default: false }),
  ...decay(0),
};

/** Sutskever et al. 2013. PyTorch's form: the velocity does not contain the learning rate. */
export const sgd: Optimizer<typeof attributes> = {
  name: 'sgd',
  summary: 'Stochastic gradient descent, with momentum where it is given.',
  example: 'optimizer sgd(lr: 0.1, momentum: 0.9)',
  attributes,
  decays: 'gradient',
  momentum: 'momentum',
  check: ({ momentum, nesterov }) =>
    nesterov && momentum === 0
      ? {
          attribute: 'nesterov',
          message: '`nesterov` needs a momentum',
          help: 'write `momentum: 0.9, nesterov: true`',
        }
      : undefined,
  update({ momentum, nesterov }): Equations {
    if (momentum === 0) return { states: [], next: { w: 'w[k] - lr * g[k]' } };
    const step = nesterov ? '(g[k] + momentum * velocity[k])' : 'velocity[k]';
    return {
      states: ['velocity'],
      next: { velocity: 'momentum * velocity[k] + g[k]', w: `w[k] - lr * ${step}` },
    };
  },
};
