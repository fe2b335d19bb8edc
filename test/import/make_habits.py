"""habits/*.onnx and habits.json: small networks as exporters write them, with inputs and the outputs that the tool computes.

Made with PyTorch 2.13 and onnxscript 0.7 (`torch.onnx.export`, by tracing and by `torch.export`), Keras 3.15 on PyTorch, and by hand in
the forms of tf2onnx (channels last, transposes around windows, batch norms as factors and terms, relu6 of Min and Max).
The numbers of weights are drawn; networks are tiny, so that the files are.
"""

import base64
import io
import json
import os
import sys
import warnings

os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

warnings.filterwarnings("ignore")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "habits")
CASES = []


class Flattened(nn.Module):
    """Flattening by Shape, Gather, Concat and Reshape; a batch norm, folded or not."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Linear(16, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.fc(x.view(x.size(0), -1))


class Squeezed(nn.Module):
    """SiLU as Sigmoid and Mul, means as global pooling, gates."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.reduce, self.expand, self.fc = nn.Conv2d(6, 2, 1), nn.Conv2d(2, 6, 1), nn.Linear(6, 3)

    def forward(self, x):
        x = F.silu(self.norm(self.conv(x)))
        x = x * torch.sigmoid(self.expand(F.silu(self.reduce(x.mean((2, 3), keepdim=True)))))
        return self.fc(x.mean((2, 3)))


class Clipped(nn.Module):
    """Clip as relu6, depthwise and grouped convolutions, dropout, logarithms of softmax."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.fc = nn.Conv2d(3, 6, 3, groups=3), nn.Conv2d(6, 6, 3, padding=1, groups=6), nn.Linear(6, 4)

    def forward(self, x):
        x = F.hardswish(self.b(F.relu6(self.a(x))))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return F.log_softmax(self.fc(F.dropout(x, 0.3, self.training)), 1)


class Normed(nn.Module):
    """Group norm as Reshape and InstanceNormalization, layer norm, instance norm, GELU."""

    def __init__(self):
        super().__init__()
        self.conv, self.g, self.l = nn.Conv2d(3, 4, 1), nn.GroupNorm(2, 4), nn.LayerNorm([4, 6, 6])
        self.i = nn.InstanceNorm2d(4, affine=True)

    def forward(self, x):
        return F.gelu(self.i(self.l(self.g(self.conv(x)))))


class Tied(nn.Module):
    """Two layers with one weight, MatMul and Add, batch norms of vectors."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.n, self.m = nn.Linear(12, 12), nn.Linear(12, 12), nn.BatchNorm1d(12), nn.BatchNorm1d(12)
        self.b.weight = self.a.weight

    def forward(self, x):
        x = x.reshape(x.shape[0], -1)
        return torch.softmax(self.m(self.b(torch.tanh(self.n(self.a(x))))), -1)


class Shuffled(nn.Module):
    """Chunks, concatenation, and a shuffle of channels by view and transpose."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 1)

    def forward(self, x):
        x = self.conv(x)
        b, c, h, w = x.size()
        first, second = x.chunk(2, 1)
        x = torch.cat((first, F.leaky_relu(second, 0.2)), 1)
        return x.view(b, 2, c // 2, h, w).transpose(1, 2).contiguous().view(b, -1, h, w)


class Enlarged(nn.Module):
    """Transposed convolutions, resizing by a factor and to a size, mirrored borders, PReLU."""

    def __init__(self):
        super().__init__()
        self.conv, self.up, self.slope = nn.Conv2d(3, 4, 3, 2, 1), nn.ConvTranspose2d(4, 4, 2, 2), nn.PReLU(4)
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        y = self.slope(self.conv(x))
        z = self.up(y)
        u = F.interpolate(y, scale_factor=2, mode="nearest")
        v = F.interpolate(F.pad(y, (1, 1, 1, 1), mode="reflect"), size=z.shape[2:], mode="bilinear", align_corners=False)
        return self.out(torch.cat([z, u + v], 1))


class Permuted(nn.Module):
    """A block of ConvNeXt: dimensions permuted, a norm of channels, dense layers at each place, a scale."""

    def __init__(self):
        super().__init__()
        self.stem, self.deep = nn.Conv2d(3, 6, 4, 4), nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.norm, self.a, self.b = nn.LayerNorm(6, eps=1e-6), nn.Linear(6, 12), nn.Linear(12, 6)
        self.scale = nn.Parameter(torch.full((6,), 0.3))

    def forward(self, x):
        x = self.stem(x)
        y = self.scale * self.b(F.gelu(self.a(self.norm(self.deep(x).permute(0, 2, 3, 1)))))
        return (x + y.permute(0, 3, 1, 2)).mean((-2, -1))


class Pooled(nn.Module):
    """Padding `same`, pools that hang over the edge, softplus with its guard, Mish."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding="same")

    def forward(self, x):
        x = self.conv(x)
        a = F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)
        return torch.flatten(F.softplus(a) + F.mish(F.max_pool2d(x, 3, 2, 1, ceil_mode=True)), 1)


