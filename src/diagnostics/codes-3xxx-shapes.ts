import type { CatalogueEntry } from './catalogue-entry.ts';

/** Shapes that do not fit. */
export const shapeCodes = {
  CNN3001: {
    severity: 'error',
    title: 'map expected',
    explanation:
      'Convolution and pooling slide a window over a map with channels, height and width, or over a signal with channels and length. A vector, such as the result of `flatten` or `dense`, has no place to slide over.',
    wrong: 'x = image -> flatten -> conv(8, 3x3)',
    right: 'x = image -> conv(8, 3x3) -> flatten',
  },
  CNN3002: {
    severity: 'error',
    title: 'window larger than the map',
    explanation:
      'The window, with its dilation, must fit into the map with its padding; otherwise there is no place to put it.',
    wrong: 'x = image -> conv(8, 31x31)',
    right: 'x = image -> conv(8, 31x31, pad: same)',
  },
  CNN3003: {
    severity: 'error',
    title: 'groups do not divide the channels',
    explanation:
      'A grouped convolution splits its input and its output channels into groups of equal size, and so do `groupnorm` and `channelshuffle`.',
    wrong: 'x = image -> conv(8, 3x3) -> conv(8, 3x3, groups: 3)',
    right: 'x = image -> conv(8, 3x3) -> conv(8, 3x3, groups: 4)',
  },
  CNN3004: {
    severity: 'error',
    title: 'windows that see only padding',
    explanation: 'Pooling whose padding is as large as its window has results that depend on no pixel.',
    wrong: 'x = image -> maxpool(2, pad: 2)',
    right: 'x = image -> maxpool(2)',
  },
  CNN3005: {
    severity: 'error',
    title: 'shapes of operands differ',
    explanation:
      'Arithmetic works element by element, so both sides have one shape. A single number meets every element, a vector [C] every place of its channel, and a dimension of 1 is repeated.',
    wrong: 'y = image + (image -> conv(8, 3x3))',
    right: 'y = image + (image -> conv(1, 3x3, pad: same))',
  },
  CNN3006: {
    severity: 'error',
    title: 'maps of different sizes',
    explanation: '`concat` puts channels one after the other; height and width must agree.',
    wrong: 'y = concat(image, image -> maxpool(2))',
    right: 'y = concat(image, image -> relu)',
  },
  CNN3007: {
    severity: 'error',
    title: 'class target expected',
    explanation: 'Cross-entropy and accuracy compare scores with the number of the true class.',
    wrong: 'loss crossentropy(logits, logits)',
    right: 'loss crossentropy(logits, label)',
  },
  CNN3008: {
    severity: 'error',
    title: 'one score per class expected',
    explanation: 'The network must end with as many scores as the target has classes.',
    wrong: 'logits = image -> dense(9)\nloss crossentropy(logits, label)',
    right: 'logits = image -> dense(10)\nloss crossentropy(logits, label)',
  },
  CNN3009: {
    severity: 'error',
    title: 'output and target differ in shape',
    explanation: 'The squared error goes element by element. A class target counts as its one-hot vector.',
    wrong: 'loss mse(image, label)',
    right: 'loss mse(logits, label)',
  },
  CNN3010: {
    severity: 'error',
    title: 'tensor expected',
    explanation: 'This layer needs at least one dimension; a single number per image has none.',
    wrong: 'y = sum(image) -> batchnorm',
    right: 'y = image -> batchnorm',
  },
  CNN3011: {
    severity: 'error',
    title: 'shared layer applied to different sizes',
    explanation:
      'A layer that is declared once and applied twice shares its weights, so both inputs must need weights of one shape.',
    wrong: 'shared = conv(8, 3x3)\ny = image -> shared -> shared',
    right: 'first = conv(8, 3x3)\nsecond = conv(8, 3x3)\ny = image -> first -> second',
  },
  CNN3012: {
    severity: 'error',
    title: 'shared block with different layers',
    explanation:
      'A block that is declared once and applied twice shares its weights layer by layer, so its conditions must come out the same both times.',
    wrong: 'b = Basic(16)\ny = image -> b -> b',
    right: 'y = image -> Basic(16) -> Basic(16)',
  },
  CNN3020: {
    severity: 'error',
    title: 'one weight per class expected',
    explanation: '`weights` says how much each class counts in a loss, in the order of the classes.',
    wrong: 'loss crossentropy(logits, label, weights: [1, 2])',
    right: 'loss crossentropy(logits, label, weights: [1, 2, 1, 1, 1, 1, 1, 1, 1, 1])',
  },
  CNN3030: {
    severity: 'error',
    title: 'padding larger than the map',
    explanation:
      'The modes `reflect` and `circular` fill the border with pixels of the map, each once. A map of n pixels has n for `circular` and n - 1 for `reflect`, which leaves out the border pixel.',
    wrong: 'x = image -> pad(28, mode: reflect)',
    right: 'x = image -> pad(27, mode: reflect)',
  },
  CNN3031: {
    severity: 'error',
    title: 'nothing left of the map',
    explanation:
      '`crop`, and the padding of a transposed convolution, cut off the sides of a map; at least one pixel must be left.',
    wrong: 'x = image -> crop(14)',
    right: 'x = image -> crop(13)',
  },
  CNN3032: {
    severity: 'error',
    title: 'sides or size expected',
    explanation: '`crop` is told either what to cut off or what to keep.',
    wrong: 'x = image -> crop(2, size: 20)',
    right: 'x = image -> crop(size: 20)',
  },
  CNN3033: {
    severity: 'error',
    title: 'attribute for another number of axes',
    explanation:
      'A map [channels, height, width] has two axes, a signal [channels, length] has one. One number suits both: `conv(16, 5)`. A pair `3x5` and four sides are for maps, two sides `[left, right]` and `pad: causal` for signals.',
    wrong: 'x = image -> conv(8, 5, pad: causal)',
    right: 'x = image -> conv(8, 5, pad: same)',
  },
  CNN3013: {
    severity: 'error',
    title: 'tensor does not fit its operand',
    explanation:
      'The head of an `op` says how many axes each operand has, and axes of one name have one extent. The tensors that are given must agree with it.',
    wrong: 'op dot(a[k], b[k]) -> y[k] = a[k] * b[k]\ny = dot(image, image)',
    right: 'op dot(a[k], b[k]) -> y[k] = a[k] * b[k]\nx = image -> flatten\ny = dot(x, x)',
  },
  CNN3014: {
    severity: 'error',
    title: 'no room for an axis',
    explanation:
      'An axis of the result takes the largest range in which every access stays inside its operand. Here there is none: what slides over the operand is larger than it.',
    wrong: 'op blur(x[c, h, w]) -> y[c, i, w] = sum(p) x[c, i + p, w] / 99\ny = image -> blur(p: 99)',
    right: 'op blur(x[c, h, w]) -> y[c, i, w] = sum(p) x[c, i + p, w] / 3\ny = image -> blur(p: 3)',
  },
} as const satisfies Record<`CNN3${string}`, CatalogueEntry>;
