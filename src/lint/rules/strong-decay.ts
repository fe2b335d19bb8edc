import { optimizerNamed } from '../../training/words.ts';
import { argumentOf, settingsOf } from '../places.ts';
import { defineRule } from '../rule.ts';

/** Decay added to the gradient, and decay of the weight itself, from which on vectors should be spared. */
const STRONG = { gradient: 2e-3, weight: 0.1 } as const;

export const strongDecay = defineRule({
  code: 'CNN5031',
  name: 'strong-decay',
  level: 'advice',
  title: 'strong weight decay on norms and biases',
  explanation:
    'Weight decay draws every parameter to 0: scales of norms and biases too, which are few and overfit nothing. Weak decay does no harm there, and is usual (1e-4 and 5e-4 for SGD, up to 0.05 for AdamW). Strong decay presses the scale of each norm down. `decay_norms: false` spares them all, `weight_decay: 0` among the arguments of a layer that one.',
  source: 'He, Zhang, Zhang and others 2019, section 3.1',
  needs: ['tree', 'model'],
  check({ tree, model }) {
    const { optimizer } = model.elaboration.settings;
    const [setting] = settingsOf(tree, model, 'optimizer');
    if (!setting || !optimizer.decay_norms || optimizer.weight_decay <= STRONG[optimizerNamed(optimizer.kind).decays])
      return [];
    const spared = model.elaboration.states.filter(
      ({ role, trainable, shape, weightDecay }) =>
        role === 'parameter' && trainable && shape.length === 1 && weightDecay === undefined,
    );
    if (spared.length === 0) return [];
    const given = argumentOf(setting, 'weight_decay');
    return [
      {
        message: `a weight decay of ${optimizer.weight_decay} also shrinks ${spared.length} biases and scales, such as \`${spared[0]!.name}\``,
        span: given?.span ?? setting.span,
        fix: {
          message: 'write `decay_norms: false`, or use a weaker decay',
          ...(given && {
            edits: [{ span: { ...given.span, start: given.span.end }, replacement: ', decay_norms: false' }],
          }),
        },
      },
    ];
  },
  examples: [
    {
      wrong: 'y = image -> dense(10)\ntrain N { optimizer sgd(lr: 0.1, weight_decay: 0.01) }',
      right: 'y = image -> dense(10)\ntrain N { optimizer sgd(lr: 0.1, weight_decay: 1e-4) }',
    },
    {
      wrong: 'y = image -> dense(10)\ntrain N { optimizer adamw(lr: 0.001, weight_decay: 0.2) }',
      right: 'y = image -> dense(10)\ntrain N { optimizer adamw(lr: 0.001, weight_decay: 0.2, decay_norms: false) }',
    },
  ],
});
