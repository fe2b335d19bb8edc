"""How long a training step takes PyTorch, on a device that it names: a request on standard input, milliseconds on standard output."""

import importlib.util
import json
import sys
import time

import torch


def network_of(path):
    """The file that `cnnc export --to pytorch` has written."""
    specification = importlib.util.spec_from_file_location("network", path)
    network = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(network)
    return network


def target_of(shape, kind, batch):
    if kind is not None:
        return torch.randint(0, kind, (batch, *shape))
    return torch.rand(batch, *shape)


def main():
    request = json.load(sys.stdin)
    device = torch.device(request["device"])
    if device.type == "cuda" and not torch.cuda.is_available():
        print(json.dumps({"skip": "torch finds no CUDA device"}))
        return
    file, batch = network_of(request["file"]), request["batch"]
    network = file.build().to(device)
    objective = file.make_objective(network).train()
    optimizer = file.make_optimizer(file.parameter_groups(network), 1e-6)
    inputs = [torch.rand(batch, *shape).to(device) for shape in file.INPUTS.values()]
    targets = [target_of(one["shape"], one.get("classes"), batch).to(device) for one in file.TARGETS.values()]

    def step():
        optimizer.zero_grad()
        loss, _ = objective(*inputs, *targets)
        loss.backward()
        optimizer.step()
        return loss.item()  # waits for the device

    times = []
    for seconds in (request["seconds"], request["seconds"]):  # the first is a warm-up
        times.clear()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(times) < 5:
            started = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - started))
    name = torch.cuda.get_device_name() if device.type == "cuda" else "the processor"
    print(json.dumps({"milliseconds": sorted(times)[len(times) // 2], "name": name, "version": torch.__version__}))


main()
