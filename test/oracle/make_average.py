"""average.json: weights and their running mean after each of twenty steps of a small regression, by torch.optim and
torch.optim.swa_utils.AveragedModel in float64.
"""

import torch
from torch.optim.swa_utils import AveragedModel

from oracle_io import numbers, provenance, write_cases

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(5)
draw = lambda *shape: torch.randint(-16, 17, shape, generator=generator) / 16
IMAGES, TARGETS, WEIGHT, BIAS = draw(4, 1, 2, 2), draw(4, 3), draw(3, 4), draw(3)
KEEPS = 0.9


def run(every):
    """One update of every so many steps, of their mean gradient."""
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3))
    with torch.no_grad():
        model[1].weight.copy_(WEIGHT)
        model[1].bias.copy_(BIAS)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    mean = AveragedModel(model, avg_fn=lambda old, new, _: KEEPS * old + (1 - KEEPS) * new)
    steps = []
    for step in range(20):
        (torch.nn.functional.mse_loss(model(IMAGES), TARGETS) / every).backward()
        if step % every == every - 1:
            optimizer.step()
            optimizer.zero_grad()
            mean.update_parameters(model)
        steps.append({"weight": numbers(model[1].weight), "average": numbers(mean.module[1].weight)})
    return {"accumulate": every, "steps": steps}


given = {"images": numbers(IMAGES), "targets": numbers(TARGETS), "weight": numbers(WEIGHT), "bias": numbers(BIAS)}
write_cases("average.json", provenance("make_average.py") | {"keeps": KEEPS, "given": given}, "cases", [run(1), run(4)])
