"""Writes torch.onnx, a small network as PyTorch 1.13 exports it, and prints an image with its scores."""
import torch
from torch import nn

torch.manual_seed(3)
network = nn.Sequential(
    nn.Conv2d(1, 2, 3, padding=1),
    nn.BatchNorm2d(2),
    nn.ReLU6(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8, 3),
).eval()
image = torch.randn(1, 1, 4, 4)
torch.onnx.export(
    network,
    image,
    "torch.onnx",
    opset_version=13,
    input_names=["image"],
    output_names=["scores"],
    dynamic_axes={"image": {0: "batch"}, "scores": {0: "batch"}},
)
print(image.flatten().tolist(), network(image).flatten().tolist())
