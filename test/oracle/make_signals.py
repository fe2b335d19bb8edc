"""signals.json: what works on signals [channels, length], by the one-dimensional functions of PyTorch, in float64.

Inputs are drawn as in make_operators.py, each case from a stream seeded by its name.
"""

import torch
import torch.nn.functional as F

from draw import Draw
from oracle_io import provenance, write_cases
from padding import same_padding
from record import CASES, record

SIGNALS = (2, 4, 13)


def sides(pad, length, kernel, stride=1, dilation=1):
    """[left, right] of any form of the attribute."""
    reach = dilation * (kernel - 1)
    named = {"valid": (0, 0), "full": (reach, reach), "causal": (reach, 0)}
    if pad == "same":
        return same_padding(length, kernel, stride, dilation)
    if isinstance(pad, int):
        return pad, pad
    return tuple(pad) if isinstance(pad, list) else named[pad]


def convolution(name, op="conv", shape=SIGNALS, channels=6, kernel=3, stride=1, pad="valid", dilation=1, groups=1,
                bias=True, mode="zeros"):
    draw = Draw(f"{op} of signals {name}")
    groups = shape[1] if op == "depthwise" else groups
    parameters = {"weight": draw.tensor((channels, shape[1] // groups, kernel))}
    if bias:
        parameters["bias"] = draw.tensor((channels,))
    before_and_behind = sides(pad, shape[2], kernel, stride, dilation)

    def compute(inputs, weights, _):
        x = F.pad(inputs[0], before_and_behind, mode="constant" if mode == "zeros" else mode)
        return F.conv1d(x, weights["weight"], weights.get("bias"), stride, 0, dilation, groups)

    attributes = {"kernel": kernel, "stride": stride, "pad": pad, "dilation": dilation, "bias": bias, "mode": mode}
    attributes |= {"multiplier": channels // groups} if op == "depthwise" else {"channels": channels, "groups": groups}
    record(f"{op} of signals {name}", op, attributes, [draw.tensor(shape)], compute, draw, parameters)


def transposed(name, shape=(2, 4, 7), channels=6, kernel=4, stride=2, dilation=1, groups=1, pad=0, output_padding=0):
    draw = Draw(f"convtranspose of signals {name}")
    parameters = {"weight": draw.tensor((shape[1], channels // groups, kernel)), "bias": draw.tensor((channels,))}

    def compute(inputs, weights, _):
        if isinstance(pad, int):
            return F.conv_transpose1d(inputs[0], weights["weight"], weights["bias"], stride, pad, output_padding, groups,
                                      dilation)
        whole = F.conv_transpose1d(inputs[0], weights["weight"], weights["bias"], stride, 0, 0, groups, dilation)
        left, right = sides(pad, shape[2] * stride, kernel, stride, dilation)
        return whole[:, :, left : whole.shape[2] - right]

    attributes = {"channels": channels, "kernel": kernel, "stride": stride, "dilation": dilation, "groups": groups,
                  "pad": pad, "output_padding": output_padding}
    record(f"convtranspose of signals {name}", "convtranspose", attributes, [draw.tensor(shape)], compute, draw, parameters)


def local(name, shape=(2, 3, 11), channels=4, kernel=3, stride=1, dilation=1, pad=0):
    draw = Draw(f"local of signals {name}")
    places = (shape[2] + 2 * pad - dilation * (kernel - 1) - 1) // stride + 1
    parameters = {"weight": draw.tensor((channels, places, shape[1], kernel)), "bias": draw.tensor((channels, places))}

    def compute(inputs, weights, _):
        taps = [F.pad(inputs[0], (pad, pad))[:, :, i * stride : i * stride + dilation * (kernel - 1) + 1 : dilation]
                for i in range(places)]
        return torch.einsum("inck,oick->noi", torch.stack(taps), weights["weight"]) + weights["bias"]

    attributes = {"channels": channels, "kernel": kernel, "stride": stride, "pad": pad, "dilation": dilation}
    record(f"local of signals {name}", "local", attributes, [draw.tensor(shape)], compute, draw, parameters)


def alone(op, name, attributes, compute, shape=SIGNALS, positive=False):
    draw = Draw(f"{op} of signals {name}")
    x = draw.distinct(shape) if "max" in op else draw.positive(shape) if positive else draw.tensor(shape)
    record(f"{op} of signals {name}", op, attributes, [x], lambda inputs, *_: compute(inputs[0]), draw)


def convolutions():
    convolution("5", kernel=5)
    convolution("stride 2 two sides", kernel=4, stride=2, pad=[1, 2])
    convolution("same stride 3 dilation 2", stride=3, pad="same", dilation=2, bias=False)
    convolution("full groups", kernel=2, pad="full", groups=2)
    convolution("causal", kernel=3, pad="causal")
    convolution("causal dilation 4", kernel=3, pad="causal", dilation=4)
    convolution("causal stride 2", kernel=4, pad="causal", stride=2)
    convolution("causal groups", kernel=3, pad="causal", dilation=2, groups=2)
    for mode in ("reflect", "replicate", "circular"):
        convolution(f"same {mode}", kernel=4, pad="same", mode=mode)
    convolution("same", "depthwise", channels=4, pad="same")
    convolution("causal multiplier 2", "depthwise", channels=8, pad="causal", dilation=3)
    transposed("4 stride 2 pad 1", pad=1)
    transposed("gaps", kernel=2, stride=3, output_padding=2)
    transposed("dilation groups", kernel=3, dilation=2, groups=2, pad=2)
    transposed("same stride 3", kernel=5, stride=3, pad="same")
    transposed("cut on the right", pad=[0, 2])
    local("3")
    local("stride 2 pad 1 dilation 2", stride=2, pad=1, dilation=2)


def pools():
    for name, kernel, stride, pad, dilation, ceil in (("3", 3, 3, 0, 1, False), ("ceil", 3, 2, 1, 1, True),
                                                      ("dilation", 2, 1, 1, 3, False)):
        attributes = {"kernel": kernel, "stride": stride, "pad": pad, "dilation": dilation, "ceil": ceil}
        alone("maxpool", name, attributes, lambda x: F.max_pool1d(x, kernel, stride, pad, dilation, ceil))
    for name, kernel, stride, pad, ceil, counts in (("2", 2, 2, 0, False, True), ("pad", 3, 2, 1, True, True),
                                                    ("without padding", 4, 3, 2, True, False)):
        attributes = {"kernel": kernel, "stride": stride, "pad": pad, "ceil": ceil, "count_padding": counts}
        alone("avgpool", name, attributes, lambda x: F.avg_pool1d(x, kernel, stride, pad, ceil, counts))
    alone("maxpool", "causal", {"kernel": 3, "stride": 1, "pad": "causal"},
          lambda x: F.max_pool1d(F.pad(x, (2, 0), value=float("-inf")), 3, 1))
    for norm, ceil in ((2, False), (3, True)):
        alone("lppool", f"{norm}", {"kernel": 3, "stride": 2, "norm": norm, "ceil": ceil},
              lambda x: F.lp_pool1d(x, norm, 3, 2, ceil), positive=True)
    for size in (1, 4, 5, 13, 20):
        alone("adaptiveavgpool", f"to {size}", {"size": size}, lambda x: F.adaptive_avg_pool1d(x, size))
        alone("adaptivemaxpool", f"to {size}", {"size": size}, lambda x: F.adaptive_max_pool1d(x, size))
    alone("globalavgpool", "all", {}, lambda x: x.mean(2))
    alone("globalmaxpool", "all", {}, lambda x: F.adaptive_max_pool1d(x, 1).flatten(1))


def sizes():
    alone("pad", "zeros", {"sides": [2, 3]}, lambda x: F.pad(x, (2, 3)))
    for mode in ("reflect", "replicate", "circular"):
        alone("pad", mode, {"sides": [5, 1], "mode": mode}, lambda x: F.pad(x, (5, 1), mode=mode))
    alone("crop", "sides", {"sides": [2, 3]}, lambda x: x[:, :, 2:10])
    alone("crop", "size", {"size": 6}, lambda x: x[:, :, 3:9])
    alone("upsample", "nearest", {"factor": 3}, lambda x: F.interpolate(x, scale_factor=3))
    alone("upsample", "nearest to 17", {"size": 17}, lambda x: F.interpolate(x, size=17))
    for aligned in (False, True):
        for size in (7, 26, 31):
            alone("upsample", f"linear to {size} {aligned}", {"size": size, "mode": "linear", "align_corners": aligned},
                  lambda x: F.interpolate(x, size=size, mode="linear", align_corners=aligned))
    alone("pixelshuffle", "2", {"factor": 2}, lambda x: x.unflatten(1, (2, 2)).transpose(2, 3).flatten(2))
    alone("pixelunshuffle", "3", {"factor": 3}, lambda x: x.unflatten(2, (4, 3)).transpose(2, 3).flatten(1, 2), (2, 2, 12))
    alone("slice", "length", {"from": 1, "to": 11, "axis": "length", "step": 3}, lambda x: x[:, :, 1:11:3])
    alone("mean", "spatial", {"axes": "spatial", "keepdims": True}, lambda x: x.mean(2, keepdim=True))


def normalisations():
    draw = Draw("instancenorm of signals affine")
    parameters = {"weight": draw.positive(SIGNALS[1:2]), "bias": draw.tensor(SIGNALS[1:2])}
    record("instancenorm of signals affine", "instancenorm", {"affine": True}, [draw.tensor(SIGNALS)],
           lambda inputs, weights, _: F.instance_norm(inputs[0], weight=weights["weight"], bias=weights["bias"]), draw,
           parameters)


convolutions()
pools()
sizes()
normalisations()
write_cases("signals.json", provenance("make_signals.py"), "cases", CASES)
