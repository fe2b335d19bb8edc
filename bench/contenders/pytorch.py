"""PyTorch on the CPU. The images become floats before the clock starts, which favours PyTorch a little."""

import json
import math
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


def build(layers):
    """The layers as modules; shapes and parameters are told, see `layers.mjs`."""
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, main, skip):
            super().__init__()
            self.main, self.skip = main, skip

        def forward(self, x):
            return self.main(x) + self.skip(x)

    def conv(layer):
        inputs, kernel = layer["input"][0], layer["kernel"]
        return nn.Conv2d(inputs, layer["channels"], kernel, layer["stride"], layer["pad"], bias=layer["bias"])

    makers = {
        "conv": conv,
        "maxpool": lambda layer: nn.MaxPool2d(layer["kernel"], layer["stride"]),
        "relu": lambda layer: nn.ReLU(inplace=True),
        "batchnorm": lambda layer: nn.BatchNorm2d(layer["input"][0]),
        "globalavgpool": lambda layer: nn.AdaptiveAvgPool2d(1),
        "dense": lambda layer: nn.Sequential(nn.Flatten(), nn.Linear(math.prod(layer["input"]), layer["units"])),
        "residual": lambda layer: Residual(build(layer["main"]), build(layer["skip"])),
    }
    return nn.Sequential(*[makers[layer["type"]](layer) for layer in layers])


def set_weights(torch, model, path):
    with open(path, "rb") as file:
        values = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    start = 0
    for parameter in model.parameters():
        parameter.data.copy_(values[start : start + parameter.numel()].view_as(parameter))
        start += parameter.numel()


class Contender:
    def __init__(self, task):
        import torch

        self.torch, self.task = torch, task
        torch.set_num_threads(task["threads"])
        shape = task["network"]["input"]
        with open(task["images"], "rb") as file:
            images = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8)
        with open(task["labels"], "rb") as file:
            self.labels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).long()
        self.images = images.view(-1, *shape).float().div_(255)
        self.model = build(task["network"]["layers"])
        set_weights(torch, self.model, task["weights"])
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
        self.model.train()
        cpu, before = time.process_time(), time.perf_counter()
        for k in range(batches):
            loss = self.step((start + k * self.task["batch"]) % self.task["count"], self.task["batch"])
        seconds = time.perf_counter() - before
        return {"seconds": seconds, "cpu": time.process_time() - cpu, "loss": loss}

    def test(self):
        first, tests = self.task["count"], self.task["tests"]
        correct = 0
        self.model.eval()
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


if __name__ == "__main__":
    main()
