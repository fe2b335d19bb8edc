"""A small network of Darknet with its weights, and what it computes, by PyTorch. Run: python3 make_darknet.py > texts/darknet.json"""

import base64
import json
import struct

import torch
import torch.nn.functional as F

torch.manual_seed(3)

CFG = """
[net]
width=13
height=11
channels=3

[convolutional]   # 0: 8 x 11 x 13
batch_normalize=1
filters=8
size=3
stride=1
pad=1
activation=leaky

[maxpool]         # 1: 8 x 6 x 7, the last row and column hang over
size=2
stride=2

[convolutional]   # 2
filters=8
size=3
pad=1
groups=2
activation=linear

[shortcut]        # 3
from=-2
activation=leaky

[maxpool]         # 4: as large as before
size=2
stride=1

[route]           # 5: the second half of the channels
layers=-1
groups=2
group_id=1

[maxpool]         # 6: 4 x 3 x 4
size=3
stride=2

[upsample]        # 7: 4 x 6 x 8
stride=2

[reorg]           # 8: 16 x 3 x 4
stride=2

[convolutional]   # 9: the padding is given in pixels
batch_normalize=1
filters=5
size=1
padding=1
stride=2
activation=mish

[route]           # 10
layers=6

[convolutional]   # 11
filters=5
size=3
stride=2
pad=1
activation=relu

[normalization]   # 12
size=3
alpha=0.5
beta=0.75
kappa=2

[avgpool]         # 13

[connected]       # 14
output=4
activation=logistic
batch_normalize=1

[connected]       # 15
output=6
activation=linear

[softmax]         # 16
groups=1

[cost]
type=sse
"""

numbers = []


def file(value):
    numbers.append(value)
    return value


def bn_numbers(channels):
    return [file(torch.randn(channels)), file(torch.rand(channels) + 0.5), file(torch.randn(channels)), file(torch.rand(channels) + 0.5)]


def norm(x, beta, gamma, mean, var):
    return F.batch_norm(x, mean, var, gamma, beta, False, 0, 1e-5)


def reorg(x, stride):
    """As reorg_cpu of Darknet walks over memory, with the sizes of its input."""
    n, c, h, w = x.shape
    out_c = c // stride**2
    flat, result = x.reshape(n, -1), torch.empty(n, c * h * w)
    for k in range(c):
        for j in range(h):
            for i in range(w):
                c2, offset = k % out_c, k // out_c
                w2, h2 = i * stride + offset % stride, j * stride + offset // stride
                result[:, i + w * (j + h * k)] = flat[:, w2 + w * stride * (h2 + h * stride * c2)]
    return result.reshape(n, c * stride**2, h // stride, w // stride)


def forward(x):
    y = []
    beta = bn_numbers(8)
    kernel = file(torch.randn(8, 3, 3, 3) / 5)
    y.append(F.leaky_relu(norm(F.conv2d(x, kernel, padding=1), *beta), 0.1))
    low = float("-inf")
    y.append(F.max_pool2d(F.pad(y[0], (0, 1, 0, 1), value=low), 2, 2))
    bias, kernel = file(torch.randn(8)), file(torch.randn(8, 4, 3, 3) / 5)
    y.append(F.conv2d(y[1], kernel, bias, padding=1, groups=2))
    y.append(F.leaky_relu(y[2] + y[1], 0.1))
    y.append(F.max_pool2d(F.pad(y[3], (0, 1, 0, 1), value=low), 2, 1))
    y.append(y[4][:, 4:])
    y.append(F.max_pool2d(F.pad(y[5], (1, 1, 1, 1), value=low), 3, 2))
    y.append(F.interpolate(y[6], scale_factor=2))
    y.append(reorg(y[7], 2))
    beta = bn_numbers(5)
    kernel = file(torch.randn(5, 16, 1, 1) / 4)
    y.append(F.mish(norm(F.conv2d(y[8], kernel, stride=2, padding=1), *beta)))
    y.append(y[6])
    bias, kernel = file(torch.randn(5)), file(torch.randn(5, 4, 3, 3) / 5)
    y.append(F.relu(F.conv2d(y[10], kernel, bias, stride=2, padding=1)))
    y.append(F.local_response_norm(y[11], 3, alpha=0.5 * 3, beta=0.75, k=2))
    y.append(y[12].mean((2, 3)))
    beta, matrix = file(torch.randn(4)), file(torch.randn(4, 5))
    gamma, mean, var = file(torch.rand(4) + 0.5), file(torch.randn(4)), file(torch.rand(4) + 0.5)
    y.append(torch.sigmoid(norm(F.linear(y[13], matrix), beta, gamma, mean, var)))
    bias, matrix = file(torch.randn(6)), file(torch.randn(6, 4))
    y.append(F.linear(y[14], matrix, bias))
    return F.softmax(y[15], 1), y


image = torch.randn(2, 3, 11, 13)
scores, layers = forward(image)
content = struct.pack("<iiiq", 0, 2, 5, 1234) + b"".join(value.numpy().astype("<f4").tobytes() for value in numbers)


def text(value):
    return base64.b64encode(value.detach().numpy().astype("<f4").tobytes()).decode()


print(json.dumps({"torch": torch.__version__, "cfg": CFG, "weights": base64.b64encode(content).decode(), "image": text(image), "scores": text(scores), "branch": text(layers[9])}))
