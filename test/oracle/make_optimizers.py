"""optimizers.json: the parameters after each of twenty steps with given gradients, by torch.optim in float64.

The learning rate falls by half after the third step: whether it multiplies the velocity (PyTorch) or is folded into it
then makes a difference. One gradient is zero from the start, one vanishes midway, and one is so small that eps counts.
Lion, which PyTorch does not have, is written out here from its paper.
"""

import torch

from oracle_io import numbers, provenance, to_tensor, write_cases

torch.set_default_dtype(torch.float64)  # NAdam keeps a product in it

START = [0.5, -1.25, 2.0, 0.0, -0.75, 1.0]
GRADIENTS = [
    [1.0, -0.5, 0.25, 0.0, 2.0, 2**-26],
    [0.75, -0.25, -0.5, 0.0, 1.5, 2**-27],
    [0.5, 0.5, 0.125, 0.0, 0.0, -(2**-26)],
    [-0.25, 0.375, -1.0, 0.0, 0.0, 2**-25],
    [-1.5, 0.0625, 0.625, 0.0, 0.0, 2**-28],
    [3.0, -2.0, 0.875, 0.0, 0.0, 2**-26],
]

# After the sixth step they come again, smaller and with other signs.
GRADIENTS += [[value * (-1) ** (step + k) / 2 for k, value in enumerate(GRADIENTS[step % 6])] for step in range(14)]

OPTIM = torch.optim
SGD, ADAM = OPTIM.SGD, OPTIM.Adam
ADAMW, RMSPROP = OPTIM.AdamW, OPTIM.RMSprop


