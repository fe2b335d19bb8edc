"""schedules.json: the learning rate of each step by torch.optim.lr_scheduler, as a factor of the highest.

A run of 6 epochs of 5 steps. PyTorch's schedules are stepped once a step, so what is counted in epochs here is counted in
steps there. Reduce-on-plateau is stepped once an epoch, with the losses that are given.
"""

import torch
from torch.optim import lr_scheduler as S

from oracle_io import provenance, write_cases

EPOCHS, PER_EPOCH, LR = 6, 5, 0.5
STEPS = EPOCHS * PER_EPOCH
LOSSES = [1.0, 0.9, 0.95, 0.9, 0.89999, 0.85]


def warm(optimizer, steps, after):
    """A linear warm-up before any other: the first of `steps` steps has 1 / steps of the rate."""
    first = S.LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)
    return S.SequentialLR(optimizer, [first, after], milestones=[steps])


CASES = [
    ("constant", {}, lambda o: S.ConstantLR(o, factor=1)),
    ("constant", {"warmup": 2}, lambda o: warm(o, 10, S.ConstantLR(o, factor=1))),
    ("cosine", {}, lambda o: S.CosineAnnealingLR(o, STEPS)),
    ("cosine", {"least": 0.1}, lambda o: S.CosineAnnealingLR(o, STEPS, eta_min=0.1 * LR)),
    ("cosine", {"warmup": 1}, lambda o: warm(o, PER_EPOCH, S.CosineAnnealingLR(o, STEPS - PER_EPOCH))),
    ("cosine", {"every": 2}, lambda o: S.CosineAnnealingWarmRestarts(o, 10)),
    ("cosine", {"every": 1, "stretch": 2, "least": 0.01}, lambda o: S.CosineAnnealingWarmRestarts(o, 5, 2, 0.01 * LR)),
    ("step", {"every": 2, "factor": 0.1}, lambda o: S.StepLR(o, 10, 0.1)),
    ("step", {"every": 1, "factor": 0.5, "warmup": 2}, lambda o: warm(o, 10, S.StepLR(o, 5, 0.5))),
    ("multistep", {"at": [1, 3, 4], "factor": 0.5}, lambda o: S.MultiStepLR(o, [5, 15, 20], 0.5)),
    ("multistep", {"at": [2], "warmup": 1}, lambda o: warm(o, PER_EPOCH, S.MultiStepLR(o, [10], 0.1))),
    ("exponential", {"factor": 0.7}, lambda o: S.ExponentialLR(o, 0.7 ** (1 / PER_EPOCH))),
    ("polynomial", {"power": 1}, lambda o: S.PolynomialLR(o, STEPS, 1)),
    ("polynomial", {"power": 2.5}, lambda o: S.PolynomialLR(o, STEPS, 2.5)),
    ("onecycle", {}, lambda o: S.OneCycleLR(o, LR, STEPS, cycle_momentum=False)),
    (
        "onecycle",
        {"rise": 0.4, "begin": 0.1, "end": 0.001, "along": "line"},
        lambda o: S.OneCycleLR(o, LR, STEPS, pct_start=0.4, anneal_strategy="linear", div_factor=10,
                               final_div_factor=100, cycle_momentum=False),
    ),
    ("triangle", {"every": 2}, lambda o: S.CyclicLR(o, 0.1 * LR, LR, 5, 5, cycle_momentum=False)),
    (
        "triangle",
        {"every": 2, "low": 0.2, "rise": 0.3, "shrink": 0.5},
        lambda o: S.CyclicLR(o, 0.2 * LR, LR, 3, 7, mode="triangular2", cycle_momentum=False),
    ),
    ("plateau", {"patience": 0}, lambda o: S.ReduceLROnPlateau(o, patience=0)),
    ("plateau", {"patience": 1, "factor": 0.5}, lambda o: S.ReduceLROnPlateau(o, patience=1, factor=0.5)),
    (
        "plateau",
        {"patience": 0, "cooldown": 1, "threshold": 0.2, "factor": 0.5, "least": 0.3},
        lambda o: S.ReduceLROnPlateau(o, patience=0, cooldown=1, threshold=0.2, factor=0.5, min_lr=0.3 * LR),
    ),
]


def run(name, attributes, make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    schedule = make(optimizer)
    factors = []
    for step in range(STEPS):
        factors.append(optimizer.param_groups[0]["lr"] / LR)
        optimizer.step()
        if not isinstance(schedule, S.ReduceLROnPlateau):
            schedule.step()
        elif step % PER_EPOCH == PER_EPOCH - 1:
            schedule.step(LOSSES[step // PER_EPOCH])
    return {"schedule": name, "attributes": attributes, "factors": factors}


header = provenance("make_schedules.py") | {"epochs": EPOCHS, "perEpoch": PER_EPOCH, "losses": LOSSES}
write_cases("schedules.json", header, "cases", [run(*case) for case in CASES])
