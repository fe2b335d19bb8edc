/** @file Layers that drop values at random in training and do nothing in inference: the inverted form of Srivastava 2014. */
import { affineAxis, affineConstant } from '../ir/affine.ts';
import { elementCount, type Node } from '../ir/graph.ts';
import { access } from '../ir/scalar.ts';
import { type Attribute, number } from '../specs/attributes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

function rateAttribute(preset: number, doc: string): Attribute<number> {
  return number({ minimum: 0, maximum: 0.999, default: preset, share: true, doc });
}

/** How the values of an image are seen: as those that fall together, one mask for each, and the elements of each. */
interface Parts {
  readonly masks: number;
  readonly elements: number;
}

function dropParts(context: OperatorContext<{ rate: number }>, { masks, elements }: Parts): Node {
  // Draws are multiples of 2^-24: a rate rounded up to one keeps the same values in f32 and f64.
  const rate = Math.ceil(context.attributes.rate * 2 ** 24) / 2 ** 24;
  const input = context.inputs[0]!;
  if (context.mode === 'inference' || rate === 0) return input;
  // The mask is a value of its own, without a formula to differentiate: it depends on the seed only.
  const mask = context.formula(
    [context.seed],
    [{ name: 'k', extent: masks }],
    {
      kind: 'random',
      seed: access(0, []),
      stream: context.nextStream(),
      element: masks > 1 ? affineAxis('k') : affineConstant(0),
    },
    'mask',
  );
  const constants = { rate, scale: 1 / (1 - context.attributes.rate) };
  const isSingle = elements === 1;
  const x = context.view(input, isSingle ? [masks] : [masks, elements]);
  const index = isSingle ? 'k' : 'k, i';
  const y = context.apply(
    `op dropout(x[${index}], u[k]) -> y[${index}] = if u[k] >= rate { x[${index}] * scale } else { 0 }`,
    [x, mask],
    { name: 'flat', constants },
  );
  return context.view(y, input.shape);
}

export const dropout = defineOperator({
  name: 'dropout',
  summary:
    'In training sets each value to 0 with the given probability and scales the others up; nothing in inference.',
  formula: 'y = x / (1 - rate) where random >= rate, else 0',
  kind: 'layer',
  inputs: 1,
  attributes: { rate: rateAttribute(0.5, 'probability of a zero') },
  example: 'features -> dropout(50%)',
  traits: { keeps: 'numbers', drops: true },
  build: (context) => dropParts(context, { masks: elementCount(context.inputs[0]!.shape), elements: 1 }),
});

export const spatialdropout = defineOperator({
  name: 'spatialdropout',
  summary:
    'Dropout of whole channels: neighbours on a map say much the same, so that one alone is no loss (Tompson et al. 2015).',
  formula: 'y[c, i, j] = x[c, i, j] / (1 - rate) where random[c] >= rate, else 0',
  kind: 'layer',
  inputs: 1,
  attributes: { rate: rateAttribute(0.5, 'probability that a channel is dropped') },
  example: 'features -> spatialdropout(20%)',
  traits: { keeps: 'numbers', drops: true },
  build(context) {
    const { shape } = context.inputs[0]!;
    return dropParts(context, { masks: shape[0]!, elements: elementCount(shape) / shape[0]! });
  },
});

export const stochasticdepth = defineOperator({
  name: 'stochasticdepth',
  summary:
    'Drops a whole branch of a residual network for some images of the batch, which makes the network shallower for them ' +
    '(Huang et al. 2016; the `row` mode of torchvision). Stands at the end of the branch, before the addition.',
  formula: 'y = x / (1 - rate) where the random number of the image >= rate, else 0',
  kind: 'layer',
  inputs: 1,
  attributes: { rate: rateAttribute(0.2, 'probability that the branch is dropped') },
  example: 'y = x + (x -> conv(16, 3x3, pad: same) -> stochasticdepth(20%))',
  traits: { keeps: 'numbers' },
  build: (context) => dropParts(context, { masks: 1, elements: elementCount(context.inputs[0]!.shape) }),
});
