import type { CatalogueEntry } from './catalogue-entry.ts';

/** Advice about the design of a network. */
export const adviceCodes = {
  CNN5001: {
    severity: 'advice',
    title: 'bias before batch norm',
    explanation:
      'Batch norm subtracts the mean of every channel, and with it the bias of the layer before. The bias gets no gradient; it only costs memory and time. The shift of the batch norm does its work.',
    wrong: 'y = image -> conv(16, 3x3) -> batchnorm -> relu',
    right: 'y = image -> conv(16, 3x3, bias: false) -> batchnorm -> relu',
  },
  CNN5002: {
    severity: 'warning',
    title: 'weights of a hidden layer start equal',
    explanation:
      'Units with equal weights compute the same value, get the same gradient and stay equal for ever; with zeros the layers before get no gradient at all. A hidden layer needs random initial weights. A network of one layer may start from zeros.',
    wrong: 'train N { init zeros }',
    right: 'train N { init kaiming }',
  },
  CNN5003: {
    severity: 'advice',
    title: 'many saturating activations in a row',
    explanation:
      'The slope of `sigmoid` is at most 1/4, and that of `sigmoid` and `tanh` is nearly 0 for large inputs. The gradient is the product of the slopes, so behind many of them the first layers learn very slowly (Glorot and Bengio 2010).',
    wrong: 'y = image -> dense(64) -> sigmoid -> dense(64) -> sigmoid -> dense(64) -> sigmoid -> dense(64) -> sigmoid',
    right: 'y = image -> dense(64) -> relu -> dense(64) -> relu -> dense(64) -> relu -> dense(64) -> relu',
  },
  CNN5004: {
    severity: 'warning',
    title: 'softmax before cross-entropy',
    explanation:
      '`crossentropy` takes scores (logits) and applies softmax itself, which is exact and cheap. Of probabilities it would take the softmax again: the loss cannot fall below 1.46 for ten classes, and gradients are small. The same holds for softmax before `focal` and sigmoid before `bce`.',
    wrong: 'probs = logits -> softmax\nloss crossentropy(probs, label)',
    right: 'loss crossentropy(logits, label)\noutput probs = softmax(logits)',
  },
  CNN5005: {
    severity: 'advice',
    title: 'features see little of the image',
    explanation:
      'Global pooling averages features over all places and forgets where they were. Where each feature sees less than half of the height or width of the image, the network can only count small patches. Depth, strides, pooling and dilation widen the receptive field; `cnnc summary` shows it.',
    wrong: 'y = image -> conv(64, 3x3) -> relu -> globalavgpool -> dense(10)',
    right:
      'y = image -> conv(64, 3x3) -> relu -> maxpool(2) -> conv(64, 3x3) -> relu -> maxpool(2) -> conv(64, 3x3) -> relu -> globalavgpool -> dense(10)',
  },
  CNN5006: {
    severity: 'advice',
    title: 'dropout before batch norm',
    explanation:
      'Dropout raises the variance of what follows, but only in training. The running variance that batch norm gathers there does not fit inference, where there is no dropout (Li et al. 2019).',
    wrong: 'y = image -> conv(16, 3x3) -> dropout -> conv(16, 3x3, bias: false) -> batchnorm',
    right: 'y = image -> conv(16, 3x3) -> conv(16, 3x3, bias: false) -> batchnorm -> dropout',
  },
  CNN5007: {
    severity: 'advice',
    title: 'dense layers with nothing between',
    explanation:
      'A linear map of a linear map is a linear map: two dense layers without an activation between can do no more than one, but cost more.',
    wrong: 'y = image -> dense(128) -> dense(10)',
    right: 'y = image -> dense(128) -> relu -> dense(10)',
  },
} as const satisfies Record<`CNN5${string}`, CatalogueEntry>;
