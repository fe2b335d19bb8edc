import type { OptimizerSettings } from '../../training/words.ts';
import { argumentOf, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';

/**
 * Rates beyond which runs from the literature do not go. With momentum m a step is 1 / (1 - m) as long in the end; and a batch
 * of k times as many images takes a rate k times as high (Goyal et al. 2017: 0.1 for 256 images at momentum 0.9).
 */
const ADAPTIVE: Readonly<Record<string, readonly [low: number, high: number]>> = {
  adam: [1e-7, 0.03],
  adamw: [1e-7, 0.03],
  adamax: [1e-7, 0.06],
  nadam: [1e-7, 0.03],
  radam: [1e-7, 0.03],
  lion: [1e-8, 0.003],
  rmsprop: [1e-7, 0.1],
};
const STEEP = 10;
const FLAT = 1e-6;

export const learningRate = defineRule({
  code: 'CNN5030',
  name: 'learning-rate',
  level: 'advice',
  title: 'learning rate far from what is usual',
  explanation:
    'A learning rate that is ten times too high makes the loss jump or become NaN, one that is a hundred times too low learns nothing in the time there is. Optimisers that divide by the size of the gradient (Adam and its like) step by about the rate itself, usually 0.0001 to 0.003, Lion a third to a tenth of that. Plain SGD takes 0.001 to 0.5 at a momentum of 0.9, more for larger batches.',
  source: 'Goyal, Dollár, Girshick and others 2017, section 2; Kingma and Ba 2015, section 2.1',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { optimizer, batch } = model.elaboration.settings;
    const [setting] = settingsOf(tree, model, 'optimizer');
    const usual = setting && usualRates(optimizer, batch);
    if (!usual || (optimizer.lr >= usual[0] && optimizer.lr <= usual[1])) return [];
    const isHigh = optimizer.lr > usual[1];
    const momentum = optimizer.kind === 'sgd' && optimizer.momentum ? ` with momentum ${optimizer.momentum}` : '';
    return [
      {
        message: `a learning rate of ${optimizer.lr} is very ${isHigh ? 'high' : 'low'} for \`${optimizer.kind}\`${momentum} and batches of ${batch}`,
        span: argumentOf(setting, 'lr')?.span ?? setting.span,
        fix: {
          message: `begin with ${Number((isHigh ? usual[1] / 20 : 1e-3).toPrecision(1))}, and see how the loss falls`,
        },
      },
    ];
  },
  examples: [
    {
      wrong: 'y = image -> dense(10)\ntrain N { optimizer adam(lr: 0.1) }',
      right: 'y = image -> dense(10)\ntrain N { optimizer adam(lr: 0.001) }',
    },
    {
      wrong: 'y = image -> dense(10)\ntrain N { optimizer sgd(lr: 5, momentum: 0.9) }',
      right: 'y = image -> dense(10)\ntrain N { optimizer sgd(lr: 0.05, momentum: 0.9) }',
    },
  ],
});

/** Those that find their rate themselves, and RMSprop with an `eps` that makes it another method, have none. */
function usualRates({ kind, momentum, eps }: OptimizerSettings, batch: number): readonly [number, number] | undefined {
  if (kind === 'sgd') {
    const length = 1 - Number(momentum);
    return [FLAT * length, STEEP * length * Math.max(1, batch / 256)];
  }
  return Number(eps) > 1e-4 ? undefined : ADAPTIVE[kind];
}
