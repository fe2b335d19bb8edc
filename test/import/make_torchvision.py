"""Exports networks of torchvision to ONNX, with random weights: python3 make_torchvision.py FOLDER [small]

Without `small`: those of the zoo, at their own size. With it: the same blocks, narrow and few, as tests keep them.
"""
import sys
import warnings

import torch
from torch import nn
from torchvision import models
from torchvision.models.densenet import _DenseBlock, _Transition
from torchvision.models.googlenet import BasicConv2d, Inception
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.resnet import BasicBlock, conv1x1
from torchvision.models.squeezenet import Fire
from torchvision.ops.misc import Conv2dNormActivation

warnings.filterwarnings("ignore")


def residual(inputs, outputs, stride=1):
    plain = stride == 1 and inputs == outputs
    skip = None if plain else nn.Sequential(conv1x1(inputs, outputs, stride), nn.BatchNorm2d(outputs))
    return BasicBlock(inputs, outputs, stride, skip)


class SmallResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(residual(4, 4), residual(4, 4))
        self.layer2 = nn.Sequential(residual(4, 8, 2), residual(8, 8))
        self.layer3 = nn.Sequential(residual(8, 16, 2), residual(16, 16))
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


def small_mobilenet():
    settings = [[1, 8, 1, 1], [6, 12, 2, 2], [6, 16, 3, 2], [6, 20, 2, 1], [6, 24, 1, 1]]
    net = models.MobileNetV2(width_mult=0.5, inverted_residual_setting=settings, round_nearest=2)
    net.features[-1] = Conv2dNormActivation(12, 16, 1, activation_layer=nn.ReLU6)
    net.classifier = nn.Sequential(nn.Dropout(), nn.Linear(16, 5))
    return net


class SmallSqueezeNet(nn.Module):
    def __init__(self):
        super().__init__()
        pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        fires = [Fire(8, 2, 4, 4), Fire(8, 2, 4, 4), pool, Fire(8, 3, 6, 6), Fire(12, 3, 6, 6), Fire(12, 4, 8, 8)]
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), pool, *fires)
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(16, 5, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class SmallDenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, 4, 3, padding=1, bias=False))
        width = 4
        for k, layers in enumerate([2, 3, 4], 1):
            self.features.add_module(f"denseblock{k}", _DenseBlock(layers, width, 2, 4, 0))
            width += 4 * layers
            if k < 3:
                self.features.add_module(f"transition{k}", _Transition(width, width // 2))
                width //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(width))
        self.classifier = nn.Linear(width, 5)

    def forward(self, x):
        x = self.features(x).relu()
        return self.classifier(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


class SmallGoogLeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = BasicConv2d(3, 8, kernel_size=3, padding=1)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = Inception(8, 2, 3, 4, 1, 2, 2)
        self.inception3b = Inception(10, 3, 2, 4, 1, 3, 2)
        self.inception4a = Inception(12, 4, 3, 5, 2, 3, 2)
        self.fc = nn.Linear(14, 5)

    def forward(self, x):
        x = self.inception3b(self.inception3a(self.maxpool1(self.conv1(x))))
        x = self.inception4a(self.maxpool1(x))
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


LARGE = {
    "resnet18": lambda: models.resnet18(weights=None),
    "mobilenet_v2": lambda: models.mobilenet_v2(weights=None),
    "squeezenet1_1": lambda: models.squeezenet1_1(weights=None),
    "densenet121": lambda: models.densenet121(weights=None),
    "googlenet": lambda: models.googlenet(weights=None, aux_logits=False, init_weights=True),
}
SMALL = {
    "resnet": SmallResNet,
    "mobilenet": small_mobilenet,
    "squeezenet": SmallSqueezeNet,
    "densenet": SmallDenseNet,
    "googlenet": SmallGoogLeNet,
}


def export(net, path, size):
    for layer in net.modules():
        # As if it had been trained: statistics and factors of a fresh norm are 0 and 1.
        if isinstance(layer, nn.BatchNorm2d):
            for values, low, high in [(layer.running_mean, -0.1, 0.1), (layer.running_var, 0.5, 1.5)]:
                values.uniform_(low, high)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.1, 0.1)
    torch.onnx.export(
        net.eval(),
        torch.zeros(1, 3, size, size),
        path,
        opset_version=13,
        input_names=["image"],
        output_names=["scores"],
        dynamic_axes={"image": {0: "n"}, "scores": {0: "n"}},
    )


if __name__ == "__main__":
    folder, small = sys.argv[1], "small" in sys.argv[2:]
    for name, make in (SMALL if small else LARGE).items():
        torch.manual_seed(1)
        export(make(), f"{folder}/{name}.onnx", 32 if small else 224)
