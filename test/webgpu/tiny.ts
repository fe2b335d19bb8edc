/** @file A network that compiles soon on a graphics card of software, and has what a trainer has to keep. */

export const TINY = `network Tiny {
  input  image: [1, 12, 12]
  target label: class(4)
  logits = image -> conv(3, 3x3, pad: same) -> batchnorm -> relu -> flatten -> dense(4)
  loss   crossentropy(logits, label)
  output logits
}
train Tiny { optimizer adam(lr: 0.01)  batch 16  seed 3 }`;
