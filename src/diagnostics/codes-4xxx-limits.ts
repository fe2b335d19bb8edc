import type { CatalogueEntry } from './catalogue-entry.ts';

/** Limits, numerics and data. What the runtime and the readers of data report (4100 to 4199) is explained there. */
export const limitCodes = {
  CNN4001: {
    severity: 'error',
    title: 'tensor too large',
    explanation: 'A tensor may have 2^31 elements. More would not fit into the memory of a trainer.',
    wrong: 'x = image -> dense(2G) -> dense(2G)',
    right: 'x = image -> dense(200) -> dense(200)',
  },
  CNN4002: {
    severity: 'error',
    title: 'network too large',
    explanation: 'A network may have 5000 layers. Repeats inside of repeats multiply.',
    wrong: 'x = image -> repeat(9000) relu',
    right: 'x = image -> repeat(90) relu',
  },
  CNN4003: {
    severity: 'error',
    title: 'blocks nested too deeply',
    explanation: 'Blocks may be nested 64 deep. A block that applies itself must have a condition that ends it.',
    wrong: 'block B { return in -> B }',
    right: 'block B(n) { return if n > 0 { in -> relu -> B(n - 1) } else { in } }',
  },
  CNN4004: {
    severity: 'error',
    title: 'repeat too long',
    explanation: 'A `repeat` may have a count of 10,000.',
    wrong: 'x = image -> repeat(20k) relu',
    right: 'x = image -> repeat(20) relu',
  },
  CNN4005: {
    severity: 'error',
    title: 'constant is not a number',
    explanation: 'A constant came out as infinite or undefined, as by a division by 0.',
    wrong: 'x = image * (1 / 0)',
    right: 'x = image * (1 / 2)',
  },
  CNN4006: {
    severity: 'error',
    title: 'formula too large',
    explanation:
      'A function is replaced by its body, so functions of functions multiply. At most 500 operations may come out: beyond that the derivative is larger than any use of it. Applied one after the other, each is a layer of its own.',
    wrong: 'fn a(x) = x * exp(x) + x * sqrt(x) + x\nfn b(x) = a(a(a(x)))\nfn c(x) = b(b(x))\ny = c(image)',
    right: 'fn a(x) = x * exp(x) + x * sqrt(x) + x\ny = image -> a -> a -> a',
  },
  CNN4007: {
    severity: 'error',
    title: 'module too large for its memory',
    explanation:
      'A trainer module keeps parameters, their gradients and the values of a batch in one memory of 4 GB at most. Behind a batch norm the values of the whole batch are kept, so smaller batches take less.',
    wrong: 'cnnc build resnet50.cnn --max-batch 512',
    right: 'cnnc build resnet50.cnn --max-batch 32',
  },
  CNN4008: {
    severity: 'warning',
    title: 'network does not fit its data',
    explanation:
      'The data that the `train` block names has images of a known shape and a known number of classes: `digits` 1x28x28 and 10, `mnist` one channel and at least 10. A network that takes others cannot be trained on it. Shapes are written channels, height, width. It is a warning because `--data` may name other data.',
    wrong:
      'network N {\n  input image: [3, 32, 32]\n  target label: class(10)\n  logits = image -> dense(10)\n  loss crossentropy(logits, label)\n  output logits\n}\ntrain N { data digits }',
    right:
      'network N {\n  input image: [1, 28, 28]\n  target label: class(10)\n  logits = image -> dense(10)\n  loss crossentropy(logits, label)\n  output logits\n}\ntrain N { data digits }',
  },
  CNN4009: {
    severity: 'error',
    title: 'options of a module exclude each other',
    explanation:
      'A module in TypeScript is for reading and for type checks, and minifying takes the types away. A minified module has its exact types in the `.d.ts` beside it.',
    wrong: 'cnnc build lenet.cnn --ts --minify',
    right: 'cnnc build lenet.cnn --minify',
  },
} as const satisfies Record<`CNN4${string}`, CatalogueEntry>;
