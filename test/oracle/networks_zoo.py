"""Small members of the families in examples/zoo whose training is recorded: their `.cnn` text and their PyTorch twin.

Two texts are files of the zoo with other parameters, the others are put together from blocks of the standard library. A
twin is written against `Layers`, which looks parameters up by the names that the language gives them.
"""

import os
import re

import torch
import torch.nn.functional as F

ZOO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/zoo")


def member(file, **parameters):
    """A file of the zoo with other defaults, without comments, how it is trained and what is drawn at random."""
    with open(os.path.join(ZOO, file), encoding="utf-8") as source:
        text = re.sub(r"\ntrain .*", "", source.read(), flags=re.DOTALL).replace(" -> dropout(50%)", "")
    text = re.sub(r"^//.*\n", "", text, flags=re.MULTILINE).lstrip()
    for name, value in parameters.items():
        text = re.sub(rf"\b{name} = [\d.]+", f"{name} = {value}", text, count=1)
    return text


def classifier(name, imports, layers):
    return f"""\
import {{ {imports[0]} }} from "{imports[1]}"

network {name} {{
  input  image: [3, 16, 16]
  target label: class(4)

  features = {layers}
  logits = features -> globalavgpool -> fc: dense(4)

  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}}
"""


CIFAR = member("cifar-resnet.cnn", depth=8, classes=4)
UNET = member("unet.cnn", size=32, pad=1, width=4)
MOBILE = classifier("SmallMobileNet", ("ConvNorm, InvertedResidual", "std/mobile"), """\
image -> "features.0": ConvNorm(8, 3)
    -> "features.1": InvertedResidual(8, expand: 1) -> "features.2": InvertedResidual(12, stride: 2)
    -> "features.3": InvertedResidual(12) -> "features.4": ConvNorm(32)""")
DENSE = classifier("SmallDenseNet", ("DenseBlock, Transition", "std/dense"), """\
image -> conv0: conv(16, 3x3, pad: 1, bias: false)
    -> denseblock1: DenseBlock(2, 8) -> transition1: Transition
    -> denseblock2: DenseBlock(2, 8) -> norm: batchnorm -> relu""")
SHUFFLE = classifier("SmallShuffleNet", ("Shuffle", "std/shuffle"), """\
image -> conv1: conv(8, 3x3, pad: 1, bias: false) -> bn1: batchnorm -> relu
    -> "stage2.0": Shuffle(16, stride: 2) -> "stage2.1": repeat(2) Shuffle""")


class Layers:
    """Layers by name. A parameter or statistic that is not there yet is noted with its shape."""

    def __init__(self, values, buffers, training):
        self.values, self.buffers, self.training = values, buffers, training

    def value(self, name, *shape):
        return self.values.setdefault(name, torch.zeros(shape))

    def conv(self, x, name, channels, kernel=3, stride=1, groups=1, bias=False):
        weight = self.value(f"{name}.weight", channels, x.shape[1] // groups, kernel, kernel)
        bias = self.value(f"{name}.bias", channels) if bias else None
        return F.conv2d(x, weight, bias, stride, kernel // 2, groups=groups)

    def norm(self, x, name):
        weight, bias = (self.value(f"{name}.{leaf}", x.shape[1]) for leaf in ("weight", "bias"))
        mean = self.buffers.setdefault(f"{name}.running_mean", torch.zeros(x.shape[1]))
        variance = self.buffers.setdefault(f"{name}.running_var", torch.ones(x.shape[1]))
        return F.batch_norm(x, mean, variance, weight, bias, self.training, 0.1, 1e-5)

    def dense(self, x, name, units):
        return F.linear(x, self.value(f"{name}.weight", units, x.shape[1]), self.value(f"{name}.bias", units))

    def classes(self, x, name="fc"):
        return self.dense(x.mean(dim=(2, 3)), name, 4)


def parameters(twin, shape):
    """(name, shape) of every parameter, in the order in which an image of this shape meets them."""
    values = {}
    twin(torch.zeros(1, *shape), values, {}, False)
    return [(name, list(value.shape)) for name, value in values.items()]


def cifar(x, *state):
    layers = Layers(*state)

    def basic(x, name, channels, stride):
        main = F.relu(layers.norm(layers.conv(x, f"{name}.conv1", channels, 3, stride), f"{name}.bn1"))
        main = layers.norm(layers.conv(main, f"{name}.conv2", channels), f"{name}.bn2")
        half = (channels - x.shape[1]) // 2
        return F.relu(main + F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, half, half)))

    x = F.relu(layers.norm(layers.conv(x, "conv1", 16), "bn1"))
    x = basic(basic(basic(x, "layer1.0", 16, 1), "layer2.0", 32, 2), "layer3.0", 64, 2)
    return layers.classes(x, "linear")


