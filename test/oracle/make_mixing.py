"""mixing.json: losses of batches that are mixed in pairs, and their gradients by the weights, by PyTorch in float64.

The scores are those of a dense layer without bias. As in the reference implementations of mixup and cutmix the loss is
share * loss(scores, target) + (1 - share) * loss(scores, target of the partner), the partner being the next image. Where
the loss takes one, a target that is mixed itself gives the same.
"""

import torch
import torch.nn.functional as F

from draw import Draw
from oracle_io import numbers, provenance, write_cases

UNITS, CLASSES, COUNT = 4, 5, 6
WEIGHTS = [0.25, 1, 2, 0.5, 3]
CASES = []


def partner(values):
    return torch.roll(values, -1, 0)


def case(name, loss, target, compute, labels, share, soft=None):
    """`loss`: as the network has it, of `scores` and `label`."""
    draw = Draw(name)
    x = draw.tensor((COUNT, UNITS))
    weight = draw.tensor((CLASSES, UNITS)).requires_grad_()
    scores = x @ weight.t()
    value = share * compute(scores, labels) + (1 - share) * compute(scores, partner(labels))
    value.backward()
    if soft is not None:
        mixed = share * soft(labels) + (1 - share) * soft(partner(labels))
        assert torch.allclose(value, compute(scores, mixed), rtol=1e-12), name
    CASES.append({
        "name": name, "loss": loss, "target": target, "share": share,
        "x": numbers(x), "weight": numbers(weight), "labels": numbers(labels),
        "value": value.item(), "gradient": numbers(weight.grad),
    })


def classes(name, ignore=None):
    draw = Draw(f"labels of {name}")
    labels = draw.labels(COUNT, CLASSES)
    if ignore is not None:
        labels[1] = labels[4] = ignore
    return torch.tensor(labels)


def one_hot(labels):
    return F.one_hot(labels, CLASSES).double()


CLASS = f"class({CLASSES})"
WEIGHT = torch.tensor(WEIGHTS, dtype=torch.float64)
ENTROPY = F.cross_entropy
case("crossentropy", "crossentropy(scores, label)", CLASS, ENTROPY, classes("plain"), 0.25, one_hot)
case("crossentropy of one alone", "crossentropy(scores, label)", CLASS, ENTROPY, classes("alone"), 1.0, one_hot)
case("crossentropy smoothed", "crossentropy(scores, label, smoothing: 0.1)", CLASS,
     lambda s, t: ENTROPY(s, t, label_smoothing=0.1), classes("smoothed"), 0.625, one_hot)
case("crossentropy with class weights", f"crossentropy(scores, label, weights: {WEIGHTS})", CLASS,
     lambda s, t: ENTROPY(s, t, weight=WEIGHT), classes("weighted"), 0.75)
case("crossentropy ignoring", "crossentropy(scores, label)", f"class({CLASSES}, ignore: 9)",
     lambda s, t: ENTROPY(s, t, ignore_index=9), classes("ignoring", 9), 0.375)
case("focal", "focal(scores, label, gamma: 2)", CLASS,
     lambda s, t: ((1 - F.softmax(s, 1).gather(1, t[:, None])) ** 2 * -F.log_softmax(s, 1).gather(1, t[:, None])).mean(),
     classes("focal"), 0.5)
case("mse", "mse(scores, label)", f"[{CLASSES}]", F.mse_loss, Draw("mse targets").tensor((COUNT, CLASSES)), 0.25)
# Of two sums, each of which is mixed, and of what knows no target.
case("sum of losses", "crossentropy(scores, label) + 0.5 * mean(scores ^ 2)", CLASS,
     lambda s, t: ENTROPY(s, t) + 0.5 * (s * s).mean(), classes("sum"), 0.875)

write_cases("mixing.json", provenance("make_mixing.py"), "cases", CASES)
