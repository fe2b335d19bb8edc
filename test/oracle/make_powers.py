"""powers.json: x ^ y by PyTorch with both gradients, at all pairs of some numbers; x with constant exponents; constant bases."""

import math

import torch

from oracle_io import provenance, write_cases

BASES = [-math.inf, -1e30, -3.0, -2.0, -1.5, -1.0, -0.5, -1e-30, -0.0, 0.0, 1e-30, 0.25, 0.5, 1.0, 1.75, 2.0, 10.0, 1e30,
         math.inf, math.nan]
EXPONENTS = [-math.inf, -40.0, -18.0, -17.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 7.0,
             16.0, 17.0, 18.0, 33.0, 40.0, 100.0, math.inf, math.nan]


def text(value):
    """Numbers that JSON lacks are words."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return "-0" if value == 0 and math.copysign(1, value) < 0 else value


def texts(tensor):
    return [text(value) for value in tensor.tolist()]


def exact(values):
    """Numbers that f32 holds, in f64."""
    return torch.tensor(values, dtype=torch.float32).double()


def gradients(y, *leaves):
    y.sum().backward()
    return [texts(leaf.grad) for leaf in leaves]


def of_tensors():
    bases, exponents = exact(BASES), exact(EXPONENTS)
    for exponent in exponents:
        x = bases.clone().requires_grad_()
        e = exponent.expand(len(BASES)).clone().requires_grad_()
        y = x ** e
        by_base, by_exponent = gradients(y, x, e)
        yield {"form": "tensors", "number": text(exponent.item()), "y": texts(y.detach()), "byBase": by_base,
               "byExponent": by_exponent}


def of_constant_exponents():
    for exponent in exact([e for e in EXPONENTS if math.isfinite(e)]).tolist():
        x = exact(BASES).requires_grad_()
        y = x ** exponent
        yield {"form": "exponent", "number": exponent, "y": texts(y.detach()), "byBase": gradients(y, x)[0]}


def of_constant_bases():
    for base in exact([b for b in BASES if math.isfinite(b) and text(b) != "-0"]).tolist():
        e = exact(EXPONENTS).requires_grad_()
        y = base ** e
        yield {"form": "base", "number": text(base), "y": texts(y.detach()), "byExponent": gradients(y, e)[0]}


header = {**provenance("make_powers.py"), "bases": texts(exact(BASES)), "exponents": texts(exact(EXPONENTS))}
write_cases("powers.json", header, "cases", [*of_tensors(), *of_constant_exponents(), *of_constant_bases()])
