/**
 * @file Small networks whose kernels a machine is measured by. Together they have all kinds of work in proportions that
 * differ: contractions that stay in registers, convolutions in tiles, pooling and activations, norms, updates, and weights
 * and maps that no near cache holds. What they learn does not matter; they see no data.
 */

const ENDING = `
  loss crossentropy(logits, label)
}
`;

/** Few channels, large kernels, and functions. */
const PLAIN = `network Plain {
  input image: [2, 20, 20]
  target label: class(10)

  maps = image -> conv(6, 5x5, pad: same) -> relu -> maxpool(2) -> conv(10, 5x5) -> tanh
  logits = maps -> flatten -> dense(48) -> sigmoid -> dense(10)
${ENDING}
train Plain {
  optimizer sgd(lr: 0.01, momentum: 0.9)
}
`;

/** Convolutions in tiles, norms, branches, strides. */
const RESIDUAL = `network Residual {
  input image: [3, 24, 24]
  target label: class(10)

  stem = image -> conv(16, 3x3, pad: 1, bias: false) -> batchnorm -> relu
  main = stem -> conv(16, 3x3, pad: 1, bias: false) -> batchnorm -> relu
  sum = (main + stem) -> relu
  narrow = sum -> conv(32, 3x3, stride: 2, pad: 1, bias: false) -> batchnorm
  skip = sum -> conv(32, 1x1, stride: 2, bias: false) -> batchnorm
  logits = (narrow + skip) -> relu -> globalavgpool -> dense(10)
${ENDING}
train Residual {
  optimizer sgd(lr: 0.01, momentum: 0.9)
}
`;

/** Weights of megabytes, each channel for itself, random numbers, roots and divisions. */
const WIDE = `network Wide {
  input image: [4, 16, 16]
  target label: class(10)

  maps = image -> conv(24, 3x3) -> relu -> maxpool(2) -> dropout(0.2)
  apart = maps -> conv(24, 3x3, pad: same, groups: 24) -> relu -> avgpool(2)
  logits = apart -> flatten -> dense(900) -> relu -> dense(900) -> relu -> dense(10)
${ENDING}
train Wide {
  optimizer adam(lr: 0.001)
}
`;

export const KERNEL_NETWORKS: readonly string[] = [PLAIN, RESIDUAL, WIDE];

const stepOf = (image: string, hidden: string) => `network Step {
  input image: ${image}
  target label: class(10)

  logits = image -> ${hidden} -> dense(10)
${ENDING}`;

/** Whose steps are hardly anything but what the host does: calls, images that are written. */
export const STEP_NETWORKS: readonly string[] = [
  stepOf('[1, 2, 2]', 'flatten'),
  stepOf('[3, 32, 32]', 'globalavgpool'),
];
