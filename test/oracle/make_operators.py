"""operators.json: every operator's output and gradients by PyTorch's autograd in float64.

All inputs, parameters and upstream gradients are odd multiples of 1/128 in (-2, 2): representable in f32 and never 0,
where relu has a kink. Each case draws from a stream seeded by its name, so adding a case leaves the others as they are.
"""

import warnings

import torch
import torch.nn.functional as F

from draw import Draw
from oracle_io import provenance, write_cases
from padding import padded
from record import CASES, pointwise, record, wide

warnings.filterwarnings("ignore", message="Using padding='same' with even kernel")


def conv(name, shape=(2, 3, 6, 6), channels=4, kernel=(3, 3), stride=(1, 1), dilation=(1, 1), groups=1, pad="valid",
         bias=True):
    draw = Draw(f"conv {name}")
    parameters = {"weight": draw.tensor((channels, shape[1] // groups, *kernel))}
    if bias:
        parameters["bias"] = draw.tensor((channels,))

    def compute(inputs, weights, _):
        return F.conv2d(padded(inputs[0], pad, kernel, stride, dilation), weights["weight"], weights.get("bias"),
                        stride=stride, dilation=dilation, groups=groups)

    x = draw.tensor(shape)
    if isinstance(pad, int):  # our padding is PyTorch's wherever PyTorch has it
        native = F.conv2d(x, parameters["weight"], parameters.get("bias"), stride, pad, dilation, groups)
        assert torch.equal(native, compute([x], parameters, None))
    if pad == "same" and tuple(stride) == (1, 1):
        native = F.conv2d(x, parameters["weight"], parameters.get("bias"), 1, "same", dilation, groups)
        assert torch.equal(native, compute([x], parameters, None))
    attributes = {"channels": channels, "kernel": list(kernel), "stride": list(stride), "dilation": list(dilation),
                  "groups": groups, "pad": pad, "bias": bias}
    record(f"conv {name}", "conv", attributes, [x], compute, draw, parameters)


def convolutions():
    conv("valid")
    conv("same odd kernel", pad="same")
    conv("same even kernel", kernel=(2, 2), pad="same", shape=(2, 3, 5, 5))
    conv("same even kernel 4x2", kernel=(4, 2), pad="same", shape=(2, 2, 5, 6))
    conv("same stride 2 even map", stride=(2, 2), pad="same")
    conv("same stride 2 odd map", stride=(2, 2), pad="same", shape=(2, 3, 7, 7))
    conv("same even kernel stride 2", kernel=(4, 4), stride=(2, 2), pad="same", shape=(2, 2, 7, 6))
    conv("same dilation 2", dilation=(2, 2), pad="same")
    conv("same 1x1 stride 2", kernel=(1, 1), stride=(2, 2), pad="same", shape=(2, 3, 5, 4))
    conv("full", kernel=(3, 2), pad="full", shape=(2, 3, 4, 5))
    conv("full dilation 2", dilation=(2, 2), pad="full", shape=(2, 2, 4, 4))
    conv("pad 1", pad=1)
    conv("pad 2 with 5x5 kernel", kernel=(5, 5), pad=2, shape=(2, 2, 6, 6))
    conv("pad pair", pad=[2, 1], shape=(2, 3, 5, 6))
    conv("pad four sides", pad=[1, 0, 2, 3], shape=(2, 3, 5, 5))
    conv("pad four sides stride 2", pad=[0, 2, 1, 1], stride=(2, 2), shape=(2, 3, 5, 6))
    conv("stride 2", stride=(2, 2), shape=(2, 3, 7, 7))
    conv("stride 2 unread border", stride=(2, 2), shape=(2, 3, 8, 8))
    conv("stride pair", stride=(1, 3), shape=(2, 3, 6, 8))
    conv("stride larger than kernel", kernel=(2, 2), stride=(3, 3), shape=(2, 3, 8, 8))
    conv("dilation 2", dilation=(2, 2), shape=(2, 3, 7, 7))
    conv("dilation pair", dilation=(1, 3), shape=(2, 2, 5, 8))
    conv("stride 2 dilation 2 pad 2", stride=(2, 2), dilation=(2, 2), pad=2, shape=(2, 3, 7, 8))
    conv("stride 3 dilation 2 pad 1", stride=(3, 3), dilation=(2, 2), pad=1, shape=(2, 2, 8, 8))
    conv("groups 2", groups=2, shape=(2, 4, 5, 5), channels=6)
    conv("groups 2 stride 2 same", groups=2, stride=(2, 2), pad="same", shape=(2, 4, 6, 6))
    conv("depthwise", groups=4, shape=(2, 4, 6, 6), pad=1)
    conv("depthwise multiplier 2", groups=3, shape=(2, 3, 5, 5), channels=6)
    conv("1x1", kernel=(1, 1), shape=(2, 3, 5, 5))
    conv("1x1 stride 2", kernel=(1, 1), stride=(2, 2), shape=(2, 3, 6, 7))
    conv("non-square kernel", kernel=(1, 4), shape=(2, 3, 5, 6))
    conv("non-square everything", kernel=(3, 2), stride=(2, 1), dilation=(1, 2), pad=[1, 0, 0, 2], shape=(2, 2, 7, 5))
    conv("no bias", bias=False, pad=1)
    conv("kernel larger than map", kernel=(5, 5), pad=2, shape=(2, 2, 3, 4))
    conv("kernel covers map", kernel=(4, 5), shape=(2, 2, 4, 5))
    conv("single channel input", shape=(3, 1, 6, 6))
    conv("single channel output", shape=(3, 3, 5, 5), channels=1)
    conv("batch 5", shape=(5, 2, 5, 5), channels=3, pad=1)


def dense(name, batch, features, channels, bias=True):
    draw = Draw(name)
    parameters = {"weight": draw.tensor((channels, features))}
    if bias:
        parameters["bias"] = draw.tensor((channels,))
    record(name, "dense", {"channels": channels, "bias": bias}, [draw.tensor((batch, features))],
           lambda inputs, weights, _: F.linear(inputs[0], weights["weight"], weights.get("bias")), draw, parameters)


def pool(op, name, shape=(2, 3, 6, 6), kernel=(2, 2), stride=(2, 2), pad="valid", ceil=False, ties=False):
    """Padding of the max reads -inf; padding of the average reads 0 and counts; what `ceil` adds beyond it does not."""
    draw = Draw(f"{op} {name}")
    x = draw.whole(shape, 3) if ties else draw.distinct(shape) if op == "maxpool" else draw.tensor(shape)

    def compute(inputs, *_):
        if op == "maxpool":
            native = pad if isinstance(pad, int) else 0
            source = inputs[0] if native else padded(inputs[0], pad, kernel, stride, value=float("-inf"))
            return F.max_pool2d(source, kernel, stride, native, ceil_mode=ceil)
        native = pad if isinstance(pad, int) else 0
        source = inputs[0] if native else padded(inputs[0], pad, kernel, stride)
        return F.avg_pool2d(source, kernel, stride, native, ceil_mode=ceil, count_include_pad=True)

    attributes = {"kernel": list(kernel), "stride": list(stride), "pad": pad, "ceil": ceil}
    record(f"{op} {name}", op, attributes, [x], compute, draw)


def pools():
    for op in ("maxpool", "avgpool"):
        pool(op, "2x2")
        pool(op, "2x2 odd size", shape=(2, 3, 7, 5))
        pool(op, "3x3 stride 2 overlapping", shape=(2, 3, 7, 7), kernel=(3, 3))
        pool(op, "3x3 stride 1", shape=(2, 2, 5, 5), kernel=(3, 3), stride=(1, 1))
        pool(op, "3x3 stride 2 pad 1", kernel=(3, 3), pad=1, shape=(2, 3, 6, 7))
        pool(op, "2x2 ceil", shape=(2, 3, 5, 7), ceil=True)
        pool(op, "3x3 stride 2 ceil", shape=(2, 3, 6, 6), kernel=(3, 3), ceil=True)
        pool(op, "3x3 stride 2 pad 1 ceil", shape=(2, 2, 6, 6), kernel=(3, 3), pad=1, ceil=True)
        # 6 = 3 + 3: the window that rounding up adds would begin at row 6, outside the map, and is dropped.
        pool(op, "2x2 stride 3 ceil drops a window", shape=(2, 2, 6, 7), stride=(3, 3), ceil=True)
        pool(op, "3x3 stride 2 same", shape=(2, 3, 6, 7), kernel=(3, 3), pad="same")
        pool(op, "2x3 stride 1x2 four sides", shape=(2, 2, 5, 6), kernel=(2, 3), stride=(1, 2), pad=[1, 0, 0, 2])
        pool(op, "batch 5", shape=(5, 2, 4, 4))
    pool("maxpool", "2x2 ties", shape=(3, 3, 6, 6), ties=True)
    pool("maxpool", "3x3 stride 2 pad 1 ties", shape=(3, 2, 7, 7), kernel=(3, 3), pad=1, ties=True)
    pool("maxpool", "3x3 stride 1 ties", shape=(2, 2, 5, 5), kernel=(3, 3), stride=(1, 1), ties=True)
    draw = Draw("globalavgpool")
    record("globalavgpool", "globalavgpool", {}, [draw.tensor((3, 4, 5, 6))],
           lambda inputs, *_: F.adaptive_avg_pool2d(inputs[0], 1).flatten(1), draw)


def tensors():
    pointwise("flatten", "flatten", {}, lambda x: x.flatten(1), [(2, 3, 4, 5)])
    maps, vectors = (2, 3, 4, 4), (5, 6)
    for op, function, last in (("add", torch.add, "tensor"), ("sub", torch.sub, "tensor"), ("mul", torch.mul, "tensor"),
                               ("div", torch.div, "nonzero")):
        pointwise(f"{op} maps", op, {}, function, [maps, maps], last)
        pointwise(f"{op} vectors", op, {}, function, [vectors, vectors], last)
    join = lambda *parts: torch.cat(parts, dim=1)
    pointwise("concat two maps", "concat", {}, join, [(2, 2, 4, 5), (2, 3, 4, 5)])
    pointwise("concat three maps", "concat", {}, join, [(2, 1, 4, 4), (2, 3, 4, 4), (2, 2, 4, 4)])
    pointwise("concat vectors", "concat", {}, join, [(3, 4), (3, 6)])


def activations():
    for name, shape in (("maps", (2, 3, 4, 5)), ("vectors", (3, 7))):
        pointwise(f"relu {name}", "relu", {}, F.relu, [shape])
        pointwise(f"sigmoid {name}", "sigmoid", {}, torch.sigmoid, [shape])
        pointwise(f"tanh {name}", "tanh", {}, torch.tanh, [shape])
        for slope in (0.01, 0.2):
            pointwise(f"leakyrelu {slope} {name}", "leakyrelu", {"slope": slope},
                      lambda x, slope=slope: F.leaky_relu(x, slope), [shape])
    for op, function in (("sigmoid", torch.sigmoid), ("tanh", torch.tanh)):
        wide(f"{op} far from zero", op, function)
    for op, attributes, function in (("relu", {}, F.relu), ("leakyrelu", {"slope": 0.2}, lambda x: F.leaky_relu(x, 0.2))):
        record(f"{op} at zero", op, attributes, [torch.zeros(2, 3, dtype=torch.float64)],  # the kink itself
               lambda values, *_, function=function: function(values[0]), Draw(f"{op} at zero"))
    softmax = lambda x: F.softmax(x, dim=1)
    pointwise("softmax", "softmax", {}, softmax, [(4, 6)])
    pointwise("softmax two classes", "softmax", {}, softmax, [(5, 2)])
    wide("softmax far from zero", "softmax", softmax)


def batch_norm(name, shape, training):
    draw = Draw(name)
    channels = (shape[1],)
    parameters = {"weight": draw.positive(channels), "bias": draw.tensor(channels)}
    buffers = {"running_mean": draw.tensor(channels), "running_var": draw.positive(channels)}
    record(name, "batchnorm", {"eps": 1e-5, "momentum": 0.1, "training": training}, [draw.tensor(shape)],
           lambda inputs, weights, state: F.batch_norm(inputs[0], state["running_mean"], state["running_var"],
                                                       weights["weight"], weights["bias"], training, 0.1, 1e-5),
           draw, parameters, buffers)


def normalisations():
    for training, mode in ((True, "training"), (False, "evaluation")):
        batch_norm(f"batchnorm {mode} maps", (3, 4, 4, 4), training)
        batch_norm(f"batchnorm {mode} vectors", (5, 3), training)
    batch_norm("batchnorm training batch 1", (1, 3, 4, 5), True)


def cross_entropy(name, batch, classes, scale=1):
    draw = Draw(name)
    labels = draw.labels(batch, classes)
    record(name, "crossentropy", {}, [(draw.tensor((batch, classes)) * scale).detach()],
           lambda inputs, *_: F.cross_entropy(inputs[0], torch.tensor(labels)), draw, labels=labels)


def half_squared_error(output, target):
    """The textbook's sum of (t - o)^2 / 2 of each example, averaged over the batch."""
    return ((target - output) ** 2 / 2).flatten(1).sum(dim=1).mean()


def losses():
    cross_entropy("crossentropy", 4, 6)
    cross_entropy("crossentropy two classes", 5, 2)
    cross_entropy("crossentropy one image", 1, 5)
    cross_entropy("crossentropy logits far from zero", 4, 6, scale=64)
    for name, shape in (("vectors", (4, 5)), ("maps", (3, 2, 4, 4))):
        pointwise(f"mse mean {name}", "mse", {"reduction": "mean"}, F.mse_loss, [shape, shape])
        pointwise(f"mse half {name}", "mse", {"reduction": "half"}, half_squared_error, [shape, shape])


convolutions()
dense("dense", 4, 6, 5)
dense("dense no bias", 3, 7, 4, bias=False)
dense("dense one output", 5, 4, 1)
dense("dense one input", 2, 1, 3)
pools()
tensors()
activations()
normalisations()
losses()
write_cases("operators.json", provenance("make_operators.py"), "cases", CASES)