class Signal(nn.Module):
    """Signals: a causal convolution that is cut, and pools."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv1d(3, 4, 5, padding=4, dilation=2), nn.BatchNorm1d(4), nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(F.max_pool1d(F.relu(self.norm(self.conv(x)))[:, :, :-4], 2).mean(-1))


NETWORKS = {
    "flattened": (Flattened, (3, 4, 4)), "squeezed": (Squeezed, (3, 6, 6)), "clipped": (Clipped, (3, 6, 6)),
    "normed": (Normed, (3, 6, 6)), "tied": (Tied, (3, 2, 2)), "shuffled": (Shuffled, (3, 4, 4)),
    "enlarged": (Enlarged, (3, 8, 8)), "permuted": (Permuted, (3, 8, 8)), "pooled": (Pooled, (3, 9, 9)), "signal": (Signal, (3, 16)),
}

OPEN = {"dynamic_axes": {"image": {0: "batch"}}, "input_names": ["image"], "dynamo": False}
TRACED = {f"traced{opset}": {**OPEN, "opset_version": opset} for opset in (11, 13, 17, 18, 20)}
FORMS = {
    **TRACED,
    "fixed": {"dynamo": False, "opset_version": 13},
    "unfolded": {**OPEN, "opset_version": 17, "do_constant_folding": False},
    "training": {**OPEN, "opset_version": 17, "do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE},
    "exported": {"dynamo": True, "external_data": False, "dynamic_shapes": ({0: torch.export.Dim("batch")},)},
    "plain": {"dynamo": True, "external_data": True, "optimize": False, "dynamic_shapes": ({0: torch.export.Dim("batch")},)},
}

# Which are kept: every form of one network, and of the others those that differ most.
KEPT = {name: ("traced11", "traced20", "exported") for name in NETWORKS}
KEPT["flattened"] = tuple(FORMS)
for name in ("normed", "clipped", "pooled", "tied", "permuted"):
    KEPT[name] += ("plain",)


def stripped(model):
    """Without notes of where in Python a node comes from."""
    for thing in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output,
                  *model.graph.initializer, *model.functions]:
        if hasattr(thing, "metadata_props"):
            del thing.metadata_props[:]
        thing.doc_string = ""
    del model.graph.value_info[:]
    return model


def encoded(array):
    array = np.ascontiguousarray(array, dtype=np.float32)
    return {"shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def keep(name, form, tool, inputs, outputs):
    CASES.append({"name": name, "form": form, "tool": tool, "inputs": [encoded(x) for x in inputs], "outputs": [encoded(y) for y in outputs]})


def by_torch():
    for name, (make, shape) in NETWORKS.items():
        torch.manual_seed(1)
        net = make().eval()
        for part in net.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean.uniform_(-0.5, 0.5)
                part.running_var.uniform_(0.5, 2)
            if isinstance(part, (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)) and part.weight is not None:
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.uniform_(part.bias)
        x = torch.rand(2, *shape)
        for form in KEPT[name]:
            path = os.path.join(FOLDER, f"{name}-{form}.onnx")
            kept, sys.stdout = sys.stdout, io.StringIO()
            try:
                with torch.no_grad():
                    torch.onnx.export(net, (x,), path, **FORMS[form])
            finally:
                sys.stdout = kept
            onnx.save(stripped(onnx.load(path, load_external_data=False)), path)
            keep(name, form, f"PyTorch {torch.__version__.split('+')[0]}", [x], [net(x).detach()])


def by_keras():
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    net = keras.Sequential([
        keras.Input((8, 8, 3)), layers.Conv2D(4, 3, padding="same", strides=2, activation="relu"), layers.BatchNormalization(),
        layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.5), layers.Dense(5, activation="softmax"),
    ])
    for k, variable in enumerate(net.weights):
        variable.assign(np.random.default_rng(k).uniform(0.2, 1, variable.shape).astype("float32"))
    x = np.random.default_rng(1).random((2, 8, 8, 3), dtype=np.float32)
    y = keras.ops.convert_to_numpy(net(x, training=False))
    path = os.path.join(FOLDER, "convnet-keras.onnx")
    net.export(path, format="onnx", verbose=False)
    onnx.save(stripped(onnx.load(path)), path)
    keep("convnet", "keras", f"Keras {keras.__version__}", [x], [y])


def by_hand():
    """Forms of tf2onnx, computed by onnx's reference evaluator."""
    from onnx.reference import ReferenceEvaluator

    random = np.random.default_rng(3)

    def weight(name, *shape):
        return numpy_helper.from_array(random.uniform(-1, 1, shape).astype(np.float32), name)

    def number(name, value, kind=np.float32):
        return numpy_helper.from_array(np.array(value, kind), name)

    nodes = [
        helper.make_node("Transpose", ["image"], ["t0"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t0", "w0"], ["c0"], auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3]),
        helper.make_node("Mul", ["c0", "factor"], ["m0"]),
        helper.make_node("Add", ["m0", "term"], ["a0"]),
        helper.make_node("Max", ["a0", "zero"], ["lower"]),
        helper.make_node("Min", ["lower", "six"], ["r0"]),
        helper.make_node("Conv", ["r0", "w1"], ["c1"], group=4, pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        helper.make_node("Transpose", ["c1"], ["t1"], perm=[0, 2, 3, 1]),
        helper.make_node("Add", ["t1", "bias"], ["b1"]),
        helper.make_node("Sigmoid", ["b1"], ["s1"]),
        helper.make_node("Mul", ["b1", "s1"], ["silu"]),
        helper.make_node("ReduceMean", ["silu"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "w2"], ["product"]),
        helper.make_node("Add", ["product", "b2"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probs"], axis=-1),
    ]
    tensors = [
        weight("w0", 4, 3, 3, 3), weight("w1", 4, 1, 3, 3), weight("factor", 1, 4, 1, 1), weight("term", 1, 4, 1, 1),
        weight("bias", 4), weight("w2", 4, 3), weight("b2", 3), number("zero", 0), number("six", 6),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["unk__1", 7, 7, 3])
    probs = helper.make_tensor_value_info("probs", TensorProto.FLOAT, ["unk__1", 3])
    graph = helper.make_graph(nodes, "tf2onnx", [image], [probs], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="by hand", ir_version=8)
    onnx.save(model, os.path.join(FOLDER, "mobile-tensorflow.onnx"))
    x = random.random((2, 7, 7, 3), dtype=np.float32)
    keep("mobile", "tensorflow", "by hand", [x], ReferenceEvaluator(model).run(None, {"image": x}))


os.makedirs(FOLDER, exist_ok=True)
by_torch()
by_keras()
by_hand()
with open(os.path.join(FOLDER, "habits.json"), "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case) for case in CASES) + "\n]\n")
