"""PyTorch on the CPU. The images become floats before the clock starts, which favours PyTorch a little."""

import json
import re
import resource
import sys
import time


def peak_memory():
    """Largest resident set of this process, in bytes; `ru_maxrss` would also remember the process that started it."""
    try:
        with open("/proc/self/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


BASE = peak_memory()


def blas():
    """Which library multiplies matrices, from what is mapped into this process."""
    try:
        with open("/proc/self/maps") as maps:
            mapped = maps.read()
    except OSError:
        return "BLAS unknown"
    known = {"openblas": "OpenBLAS", "libmkl": "MKL", "libblis": "BLIS", "libblas": "reference BLAS"}
    return next((name for part, name in known.items() if part in mapped), "own BLAS")


def build(network):
    from torch import nn

    channels, height, width = network["input"]
    layers = []
    flat = False
    for layer in network["layers"]:
        kind = layer["type"]
        if kind == "conv":
            layers.append(nn.Conv2d(channels, layer["channels"], layer["kernel"], padding=layer["pad"]))
            channels = layer["channels"]
            height += 2 * layer["pad"] - layer["kernel"] + 1
            width += 2 * layer["pad"] - layer["kernel"] + 1
        elif kind == "maxpool":
            layers.append(nn.MaxPool2d(layer["kernel"], layer["stride"]))
            height = (height - layer["kernel"]) // layer["stride"] + 1
            width = (width - layer["kernel"]) // layer["stride"] + 1
        elif kind == "relu":
            layers.append(nn.ReLU(inplace=True))
        elif kind == "dense":
            if not flat:
                layers.append(nn.Flatten())
            flat = True
            layers.append(nn.Linear(channels * height * width, layer["units"]))
            channels, height, width = layer["units"], 1, 1
        else:
            raise ValueError(f"no layer {kind}")
    for layer in layers:
        if hasattr(layer, "weight"):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


class Contender:
    def __init__(self, task):
        import torch

        self.torch, self.task = torch, task
        torch.set_num_threads(task["threads"])
        torch.manual_seed(1)
        shape = task["network"]["input"]
        with open(task["images"], "rb") as file:
            images = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
        with open(task["labels"], "rb") as file:
            self.labels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).long()
        self.images = images.view(-1, *shape).float().div_(255)
        self.model = build(task["network"])
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=task["learningRate"], momentum=task["momentum"])

    def describe(self):
        version = f"PyTorch {self.torch.__version__}, {blas()}"
        return {"version": version, "parameters": sum(p.numel() for p in self.model.parameters())}

    def step(self, start, count):
        self.optimizer.zero_grad(set_to_none=True)
        scores = self.model(self.images[start : start + count])
        loss = self.loss(scores, self.labels[start : start + count])
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def train(self, start, batches):
        loss = 0.0
        cpu, before = time.process_time(), time.perf_counter()
        for k in range(batches):
            loss = self.step((start + k * self.task["batch"]) % self.task["count"], self.task["batch"])
        seconds = time.perf_counter() - before
        return {"seconds": seconds, "cpu": time.process_time() - cpu, "loss": loss}

    def test(self):
        first, tests = self.task["count"], self.task["tests"]
        correct = 0
        with self.torch.no_grad():
            for start in range(first, first + tests, 256):
                stop = min(start + 256, first + tests)
                found = self.model(self.images[start:stop]).argmax(1)
                correct += (found == self.labels[start:stop]).sum().item()
        return {"accuracy": correct / tests}


def main():
    contender = None
    for line in sys.stdin:
        message = json.loads(line)
        command = message.pop("command")
        if command == "setup":
            try:
                contender = Contender(message)
                answer = contender.describe()
            except ImportError as error:
                answer = {"skip": f"{sys.executable} cannot import torch: {error}"}
        elif command == "train":
            answer = contender.train(message["from"], message["batches"])
        elif command == "test":
            answer = contender.test()
        else:
            answer = {"base": BASE, "peak": peak_memory()}
        print(json.dumps(answer), flush=True)


main()
