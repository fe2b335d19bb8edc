/** @file The experiments of a course: a few networks that differ in one thing, and what to look at when they are trained. */

export interface Experiment {
  readonly id: string;
  readonly title: string;
  /** What is compared and what to look at, a paragraph each. */
  readonly look: readonly string[];
  readonly variants: readonly { readonly name: string; readonly text: string }[];
}

interface Parts {
  readonly name: string;
  /** Blocks before the network. */
  readonly blocks?: string;
  /** What lies between the image and ten logits. */
  readonly layers: string;
  readonly loss?: string;
  readonly data?: string;
  readonly train: readonly string[];
}

const CROSSENTROPY = `loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)`;

function program({ name, blocks = '', layers, loss = CROSSENTROPY, data = 'digits', train }: Parts): string {
  return `${blocks}network ${name} {
  input image: [1, 28, 28]
  target label: class(10)

  logits = image -> ${layers}

  ${loss}
}

train ${name} {
  data ${data}
  ${train.join('\n  ')}
}
`;
}

const SGD = ['optimizer sgd(lr: 0.05, momentum: 0.9)', 'batch 64', 'epochs 3'];

const CONVOLUTIONS = `conv1: conv(8, 5x5) -> relu -> maxpool(2)
                 -> conv2: conv(16, 5x5) -> relu -> maxpool(2)
                 -> flatten`;

/** The same network, started in different ways. */
function started(name: string, init: string, bias = ''): string {
  const layers = `${CONVOLUTIONS}
                 -> fc1: dense(32${bias}) -> relu
                 -> fc2: dense(10)`;
  return program({ name, layers, train: [`init ${init}`, ...SGD] });
}

function paced(name: string, rate: string): string {
  const layers = `${CONVOLUTIONS}
                 -> fc1: dense(32) -> relu
                 -> fc2: dense(10)`;
  return program({ name, layers, train: [`optimizer sgd(lr: ${rate})`, 'batch 64', 'epochs 3'] });
}

function deep(name: string, activation: string): string {
  const layers = `flatten
                 -> repeat(8) Unit
                 -> head: dense(10)`;
  const blocks = `block Unit {
  return in -> dense(64) -> ${activation}
}

`;
  return program({ name, blocks, layers, train: ['init kaiming', ...SGD] });
}

function plain(name: string, isResidual: boolean): string {
  const blocks = `block Unit {
  return ${isResidual ? 'in + (in -> dense(64) -> relu)' : 'in -> dense(64) -> relu'}
}

`;
  const layers = `flatten
                 -> first: dense(64) -> relu
                 -> repeat(24) Unit
                 -> head: dense(10)`;
  return program({
    name,
    blocks,
    layers,
    train: ['init normal(0.05)', 'optimizer sgd(lr: 0.02, momentum: 0.9)', 'batch 64', 'epochs 3'],
  });
}

function compared(name: string, isSquared: boolean): string {
  const layers = `flatten
                 -> hidden: dense(100) -> sigmoid
                 -> head: dense(10)`;
  const squared = `outputs = logits -> sigmoid
  loss mse(outputs, label, reduction: half)
  metric accuracy(outputs, label)
  output outputs`;
  return program({
    name,
    layers,
    loss: isSquared ? squared : CROSSENTROPY,
    train: ['init normal(1)', 'optimizer sgd(lr: 0.1)', 'batch 32', 'epochs 3'],
  });
}

function dropped(name: string, rate: string): string {
  const dropout = rate === '0' ? '' : `dropout(${rate}) -> `;
  const layers = `flatten
                 -> fc1: dense(256) -> relu
                 -> ${dropout}fc2: dense(256) -> relu
                 -> ${dropout}head: dense(10)`;
  return program({
    name,
    layers,
    data: 'digits(train: 1000, test: 2000)',
    train: ['optimizer adam(lr: 1e-3)', 'batch 50', 'epochs 25'],
  });
}

function ended(name: string, end: string): string {
  const layers = `conv1: conv(8, 3x3, pad: same) -> relu -> maxpool(2)
                 -> conv2: conv(16, 3x3, pad: same) -> relu -> maxpool(2)
                 -> conv3: conv(32, 3x3, pad: same) -> relu
                 -> ${end}
                 -> head: dense(10)`;
  return program({
    name,
    layers,
    data: 'digits(train: 5000)',
    train: ['optimizer adam(lr: 2e-3)', 'batch 64', 'epochs 5'],
  });
}

function padded(name: string, window: string): string {
  const layers = `conv1: conv(8, 3x3${window}) -> relu
                 -> conv2: conv(16, 3x3${window}) -> relu
                 -> globalmaxpool
                 -> head: dense(10)`;
  return program({
    name,
    layers,
    data: 'digits(train: 4000)',
    train: ['optimizer adam(lr: 3e-3)', 'batch 64', 'epochs 6'],
  });
}

function connected(name: string, layer: string): string {
  const layers = `first: ${layer}(8, 5x5, stride: 2) -> relu
                 -> second: ${layer}(16, 5x5, stride: 2) -> relu
                 -> flatten
                 -> head: dense(10)`;
  return program({
    name,
    layers,
    data: 'digits(train: 500, test: 2000)',
    train: ['optimizer adam(lr: 3e-3)', 'batch 25', 'epochs 15'],
  });
}

/** Names that are shown, with their programs. */
function variants(texts: Readonly<Record<string, string>>): Experiment['variants'] {
  return Object.entries(texts).map(([name, text]) => ({ name, text }));
}

