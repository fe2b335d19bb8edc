"""extremes.json: pointwise functions far out and at NaN, and where operators let NaN and infinities through, by PyTorch.

Functions have their values. Of operators it is what kind of number each element is: NaN, an infinity, 0 or another.
"""

import math

import torch
import torch.nn.functional as F

from oracle_io import provenance, size_of, write_cases

SIZES = [1e-40, 1e-30, 1e-8, 1e-5, 1e-3, 0.05, 0.5, 1, 2.75, 6, 10, 20, 30, 88, 89, 100, 1e13, 2e19, 1e30, 1e38, 3e38, math.inf]
POINTS = [math.nan, 0.0, *(sign * size for size in SIZES for sign in (1, -1))]
SPECIALS = [math.nan, math.inf, -math.inf]
IMAGES = 4
MAP = (4, 4, 4)

FUNCTIONS = [
    ("exp(x)", torch.exp), ("log(x)", torch.log), ("sqrt(x)", torch.sqrt), ("abs(x)", torch.abs), ("erf(x)", torch.erf),
    ("tanh(x)", torch.tanh), ("sigmoid(x)", torch.sigmoid), ("relu(x)", F.relu), ("relu6(x)", F.relu6),
    ("leakyrelu(x)", F.leaky_relu), ("leakyrelu(x, 0)", lambda x: F.leaky_relu(x, 0.0)),
    ("elu(x)", F.elu), ("elu(x, 0.75)", lambda x: F.elu(x, 0.75)), ("selu(x)", F.selu), ("celu(x)", F.celu),
    ("celu(x, 0.75)", lambda x: F.celu(x, 0.75)), ("gelu(x)", F.gelu), ("gelu_tanh(x)", lambda x: F.gelu(x, approximate="tanh")),
    ("silu(x)", F.silu), ("mish(x)", F.mish), ("tanh_softplus(x)", lambda x: torch.tanh(F.softplus(x))),
    ("softplus(x)", F.softplus), ("softplus(x, 2, 10)", lambda x: F.softplus(x, 2, 10)),
    ("hardsigmoid(x)", F.hardsigmoid), ("hardswish(x)", F.hardswish), ("softsign(x)", F.softsign),
    # At none of the points: of equals PyTorch gives half of the gradient to each.
    ("max(x, 0.7)", lambda x: torch.maximum(x, torch.full_like(x, 0.7))),
    ("min(x, 0.7)", lambda x: torch.minimum(x, torch.full_like(x, 0.7))),
    ("min(max(x, -1.5), 1.5)", lambda x: torch.minimum(torch.maximum(x, torch.full_like(x, -1.5)), torch.full_like(x, 1.5))),
]
# As mathematics has them, where PyTorch takes a difference that has no digits left.
DERIVATIVES = {"softsign(x)": lambda x: 1 / (1 + x.abs()) ** 2}
VALUES = {call: lambda x, s=scale, a=alpha: torch.where(x > 0, x, s * torch.expm1(x / a))
          for call, scale, alpha in (("elu(x)", 1, 1), ("elu(x, 0.75)", 0.75, 1), ("celu(x)", 1, 1),
                                     ("celu(x, 0.75)", 0.75, 0.75))}
VALUES["selu(x)"] = lambda x: 1.0507009873554805 * torch.where(x > 0, x, 1.6732632423543772 * torch.expm1(x))


