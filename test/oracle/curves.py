"""Whole training runs by PyTorch, in float64 and in float32: what the files curves-*.json are made of.

Nothing large is stored. Images, labels and initial weights come from stream.py by the rules in README.md; a curve keeps
the rules' numbers, the losses, and of every parameter its sum, its sum of squares and its first eight values.
"""

import math

import torch
import torch.nn.functional as F

from oracle_io import numbers, provenance, size_of, to_json, to_tensor, write_cases
from stream import Stream

class Images:
    """Batches of a class pattern under noise: pixel = (signal * pattern + (4 - signal) * noise - 510) / 512.

    With `mask` not the number of the pattern is to be learned but, of every pixel, whether the pattern is bright there.
    """

    def __init__(self, shape, classes, seed, signal, mask=False):
        self.rule = {"shape": shape, "classes": classes, "seed": seed, "signal": signal} | ({"mask": True} if mask else {})
        self.patterns = [self.bytes(seed + 1000 + label) for label in range(classes)]

    def bytes(self, seed):
        stream = Stream(seed)
        return [stream.byte() for _ in range(size_of(self.rule["shape"]))]

    def batch(self, index, count):
        """(images, labels) of batch `index`; a shorter batch is the beginning of a longer one."""
        stream, signal = Stream(self.rule["seed"] + 2000 + index), self.rule["signal"]
        labels, pixels = [], []
        for _ in range(count):
            labels.append(stream.below(self.rule["classes"]))
            pattern = self.patterns[labels[-1]]
            pixels += [(signal * value + (4 - signal) * stream.byte() - 510) / 512 for value in pattern]
        return to_tensor(pixels, (count, *self.rule["shape"])), self.targets(labels)

    def targets(self, labels):
        if "mask" not in self.rule:
            return torch.tensor(labels)
        _, height, width = self.rule["shape"]
        bright = [[value >= 128 for value in self.patterns[label][:height * width]] for label in labels]
        return torch.tensor(bright).long().reshape(len(labels), height, width)


def parameter_rule(index, name, shape):
    """How a parameter is drawn: offset + (k - 32768) * 2^(exponent - 15), k the top 16 bits of a draw.

    Weights spread like `kaiming` to the nearest power of two, biases in +-1/16, scales of batch norm in 1 +- 1/4.
    """
    if len(shape) > 1:
        exponent = round(math.log2(math.sqrt(6 / size_of(shape[1:]))))
        return {"name": name, "shape": shape, "seed": 100 + index, "offset": 0, "exponent": exponent}
    scale = name.endswith(".weight")
    return {"name": name, "shape": shape, "seed": 100 + index, "offset": 1 if scale else 0, "exponent": -2 if scale else -4}


def initial(rule):
    stream, unit = Stream(rule["seed"]), 2.0 ** (rule["exponent"] - 15)
    values = [rule["offset"] + ((stream.next() >> 16) - 32768) * unit for _ in range(size_of(rule["shape"]))]
    return to_tensor(values, rule["shape"])


def checksum(tensor):
    exact = tensor.detach().double()
    return {"sum": exact.sum().item(), "sumOfSquares": exact.square().sum().item(), "first": numbers(exact.flatten()[:8])}


def checksums(tensors):
    return {name: checksum(tensor) for name, tensor in tensors.items()}


def train(network, run, dtype):
    """All that one run leaves behind in one precision."""
    values = {rule["name"]: initial(rule).to(dtype).requires_grad_() for rule in network["parameters"]}
    buffers = {name: torch.full((count,), float(fill), dtype=dtype) for name, count, fill in network["buffers"]}
    optimizer = run["optimizer"](values.values(), **run["attributes"])
    losses, gradients = [], None
    for step in range(network["steps"]):
        images, labels = network["images"].batch(step, run["counts"][step % len(run["counts"])])
        optimizer.zero_grad()
        loss = F.cross_entropy(network["twin"](images.to(dtype), values, buffers, True), labels)
        loss.backward()
        gradients = gradients or checksums({name: value.grad for name, value in values.items()})
        losses.append(loss.item())
        optimizer.step()
    return {"losses": losses, "firstGradients": gradients, "final": checksums(values),
            "buffers": {name: to_json(value) for name, value in buffers.items()},
            "evaluation": evaluate(network, values, buffers, dtype)}


def evaluate(network, values, buffers, dtype):
    """The batch after the last one in inference mode: the running statistics are used and not changed."""
    steps, count = network["steps"], network["evaluated"]
    images, labels = network["images"].batch(steps, count)
    with torch.no_grad():
        logits = network["twin"](images.to(dtype), values, buffers, False)
    # Of the pixels of a map the fraction that is right counts, times the number of images.
    right = (logits.argmax(dim=1) == labels).sum() * count / labels.numel()
    return {"batch": steps, "count": count, "loss": F.cross_entropy(logits, labels).item(),
            "correct": numbers(right.double())[0], "probabilities": to_json(F.softmax(logits, dim=1))}


def gap(single, double):
    """The largest relative difference of two loss curves."""
    return max(abs(a - b) / abs(b) for a, b in zip(single["losses"], double["losses"]))


def record(network, run):
    double, single = (train(network, run, dtype) for dtype in (torch.float64, torch.float32))
    counts = [run["counts"][step % len(run["counts"])] for step in range(network["steps"])]
    print(f"{network['name']} {run['name']}: {double['losses'][0]:.3f} -> {double['losses'][-1]:.3f}, "
          f"f32 against f64 {gap(single, double):.1e}")
    return {"name": run["name"], "source": network["source"] + "\n" + run["train"],
            "optimizer": run["optimizer"].__name__.lower(), "attributes": run["attributes"], "batches": counts,
            "losses64": double["losses"], "losses32": single["losses"], "float32Gap": gap(single, double),
            "firstGradients": double["firstGradients"], "final": double["final"], "buffers": double["buffers"],
            "evaluation": double["evaluation"]}


def samples(network):
    """A few generated values, so that another implementation of the generator can be checked before anything else."""
    images, labels = network["images"].batch(0, 4)
    return {"stream": {"seed": 1, "first": [(stream := Stream(1)).next()] + [stream.next() for _ in range(7)]},
            "labels": labels.flatten().tolist(), "images": [checksum(image) for image in images],
            "parameters": {rule["name"]: checksum(initial(rule)) for rule in network["parameters"]}}


def write(file, network, runs):
    header = provenance("make_curves.py") | {"network": network["name"], "images": network["images"].rule,
                                             "parameters": network["parameters"], "samples": samples(network)}
    write_cases(file, header, "runs", [record(network, run) for run in runs])


def training(name, optimizer, batch):
    return f"train {name} {{\n  optimizer {optimizer}\n  batch     {batch}\n}}\n"


def rules(parameters):
    return [parameter_rule(index, name, shape) for index, (name, shape) in enumerate(parameters)]


def statistics(parameters):
    """(name, channels, initial value) of the running statistics: one pair beside every scale of a batch norm."""
    scales = [(name.removesuffix(".weight"), shape[0]) for name, shape in parameters
              if len(shape) == 1 and name.endswith(".weight")]
    return [(f"{name}.{leaf}", count, fill) for name, count in scales
            for leaf, fill in (("running_mean", 0), ("running_var", 1))]
