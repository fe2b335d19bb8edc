"""curves-*.json: twenty training steps of two networks, and five of small members of the families in examples/zoo."""

import torch

import networks
import networks_zoo
from curves import Images, rules, statistics, training, write

SGD, MOMENTUM, ADAM = {"lr": 0.05}, {"lr": 0.05, "momentum": 0.9}, {"lr": 0.001}
DECAY = MOMENTUM | {"weight_decay": 1e-4}

TWENTY = {"steps": 20, "evaluated": 10}
LENET = TWENTY | {"name": "LeNet5", "source": networks.LENET, "twin": networks.lenet, "buffers": [],
         "parameters": rules(networks.LENET_PARAMETERS), "images": Images([1, 28, 28], 10, 1, 3)}
RESNET = TWENTY | {"name": "SmallResNet", "source": networks.RESNET, "twin": networks.resnet,
          "buffers": statistics(networks.RESNET_PARAMETERS),
          "parameters": rules(networks.RESNET_PARAMETERS), "images": Images([3, 8, 8], 4, 2, 2)}

write("curves-lenet.json", LENET, [
    {"name": "momentum", "optimizer": torch.optim.SGD, "attributes": MOMENTUM, "counts": [16],
     "train": training("LeNet5", "sgd(lr: 0.05, momentum: 0.9)", 16)},
    {"name": "adam", "optimizer": torch.optim.Adam, "attributes": ADAM, "counts": [16],
     "train": training("LeNet5", "adam(lr: 0.001)", 16)},
    {"name": "short batches", "optimizer": torch.optim.SGD, "attributes": SGD, "counts": [16, 5, 11, 1],
     "train": training("LeNet5", "sgd(lr: 0.05)", 16)},
])
write("curves-resnet.json", RESNET, [
    {"name": "momentum", "optimizer": torch.optim.SGD, "attributes": DECAY, "counts": [12],
     "train": training("SmallResNet", "sgd(lr: 0.05, momentum: 0.9, weight_decay: 1e-4)", 12)},
    {"name": "short batches", "optimizer": torch.optim.SGD, "attributes": DECAY, "counts": [12, 7, 9, 3],
     "train": training("SmallResNet", "sgd(lr: 0.05, momentum: 0.9, weight_decay: 1e-4)", 12)},
])


def small(name, source, twin, images):
    """A small member of a family: five steps by the rule that its papers train with."""
    parameters = networks_zoo.parameters(twin, images.rule["shape"])
    return {"steps": 5, "evaluated": 1 if "mask" in images.rule else 4, "name": name, "source": source, "twin": twin,
            "images": images, "parameters": rules(parameters), "buffers": statistics(parameters)}


for file, rate, network in (
    ("cifar", 0.05, small("CifarResNet", networks_zoo.CIFAR, networks_zoo.cifar, Images([3, 32, 32], 4, 3, 3))),
    ("mobile", 0.05, small("SmallMobileNet", networks_zoo.MOBILE, networks_zoo.mobile, Images([3, 16, 16], 4, 4, 3))),
    ("dense", 0.05, small("SmallDenseNet", networks_zoo.DENSE, networks_zoo.dense, Images([3, 16, 16], 4, 8, 3))),
    ("shuffle", 0.05, small("SmallShuffleNet", networks_zoo.SHUFFLE, networks_zoo.shuffle, Images([3, 16, 16], 4, 6, 3))),
    ("unet", 0.02, small("UNet", networks_zoo.UNET, networks_zoo.unet, Images([1, 32, 32], 2, 7, 4, mask=True))),
):
    write(f"curves-{file}.json", network, [
        {"name": "momentum", "optimizer": torch.optim.SGD, "attributes": DECAY | {"lr": rate}, "counts": [8],
         "train": training(network["name"], f"sgd(lr: {rate}, momentum: 0.9, weight_decay: 1e-4)", 8)},
    ])
