import type { Layer } from '../../semantics/model.ts';
import { chainLengths, traitsOf } from '../model-facts.ts';
import { defineRule } from '../rule.ts';

/**
 * Activations in a row from which gradients are lost: the slope of a sigmoid is at most 1/4 (1/6 if it is hard), of tanh 1.
 * Normalisations, activations that do not saturate and the sums of residual connections start the count anew.
 */
export const saturatingStack = defineRule({
  code: 'CNN5003',
  name: 'saturating-stack',
  level: 'advice',
  title: 'many saturating activations in a row',
  explanation:
    'The slope of `sigmoid` is at most 1/4, and that of `sigmoid` and `tanh` is nearly 0 for large inputs. The gradient is the product of the slopes, so behind many of them the first layers learn very slowly.',
  source: 'Glorot and Bengio 2010, sections 3 and 4',
  needs: ['model'],
  check({ model }) {
    const { layers } = model;
    const saturating = new Set(layers.filter((layer) => traitsOf(layer).saturates).map(({ operator }) => operator));
    return [...saturating].flatMap((activation) => {
      const lengths = chainLengths(model, (layer) => layer.operator === activation, restarts);
      const depth = Math.max(0, ...lengths.values());
      const reached = layers.find(
        (layer) => layer.operator === activation && lengths.get(layer) === traitsOf(layer).saturates,
      );
      if (!reached) return [];
      return [
        {
          message: `${depth} \`${activation}\` in a row let little gradient through to the first layers`,
          span: reached.span,
          fix: { message: 'use `relu`, or put `batchnorm` before the activations' },
        },
      ];
    });
  },
  examples: [
    {
      wrong:
        'y = image -> dense(64) -> sigmoid -> dense(64) -> sigmoid -> dense(64) -> sigmoid -> dense(64) -> sigmoid -> dense(10)',
      right:
        'y = image -> dense(64) -> relu -> dense(64) -> relu -> dense(64) -> relu -> dense(64) -> relu -> dense(10)',
    },
  ],
});

function restarts(layer: Layer): boolean {
  const { activation, saturates, normalizes, joins } = traitsOf(layer);
  return (activation && saturates === undefined) || normalizes !== undefined || joins === true;
}
