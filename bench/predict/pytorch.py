"""PyTorch predicts: answers lines of JSON as the processes of the other parties do; the network is a file that cnnc has written."""

import importlib.util
import json
import sys
import time

import torch


def load(folder):
    spec = importlib.util.spec_from_file_location("network", f"{folder}/network.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.build()
    module.load_weights(network, f"{folder}/weights.safetensors")
    return network.eval()


class Party:
    def setup(self, threads, input, **_):
        started = time.perf_counter()
        torch.set_num_threads(threads)
        self.input = input
        self.images = {}
        self.network = load(sys.argv[1])
        self.predict(1)
        took = 1000 * (time.perf_counter() - started)
        return {"load": took, "threads": torch.get_num_threads(), "version": f"PyTorch {torch.__version__}"}

    def predict(self, count):
        if count not in self.images:
            size = count * self.input[0] * self.input[1] * self.input[2]
            self.images[count] = torch.arange(size, dtype=torch.float64).sin().abs().float().view(count, *self.input)
        images = self.images[count]
        started = time.perf_counter()
        with torch.inference_mode():
            outputs = self.network(images)
        took = 1000 * (time.perf_counter() - started)
        return took, outputs if isinstance(outputs, torch.Tensor) else outputs[0]

    def once(self, count):
        took, outputs = self.predict(count)
        return {"took": took, "values": outputs[-1].reshape(-1).tolist()}

    def time(self, count, seconds):
        times = []
        end = time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            times.append(self.predict(count)[0])
        return {"times": times, "threads": torch.get_num_threads()}


party = Party()
for line in sys.stdin:
    message = json.loads(line)
    command = message.pop("command")
    print(json.dumps(getattr(party, command)(**message)), flush=True)
