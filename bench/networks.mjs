/**
 * @file The networks that contenders train: the `.cnn` text for this project, and for the others the same network as a
 * list of layers. Each contender reports how many parameters it has built, and must agree with `parameters`.
 */
import { readFileSync } from 'node:fs';

const example = (name) => readFileSync(new URL(`../examples/${name}`, import.meta.url), 'utf8');

/** Layers in order: `conv` (square kernel, stride 1, `pad` zeros on each side), `relu`, `maxpool`, `dense`. */
const conv = (channels, kernel, pad) => ({ type: 'conv', channels, kernel, pad });
const relu = { type: 'relu' };
const pool = { type: 'maxpool', kernel: 2, stride: 2 };
const dense = (units) => ({ type: 'dense', units });

export const networks = [
  {
    name: 'lenet',
    about: '6c5 same, relu, pool, 16c5, relu, pool, 120, 84, 10 on 1×28×28',
    text: () => example('lenet.cnn'),
    input: [1, 28, 28],
    classes: 10,
    parameters: 61706,
    layers: [
      ...[conv(6, 5, 2), relu, pool, conv(16, 5, 0), relu, pool],
      ...[dense(120), relu, dense(84), relu, dense(10)],
    ],
  },
];

export function findNetwork(name) {
  return networks.find((network) => network.name === name);
}

/** Parameters of a list of layers, to check the table against itself. */
export function countParameters({ input, layers }) {
  let [channels, height, width] = input;
  let parameters = 0;
  for (const layer of layers) {
    if (layer.type === 'conv') {
      parameters += layer.channels * (channels * layer.kernel ** 2 + 1);
      channels = layer.channels;
      height += 2 * layer.pad - layer.kernel + 1;
      width += 2 * layer.pad - layer.kernel + 1;
    } else if (layer.type === 'maxpool') {
      height = Math.floor((height - layer.kernel) / layer.stride) + 1;
      width = Math.floor((width - layer.kernel) / layer.stride) + 1;
    } else if (layer.type === 'dense') {
      parameters += layer.units * (channels * height * width + 1);
      [channels, height, width] = [layer.units, 1, 1];
    }
  }
  return parameters;
}

/**
 * A residual network for images of 3×32×32 with batch norm, 6n + 2 layers deep: He et al. 2016, section 4.2. For the
 * compiler alone.
 */
export function residualText(blocksPerStage) {
  const depth = 6 * blocksPerStage + 2;
  return `// ResNet-${depth} for images of 3×32×32
block Basic(channels, stride = 1) {
  main = in -> conv(channels, 3x3, stride: stride, pad: same, bias: false) -> batchnorm -> relu
            -> conv(channels, 3x3, pad: same, bias: false) -> batchnorm
  skip = if stride == 1 and in.channels == channels { in }
         else { in -> conv(channels, 1x1, stride: stride, bias: false) -> batchnorm }
  return (main + skip) -> relu
}

network ResNet${depth} {
  input  image: [3, 32, 32]
  target label: class(10)

  stem   = image  -> conv(16, 3x3, pad: same, bias: false) -> batchnorm -> relu
  stage1 = stem   -> repeat(${blocksPerStage}) Basic(16)
  stage2 = stage1 -> Basic(32, stride: 2) -> repeat(${blocksPerStage - 1}) Basic(32)
  stage3 = stage2 -> Basic(64, stride: 2) -> repeat(${blocksPerStage - 1}) Basic(64)
  logits = stage3 -> globalavgpool -> dense(10)

  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
`;
}
