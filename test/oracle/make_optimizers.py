"""optimizers.json: the parameters after each of six steps with given gradients, by torch.optim in float64.

The learning rate falls by half after the third step: whether it multiplies the velocity (PyTorch) or is folded into it
then makes a difference. One gradient is zero from the start, one vanishes midway, and one is so small that eps counts.
"""

import torch

from oracle_io import numbers, provenance, to_tensor, write_cases

START = [0.5, -1.25, 2.0, 0.0, -0.75, 1.0]
GRADIENTS = [
    [1.0, -0.5, 0.25, 0.0, 2.0, 2**-26],
    [0.75, -0.25, -0.5, 0.0, 1.5, 2**-27],
    [0.5, 0.5, 0.125, 0.0, 0.0, -(2**-26)],
    [-0.25, 0.375, -1.0, 0.0, 0.0, 2**-25],
    [-1.5, 0.0625, 0.625, 0.0, 0.0, 2**-28],
    [3.0, -2.0, 0.875, 0.0, 0.0, 2**-26],
]

SGD, ADAM = torch.optim.SGD, torch.optim.Adam
ADAMW, RMSPROP = torch.optim.AdamW, torch.optim.RMSprop
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
]


def run(name, op, optimizer_class, attributes):
    parameter = to_tensor(START, (len(START),)).requires_grad_()
    optimizer = optimizer_class([parameter], **attributes)
    rates = [attributes["lr"]] * 3 + [attributes["lr"] / 2] * 3
    after = []
    for rate, gradient in zip(rates, GRADIENTS):
        optimizer.param_groups[0]["lr"] = rate
        parameter.grad = to_tensor(gradient, (len(START),))
        optimizer.step()
        after.append(numbers(parameter))
    defaults = {key: optimizer.defaults[key] for key in ("momentum", "weight_decay", "nesterov", "betas", "eps", "alpha")
                if key in optimizer.defaults}
    return {"name": name, "optimizer": op, "attributes": attributes, "resolved": defaults, "learningRates": rates,
            "start": START, "gradients": GRADIENTS, "after": after}


write_cases("optimizers.json", provenance("make_optimizers.py"), "cases", [run(*case) for case in RUNS])
