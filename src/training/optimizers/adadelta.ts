import { epsilon, keeps, type Optimizer, rate, weightDecay } from './optimizer.ts';

const attributes = [rate(1), keeps('rho', 0.9, 'share that the running means keep'), epsilon(1e-6), weightDecay(0)] as const;

/** Zeiler 2012. The step is in the formula of `w`, which comes before that of its running square. */
export const adadelta: Optimizer<typeof attributes> = {
  name: 'adadelta',
  summary: 'Steps as long as those before, by the running means of squared steps and gradients.',
  example: 'optimizer adadelta(lr: 1)',
  attributes,
  decays: 'gradient',
  update() {
    const step = '(sqrt(steps[k] + eps) / sqrt(square[k] + eps) * g[k])';
    return {
      states: ['square', 'steps'],
      next: {
        square: 'rho * square[k] + (1 - rho) * (g[k] * g[k])',
        w: `w[k] - lr * ${step}`,
        steps: `rho * steps[k] + (1 - rho) * (${step} * ${step})`,
      },
    };
  },
};
