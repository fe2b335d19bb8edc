"""windows.json: convolutions and pools of every kind, and normalisations, by PyTorch's autograd in float64.

Inputs are drawn as in make_operators.py, each case from a stream seeded by its name.
"""

import torch
import torch.nn.functional as F

from draw import Draw
from oracle_io import provenance, write_cases
from padding import padded, sides
from record import CASES, record


def depthwise(name, shape=(2, 3, 6, 6), kernel=(3, 3), multiplier=1, stride=(1, 1), dilation=(1, 1), pad="valid",
              bias=True):
    draw = Draw(f"depthwise {name}")
    channels = shape[1] * multiplier
    parameters = {"weight": draw.tensor((channels, 1, *kernel))}
    if bias:
        parameters["bias"] = draw.tensor((channels,))

    def compute(inputs, weights, _):
        return F.conv2d(padded(inputs[0], pad, kernel, stride, dilation), weights["weight"], weights.get("bias"),
                        stride=stride, dilation=dilation, groups=shape[1])

    attributes = {"kernel": list(kernel), "stride": list(stride), "pad": pad, "dilation": list(dilation),
                  "multiplier": multiplier, "bias": bias}
    record(f"depthwise {name}", "depthwise", attributes, [draw.tensor(shape)], compute, draw, parameters)