class Lion(OPTIM.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                p -= group["lr"] * ((beta1 * mean + (1 - beta1) * p.grad).sign() + group["weight_decay"] * p)
                mean.mul_(beta2).add_(p.grad, alpha=1 - beta2)


NAMES = ("momentum", "weight_decay", "nesterov", "betas", "eps", "alpha", "centered", "lr_decay", "rho", "momentum_decay")
RUNS = [
    ("sgd", "sgd", SGD, {"lr": 0.1}),
    ("sgd weight decay", "sgd", SGD, {"lr": 0.1, "weight_decay": 0.01}),
    ("momentum", "sgd", SGD, {"lr": 0.1, "momentum": 0.9}),
    ("momentum weight decay", "sgd", SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("nesterov", "sgd", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("nesterov weight decay", "sgd", SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("adam", "adam", ADAM, {"lr": 0.01}),
    ("adam betas", "adam", ADAM, {"lr": 0.01, "betas": [0.5, 0.9], "eps": 1e-6}),
    ("adam weight decay", "adam", ADAM, {"lr": 0.01, "weight_decay": 0.1}),
    ("adamw", "adamw", ADAMW, {"lr": 0.01}),  # weight_decay 0.01 by default
    ("adamw weight decay", "adamw", ADAMW, {"lr": 0.01, "weight_decay": 0.1}),
    ("rmsprop", "rmsprop", RMSPROP, {"lr": 0.01}),
    ("rmsprop alpha 0.9", "rmsprop", RMSPROP, {"lr": 0.01, "alpha": 0.9}),
    ("rmsprop weight decay", "rmsprop", RMSPROP, {"lr": 0.01, "weight_decay": 0.1}),
    ("rmsprop momentum", "rmsprop", RMSPROP, {"lr": 0.01, "momentum": 0.9}),
    ("rmsprop centered", "rmsprop", RMSPROP, {"lr": 0.01, "centered": True}),
    ("rmsprop all", "rmsprop", RMSPROP, {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1}),
    ("adagrad", "adagrad", OPTIM.Adagrad, {"lr": 0.1}),
    ("adagrad decays", "adagrad", OPTIM.Adagrad, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1}),
    ("adadelta", "adadelta", OPTIM.Adadelta, {"lr": 1.0}),
    ("adadelta rho", "adadelta", OPTIM.Adadelta, {"lr": 0.5, "rho": 0.5, "weight_decay": 0.1}),
    ("adamax", "adamax", OPTIM.Adamax, {"lr": 0.01}),
    ("adamax weight decay", "adamax", OPTIM.Adamax, {"lr": 0.01, "betas": [0.5, 0.9], "weight_decay": 0.1}),
    ("nadam", "nadam", OPTIM.NAdam, {"lr": 0.01}),
    ("nadam decays", "nadam", OPTIM.NAdam, {"lr": 0.01, "momentum_decay": 0.1, "weight_decay": 0.1}),
    ("radam", "radam", OPTIM.RAdam, {"lr": 0.01}),
    ("radam soon rectified", "radam", OPTIM.RAdam, {"lr": 0.01, "betas": [0.8, 0.95], "weight_decay": 0.1}),
    ("lion", "lion", Lion, {"lr": 0.01}),
    ("lion weight decay", "lion", Lion, {"lr": 0.01, "betas": [0.8, 0.9], "weight_decay": 0.1}),
]


def run(name, op, optimizer_class, attributes):
    parameter = to_tensor(START, (len(START),)).requires_grad_()
    # Of NAdam one at a time, 1.13 multiplies twice by the momentum; version 2 does what the other path of 1.13 does.
    path = {"foreach": True} if optimizer_class is OPTIM.NAdam else {}
    optimizer = optimizer_class([parameter], **attributes, **path)
    rates = [attributes["lr"]] * 3 + [attributes["lr"] / 2] * 17
    after = []
    for rate, gradient in zip(rates, GRADIENTS):
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = to_tensor(gradient, (len(START),))
        optimizer.step()
        after.append(numbers(parameter))
    defaults = {key: optimizer.defaults[key] for key in NAMES if key in optimizer.defaults}
    return {"name": name, "optimizer": op, "attributes": attributes, "resolved": defaults, "learningRates": rates,
            "start": START, "gradients": GRADIENTS, "after": after}


BEFORE = [
    ("clip norm", "sgd", {"lr": 0.1, "momentum": 0.9}, {"clip": {"kind": "norm", "length": 1.0}}),
    ("clip value", "adam", {"lr": 0.01}, {"clip": {"kind": "value", "limit": 0.3}}),
    ("accumulate", "adam", {"lr": 0.01}, {"accumulate": 4}),
    ("accumulate, clip norm", "sgd", {"lr": 0.1, "momentum": 0.9}, {"accumulate": 3, "clip": {"kind": "norm", "length": 0.5}}),
]


def run_before(name, op, attributes, before):
    """Two parameters, whose gradients are gathered over several steps and limited before the update."""
    halves = [to_tensor(START[:4], (4,)).requires_grad_(), to_tensor(START[4:], (2,)).requires_grad_()]
    optimizer = {"sgd": SGD, "adam": ADAM}[op](halves, **attributes)
    steps, clip = before.get("accumulate", 1), before.get("clip", {})
    after = []
    for step, gradient in enumerate(GRADIENTS):
        for half, part in zip(halves, (gradient[:4], gradient[4:])):
            add = to_tensor(part, (len(part),)) / steps
            half.grad = add if step % steps == 0 else half.grad + add
        if step % steps == steps - 1:
            if clip.get("kind") == "norm":
                torch.nn.utils.clip_grad_norm_(halves, clip["length"])
            if clip.get("kind") == "value":
                torch.nn.utils.clip_grad_value_(halves, clip["limit"])
            optimizer.step()
        after.append(numbers(torch.cat(halves)))
    return {"name": name, "optimizer": op, "attributes": attributes, "before": before, "after": after}


ONE_CYCLE = [
    ("onecycle, momentum of sgd", SGD, {"lr": 0.1, "momentum": 0.95}, {"base_momentum": 0.85, "max_momentum": 0.95}),
    ("onecycle, beta1 of adam", ADAM, {"lr": 0.01, "betas": [0.95, 0.99]}, {"base_momentum": 0.8, "max_momentum": 0.95}),
    ("onecycle, weight decay of adamw", ADAMW, {"lr": 0.01, "betas": [0.9, 0.99], "weight_decay": 0.1},
     {"base_momentum": 0.5, "max_momentum": 0.9, "pct_start": 0.4, "anneal_strategy": "linear"}),
    ("onecycle, momentum of rmsprop", RMSPROP, {"lr": 0.01, "momentum": 0.9}, {"base_momentum": 0.7, "max_momentum": 0.9}),
    ("onecycle, beta1 of adamax", OPTIM.Adamax, {"lr": 0.01, "betas": [0.9, 0.99]}, {"base_momentum": 0.7, "max_momentum": 0.9}),
    ("onecycle, beta1 of radam", OPTIM.RAdam, {"lr": 0.01, "betas": [0.9, 0.95]}, {"base_momentum": 0.7, "max_momentum": 0.9}),
]


def run_cycle(name, optimizer_class, attributes, cycle):
    """Rate and momentum both follow one cycle of twenty steps."""
    parameter = to_tensor(START, (len(START),)).requires_grad_()
    optimizer = optimizer_class([parameter], **attributes)
    schedule = OPTIM.lr_scheduler.OneCycleLR(optimizer, attributes["lr"], len(GRADIENTS), **cycle)
    after = []
    for gradient in GRADIENTS:
        parameter.grad = to_tensor(gradient, (len(START),))
        optimizer.step()
        schedule.step() if len(after) + 1 < len(GRADIENTS) else None
        after.append(numbers(parameter))
    values = {key: value for key, value in attributes.items() if key != "betas"}
    values |= dict(zip(("beta1", "beta2"), attributes.get("betas", ())))
    own = {"momentum": cycle["base_momentum"], "rise": cycle.get("pct_start", 0.3)}
    own["along"] = "line" if cycle.get("anneal_strategy") == "linear" else "cosine"
    return {"name": name, "optimizer": optimizer_class.__name__.lower(), "attributes": values, "cycle": own, "after": after}


cases = [run(*case) for case in RUNS]
header = provenance("make_optimizers.py") | {"start": START, "gradients": GRADIENTS}
header["before"] = [run_before(*case) for case in BEFORE]
header["cycles"] = [run_cycle(*case) for case in ONE_CYCLE]
write_cases("optimizers.json", header, "cases", cases)
