"""A small network of Caffe with all that Caffe does otherwise, and what it computes, by PyTorch. Run: python3 make_caffe.py > texts/caffe.json"""

import base64
import json

import torch
import torch.nn.functional as F

torch.manual_seed(5)

TEXT = """
# Layers as older files have them, and as newer ones do.
name: "Small"
input: "data"
input_dim: 1 input_dim: 3 input_dim: 12 input_dim: 15
layers { name: "a/conv" type: CONVOLUTION bottom: "data" top: "a"
  blobs_lr: 1 convolution_param { num_output: 6 kernel_h: 3 kernel_w: 5 stride: 1 pad: 1 group: 3 } }
layers { name: "a/slope" type: RELU bottom: "a" top: "a" relu_param { negative_slope: 0.2 } }
layer { name: "pool" type: "Pooling" bottom: "a" top: "pool" pooling_param { kernel_size: 3 stride: 2 } }
layer { name: "mean" type: "Pooling" bottom: "a" top: "mean" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 } }
layer { name: "near" type: "LRN" bottom: "pool" top: "near" lrn_param { local_size: 3 alpha: 2 beta: 0.75 k: 1.5 } }
layer { name: "b" type: 'Convolution' bottom: "near" top: "b" convolution_param < num_output: 4 kernel_size: 3 dilation: 2 pad: 2 bias_term: false > }
layer { name: "b/norm" type: "BatchNorm" bottom: "b" top: "b" batch_norm_param { use_global_stats: true eps: 1e-3 } }
layer { name: "b/scale" type: "Scale" bottom: "b" top: "b" scale_param { bias_term: true } }
layer { name: "b/act" type: "PReLU" bottom: "b" top: "b" }
layer { name: "cut" type: "Slice" bottom: "b" top: "one" top: "two" slice_param { axis: 1 slice_point: [1] } }
layer { name: "up" type: "Deconvolution" bottom: "two" top: "up" convolution_param { num_output: 1 kernel_size: 4 stride: 2 pad: 1 } }
layer { name: "down" type: "Pooling" bottom: "up" top: "down" pooling_param { pool: MAX kernel_size: 2 stride: 2 round_mode: FLOOR } }
layer { name: "join" type: "Eltwise" bottom: "one" bottom: "down" top: "join" eltwise_param { operation: SUM coeff: 1 coeff: -0.5 } }
layer { name: "all" type: "Concat" bottom: "join" bottom: "b" bottom: "near" top: "all" }
layer { name: "power" type: "Power" bottom: "mean" top: "power" power_param { power: 2 scale: 0.5 shift: 1 } }
layer { name: "whole" type: "Pooling" bottom: "power" top: "whole" pooling_param { pool: AVE global_pooling: true } }
layer { name: "fc" type: "InnerProduct" bottom: "all" top: "fc" inner_product_param { num_output: 5 } }
layer { name: "fc/other" type: "InnerProduct" bottom: "whole" top: "other" inner_product_param { num_output: 5 bias_term: false } }
layer { name: "most" type: "Eltwise" bottom: "fc" bottom: "other" top: "most" eltwise_param { operation: MAX } }
layer { name: "drop" type: "Dropout" bottom: "most" top: "most" }
layer { name: "prob" type: "Softmax" bottom: "most" top: "prob" }
"""

weights = {}


def parameter(name, *shape, scale=0.4):
    weights[name] = torch.randn(*shape) * scale
    return weights[name]


def ceil_pool(x, kernel, stride, pad, mean):
    """As pooling_layer.cpp walks over windows."""
    n, c, h, w = x.shape
    sizes = []
    for extent in (h, w):
        size = -((extent + 2 * pad - kernel) // -stride) + 1
        if pad and (size - 1) * stride >= extent + pad:
            size -= 1
        sizes.append(size)
    y = torch.empty(n, c, *sizes)
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            top, left = i * stride - pad, j * stride - pad
            bottom, right = min(top + kernel, h + pad), min(left + kernel, w + pad)
            count = (bottom - top) * (right - left)
            window = x[:, :, max(top, 0) : min(bottom, h), max(left, 0) : min(right, w)]
            y[:, :, i, j] = window.sum((2, 3)) / count if mean else window.amax((2, 3))
    return y


def lrn(x, size, alpha, beta, k):
    squares = F.pad(x * x, (0, 0, 0, 0, size // 2, size // 2))
    total = sum(squares[:, n : n + x.shape[1]] for n in range(size))
    return x / (k + alpha / size * total) ** beta


def forward(data):
    a = F.conv2d(data, parameter("a.conv.weight", 6, 1, 3, 5), parameter("a.conv.bias", 6), padding=1, groups=3)
    a = F.leaky_relu(a, 0.2)
    near = lrn(ceil_pool(a, 3, 2, 0, False), 3, 2, 0.75, 1.5)
    b = F.conv2d(near, parameter("b.weight", 4, 6, 3, 3), None, padding=2, dilation=2)
    mean, var = parameter("b.norm.running_mean", 4), weights.setdefault("b.norm.running_var", torch.rand(4) + 0.5)
    b = F.batch_norm(b, mean, var, parameter("b.norm.weight", 4, scale=1), parameter("b.norm.bias", 4), False, 0, 1e-3)
    b = F.prelu(b, parameter("b.act.weight", 4))
    one, two = b[:, :1], b[:, 1:]
    up = F.conv_transpose2d(two, parameter("up.weight", 3, 1, 4, 4), parameter("up.bias", 1), 2, 1)
    join = one - 0.5 * F.max_pool2d(up, 2, 2)
    all_ = torch.cat([join, b, near], 1)
    whole = ((1 + 0.5 * ceil_pool(a, 3, 2, 1, True)) ** 2).mean((2, 3))
    fc = F.linear(all_.flatten(1), parameter("fc.weight", 5, all_[0].numel(), scale=0.1), parameter("fc.bias", 5))
    other = F.linear(whole, parameter("fc.other.weight", 5, 6))
    return F.softmax(torch.maximum(fc, other), 1)


image = torch.randn(2, 3, 12, 15)
scores = forward(image)


def text(value):
    return base64.b64encode(value.detach().numpy().astype("<f4").tobytes()).decode()


print(json.dumps({"torch": torch.__version__, "text": TEXT, "image": text(image), "scores": text(scores), "weights": {name: text(value) for name, value in weights.items()}}))
