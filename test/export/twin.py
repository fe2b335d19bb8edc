"""Computes exported networks in PyTorch: reads cases as JSON, one a line, and answers each with what it found.

A case has the text of a file, values of its weights, images and targets. The answer: loss, metrics, outputs and gradients.
"""

import importlib.util
import json
import os
import sys
import tempfile

import torch

torch.set_num_threads(1)


def load(text, folder, number):
    path = os.path.join(folder, f"twin{number}.py")
    with open(path, "w") as file:
        file.write(text)
    spec = importlib.util.spec_from_file_location(f"twin{number}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers(value):
    return value.detach().double().flatten().tolist()


def tensors(entries, whole=()):
    return [torch.tensor(entry["values"], dtype=torch.long if entry["name"] in whole else torch.float).reshape(entry["shape"]) for entry in entries]


def on_meta(make):
    """A network without numbers: shapes alone, whatever its size."""
    real = torch.empty
    torch.empty = lambda *size, **options: real(*size, **{**options, "device": "meta"})
    try:
        return make()
    finally:
        torch.empty = real


def answer(case, module):
    if case.get("shapes"):
        network = on_meta(getattr(module, case["network"]))
        return {name: list(value.shape) for name, value in module.weights_of(network).items()}
    network = module.build()
    own = module.weights_of(network)
    with torch.no_grad():
        for name, value in zip(case["states"], tensors(case["states"])):
            own[name["name"]].copy_(value)
    if case.get("order"):
        assert list(own) and set(own) == {state["name"] for state in case["states"]}
    images = tensors(case["images"])
    found = {}
    if case.get("outputs"):
        network.eval()
        outputs = network(*images)
        outputs = outputs if isinstance(outputs, dict) else {case["outputs"][0]: outputs}
        found.update({f"output {name}": numbers(value) for name, value in outputs.items()})
        network.train()
    objective = module.make_objective(network)
    optimizer = module.make_optimizer(module.parameter_groups(network), module.LEARNING_RATE)
    for step in range(case.get("steps", 1)):
        batch = images if step == 0 or "batches" not in case else tensors(case["batches"][step]["images"])
        targets = tensors(case["targets"] if step == 0 or "batches" not in case else case["batches"][step]["targets"], case["classes"])
        optimizer.zero_grad()
        loss, metrics = objective(*batch, *targets)
        if "steps" in case:
            found.setdefault("losses", []).append(loss.item())
            if loss.requires_grad:
                loss.backward()
            module.clip(network.parameters())
            optimizer.step()
    if "steps" not in case:
        found["loss"] = numbers(loss)
        found.update({f"metric {name}": numbers(value) for name, value in metrics.items()})
        if loss.requires_grad:
            loss.backward()
        found.update({f"d.{name}": numbers(p.grad) for name, p in network.named_parameters() if p.grad is not None})
    return found


with tempfile.TemporaryDirectory() as folder:
    for number, line in enumerate(sys.stdin):
        case = json.loads(line)
        try:
            result = answer(case, load(case["text"], folder, number))
        except Exception as error:  # The test tells which case it was.
            import traceback
            result = {"error": f"{type(error).__name__}: {error}\n{traceback.format_exc()[-600:]}"}
        print(json.dumps(result), flush=True)
