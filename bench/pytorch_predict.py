"""How long PyTorch takes to predict, on one thread: a request on standard input, times in milliseconds on standard output."""

import json
import os
import sys
import time

import torch
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "contenders"))

from pytorch import build  # noqa: E402


def times(model, images, seconds):
    found = []
    with torch.inference_mode():
        for limit in (0.3 * seconds, 2 * seconds):
            found.clear()
            end = time.perf_counter() + limit
            while time.perf_counter() < end or len(found) < 20:
                started = time.perf_counter()
                torch.softmax(model(images), 1)
                found.append(1000 * (time.perf_counter() - started))
    return sorted(found)


def main():
    request = json.load(sys.stdin)
    torch.set_num_threads(1)
    model = build(request["layers"]).eval()
    rows = []
    for count in request["counts"]:
        found = times(model, torch.rand(count, *request["input"]), request["seconds"])
        median, high = found[len(found) // 2], found[int(0.99 * len(found))]
        rows.append({"count": count, "least": found[0], "median": median, "high": high})
    print(json.dumps(rows))


main()
