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
    ("softplus", {"beta": 1, "threshold": 20}, F.softplus),
    ("softplus", {"beta": 2.5, "threshold": 3}, lambda x: F.softplus(x, 2.5, 3)),
    ("softsign", {}, F.softsign),
    ("logsoftmax", {}, lambda x: F.log_softmax(x, dim=1)),
)

# Where an activation or its derivative has a corner.
KINKS = {"relu6": (0, 6), "elu": (0,), "selu": (0,), "celu": (0,), "hardswish": (-3, 0, 3), "hardsigmoid": (-3, 3),
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


activations()
learned_slopes()
write_cases("pointwise.json", provenance("make_pointwise.py"), "cases", CASES)
