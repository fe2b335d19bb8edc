"""A small model of Keras with all that Keras does otherwise, and what it computes, by PyTorch. Run: python3 make_keras.py > texts/keras.json"""

import base64
import json

import torch
import torch.nn.functional as F

torch.manual_seed(11)

layers, weights = [], {}


def tensor_of(name):
    return {"class_name": "__keras_tensor__", "config": {"shape": None, "dtype": "float32", "keras_history": [name, 0, 0]}}


def layer(kind, name, inputs, **config):
    """As Keras 3 writes it."""
    args = [tensor_of(source) for source in inputs]
    nodes = [{"args": [args] if len(args) > 1 else args, "kwargs": {}}] if inputs else []
    layers.append({"module": "keras.layers", "class_name": kind, "config": {"name": name, "trainable": True, **config}, "registered_name": None, "name": name, "inbound_nodes": nodes})


def variable(path, *shape, scale=0.4, positive=False):
    weights[path] = torch.rand(*shape) + 0.5 if positive else torch.randn(*shape) * scale
    return weights[path]


def total(extent, kernel, stride):
    return max((-(extent // -stride) - 1) * stride + kernel - extent, 0)


def same(x, kernel, stride, value=0.0):
    """Padding of TensorFlow: the odd row and column are behind."""
    high, wide = total(x.shape[2], kernel[0], stride), total(x.shape[3], kernel[1], stride)
    return F.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2), value=value)


def oihw(kernel):
    return kernel.permute(3, 2, 0, 1)


layer("InputLayer", "input_layer", [], batch_shape=[None, 10, 13, 3], dtype="float32")
image = torch.randn(2, 10, 13, 3)
x = image.permute(0, 3, 1, 2)

layer("Conv2D", "stem", ["input_layer"], filters=6, kernel_size=[3, 4], strides=[2, 2], padding="same", data_format="channels_last", dilation_rate=[1, 1], groups=1, activation="relu", use_bias=True)
stem = F.relu(F.conv2d(same(x, (3, 4), 2), oihw(variable("stem/kernel", 3, 4, 3, 6)), variable("stem/bias", 6), 2))

layer("ZeroPadding2D", "border", ["stem"], padding=[[0, 1], [1, 2]])
layer("DepthwiseConv2D", "deep", ["border"], kernel_size=[3, 3], strides=[1, 1], padding="valid", depth_multiplier=2, activation="linear", use_bias=False)
kernel = variable("deep/kernel", 3, 3, 6, 2)
deep = F.conv2d(F.pad(stem, (1, 2, 0, 1)), kernel.permute(2, 3, 0, 1).reshape(12, 1, 3, 3), None, groups=6)

layer("BatchNormalization", "deep/norm", ["deep"], axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=False)
mean, var = variable("deep/norm/moving_mean", 12), variable("deep/norm/moving_variance", 12, positive=True)
norm = F.batch_norm(deep, mean, var, None, variable("deep/norm/beta", 12), False, 0, 1e-3)

layer("SeparableConv2D", "sep", ["deep/norm"], filters=5, kernel_size=[3, 3], strides=[2, 2], padding="same", depth_multiplier=1, activation={"class_name": "function", "config": "silu"}, use_bias=True)
sep = F.conv2d(same(norm, (3, 3), 2), variable("sep/depthwise_kernel", 3, 3, 12, 1).permute(2, 3, 0, 1), None, 2, groups=12)
sep = F.silu(F.conv2d(sep, oihw(variable("sep/pointwise_kernel", 1, 1, 12, 5)), variable("sep/bias", 5)))

layer("MaxPooling2D", "pool", ["deep/norm"], pool_size=[3, 3], strides=[2, 2], padding="same")
pool = F.max_pool2d(same(norm, (3, 3), 2, float("-inf")), 3, 2)
layer("AveragePooling2D", "mean", ["deep/norm"], pool_size=[3, 3], strides=[2, 2], padding="same")
mean_pool = F.avg_pool2d(same(norm, (3, 3), 2), 3, 2) / F.avg_pool2d(same(torch.ones_like(norm), (3, 3), 2), 3, 2)

layer("Conv2DTranspose", "up", ["sep"], filters=4, kernel_size=[3, 3], strides=[2, 2], padding="same", activation=None, use_bias=True)
up = F.conv_transpose2d(sep, variable("up/kernel", 3, 3, 4, 5).permute(3, 2, 0, 1), variable("up/bias", 4), 2)
up = up[:, :, : sep.shape[2] * 2, : sep.shape[3] * 2]
layer("Cropping2D", "crop", ["up"], cropping=[[1, 0], [0, 2]])
layer("LeakyReLU", "leaky", ["crop"], negative_slope=0.3)
leaky = F.leaky_relu(up[:, :, 1:, :-2], 0.3)
layer("UpSampling2D", "larger", ["leaky"], size=[2, 2], interpolation="bilinear")
larger = F.interpolate(leaky, scale_factor=2, mode="bilinear", align_corners=False)
layer("GlobalMaxPooling2D", "most", ["larger"], keepdims=False)
most = larger.amax((2, 3))

layer("Concatenate", "all", ["sep", "pool", "mean"], axis=-1)
joined = torch.cat([sep, pool, mean_pool], 1)
layer("LayerNormalization", "inner", ["all"], axis=[-1], epsilon=0.001)
inner = F.layer_norm(joined.permute(0, 2, 3, 1), [29], variable("inner/gamma", 29), variable("inner/beta", 29), 1e-3).permute(0, 3, 1, 2)
layer("Dense", "mix", ["inner"], units=4, activation="gelu", use_bias=True)
mix = F.gelu(inner.permute(0, 2, 3, 1) @ variable("mix/kernel", 29, 4) + variable("mix/bias", 4)).permute(0, 3, 1, 2)

layer("Flatten", "flat", ["mix"], data_format="channels_last")
layer("Dropout", "drop", ["flat"], rate=0.5)
layer("BatchNormalization", "flat_norm", ["drop"], axis=-1, momentum=0.9, epsilon=0.001, center=True, scale=True)
flat = mix.permute(0, 2, 3, 1).flatten(1)
size = flat.shape[1]
gamma, beta = variable("flat_norm/gamma", size), variable("flat_norm/beta", size)
flat = F.batch_norm(flat, variable("flat_norm/moving_mean", size), variable("flat_norm/moving_variance", size, positive=True), gamma, beta, False, 0, 1e-3)
layer("Dense", "fc", ["flat_norm"], units=12, activation="relu", use_bias=True)
fc = F.relu(flat @ variable("fc/kernel", size, 12, scale=0.2) + variable("fc/bias", 12))
layer("Reshape", "map", ["fc"], target_shape=[2, 2, 3])
layer("Conv2D", "last", ["map"], filters=4, kernel_size=[2, 2], strides=[1, 1], padding="valid", activation=None, use_bias=False)
last = F.conv2d(fc.reshape(2, 2, 2, 3).permute(0, 3, 1, 2), oihw(variable("last/kernel", 2, 2, 3, 4)))
layer("Flatten", "flat_last", ["last"])
layer("Multiply", "both", ["flat_last", "most"])
layer("Rescaling", "scaled", ["both"], scale=0.5, offset=0.25)
layer("Activation", "scores", ["scaled"], activation="softmax")
scores = F.softmax(last.flatten(1) * most * 0.5 + 0.25, 1)
layer("Flatten", "places", ["mix"])

model = {
    "module": "keras", "class_name": "Functional", "registered_name": None, "build_config": {}, "keras_version": "3.5.0",
    "config": {"name": "functional", "layers": layers, "input_layers": ["input_layer", 0, 0], "output_layers": [["scores", 0, 0], ["places", 0, 0]]},
}


def text(value):
    return base64.b64encode(value.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


tensors = {name: {"shape": list(value.shape), "data": text(value)} for name, value in weights.items()}
print(json.dumps({"torch": torch.__version__, "model": model, "image": text(x), "scores": text(scores), "places": text(mix.permute(0, 2, 3, 1).flatten(1)), "weights": tensors}))
