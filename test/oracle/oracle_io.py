"""Tensors to JSON and back to disk: flat data with a shape, one case per line so that changes show in a diff."""

import json
import math
import os
import sys

import torch


def size_of(shape):
    return math.prod(shape)


def to_json(tensor):
    """Python writes a float with the fewest digits that read back to the same bits."""
    return {"shape": list(tensor.shape), "data": numbers(tensor)}


def numbers(tensor):
    values = tensor.detach().reshape(-1).tolist()
    return [int(v) if float(v).is_integer() and abs(v) < 2**53 else v for v in values]


def to_tensor(values, shape, dtype=torch.float64):
    """A tensor of values that must all be representable in 32 bits, so that both precisions start from the same point."""
    exact = torch.tensor(values, dtype=torch.float64)
    assert torch.equal(exact, exact.float().double()), "an oracle input is not representable in f32"
    return exact.reshape(shape).to(dtype)


def write_cases(name, header, key, cases):
    """Writes {...header, key: cases} into the folder named on the command line, this one by default."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    compact = {"separators": (",", ":"), "allow_nan": False}
    fields = [f"{json.dumps(k)}:{json.dumps(v, **compact)}" for k, v in header.items()]
    lines = ",\n".join(json.dumps(case, **compact) for case in cases)
    fields.append(f"{json.dumps(key)}:[\n{lines}\n]")
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(fields) + "}\n")
    print(f"{name}: {len(cases)} {key}")


def provenance(script):
    return {"madeBy": script, "torch": torch.__version__}


torch.set_num_threads(1)  # one order of summation on every machine
