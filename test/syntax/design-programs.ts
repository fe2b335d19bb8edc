/** @file The programs by which the language was designed; everything that reads the language has to understand them. */

export const resnet20 = `// ResNet-20 for CIFAR-10: He et al. 2016, section 4.2
import { Basic } from "std/residual"

network ResNet20(classes = 10, n = 3) {
  input  image: [3, 32, 32]
  target label: class(classes)

  stem   = image  -> conv(16, 3x3, pad: same, bias: false) -> batchnorm -> relu
  stage1 = stem   -> repeat(n) Basic(16)
  stage2 = stage1 -> Basic(32, stride: 2) -> repeat(n - 1) Basic(32)
  stage3 = stage2 -> Basic(64, stride: 2) -> repeat(n - 1) Basic(64)
  logits = stage3 -> globalavgpool -> dense(classes)

  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)

  assert parameters < 300k and macs < 45M
}

train ResNet20 {
  data      cifar10("data/cifar-10-batches-bin")
  normalize mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.262]
  augment   flip(horizontal), crop(pad: 4)
  init      kaiming
  optimizer sgd(lr: 0.1, momentum: 0.9, weight_decay: 1e-4)
  schedule  cosine(warmup: 2 epochs)
  batch     128
  epochs    30
  stop      early(patience: 5)
  seed      42
}
`;

export const definitions = `block Basic(channels, stride = 1) {                       // \`in\` is what flows into the block
  main = in -> conv(channels, 3x3, stride: stride, pad: same, bias: false) -> batchnorm -> relu
            -> conv(channels, 3x3, pad: same, bias: false) -> batchnorm
  skip = if stride == 1 and in.channels == channels { in }
         else { in -> conv(channels, 1x1, stride: stride, bias: false) -> batchnorm }
  return (main + skip) -> relu
}

fn swish(x) = x * sigmoid(x)                               // pointwise; its derivative is derived
op lpconv(x[c, h, w], k[o, c, p, q]) -> y[o, i, j] = sum(c, p, q) x[c, i + p, j + q] * k[o, c, p, q]

network Halves {
  input  x: [8]
  target target: [8]
  probs = x -> dense(8) -> sigmoid
  for width in [16, 32] { x = x -> dense1: dense(width) }
  loss mean(sum((target - probs)^2) / 2)
  freeze dense1
}
`;
