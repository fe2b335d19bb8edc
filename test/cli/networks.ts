/** @file Small networks for the tests of the command line. */

/** Four hidden units: trains in no time. */
export const tiny = `network Tiny(units = 4) {
  input image: [1, 28, 28]
  target label: class(10)
  logits = image -> flatten -> hidden: dense(units) -> relu -> out: dense(10)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Tiny {
  data digits(train: 200, test: 50)
  optimizer sgd(lr: 0.1, momentum: 0.9)
  allow CNN5046 "the batches of these tests"
  batch 20
  epochs 2
}
`;

export const lenet = `network LeNet5 {
  input image: [1, 28, 28]
  target label: class(10)
  features = image -> conv1: conv(6, 5x5, pad: same) -> tanh -> avgpool(2) -> conv2: conv(16, 5x5) -> tanh -> avgpool(2)
  logits = features -> fc1: dense(120) -> tanh -> fc2: dense(84) -> tanh -> fc3: dense(10)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
`;
