import type { CatalogueEntry } from './catalogue-entry.ts';

/** Tensors taken apart, joined, summed up and brought to another shape. */
export const reshapingCodes = {
  CNN3101: {
    severity: 'error',
    title: 'no such dimension',
    explanation:
      'A map has channels, height and width; a vector has nothing but channels. An operator along one dimension needs that dimension.',
    wrong: 'x = image -> dense(8) -> slice(0, 4, axis: height)',
    right: 'x = image -> dense(8) -> slice(0, 4)',
  },
  CNN3102: {
    severity: 'error',
    title: 'reshape to another number of elements',
    explanation:
      '`reshape` looks at the same elements under other numbers of channels, rows and columns, so their product stays the same. A tensor has one to four dimensions.',
    wrong: 'x = image -> dense(250) -> reshape([16, 4, 4])',
    right: 'x = image -> dense(256) -> reshape([16, 4, 4])',
  },
  CNN3103: {
    severity: 'error',
    title: 'not an order of the dimensions',
    explanation: '`permute` names every dimension of its input once, counted from 0.',
    wrong: 'x = image -> permute([2, 1])',
    right: 'x = image -> permute([0, 2, 1])',
  },
  CNN3104: {
    severity: 'error',
    title: 'part outside of the tensor',
    explanation: 'Elements and parts are counted from 0. `to` is the first element that is left out.',
    wrong: 'x = image -> slice(0, 32, axis: width)',
    right: 'x = image -> slice(0, 28, axis: width)',
  },
  CNN3105: {
    severity: 'error',
    title: 'parts are not equal',
    explanation:
      '`split` makes equal parts. `pixelshuffle(r)` needs a multiple of r * r channels, `pixelunshuffle(r)` a multiple of r rows and columns.',
    wrong: 'x = image -> conv(9, 3x3) -> split(2, 0)',
    right: 'x = image -> conv(8, 3x3) -> split(2, 0)',
  },
  CNN3106: {
    severity: 'error',
    title: 'factor or size',
    explanation: '`upsample` takes the factor by which a map grows, or its new size: one of the two.',
    wrong: 'x = image -> upsample(2, size: 56x56)',
    right: 'x = image -> upsample(2)',
  },
  CNN3107: {
    severity: 'error',
    title: 'variance of one element',
    explanation:
      'The unbiased variance divides by the number of elements less one, so it needs two at least. `unbiased: false` divides by their number.',
    wrong: 'x = image -> conv(1, 28x28) -> variance(axes: spatial)',
    right: 'x = image -> conv(1, 28x28) -> variance(axes: spatial, unbiased: false)',
  },
} as const satisfies Record<`CNN31${string}`, CatalogueEntry>;
