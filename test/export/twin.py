"""Computes exported networks in PyTorch: reads cases as JSON, one a line, and answers each with what it found.

A case has the text of a file, values of its weights, images and targets. The answer: loss, metrics, outputs and gradients.
"""

import argparse
import ast
import base64
import builtins
import functools
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


def check_names(text):
    """What linters ask for first: no name that nobody binds, no import that nobody uses."""
    bound, loaded, imported = set(dir(builtins)) | {"__file__"}, set(), set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            (loaded if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            imported.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)):
            bound.add(node.name)
    assert loaded <= bound | imported | {"__name__", "__doc__"}, f"not bound: {loaded - bound - imported}"
    assert imported <= loaded, f"not used: {imported - loaded}"


def numbers(value):
    return value.detach().double().flatten().tolist()


def column(entry):
    return torch.frombuffer(bytearray(base64.b64decode(entry["data"])), dtype=torch.float).reshape(entry["shape"])


def tensor(entry, whole):
    values = column(entry) if "data" in entry else torch.tensor(entry["values"], dtype=torch.float).reshape(entry["shape"])
    return values.long() if whole else values


def tensors(entries, whole=()):
    return [tensor(entry, entry["name"] in whole) for entry in entries]


def on_meta(make):
    """A network without numbers: shapes alone, whatever its size."""
    real = torch.empty
    torch.empty = lambda *size, **options: real(*size, **{**options, "device": "meta"})
    try:
        return make()
    finally:
        torch.empty = real


def trained(case, module, folder):
    """Losses and rates of every step of the script's own `fit`, on images that are taken in their order."""
    network = module.build()
    weights = os.path.join(folder, "weights.safetensors")
    with open(weights, "wb") as file:
        file.write(base64.b64decode(case["weights"]))
    module.load_weights(network, weights)
    data = {kind: [column(entry) for entry in case[kind]] for kind in ("inputs", "targets")}
    network.eval()
    with torch.no_grad():
        output = network(*[values[: case["batch"]] for values in data["inputs"]])
    network.train()
    options = argparse.Namespace(seed=1, batch=case["batch"], epochs=case["epochs"], lr=case["lr"], patience=case.get("patience", 0), log_every=1, save_every=0)
    optimizer = module.make_optimizer(module.parameter_groups(network), options.lr)
    if "orders" in case:
        module.DistributedSampler = functools.partial(Ordered, case["orders"])
    part = module.Part(data, options.batch, "orders" in case, options.seed, 0, 1)
    entries, objective = [], module.make_objective(network)
    module.log = lambda directory, entry: entries.append(entry)
    module.say = lambda text: None
    still = module.Part(data, options.batch, False, options.seed, 0, 1)
    watched = (None, still) if module.WATCH == "validation" else (still, None)
    module.fit(module.Run(options, network, optimizer, None), objective, (part, *watched), options, torch.device("cpu"))
    steps = [entry for entry in entries if entry["kind"] == "step"]
    epochs = [entry for entry in entries if entry["kind"] == "epoch"]
    tests = [(epoch.get("test") or epoch["validation"])["loss"] for epoch in epochs]
    kept = module.evaluate(objective, still, torch.device("cpu"))["loss"]
    return {"losses": [step["loss"] for step in steps], "rates": [step["lr"] for step in steps], "loss": tests[-1], "tests": tests, "kept": kept, "output": numbers(next(iter(output.values())) if isinstance(output, dict) else output)}


class Ordered:
    """In place of a sampler: images in given orders, one for each epoch."""

    def __init__(self, orders, _, world, rank, shuffle, seed):
        self.orders, self.world, self.rank, self.epoch, self.shuffle = orders, world, rank, 0, shuffle

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        order = self.orders[self.epoch] if self.shuffle else sorted(self.orders[0])
        return iter(order[self.rank :: self.world])


def answer(case, module, folder):
    if "weights" in case:
        return trained(case, module, folder)
    if case.get("shapes"):
        check_names(case["text"])
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
    if "targets" not in case:
        return found
    objective = module.make_objective(network)
    loss, metrics = objective(*images, *tensors(case["targets"], case["classes"]))
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
            result = answer(case, load(case["text"], folder, number), folder)
        except Exception as error:  # The test tells which case it was.
            import traceback
            result = {"error": f"{type(error).__name__}: {error}\n{traceback.format_exc()[-600:]}"}
        print(json.dumps(result), flush=True)
