/**
 * @file The networks that contenders train: the `.cnn` text for this project, and for the others the same network as a
 * list of layers. Each contender reports how many parameters it has built, and must agree with `parameters`; from the
 * same weights all must find the same first loss.
 */
import { readFileSync } from 'node:fs';
import { batchnorm, conv, dense, globalavgpool, pool, relu, residual, withShapes } from './layers.mjs';

const example = (name) => readFileSync(new URL(`../examples/${name}`, import.meta.url), 'utf8');

/** What follows the layers in every network. */
const training = `
  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
`;

/** The first network of ConvNetJS's CIFAR-10 demo. */
const convnetjsCifar = `network ConvNetJsCifar {
  input  image: [3, 32, 32]
  target label: class(10)

  first  = image  -> conv(16, 5x5, pad: 2) -> relu -> maxpool(2)
  second = first  -> conv(20, 5x5, pad: 2) -> relu -> maxpool(2)
  third  = second -> conv(20, 5x5, pad: 2) -> relu -> maxpool(2)
  logits = third  -> dense(10)
${training}`;

/** Keras's example `cifar10_cnn.py`, without its dropout. */
const kerasCifar = `network KerasCifar {
  input  image: [3, 32, 32]
  target label: class(10)

  stage1 = image  -> conv(32, 3x3, pad: same) -> relu -> conv(32, 3x3) -> relu -> maxpool(2)
  stage2 = stage1 -> conv(64, 3x3, pad: same) -> relu -> conv(64, 3x3) -> relu -> maxpool(2)
  hidden = stage2 -> dense(512) -> relu
  logits = hidden -> dense(10)
${training}`;

/** He et al. 2016; the first convolution of a stage and its shortcut have stride 2, but for the first stage. */
function residualBlock(channels, stride) {
  const convolution = (kernel, pad, step) => conv(channels, kernel, pad, { stride: step, bias: false });
  const main = [convolution(3, 1, stride), batchnorm, relu, convolution(3, 1, 1), batchnorm];
  return [residual(main, stride === 1 ? [] : [convolution(1, 0, stride), batchnorm]), relu];
}

function residualLayers(blocksPerStage) {
  const layers = [conv(16, 3, 1, { bias: false }), batchnorm, relu];
  for (const [stage, channels] of [16, 32, 64].entries())
    for (let block = 0; block < blocksPerStage; block++)
      layers.push(...residualBlock(channels, stage > 0 && block === 0 ? 2 : 1));
  return [...layers, globalavgpool, dense(10)];
}

export const networks = [
  {
    name: 'lenet',
    about: '6c5 same, relu, pool, 16c5, relu, pool, 120, 84, 10 on 1×28×28',
    text: () => example('lenet.cnn'),
    input: [1, 28, 28],
    parameters: 61_706,
    layers: [
      ...[conv(6, 5, 2), relu, pool, conv(16, 5, 0), relu, pool],
      ...[dense(120), relu, dense(84), relu, dense(10)],
    ],
  },
  {
    name: 'convnetjs-cifar',
    about: '16c5 same, relu, pool, 20c5 same, relu, pool, 20c5 same, relu, pool, 10 on 3×32×32',
    text: () => convnetjsCifar,
    input: [3, 32, 32],
    parameters: 22_466,
    layers: [...[16, 20, 20].flatMap((channels) => [conv(channels, 5, 2), relu, pool]), dense(10)],
  },
  {
    name: 'keras-cifar',
    about: '32c3 same, 32c3, pool, 64c3 same, 64c3, pool, 512, 10 on 3×32×32, relu after each',
    text: () => kerasCifar,
    input: [3, 32, 32],
    parameters: 1_250_858,
    layers: [
      ...[32, 64].flatMap((channels) => [conv(channels, 3, 1), relu, conv(channels, 3, 0), relu, pool]),
      ...[dense(512), relu, dense(10)],
    ],
  },
  {
    name: 'resnet20',
    about: 'residual network with batch norm, 20 layers of 16, 32 and 64 channels, on 3×32×32',
    text: () => residualText(3),
    input: [3, 32, 32],
    parameters: 272_474,
    layers: residualLayers(3),
  },
].map((network) => ({ classes: 10, ...network, layers: withShapes(network.layers, network.input) }));

export function findNetwork(name) {
  return networks.find((network) => network.name === name);
}

/**
 * A residual network for images of 3×32×32 with batch norm, 6n + 2 layers deep: He et al. 2016, section 4.2, with
 * projections where the size changes. Padding is 1 on each side, as in PyTorch: with `same`, a convolution of stride 2 would
 * be padded at the bottom and right only.
 */
export function residualText(blocksPerStage) {
  const depth = 6 * blocksPerStage + 2;
  return `// ResNet-${depth} for images of 3×32×32
block Basic(channels, stride = 1) {
  main = in -> conv(channels, 3x3, stride: stride, pad: 1, bias: false) -> batchnorm -> relu
            -> conv(channels, 3x3, pad: 1, bias: false) -> batchnorm
  skip = if stride == 1 and in.channels == channels { in }
         else { in -> conv(channels, 1x1, stride: stride, bias: false) -> batchnorm }
  return (main + skip) -> relu
}

network ResNet${depth} {
  input  image: [3, 32, 32]
  target label: class(10)

  stem   = image  -> conv(16, 3x3, pad: 1, bias: false) -> batchnorm -> relu
  stage1 = stem   -> repeat(${blocksPerStage}) Basic(16)
  stage2 = stage1 -> Basic(32, stride: 2) -> repeat(${blocksPerStage - 1}) Basic(32)
  stage3 = stage2 -> Basic(64, stride: 2) -> repeat(${blocksPerStage - 1}) Basic(64)
  logits = stage3 -> globalavgpool -> dense(10)
${training}`;
}
