"""Cases of one operator alone: what goes in, what comes out, and every gradient by PyTorch's autograd."""

import torch

from draw import Draw
from oracle_io import to_json

CASES = []


def record(name, op, attributes, inputs, compute, draw, parameters=None, buffers=None, labels=None, **more):
    """Runs `compute(inputs, parameters, buffers)` forward and backward and keeps every number; a metric has no gradient."""
    parameters, buffers = parameters or {}, buffers or {}
    before = {key: to_json(value) for key, value in buffers.items()}
    inputs = [value.requires_grad_() for value in inputs]
    parameters = {key: value.requires_grad_() for key, value in parameters.items()}
    output = compute(inputs, parameters, buffers)
    upstream = draw.tensor(tuple(output.shape))
    if output.requires_grad:
        output.backward(upstream)
    case = {"name": name, "op": op, "attributes": attributes, "inputs": [to_json(value) for value in inputs],
            "parameters": {key: to_json(value) for key, value in parameters.items()}}
    if labels is not None:
        case["labels"] = labels
    case.update(more)
    case["output"] = to_json(output)
    case["dy"] = to_json(upstream)
    case["gradients"] = {"inputs": [to_json(gradient_of(value)) for value in inputs],
                         "parameters": {key: to_json(value.grad) for key, value in parameters.items()}}
    if buffers:
        case["buffers"] = before
        case["buffersAfter"] = {key: to_json(value) for key, value in buffers.items()}
    CASES.append(case)


def gradient_of(value):
    return torch.zeros_like(value) if value.grad is None else value.grad


def pointwise(name, op, attributes, function, shapes, last="tensor"):
    """`last` names the draw of the last input."""
    draw = Draw(name)
    inputs = [draw.tensor(shape) for shape in shapes[:-1]] + [getattr(draw, last)(shapes[-1])]
    record(name, op, attributes, inputs, lambda values, *_: function(*values), draw)


def wide(name, op, function, attributes=None):
    """Inputs up to +-64, where careless forms overflow or lose every digit."""
    draw = Draw(name)
    record(name, op, attributes or {}, [(draw.tensor((4, 6)) * 32).detach()], lambda values, *_: function(values[0]), draw)
