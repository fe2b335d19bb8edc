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
    title: 'probabilities where scores are expected',
    explanation:
      '`crossentropy`, `focal` and `kldiv` take scores (logits) and apply softmax themselves, `bce` applies sigmoid; `hinge` compares scores as they are. That is exact and cheap. Of probabilities they would take the softmax again: the cross-entropy of ten classes cannot fall below 1.46 then, and gradients are small. The same holds for `tanh` and whatever else keeps scores within bounds, also where a `dropout`, a `flatten` or a pooling stands between.',
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
  CNN5008: {
    severity: 'advice',
    title: 'activation before a loss that takes scores',
    explanation:
      'Scores (logits) may be of either sign. `relu` in front of the loss makes the negative ones 0, so the network can rule out no class, and units whose score is 0 get no gradient. Of functions that let small negative numbers through, such as `silu` or `elu`, the same is true to a lesser degree.',
    wrong: 'y = image -> dense(10) -> relu\nloss crossentropy(y, label)',
    right: 'y = image -> dense(64) -> relu -> dense(10)\nloss crossentropy(y, label)',
  },
  CNN5009: {
    severity: 'warning',
    title: 'layer that is the same for every image',
    explanation:
      'A norm subtracts the mean of some values and divides by their spread. Of a single value nothing is left: `instancenorm` on maps of 1x1, `layernorm` of one number, `groupnorm` with one value in each group. A softmax over one class is always 1, and the variance of one value 0. Nothing that comes before such a layer can be learned.',
    wrong: 'y = image -> conv(16, 28x28, bias: false) -> instancenorm -> relu -> flatten -> dense(10)',
    right: 'y = image -> conv(16, 28x28) -> relu -> flatten -> dense(10)',
  },
  CNN5010: {
    severity: 'advice',
    title: 'kernel that mostly sees padding',
    explanation:
      'On a small map most of a large kernel lies beside the map and reads zeros. Its weights there are never used, but cost memory, and time. This happens where a network made for large images gets small ones: strides and poolings leave a map of one or two pixels.',
    wrong: 'y = image -> maxpool(14) -> conv(16, 7x7, pad: same) -> dense(10)',
    right: 'y = image -> maxpool(2) -> conv(16, 7x7, pad: same) -> dense(10)',
  },
  CNN5011: {
    severity: 'advice',
    title: 'channels come first',
    explanation:
      'A shape is written channels, height, width, as in PyTorch; TensorFlow and image libraries put the channels last. With `[28, 28, 1]` an image has 28 channels, each a column of 28x1 pixels.',
    wrong: 'input image: [28, 28, 1]\ny = image -> dense(10)',
    right: 'input image: [1, 28, 28]\ny = image -> dense(10)',
  },
} as const satisfies Record<`CNN5${string}`, CatalogueEntry>;
