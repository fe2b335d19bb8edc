import type { Fix } from '../../diagnostics/diagnostic.ts';
import { argumentOf, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';

/** Divide the gradient by its size; each has a relative that decays weights themselves, or none. */
const DIVIDING = ['adam', 'adamax', 'nadam', 'radam'];

export const coupledDecay = defineRule({
  code: 'CNN5042',
  name: 'coupled-decay',
  level: 'advice',
  title: 'weight decay that Adam divides away',
  explanation:
    'The decay of `adam` is added to the gradient, and is then divided by the size of the gradients, as all of it is: weights with large gradients hardly decay. `adamw` shrinks the weights themselves, all by the same share, and generalises better. Its decay is multiplied by the learning rate, so the same number means less: 0.01 to 0.1 are usual.',
  source: 'Loshchilov and Hutter 2019, sections 2 and 4',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { optimizer } = model.elaboration.settings;
    const [setting] = settingsOf(tree, model, 'optimizer');
    if (!setting || !DIVIDING.includes(optimizer.kind) || optimizer.weight_decay === 0) return [];
    const fix: Fix = { message: 'use `adamw(weight_decay: 0.01)`' };
    return [
      {
        message: `\`${optimizer.kind}\` divides its weight decay by the size of the gradients`,
        span: argumentOf(setting, 'weight_decay')?.span ?? setting.span,
        fix,
      },
    ];
  },
  examples: [
    {
      wrong: 'y = image -> dense(10)\ntrain N { optimizer adam(lr: 0.001, weight_decay: 1e-4) }',
      right: 'y = image -> dense(10)\ntrain N { optimizer adamw(lr: 0.001, weight_decay: 0.01) }',
    },
  ],
});
