import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Layer } from '../../semantics/model.ts';
import { chainLengths, type Rule, traitsOf } from './rule.ts';

/**
 * Activations in a row from which gradients are lost: the slope of a sigmoid is at most 1/4 (1/6 if it is hard), of tanh 1.
 * Normalisations, activations that do not saturate and the sums of residual connections start the count anew (Glorot and
 * Bengio 2010, sections 3 and 4).
 */
export const saturatingStack: Rule = (context) => {
  const { layers } = context.model;
  const saturating = new Set(layers.filter((layer) => traitsOf(layer).saturates).map(({ operator }) => operator));
  return [...saturating].flatMap((activation) => {
    const lengths = chainLengths(context, (layer) => layer.operator === activation, restarts);
    const depth = Math.max(0, ...lengths.values());
    const reached = layers.find(
      (layer) => layer.operator === activation && lengths.get(layer) === traitsOf(layer).saturates,
    );
    if (!reached) return [];
    return [
      diagnostic('CNN5003', `${depth} \`${activation}\` in a row let little gradient through to the first layers`, {
        span: reached.span,
        fix: { message: 'use `relu`, or put `batchnorm` before the activations' },
      }),
    ];
  });
};

function restarts(layer: Layer): boolean {
  const { activation, saturates, normalizes, joins } = traitsOf(layer);
  return (activation && saturates === undefined) || normalizes !== undefined || joins === true;
}
