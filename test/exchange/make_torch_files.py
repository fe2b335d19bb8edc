"""Small checkpoints of PyTorch in every form that people have, and the numbers that are in them.

Run it in this folder: python3 make_torch_files.py FOLDER (by default weights). The files in git were written by PyTorch 1.13.
"""

import collections
import io
import json
import sys
import zipfile

import torch

torch.manual_seed(7)
folder = sys.argv[1] if len(sys.argv) > 1 else "weights"
expected = {"torch": torch.__version__, "files": {}}


def flat(value):
    return {"shape": list(value.shape), "values": value.detach().to(torch.float64).flatten().tolist()}


def save(name, value, tensors, **options):
    torch.save(value, f"{folder}/{name}", **options)
    expected["files"][name] = {key: flat(tensor) for key, tensor in tensors.items()}


def numbers(*shape):
    return torch.randn(*shape)


net = torch.nn.Sequential(collections.OrderedDict(
    conv=torch.nn.Conv2d(1, 2, 3, bias=False), norm=torch.nn.BatchNorm2d(2), flat=torch.nn.Flatten(), fc=torch.nn.Linear(2, 2)))
net.norm.running_mean.copy_(numbers(2))
state = net.state_dict()
save("state.pt", state, state)

wrapped = {f"module.{name}": tensor for name, tensor in state.items()}
optimizer = torch.optim.Adam(net.parameters())
net(numbers(2, 1, 3, 3)).sum().backward()
optimizer.step()
save("run.pth", {"epoch": 3, "best": 0.5, "state_dict": wrapped, "optimizer": optimizer.state_dict(), "args": ["a", None, True]}, state)

base = numbers(4, 6)
views = {
    "whole": base,
    "turned": base.t(),
    "part": base[1:3, 1:6:2],
    "row": base[2],
    "same": base,
    "one": torch.tensor(2.5),
    "none": numbers(0, 3),
    "wide": torch.tensor([1.5, -2.0]).reshape(2, 1).expand(2, 3),
    "last": numbers(2, 3, 4, 2).contiguous(memory_format=torch.channels_last),
}
save("views.pt", views, views)

types = {
    "half": numbers(5).half(),
    "brain": numbers(5).bfloat16(),
    "single": torch.tensor([1e-40, 3.5, float("inf")]),
    "double": numbers(5).double(),
    "byte": torch.tensor([0, 255], dtype=torch.uint8),
    "char": torch.tensor([-128, 127], dtype=torch.int8),
    "short": torch.tensor([-300, 300], dtype=torch.int16),
    "int": torch.tensor([-70000, 70000], dtype=torch.int32),
    "long": torch.tensor([-(2**40), 2**40]),
    "bool": torch.tensor([True, False, True]),
}
types["single"] = types["single"][:2]
save("types.pt", types, types)
save("types-p4.pt", types, types, pickle_protocol=4)

parameters = {"layers": [{"weight": torch.nn.Parameter(numbers(2, 2))}, {"weight": torch.nn.Parameter(numbers(2))}]}
save("parameters.pt", parameters, {f"layers.{k}.weight": layer["weight"] for k, layer in enumerate(parameters["layers"])})

# The same bytes as on a machine whose numbers begin with their highest byte.
source = zipfile.ZipFile(f"{folder}/types.pt")
sizes = {"HalfStorage": 2, "BFloat16Storage": 2, "FloatStorage": 4, "DoubleStorage": 8, "ByteStorage": 1, "CharStorage": 1,
         "ShortStorage": 2, "IntStorage": 4, "LongStorage": 8, "BoolStorage": 1}
order = ["Half", "BFloat16", "Float", "Double", "Byte", "Char", "Short", "Int", "Long", "Bool"]
with zipfile.ZipFile(f"{folder}/big.pt", "w") as target:
    prefix = source.namelist()[0].split("/")[0]
    for member in source.namelist():
        content = source.read(member)
        if member.endswith("byteorder"):
            continue
        if "/data/" in member:
            size = sizes[order[int(member.rsplit("/", 1)[1])] + "Storage"]
            content = b"".join(content[k : k + size][::-1] for k in range(0, len(content), size))
        target.writestr(member, content)
    target.writestr(f"{prefix}/byteorder", "big")
expected["files"]["big.pt"] = expected["files"]["types.pt"]

torch.save(net, f"{folder}/network.pt")
torch.save(state, f"{folder}/legacy.pt", _use_new_zipfile_serialization=False)
torch.jit.save(torch.jit.script(torch.nn.ReLU()), f"{folder}/script.pt")
with open(f"{folder}/expected.json", "w") as file:
    json.dump(expected, file)