export const EXPERIMENTS: readonly Experiment[] = [
  {
    id: 'zero-init',
    title: 'All weights start at zero',
    look: [
      'Two networks that differ in `init` alone. With zeros every layer gives zeros, and the gradient of a weight is a product with one of them: nothing moves but the last bias.',
      'Look at the loss: that of `zeros` stays at 2.30, which is ln 10, the loss of a guess among ten. Look at its first weights, which stay empty, while those of `kaiming` take the form of strokes and edges.',
    ],
    variants: variants({ zeros: started('Zeros', 'zeros'), kaiming: started('Kaiming', 'kaiming') }),
  },
  {
    id: 'ones-init',
    title: 'All weights start at one',
    look: [
      'With ones every unit of a layer computes the same and gets the same gradient: they stay copies of each other for ever. And a sum of hundreds of ones is large, so the first steps throw the loss up by many powers of ten.',
      'Look at the first weights of `ones` after some steps: eight times the same picture. The editor has said so before, in its warning.',
    ],
    variants: variants({ ones: started('Ones', 'ones'), kaiming: started('Kaiming', 'kaiming') }),
  },
  {
    id: 'rate',
    title: 'A learning rate too high, too low, and right',
    look: [
      'One network, three rates: 2, 0.0005 and 0.1. The high one jumps over every valley, ends where all units of `relu` are silent, and stays at the loss of a guess. The low one goes the right way, but hardly moves.',
      'Look at the first hundred steps. Then move the slider while it trains: a rate that was too low is mended at once, but units that have died at a rate too high do not come back.',
    ],
    variants: variants({
      'too high': paced('High', '2'),
      'too low': paced('Low', '0.0005'),
      right: paced('Right', '0.1'),
    }),
  },
  {
    id: 'depth',
    title: 'Sigmoid against ReLU in depth',
    look: [
      'Eight dense layers, once with `sigmoid` and once with `relu`. The derivative of a sigmoid is 1/4 at most, so eight of them leave less than a 65,000th of a gradient for the first layer; that of `relu` is 1 where a unit is active.',
      'Look at the loss of `sigmoid`: it does not leave 2.30. Replace `repeat(8)` by `repeat(2)` in both and run them again: now both learn.',
    ],
    variants: variants({ sigmoid: deep('Sigmoids', 'sigmoid'), relu: deep('Rectified', 'relu') }),
  },
  {
    id: 'loss',
    title: 'Squared error against cross-entropy',
    look: [
      'A hidden layer of sigmoids with large weights at the start, so that many outputs are certain and wrong. The squared error multiplies the gradient by the derivative of the output’s sigmoid, which is almost 0 there; in the cross-entropy it cancels.',
      'Look at the accuracy: `crossentropy` learns from its large mistakes at once, `mse` stays near 10 % although its loss falls. Open Mathematics and compare the gradients by `logits`.',
    ],
    variants: variants({ mse: compared('Squared', true), crossentropy: compared('Entropy', false) }),
  },
  {
    id: 'residual',
    title: 'With and without residual connections',
    look: [
      'Twenty-four layers with small weights. Each makes its input more than three times smaller, so behind all of them nothing of the picture is left. With `in + (…)` the input goes on beside each layer, forward and backward.',
      'Look at the graph of `residual`, at the lines that pass each block, and at the loss of `plain`, which does not move. Layer by layer: in `plain` the pictures of the layers soon tell nothing of the digit.',
    ],
    variants: variants({ plain: plain('Plain', false), residual: plain('Residual', true) }),
  },
  {
    id: 'dropout',
    title: 'Dropout',
    look: [
      'A thousand digits and 270,000 weights: the network can learn them by heart. Dropout sets half of the units to zero in every step, other ones each time, so that no unit can rely on another.',
      'Look at the distance between training and test: `without` reaches 100 % of the training digits, and its test loss begins to rise. `dropout` learns slower and is better on digits that it has not seen.',
    ],
    variants: variants({ without: dropped('Without', '0'), dropout: dropped('Dropout', '50%') }),
  },
  {
    id: 'pooling',
    title: 'Flatten against global average pooling',
    look: [
      'The same convolutions; then either all places are weighted one by one, or the mean of each map is taken, whatever is where. The second head has 330 weights, the first 15,690.',
      'Look at the table of layers for the weights, and at the accuracy: for digits, where a stroke is matters, and the mean has lost it. It learns slower; in a deep network, whose maps say what is there, it saves most of the weights.',
    ],
    variants: variants({ flatten: ended('Flatten', 'flatten'), globalavgpool: ended('Averaged', 'globalavgpool') }),
  },
  {
    id: 'windows',
    title: 'Convolutions: valid, same, full, strided, dilated',
    look: [
      'Five networks with the same number of weights, whose windows move in different ways. `valid` stays inside and makes maps smaller; `same` keeps their size with zeros around them; `full` takes every overlap and makes them larger. A stride leaves out places, a dilation spreads the taps.',
      'Look at the shapes beside the layers, at what a place sees (What it sees), and at the speed: `strided` computes a quarter of the places in each layer. `dilated` sees the most, and here that helps most.',
    ],
    variants: variants({
      valid: padded('Valid', ''),
      same: padded('Same', ', pad: same'),
      full: padded('Full', ', pad: full'),
      strided: padded('Strided', ', stride: 2'),
      dilated: padded('Dilated', ', dilation: 3'),
    }),
  },
  {
    id: 'local',
    title: 'Locally connected against convolution',
    look: [
      'Both look at windows of 5×5. `local` has weights of its own at every place, 84,000 in all; the convolution uses the same at every place, 6,000.',
      'Look at the table of layers, and at the test: from 500 digits both learn about the same, the convolution with a fourteenth of the weights. What it knows of a stroke, it knows at every place.',
    ],
    variants: variants({ local: connected('Local', 'local'), conv: connected('Shared', 'conv') }),
  },
];
