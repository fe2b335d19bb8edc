"""Parameters and multiply-adds of torchvision's networks, for the zoo.

Multiply-adds are counted by hooks on convolutions and dense layers, per image: elements of the output times elements of
the kernel behind one of them. What ends in `+aux` is the network with its auxiliary heads, which work in training only.
"""
import json
import sys
from pathlib import Path

import torch
from torchvision.models import get_model

NAMES = """alexnet vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn googlenet inception_v3 resnet18 resnet34
resnet50 resnet101 resnet152 resnext50_32x4d densenet121 squeezenet1_0 squeezenet1_1 shufflenet_v2_x1_0 mobilenet_v2
mobilenet_v3_small mnasnet1_0 efficientnet_b0 convnext_tiny""".split()
WITH_HEADS = ("googlenet", "inception_v3")


def measure(name):
    base, _, aux = name.partition("+")
    options = {"init_weights": False, "aux_logits": bool(aux)} if base in WITH_HEADS else {}
    if base.startswith("vgg"):
        options = {"init_weights": False}
    # Batch norm of a single pixel needs two images to train.
    batch = 2 if aux else 1
    network = get_model(base, weights=None, **options).train(bool(aux))
    macs = 0

    def count(layer, _, output):
        nonlocal macs
        macs += output.numel() * layer.weight[0].numel()

    for layer in network.modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            layer.register_forward_hook(count)
    size = 299 if base == "inception_v3" else 224
    with torch.no_grad():
        output = network(torch.zeros(batch, 3, size, size))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    logits = output.logits if aux else output
    return {"parameters": parameters, "macs": macs // batch, "output": list(logits.shape[1:])}


folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
rows = [f'  "{name}": {json.dumps(measure(name))}' for name in [*NAMES, *(f"{name}+aux" for name in WITH_HEADS)]]
(folder / "zoo.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