def text(value):
    """Numbers that JSON lacks are words."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def kinds(tensor):
    return "".join("n" if math.isnan(v) else "+" if v == math.inf else "-" if v == -math.inf else "0" if v == 0 else "."
                   for v in tensor.detach().reshape(-1).tolist())


def exact(values):
    """Numbers that f32 holds, in f64."""
    return torch.tensor(values, dtype=torch.float32).double()


def filled(shape, step):
    """Numbers around 0 and none of them 0, all different within a map; the tests fill theirs alike."""
    return exact([((step * k + 11) % 67 - 33.5) / 16 for k in range(size_of(shape))]).reshape(shape)


def poisoned(shape, step):
    """Three images have a special number each, the k-th in the k-th quarter; the last has none."""
    x = filled((IMAGES, *shape), step)
    flat = x.reshape(IMAGES, -1)
    for k, special in enumerate(SPECIALS):
        flat[k, k * (flat.shape[1] // 4) + min(5, flat.shape[1] // 4 - 1)] = special
    return x


def of_functions():
    for call, function in FUNCTIONS:
        x = exact(POINTS).requires_grad_()
        y = function(x)
        y.sum().backward()
        dx = DERIVATIVES[call](x) if call in DERIVATIVES else x.grad
        value = VALUES[call](x) if call in VALUES else y
        yield {"form": "function", "call": call, "y": [text(v) for v in value.tolist()], "dx": [text(v) for v in dx.tolist()]}


def layer(op, attributes, compute, shapes=(MAP,), **parameters):
    """`parameters` by their shapes."""
    inputs = [poisoned(shape, 37 + 2 * k).requires_grad_() for k, shape in enumerate(shapes)]
    leaves = {name: filled(shape, 29).requires_grad_() for name, shape in parameters.items()}
    y = compute(*inputs, **leaves)
    y.backward(filled(y.shape, 41))
    return {"form": "layer", "op": op, "attributes": attributes, "shapes": [list(shape) for shape in shapes],
            "y": kinds(y), "dx": [kinds(x.grad) for x in inputs], "parameters": {k: kinds(v.grad) for k, v in leaves.items()}}


def unshared(x, weight, bias):
    """A kernel of 3x3 for each of 2x2 places."""
    taps = F.unfold(x, 3).reshape(IMAGES, 4, 3, 3, 2, 2)
    return torch.einsum("ncpqij,oijcpq->noij", taps, weight) + bias


def convolve(x, weight, bias):
    return F.conv2d(x, weight, bias, padding=1)


def of_layers():
    yield layer("conv", {"channels": 3, "kernel": 3, "pad": 1}, convolve, weight=(3, 4, 3, 3), bias=(3,))
    yield layer("conv", {"channels": 3, "kernel": 3, "pad": 1, "mode": "reflect"},
                lambda x, weight, bias: F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias),
                weight=(3, 4, 3, 3), bias=(3,))
    yield layer("depthwise", {"kernel": 3, "pad": 1}, lambda x, weight, bias: F.conv2d(x, weight, bias, padding=1, groups=4),
                weight=(4, 1, 3, 3), bias=(4,))
    yield layer("convtranspose", {"channels": 3, "kernel": 2, "stride": 2},
                lambda x, weight, bias: F.conv_transpose2d(x, weight, bias, stride=2), weight=(4, 3, 2, 2), bias=(3,))
    yield layer("local", {"channels": 2, "kernel": 3}, unshared, weight=(2, 2, 2, 4, 3, 3), bias=(2, 2, 2))
    yield layer("dense", {"units": 3}, F.linear, [(8,)], weight=(3, 8), bias=(3,))
    yield layer("maxpool", {"kernel": 2}, lambda x: F.max_pool2d(x, 2))
    yield layer("maxpool", {"kernel": 3, "stride": 2, "pad": 1}, lambda x: F.max_pool2d(x, 3, 2, 1))
    yield layer("avgpool", {"kernel": 2}, lambda x: F.avg_pool2d(x, 2))
    yield layer("avgpool", {"kernel": 3, "stride": 2, "pad": 1, "count_padding": False},
                lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))
    for norm in (1, 2, 3):
        yield layer("lppool", {"kernel": 2, "norm": norm},
                    lambda x, n=norm: (F.avg_pool2d(x.abs() ** n, 2) * 4) ** (1 / n))
    for size in (2, 3):
        yield layer("adaptivemaxpool", {"size": size}, lambda x, s=size: F.adaptive_max_pool2d(x, s))
        yield layer("adaptiveavgpool", {"size": size}, lambda x, s=size: F.adaptive_avg_pool2d(x, s))
    yield layer("globalmaxpool", {}, lambda x: F.adaptive_max_pool2d(x, 1).flatten(1))
    yield layer("globalavgpool", {}, lambda x: x.mean((2, 3)))
    yield layer("pad", {"sides": 1}, lambda x: F.pad(x, (1, 1, 1, 1)))
    for mode in ("reflect", "replicate", "circular"):
        yield layer("pad", {"sides": 1, "mode": mode}, lambda x, m=mode: F.pad(x, (1, 1, 1, 1), mode=m))
    yield layer("crop", {"sides": 1}, lambda x: x[:, :, 1:-1, 1:-1])
    yield layer("upsample", {"factor": 2}, lambda x: F.interpolate(x, scale_factor=2))
    yield layer("upsample", {"size": 5}, lambda x: F.interpolate(x, size=5))
    yield layer("upsample", {"size": 3}, lambda x: F.interpolate(x, size=3))
    yield layer("upsample", {"factor": 2, "mode": "bilinear"}, lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"))
    yield layer("upsample", {"size": 5, "mode": "bilinear"}, lambda x: F.interpolate(x, size=5, mode="bilinear"))
    yield layer("flatten", {}, lambda x: x.flatten(1))
    yield layer("reshape", {"shape": [2, 8, 4]}, lambda x: x.reshape(IMAGES, 2, 8, 4))
    yield layer("permute", {"order": [1, 2, 0]}, lambda x: x.permute(0, 2, 3, 1))
    yield layer("slice", {"from": 1, "to": 3}, lambda x: x[:, 1:3])
    yield layer("split", {"parts": 2, "part": 1}, lambda x: x[:, 2:])
    yield layer("concat", {}, lambda a, b: torch.cat([a, b], 1), [MAP, MAP])
    yield layer("channelshuffle", {"groups": 2}, lambda x: x.reshape(IMAGES, 2, 2, 4, 4).transpose(1, 2).reshape(x.shape))
    yield layer("pixelshuffle", {"factor": 2}, lambda x: F.pixel_shuffle(x, 2))
    yield layer("pixelunshuffle", {"factor": 2}, lambda x: F.pixel_unshuffle(x, 2))
    for op, function in (("add", torch.add), ("sub", torch.sub), ("mul", torch.mul), ("div", torch.div)):
        yield layer(op, {}, function, [MAP, MAP])
    for op, function in (("sum", torch.sum), ("mean", torch.mean), ("variance", torch.var)):
        yield layer(op, {"axes": "spatial"}, lambda x, f=function: f(x, dim=(2, 3)))
    yield layer("batchnorm", {}, lambda x, weight, bias: F.batch_norm(x, torch.zeros(4).double(), torch.ones(4).double(),
                                                                       weight, bias, training=True), weight=(4,), bias=(4,))
    yield layer("layernorm", {}, lambda x, weight, bias: F.layer_norm(x, MAP, weight, bias), weight=MAP, bias=MAP)
    yield layer("groupnorm", {"groups": 2}, lambda x, weight, bias: F.group_norm(x, 2, weight, bias), weight=(4,), bias=(4,))
    yield layer("instancenorm", {}, lambda x: F.instance_norm(x))
    yield layer("lrn", {"size": 3}, lambda x: F.local_response_norm(x, 3))
    yield layer("prelu", {}, F.prelu, weight=(1,))
    yield layer("softmax", {}, lambda x: F.softmax(x, 1))
    yield layer("logsoftmax", {}, lambda x: F.log_softmax(x, 1))


CLASSES = 4
LABELS = torch.arange(IMAGES)


def focal(x, gamma=2):
    chosen = F.log_softmax(x, 1).gather(1, LABELS[:, None])[:, 0]
    return (-(1 - chosen.exp()) ** gamma * chosen).mean()


def hinge(x):
    """By its definition: multi_margin_loss takes a NaN for 0."""
    margins = F.relu(1 - x.gather(1, LABELS[:, None]) + x)
    return torch.where(F.one_hot(LABELS, CLASSES) > 0, torch.zeros_like(x), margins).sum(1).mean() / CLASSES


def loss(op, attributes, compute, target):
    """One number of image 1 is special: the score of its class, or another."""
    runs = []
    for place in (1, 2):
        for special in SPECIALS:
            x = filled((IMAGES, CLASSES), 37)
            x[1, place] = special
            x.requires_grad_()
            y = compute(x, filled((IMAGES, CLASSES), 43).abs() / 4 if target == "tensor" else LABELS)
            y.backward()
            runs.append({"place": place, "special": text(special), "y": kinds(y), "dx": kinds(x.grad)})
    return {"form": "loss", "op": op, "attributes": attributes, "target": target, "runs": runs}


def of_losses():
    yield loss("crossentropy", {}, F.cross_entropy, "class")
    yield loss("crossentropy", {"smoothing": 0.25}, lambda x, t: F.cross_entropy(x, t, label_smoothing=0.25), "class")
    yield loss("mse", {}, F.mse_loss, "tensor")
    yield loss("mae", {}, F.l1_loss, "tensor")
    yield loss("huber", {"delta": 0.5}, lambda x, t: F.huber_loss(x, t, delta=0.5), "tensor")
    yield loss("bce", {}, F.binary_cross_entropy_with_logits, "tensor")
    yield loss("hinge", {}, lambda x, _: hinge(x), "class")
    yield loss("focal", {}, lambda x, _: focal(x), "class")
    yield loss("kldiv", {}, lambda x, t: F.kl_div(F.log_softmax(x, 1), t, reduction="batchmean"), "tensor")


header = {**provenance("make_extremes.py"), "points": [text(v) for v in exact(POINTS).tolist()]}
write_cases("extremes.json", header, "cases", [*of_functions(), *of_layers(), *of_losses()])