def with_mode(op, name, mode, shape=(2, 3, 6, 7), channels=4, kernel=(3, 3), stride=(1, 1), dilation=(1, 1), pad="same"):
    draw = Draw(f"{op} {mode} {name}")
    groups = shape[1] if op == "depthwise" else 1
    parameters = {"weight": draw.tensor((channels, shape[1] // groups, *kernel)), "bias": draw.tensor((channels,))}
    top, left, bottom, right = sides(pad, shape[2:], kernel, stride, dilation)

    def compute(inputs, weights, _):
        x = F.pad(inputs[0], (left, right, top, bottom), mode=mode)
        return F.conv2d(x, weights["weight"], weights["bias"], stride, 0, dilation, groups)

    attributes = {"kernel": list(kernel), "stride": list(stride), "pad": pad, "dilation": list(dilation), "mode": mode}
    attributes |= {"multiplier": channels // groups} if op == "depthwise" else {"channels": channels}
    record(f"{op} {mode} {name}", op, attributes, [draw.tensor(shape)], compute, draw, parameters)


def transposed(name, shape=(2, 3, 4, 5), channels=4, kernel=(3, 3), stride=(2, 2), dilation=(1, 1), groups=1, pad=0,
               output_padding=(0, 0), bias=True):
    draw = Draw(f"convtranspose {name}")
    parameters = {"weight": draw.tensor((shape[1], channels // groups, *kernel))}
    if bias:
        parameters["bias"] = draw.tensor((channels,))

    def compute(inputs, weights, _):
        if pad == "same":  # all of it, and then the middle
            full = F.conv_transpose2d(inputs[0], weights["weight"], weights.get("bias"), stride, 0, 0, groups, dilation)
            size = [shape[axis + 2] * stride[axis] for axis in (0, 1)]
            top, left, _, _ = sides("same", size, kernel, stride, dilation)
            return full[:, :, top:top + size[0], left:left + size[1]]
        return F.conv_transpose2d(inputs[0], weights["weight"], weights.get("bias"), stride, pad, output_padding, groups,
                                  dilation)

    attributes = {"channels": channels, "kernel": list(kernel), "stride": list(stride), "dilation": list(dilation),
                  "groups": groups, "pad": pad, "output_padding": list(output_padding), "bias": bias}
    record(f"convtranspose {name}", "convtranspose", attributes, [draw.tensor(shape)], compute, draw, parameters)


def local(name, shape=(2, 3, 5, 6), channels=4, kernel=(3, 3), stride=(1, 1), dilation=(1, 1), pad=0, bias=True):
    draw = Draw(f"local {name}")
    unfold = lambda x: F.unfold(x, kernel, dilation, pad, stride)
    size = [(shape[a + 2] + 2 * pad - dilation[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)]
    parameters = {"weight": draw.tensor((channels, *size, shape[1], *kernel))}
    if bias:
        parameters["bias"] = draw.tensor((channels, *size))

    def compute(inputs, weights, _):
        taps = weights["weight"].reshape(channels, size[0] * size[1], -1)
        y = torch.einsum("nkl,olk->nol", unfold(inputs[0]), taps).unflatten(2, size)
        return y + weights["bias"] if bias else y

    attributes = {"channels": channels, "kernel": list(kernel), "stride": list(stride), "pad": pad,
                  "dilation": list(dilation), "bias": bias}
    record(f"local {name}", "local", attributes, [draw.tensor(shape)], compute, draw, parameters)


def padding(op, name, attributes, compute, shape=(2, 1, 5, 6)):
    draw = Draw(f"{op} {name}")
    record(f"{op} {name}", op, attributes, [draw.tensor(shape)], lambda inputs, *_: compute(inputs[0]), draw)


def borders():
    for ours, theirs in (("zeros", "constant"), ("reflect", "reflect"), ("replicate", "replicate"),
                         ("circular", "circular")):
        for top, left, bottom, right in ((1, 2, 3, 0), (4, 5, 4, 5), (0, 1, 0, 2), (2, 0, 0, 0)):
            padding("pad", f"{ours} {top} {left} {bottom} {right}", {"sides": [top, left, bottom, right], "mode": ours},
                    lambda x: F.pad(x, (left, right, top, bottom), mode=theirs))
    padding("crop", "sides", {"sides": [1, 0, 2, 3]}, lambda x: x[:, :, 1:3, 0:3])
    padding("crop", "size", {"size": [2, 4]}, lambda x: x[:, :, 1:3, 1:5])


def convolutions():
    for mode in ("reflect", "replicate", "circular"):
        with_mode("conv", "same", mode)
        with_mode("conv", "stride 2 even kernel", mode, kernel=(4, 2), stride=(2, 2))
        with_mode("conv", "four sides dilation", mode, dilation=(2, 1), pad=[1, 0, 3, 2])
        with_mode("depthwise", "same", mode, channels=6)
    transposed("3x3 stride 2")
    transposed("3x3 stride 1", stride=(1, 1))
    transposed("4x4 stride 2 pad 1", kernel=(4, 4), pad=1)
    transposed("output padding", pad=1, output_padding=(1, 1))
    transposed("2x2 stride 2 no overlap", kernel=(2, 2), bias=False)
    transposed("2x1 stride 3 gaps", kernel=(2, 1), stride=(3, 2), output_padding=(1, 0))
    transposed("dilation", dilation=(2, 3), stride=(2, 1), pad=2)
    transposed("groups 2", shape=(2, 4, 3, 4), channels=6, groups=2)
    transposed("depthwise", shape=(2, 3, 4, 4), channels=3, groups=3, kernel=(4, 4), pad=1)
    transposed("same", kernel=(4, 3), pad="same")
    transposed("same stride 3", kernel=(5, 4), stride=(3, 3), pad="same")
    local("3x3")
    local("stride 2 pad 1", stride=(2, 2), pad=1)
    local("dilation no bias", kernel=(2, 3), dilation=(2, 1), bias=False)
    depthwise("same", pad="same")
    depthwise("multiplier 2", multiplier=2, pad=1)
    depthwise("stride 2", stride=(2, 2), pad=1, shape=(2, 4, 7, 6))
    depthwise("multiplier 3 dilation", multiplier=3, kernel=(2, 3), dilation=(2, 1), bias=False)


def pool(op, name, attributes, compute, shape=(2, 3, 6, 7), positive=False):
    draw = Draw(f"{op} {name}")
    x = draw.distinct(shape) if "max" in op else draw.positive(shape) if positive else draw.tensor(shape)
    record(f"{op} {name}", op, attributes, [x], lambda inputs, *_: compute(inputs[0]), draw)


def without_padding(name, shape, kernel, stride, pad, ceil):
    pool("avgpool", name, {"kernel": kernel, "stride": stride, "pad": pad, "ceil": ceil, "count_padding": False},
         lambda x: F.avg_pool2d(x, kernel, stride, pad, ceil_mode=ceil, count_include_pad=False), shape)


def lp(name, norm, kernel, stride, ceil=False, shape=(2, 3, 6, 7)):
    pool("lppool", name, {"kernel": kernel, "stride": stride, "ceil": ceil, "norm": norm},
         lambda x: F.lp_pool2d(x, norm, tuple(kernel), tuple(stride), ceil), shape, positive=norm % 2 != 0)


def pools():
    for name, stride, pad, dilation in (("dilation", [1, 1], 0, [2, 2]), ("dilation stride pad", [2, 2], 1, [2, 3])):
        pool("maxpool", name, {"kernel": [3, 2], "stride": stride, "pad": pad, "dilation": dilation},
             lambda x, s=stride, p=pad, d=dilation: F.max_pool2d(x, (3, 2), s, p, d), (2, 3, 8, 9))
    without_padding("without padding 3x3 pad 1", (2, 3, 6, 7), [3, 3], [1, 1], 1, False)
    without_padding("without padding stride 2 ceil", (2, 2, 7, 6), [3, 3], [2, 2], 1, True)
    without_padding("without padding none to leave out", (2, 2, 6, 6), [2, 2], [2, 2], 0, False)
    pool("globalmaxpool", "maps", {}, lambda x: F.adaptive_max_pool2d(x, 1).flatten(1), (3, 4, 5, 6))
    for size in ([3, 2], [4, 3], [5, 5], [1, 1], [6, 7], [7, 10]):
        name = f"to {size[0]}x{size[1]}"
        pool("adaptiveavgpool", name, {"size": size}, lambda x, size=size: F.adaptive_avg_pool2d(x, size))
        pool("adaptivemaxpool", name, {"size": size}, lambda x, size=size: F.adaptive_max_pool2d(x, size))
    pool("adaptiveavgpool", "13x9 to 6x4", {"size": [6, 4]}, lambda x: F.adaptive_avg_pool2d(x, (6, 4)), (1, 2, 13, 9))
    lp("2", 2, [2, 2], [2, 2])
    lp("2 overlapping", 2, [3, 2], [2, 1])
    lp("2 ceil", 2, [3, 3], [2, 2], ceil=True, shape=(2, 2, 6, 6))
    lp("1 of positive", 1, [2, 2], [2, 2])
    lp("3 of positive", 3, [2, 3], [1, 2])
    lp("4", 4, [2, 2], [2, 2])
    lp("2.5 of positive ceil", 2.5, [3, 3], [2, 2], ceil=True, shape=(2, 2, 6, 6))


def norm(op, name, shape, attributes, parameter_shape, compute):
    draw = Draw(f"{op} {name}")
    parameters = {}
    if parameter_shape:
        parameters = {"weight": draw.positive(parameter_shape), "bias": draw.tensor(parameter_shape)}
    record(f"{op} {name}", op, attributes, [draw.tensor(shape)],
           lambda inputs, weights, _: compute(inputs[0], weights.get("weight"), weights.get("bias")), draw, parameters)


def over_channels(x, weight, bias, eps):
    """ConvNeXt's: channels last, normalised, and back."""
    return F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], weight, bias, eps).permute(0, 3, 1, 2)


def normalisations():
    maps, vectors = (3, 4, 3, 5), (4, 6)
    for name, shape in (("maps", maps), ("vectors", vectors)):
        norm("layernorm", name, shape, {"axes": "all"}, shape[1:],
             lambda x, w, b: F.layer_norm(x, x.shape[1:], w, b))
    norm("layernorm", "no affine eps", maps, {"eps": 0.125, "affine": False}, None,
         lambda x, *_: F.layer_norm(x, x.shape[1:], eps=0.125))
    norm("layernorm", "channels", maps, {"axes": "channels", "eps": 1e-6}, maps[1:2],
         lambda x, w, b: over_channels(x, w, b, 1e-6))
    norm("layernorm", "channels no affine", maps, {"axes": "channels", "affine": False}, None,
         lambda x, *_: over_channels(x, None, None, 1e-5))
    norm("layernorm", "channels of vectors", vectors, {"axes": "channels"}, vectors[1:],
         lambda x, w, b: F.layer_norm(x, x.shape[1:], w, b))
    for groups in (1, 2, 4):
        norm("groupnorm", f"{groups} maps", maps, {"groups": groups}, maps[1:2],
             lambda x, w, b, groups=groups: F.group_norm(x, groups, w, b))
    norm("groupnorm", "2 vectors", vectors, {"groups": 2}, vectors[1:], lambda x, w, b: F.group_norm(x, 2, w, b))
    norm("groupnorm", "no affine eps", maps, {"groups": 2, "eps": 0.25, "affine": False}, None,
         lambda x, *_: F.group_norm(x, 2, eps=0.25))
    norm("instancenorm", "maps", maps, {}, None, lambda x, *_: F.instance_norm(x))
    norm("instancenorm", "affine", maps, {"affine": True, "eps": 1e-3}, maps[1:2],
         lambda x, w, b: F.instance_norm(x, weight=w, bias=b, eps=1e-3))
    responses = ((5, 1e-4, 0.75, 1.0), (3, 0.5, 0.75, 2.0), (4, 2.0, 0.5, 1.0), (1, 1.0, 1.0, 1.0), (9, 1.5, 0.25, 3.0))
    for size, alpha, beta, k in responses:
        norm("lrn", f"{size} {alpha} {beta} {k}", (2, 6, 3, 4), {"size": size, "alpha": alpha, "beta": beta, "k": k},
             None, lambda x, *_, setting=(size, alpha, beta, k): F.local_response_norm(x, *setting))
    norm("lrn", "vectors", (3, 7), {"size": 3, "alpha": 0.5, "beta": 0.75, "k": 1.0}, None,
         lambda x, *_: F.local_response_norm(x[:, :, None], 3, 0.5, 0.75, 1.0)[:, :, 0])


convolutions()
borders()
pools()
normalisations()
write_cases("windows.json", provenance("make_windows.py"), "cases", CASES)
