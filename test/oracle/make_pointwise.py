"""pointwise.json: activations and arithmetic with broadcasting by PyTorch, as make_operators.py does."""

import torch
import torch.nn.functional as F

from draw import Draw
from oracle_io import provenance, write_cases
from record import CASES, pointwise, record, wide

ACTIVATIONS = (
    ("relu6", {}, F.relu6),
    ("elu", {"alpha": 1}, F.elu),
    ("elu", {"alpha": 0.75}, lambda x: F.elu(x, 0.75)),
    ("selu", {}, F.selu),
    ("celu", {"alpha": 1}, F.celu),
    ("celu", {"alpha": 0.75}, lambda x: F.celu(x, 0.75)),
    ("gelu", {"approximate": "none"}, F.gelu),
    ("gelu", {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    ("silu", {}, F.silu),
    ("mish", {}, F.mish),
    ("hardswish", {}, F.hardswish),
    # hardsigmoid's own backward pass has a sixth of 32 bits.
    ("hardsigmoid", {}, lambda x: F.relu6(x + 3) / 6),
    ("hardtanh", {"min": -1, "max": 1}, F.hardtanh),
    ("hardtanh", {"min": -0.25, "max": 2}, lambda x: F.hardtanh(x, -0.25, 2)),
    ("softplus", {"beta": 1, "threshold": 20}, F.softplus),
    ("softplus", {"beta": 2.5, "threshold": 3}, lambda x: F.softplus(x, 2.5, 3)),
    ("softsign", {}, F.softsign),
    ("logsoftmax", {}, lambda x: F.log_softmax(x, dim=1)),
)

# Where an activation or its derivative has a corner.
KINKS = {"relu6": (0, 6), "elu": (0,), "selu": (0,), "celu": (0,), "hardswish": (-3, 0, 3), "hardsigmoid": (-3, 3), "hardtanh": (-1, 1),
         "softsign": (0,), "softplus": (0,)}


def at_kinks(name, op, attributes, function, places):
    values = torch.tensor([[float(place)] * 2 for place in places], dtype=torch.float64)
    record(f"{name} at its kinks", op, attributes, [values], lambda inputs, *_: function(inputs[0]),
           Draw(f"{name} at its kinks"))


def activations():
    for op, attributes, function in ACTIVATIONS:
        name = " ".join([op, *(f"{key} {value}" for key, value in attributes.items())])
        pointwise(f"{name} maps", op, attributes, function, [(2, 3, 4, 5)])
        pointwise(f"{name} vectors", op, attributes, function, [(3, 7)])
        wide(f"{name} far from zero", op, function, attributes)
        if op in KINKS:
            at_kinks(name, op, attributes, function, KINKS[op])


def learned_slopes():
    for name, shared, shape in (("shared", True, (2, 3, 4, 5)), ("per channel", False, (2, 3, 4, 5)),
                                ("per unit", False, (4, 5))):
        draw = Draw(f"prelu {name}")
        weight = draw.tensor((1 if shared else shape[1],))
        record(f"prelu {name}", "prelu", {"shared": shared}, [draw.tensor(shape)],
               lambda inputs, weights, _: F.prelu(inputs[0], weights["weight"]), draw, {"weight": weight})


def broadcasts():
    c, h, w = 4, 3, 5
    full, channels, kept, places, rows = (2, c, h, w), (2, c), (2, c, 1, 1), (2, 1, h, w), (2, c, h, 1)
    shapes = (("channels", full, kept), ("places", places, full), ("both sides", rows, (2, 1, 1, w)))
    for op, function, last in (("add", torch.add, "tensor"), ("sub", torch.sub, "tensor"), ("mul", torch.mul, "tensor"),
                               ("div", torch.div, "nonzero")):
        for name, left, right in shapes:
            pointwise(f"{op} of {name}", op, {}, function, [left, right], last)
        # A vector is one number per channel.
        pointwise(f"{op} of a vector", op, {}, lambda x, v, function=function: function(x, v[:, :, None, None]),
                  [full, channels], last)
        pointwise(f"{op} to a vector", op, {}, lambda v, x, function=function: function(v[:, :, None, None], x),
                  [channels, full], last)


def reductions():
    for word, dimensions in (("all", (1, 2, 3)), ("channels", 1), ("spatial", (2, 3)), ("height", 2), ("width", 3)):
        for keepdims in (False, True):
            attributes = {"axes": word, "keepdims": keepdims}
            name = f"{word}{' kept' if keepdims else ''}"
            for op, function in (("sum", torch.sum), ("mean", torch.mean)):
                pointwise(f"{op} {name}", op, attributes,
                          lambda x, f=function, d=dimensions, k=keepdims: f(x, dim=d, keepdim=k), [(3, 2, 3, 4)])
            for unbiased in (True, False):
                pointwise(f"variance {name}{'' if unbiased else ' biased'}", "variance",
                          {**attributes, "unbiased": unbiased},
                          lambda x, d=dimensions, k=keepdims, u=unbiased: torch.var(x, dim=d, keepdim=k, unbiased=u),
                          [(3, 2, 3, 4)])


def functions():
    shape = (3, 7)
    for name, function, draw in (("exp", torch.exp, "tensor"), ("log", torch.log, "positive"),
                                 ("sqrt", torch.sqrt, "positive"), ("abs", torch.abs, "tensor"), ("erf", torch.erf, "tensor"),
                                 ("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), "tensor"),
                                 ("tanh_softplus", lambda x: torch.tanh(F.softplus(x)), "tensor")):
        pointwise(name, name, {}, function, [shape], draw)
    for name, function in (("max", torch.maximum), ("min", torch.minimum), ("pow", torch.pow)):
        shapes, draw = ([shape], "positive") if name == "pow" else ([shape, shape], "tensor")
        if name != "pow":
            pointwise(f"{name} of two", name, {}, function, shapes, draw)
        for number in (3, 0.5, -2, 2.25, 1, 20):
            other = torch.tensor(float(number), dtype=torch.float64)
            pointwise(f"{name} with {number}", name, {"number": number}, lambda x, f=function, o=other: f(x, o), [shape],
                      "positive" if name == "pow" else "tensor")


activations()
learned_slopes()
broadcasts()
reductions()
functions()
write_cases("pointwise.json", provenance("make_pointwise.py"), "cases", CASES)
