/** @file Networks whose training puts every kind of value in every kind of place, and batches for them. */
import { readFileSync } from 'node:fs';

export const LENET = readFileSync('examples/lenet.cnn', 'utf8');

/** Batch norm cuts the step into many phases, with statistics that only whole batches have; dropout draws per image. */
export const RESIDUAL = `block Basic(channels, stride = 1) {
  main = in -> conv(channels, 3x3, stride: stride, pad: same, bias: false) -> batchnorm -> relu
            -> conv(channels, 3x3, pad: same, bias: false) -> batchnorm
  skip = if stride == 1 and in.channels == channels { in }
         else { in -> conv(channels, 1x1, stride: stride, bias: false) -> batchnorm }
  return (main + skip) -> relu
}

network Residual() {
  input  image: [3, 12, 12]
  target label: class(10)
  features = image -> conv(8, 3x3, pad: same, bias: false) -> batchnorm -> relu -> Basic(8) -> Basic(16, stride: 2)
  logits = features -> globalavgpool -> dropout(0.3) -> dense(10)
  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}

train Residual {
  augment   flip(horizontal), crop(pad: 2, border: reflect), elastic(by: 1), rotate(by: 10), noise(by: 0.01)
  optimizer adam(lr: 0.01)
  batch     24
  epochs    2
}`;

/** Two inputs and two targets, one of them a tensor. */
export const TWO_HEADED = `network TwoHeaded() {
  input  left: [1, 8, 8]
  input  right: [1, 8, 8]
  target label: class(4)
  target wanted: [3]
  both = concat(left -> conv(8, 3x3, pad: same), right -> conv(8, 3x3, pad: same)) -> relu -> conv(8, 3x3, pad: same)
  logits = both -> globalavgpool -> dense(4)
  guess = both -> globalavgpool -> dense(3)
  loss crossentropy(logits, label) + 0.5 * mse(guess, wanted)
  output logits
  output guess
  metric confusion(logits, label)
}
train TwoHeaded { optimizer sgd(lr: 0.05, momentum: 0.9) }`;

/** Numbers from 0 to 1 (Lehmer's generator with Park and Miller's constants). */
export function numbers(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  });
}

export function classes(count: number, number: number, seed: number): Int32Array {
  return Int32Array.from(numbers(count, seed), (x) => Math.floor(x * number));
}
