"""The two networks whose training curves are recorded: their `.cnn` text and their PyTorch twin, parameter by parameter.

A twin is a function (images, values, buffers, training) -> logits. `values` and `buffers` are keyed by the names that
the naming rule of the language gives, so nothing has to be renamed on either side.
"""

import torch.nn.functional as F

LENET = """\
network LeNet5(classes = 10) {
  input  image: [1, 28, 28]
  target label: class(classes)

  logits = image -> conv1: conv(6, 5x5, pad: 2) -> relu -> maxpool(2)
                 -> conv2: conv(16, 5x5)        -> relu -> maxpool(2)
                 -> flatten
                 -> fc1: dense(120) -> relu
                 -> fc2: dense(84)  -> relu
                 -> fc3: dense(classes)

  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
"""

RESNET = """\
block Basic(channels, stride = 1) {
  main = in -> conv(channels, 3x3, stride: stride, pad: same, bias: false) -> batchnorm -> relu
            -> conv(channels, 3x3, pad: same, bias: false) -> batchnorm
  skip = if stride == 1 and in.channels == channels { in }
         else { in -> conv(channels, 1x1, stride: stride, bias: false) -> batchnorm }
  return (main + skip) -> relu
}

network SmallResNet(classes = 4) {
  input  image: [3, 8, 8]
  target label: class(classes)

  stem   = image -> conv1: conv(8, 3x3, pad: same, bias: false) -> bn1: batchnorm -> relu
  stage1 = stem   -> Basic(8)
  stage2 = stage1 -> Basic(16, stride: 2)
  logits = stage2 -> globalavgpool -> dense(classes)

  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
"""


def lenet(images, values, _buffers, _training):
    def conv(x, name, pad):
        return F.max_pool2d(F.relu(F.conv2d(x, values[f"{name}.weight"], values[f"{name}.bias"], padding=pad)), 2)

    def dense(x, name):
        return F.linear(x, values[f"{name}.weight"], values[f"{name}.bias"])

    x = conv(conv(images, "conv1", 2), "conv2", 0).flatten(1)
    return dense(F.relu(dense(F.relu(dense(x, "fc1")), "fc2")), "fc3")


def resnet(images, values, buffers, training):
    def conv(x, name, stride=1):
        weight = values[f"{name}.weight"]
        if weight.shape[2] == 1:
            return F.conv2d(x, weight, stride=stride)
        # `same` for a 3x3 kernel on an even map: one pixel on every side, but with stride 2 only at bottom and right.
        pad = (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1)
        return F.conv2d(F.pad(x, pad), weight, stride=stride)

    def norm(x, name):
        return F.batch_norm(x, buffers[f"{name}.running_mean"], buffers[f"{name}.running_var"],
                            values[f"{name}.weight"], values[f"{name}.bias"], training, 0.1, 1e-5)

    def basic(x, name, stride):
        main = F.relu(norm(conv(x, f"{name}.main.conv", stride), f"{name}.main.batchnorm"))
        main = norm(conv(main, f"{name}.main.conv2"), f"{name}.main.batchnorm2")
        skip = x if stride == 1 else norm(conv(x, f"{name}.skip.conv", stride), f"{name}.skip.batchnorm")
        return F.relu(main + skip)

    x = F.relu(norm(conv(images, "conv1"), "bn1"))
    x = basic(basic(x, "stage1", 1), "stage2", 2).mean(dim=(2, 3))
    return F.linear(x, values["logits.weight"], values["logits.bias"])


def dense_like(name, shape):
    return [(f"{name}.weight", shape), (f"{name}.bias", shape[:1])]


def norm_like(name, channels):
    return [(f"{name}.weight", [channels]), (f"{name}.bias", [channels])]


LENET_PARAMETERS = [
    *dense_like("conv1", [6, 1, 5, 5]),
    *dense_like("conv2", [16, 6, 5, 5]),
    *dense_like("fc1", [120, 400]),
    *dense_like("fc2", [84, 120]),
    *dense_like("fc3", [10, 84]),
]

RESNET_PARAMETERS = [
    ("conv1.weight", [8, 3, 3, 3]), *norm_like("bn1", 8),
    ("stage1.main.conv.weight", [8, 8, 3, 3]), *norm_like("stage1.main.batchnorm", 8),
    ("stage1.main.conv2.weight", [8, 8, 3, 3]), *norm_like("stage1.main.batchnorm2", 8),
    ("stage2.main.conv.weight", [16, 8, 3, 3]), *norm_like("stage2.main.batchnorm", 16),
    ("stage2.main.conv2.weight", [16, 16, 3, 3]), *norm_like("stage2.main.batchnorm2", 16),
    ("stage2.skip.conv.weight", [16, 8, 1, 1]), *norm_like("stage2.skip.batchnorm", 16),
    *dense_like("logits", [4, 16]),
]