def mobile(x, *state):
    layers = Layers(*state)

    def normed(x, name, *sizes, **more):
        return layers.norm(layers.conv(x, f"{name}.0", *sizes, **more), f"{name}.1")

    def inverted(x, name, channels, stride=1, expand=6):
        inner, at = expand * x.shape[1], 0 if expand == 1 else 1
        main = x if expand == 1 else F.relu6(normed(x, f"{name}.conv.0", inner, 1))
        main = F.relu6(normed(main, f"{name}.conv.{at}", inner, 3, stride, groups=inner))
        main = layers.norm(layers.conv(main, f"{name}.conv.{at + 1}", channels, 1), f"{name}.conv.{at + 2}")
        return x + main if x.shape == main.shape else main

    x = inverted(F.relu6(normed(x, "features.0", 8)), "features.1", 8, expand=1)
    x = inverted(inverted(x, "features.2", 12, stride=2), "features.3", 12)
    return layers.classes(F.relu6(normed(x, "features.4", 32, 1)))


def dense(x, *state):
    layers = Layers(*state)

    def active(x, name):
        return F.relu(layers.norm(x, name))

    def block(x, name):
        for each in (f"{name}.denselayer{k}" for k in (1, 2)):
            narrow = layers.conv(active(x, f"{each}.norm1"), f"{each}.conv1", 32, 1)
            x = torch.cat([x, layers.conv(active(narrow, f"{each}.norm2"), f"{each}.conv2", 8)], dim=1)
        return x

    x = block(layers.conv(x, "conv0", 16), "denseblock1")
    x = F.avg_pool2d(layers.conv(active(x, "transition1.norm"), "transition1.conv", x.shape[1] // 2, 1), 2)
    return layers.classes(active(block(x, "denseblock2"), "norm"))


def shuffle(x, *state):
    layers = Layers(*state)

    def branch(x, name, stride):
        x = F.relu(layers.norm(layers.conv(x, f"{name}.0", 8, 1), f"{name}.1"))
        x = layers.norm(layers.conv(x, f"{name}.3", 8, 3, stride, groups=8), f"{name}.4")
        return F.relu(layers.norm(layers.conv(x, f"{name}.5", 8, 1), f"{name}.6"))

    def beside(x, name):
        x = layers.norm(layers.conv(x, f"{name}.0", 8, 3, 2, groups=8), f"{name}.1")
        return F.relu(layers.norm(layers.conv(x, f"{name}.2", 8, 1), f"{name}.3"))

    def unit(kept, through, name, stride):
        halves = torch.stack([kept, branch(through, f"{name}.branch2", stride)], dim=2)
        return halves.flatten(1, 2)  # one channel of either half in turn

    x = F.relu(layers.norm(layers.conv(x, "conv1", 8), "bn1"))
    x = unit(beside(x, "stage2.0.branch1"), x, "stage2.0", 2)
    for name in ("stage2.1", "stage2.2"):
        x = unit(*x.chunk(2, dim=1), name, 1)
    return layers.classes(x)


def unet(x, *state):
    layers = Layers(*state)

    def double(x, name, channels):
        x = F.relu(layers.conv(x, f"{name}.conv1", channels, bias=True))
        return F.relu(layers.conv(x, f"{name}.conv2", channels, bias=True))

    def up(x, across, name, channels):
        weight, bias = layers.value(f"{name}.up.weight", x.shape[1], channels, 2, 2), layers.value(f"{name}.up.bias", channels)
        grown = F.conv_transpose2d(x, weight, bias, stride=2)
        return double(torch.cat([across, grown], dim=1), f"{name}.Double", channels)

    levels = [double(x, "down1", 4)]
    for name, channels in (("down2", 8), ("down3", 16), ("down4", 32), ("bottom", 64)):
        levels.append(double(F.max_pool2d(levels[-1], 2), name, channels))
    x = levels.pop()
    for name, channels in (("up4", 32), ("up3", 16), ("up2", 8), ("up1", 4)):
        x = up(x, levels.pop(), name, channels)
    return layers.conv(x, "scores", 2, 1, bias=True)
