/** @file Sums, means and variances over all elements of a tensor or over some of its dimensions. */
import type { Node } from '../ir/graph.ts';
import { boolean, choice } from '../specs/attributes.ts';
import { lettersOf } from './axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

const WORDS = ['all', 'channels', 'spatial', 'height', 'width', 'length'] as const;
type Word = (typeof WORDS)[number];

/** The dimensions that each word stands for. */
const DIMENSIONS: Readonly<Record<Word, readonly number[]>> = {
  all: [0, 1, 2, 3],
  channels: [0],
  spatial: [1, 2],
  height: [1],
  width: [2],
  length: [1],
};

const AXES = choice(WORDS, {
  default: 'all',
  doc: 'dimensions that are summed up: `all`, `channels`, `spatial` (all places of a map), `height`, `width`, or the `length` of a signal',
});

const KEEPDIMS = boolean({
  default: false,
  doc: 'leave a 1 in the place of each dimension, so that the result meets the tensor in arithmetic',
});

/** The dimensions to reduce, and how formulas index before and after. */
interface Pattern {
  readonly x: Node;
  readonly reduced: readonly number[];
  readonly whole: string;
  /** `[c]`, as a pattern. */
  readonly rest: string;
  /** Reading a value of the result. */
  readonly at: string;
  /** Names of the reduced axes. */
  readonly over: string;
  readonly count: number;
}

function patternOf(context: OperatorContext<{ axes: Word }>, operator: string): Pattern {
  const x = context.inputs[0]!;
  const word = context.attributes.axes;
  const letters = lettersOf(x.shape).split(', ');
  const reduced = DIMENSIONS[word].filter((k) => k < x.shape.length);
  // The places of a signal lie along one dimension.
  const needed = word === 'all' ? 0 : word === 'spatial' ? 2 : Math.max(...DIMENSIONS[word]) + 1;
  if (word === 'length' && x.shape.length > 2)
    context.fail({
      code: 'CNN3101',
      message: `a map has no \`length\`, found \`${operator}\` over it`,
      attribute: 'axes',
      help: 'write `spatial`, `height` or `width`; signals [channels, length] have a length',
    });
  if (x.shape.length < needed)
    context.fail({
      code: 'CNN3101',
      message: `\`${operator}\` over \`${word}\` needs ${needed} dimensions, found ${x.shape.length}`,
      attribute: 'axes',
      help: 'a vector has nothing but channels',
    });
  const rest = letters.filter((_, k) => !reduced.includes(k)).join(', ');
  return {
    x,
    reduced,
    whole: letters.join(', '),
    rest: `[${rest}]`,
    at: rest === '' ? '' : `[${rest}]`,
    over: reduced.map((k) => letters[k]).join(', '),
    count: reduced.reduce((product, k) => product * x.shape[k]!, 1),
  };
}

/** Puts 1 in the places of the reduced dimensions where that is wanted. */
function kept(context: OperatorContext<{ keepdims: boolean }>, { x, reduced }: Pattern, y: Node): Node {
  if (!context.attributes.keepdims) return y;
  return context.view(
    y,
    x.shape.map((extent, k) => (reduced.includes(k) ? 1 : extent)),
  );
}

/** `sum(c, i) x[c, i] * factor` */
function summed(context: OperatorContext, pattern: Pattern, factor: number, name?: string): Node {
  const { x, whole, rest, over } = pattern;
  const body = factor === 1 ? `sum(${over}) x[${whole}]` : `(sum(${over}) x[${whole}]) * factor`;
  return context.apply(`op sum(x[${whole}]) -> y${rest} = ${body}`, [x], {
    constants: { factor },
    ...(name !== undefined && { name }),
  });
}

export const sum = defineOperator({
  name: 'sum',
  summary: 'Sum over all elements, giving one number per image, or over some of the dimensions.',
  formula: 'y[c] = sum(i, j) x[c, i, j]',
  kind: 'layer',
  inputs: 1,
  takesNumbers: true,
  attributes: { axes: AXES, keepdims: KEEPDIMS },
  example: 'features -> sum(axes: channels)',
  build(context) {
    if (context.inputs[0]!.shape.length === 0) return context.inputs[0]!;
    const pattern = patternOf(context, 'sum');
    return kept(context, pattern, summed(context, pattern, 1));
  },
});

export const mean = defineOperator({
  name: 'mean',
  summary:
    'Mean over all elements, giving one number per image, or over some of the dimensions. Of one number per image: the ' +
    'mean over the batch.',
  formula: 'y[c] = sum(i, j) x[c, i, j] / (h * w)',
  kind: 'layer',
  inputs: 1,
  takesNumbers: true,
  attributes: { axes: AXES, keepdims: KEEPDIMS },
  example: 'features -> mean(axes: spatial, keepdims: true)',
  traits: { keeps: 'range' },
  build(context) {
    const x = context.inputs[0]!;
    if (x.shape.length === 0)
      return x.varying ? context.apply('op mean(x[], w[]) -> y[] = sum(batch) x * w', [x, context.weight]) : x;
    const pattern = patternOf(context, 'mean');
    return kept(context, pattern, summed(context, pattern, 1 / pattern.count));
  },
});

export const variance = defineOperator({
  name: 'variance',
  summary: 'Mean square of the distance from the mean, over all elements or some of the dimensions.',
  formula: 'y[c] = sum(i, j) (x[c, i, j] - mean[c])^2 / (h * w - 1)',
  kind: 'layer',
  inputs: 1,
  attributes: {
    axes: AXES,
    keepdims: KEEPDIMS,
    unbiased: boolean({
      default: true,
      doc: 'divide by the number of elements less one, as estimates of a variance do',
    }),
  },
  example: 'features -> variance(axes: spatial, unbiased: false)',
  traits: {
    constantFor: (input, { axes }) => {
      const reduced = DIMENSIONS[axes].reduce((product, k) => product * (input[k] ?? 1), 1);
      return reduced === 1 ? 'it is the variance of one value' : undefined;
    },
  },
  build(context) {
    const pattern = patternOf(context, 'variance');
    const { x, whole, rest, at, over, count } = pattern;
    const divisor = context.attributes.unbiased ? count - 1 : count;
    if (divisor === 0)
      context.fail({
        code: 'CNN3107',
        message: 'the unbiased variance of one element is 0 / 0',
        help: 'write `unbiased: false`, or take more elements together',
      });
    const mean = summed(context, pattern, 1 / count, 'mean');
    // The derivative by the mean is -2/n sum(x - mean), which is 0.
    const text =
      `op variance(x[${whole}], m${rest}) -> y${rest} = ` + `(sum(${over}) (x[${whole}] - detach(m${at}))^2) * factor`;
    return kept(context, pattern, context.apply(text, [x, mean], { constants: { factor: 1 / divisor } }));
  },
});
