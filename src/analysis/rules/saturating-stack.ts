import { diagnostic } from '../../diagnostics/catalogue.ts';
import { chainLengths, type Rule } from './rule.ts';

/** Activations in a row from which gradients are lost: the slope of a sigmoid is at most 1/4 (1/6 if it is hard), of tanh 1. */
const LIMITS: Readonly<Record<string, number>> = { sigmoid: 4, hardsigmoid: 4, tanh: 8 };

const RESTARTS = [
  ...['batchnorm', 'layernorm', 'groupnorm', 'instancenorm', 'add'],
  ...['relu', 'relu6', 'leakyrelu', 'prelu', 'elu', 'selu', 'celu', 'gelu', 'silu', 'mish', 'hardswish', 'softplus'],
];

/** Glorot and Bengio 2010, sections 3 and 4. Normalisations and the sums of residual connections start the count anew. */
export const saturatingStack: Rule = (context) =>
  Object.entries(LIMITS).flatMap(([activation, limit]) => {
    const lengths = chainLengths(
      context,
      (layer) => layer.operator === activation,
      (layer) => RESTARTS.includes(layer.operator),
    );
    const depth = Math.max(0, ...lengths.values());
    if (depth < limit) return [];
    const reached = context.model.layers.find(
      (layer) => layer.operator === activation && lengths.get(layer) === limit,
    )!;
    return [
      diagnostic('CNN5003', `${depth} \`${activation}\` in a row let little gradient through to the first layers`, {
        span: reached.span,
        fix: { message: 'use `relu`, or put `batchnorm` before the activations' },
      }),
    ];
  });
