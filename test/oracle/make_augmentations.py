"""augmentations.json: what each augmentation makes of an image, given its random numbers, by PyTorch and NumPy.

Pixels are moved by torch.nn.functional.grid_sample (bilinear, corners aligned, borders `zeros` or `reflection`).
"""

import math

import numpy as np
import torch
from torch.nn.functional import grid_sample

from oracle_io import numbers, provenance, write_cases

rng = np.random.default_rng(11)
COLOUR = rng.integers(0, 65, (3, 5, 6)) / 64
GREY = rng.integers(0, 65, (1, 8, 7)) / 64
FEW = [0.15, 0.85, 0.4, 0.6, 0.3]
MANY = (rng.integers(0, 1025, 1000) / 1024).tolist()
signed = lambda by, u: by * (2 * u - 1)


def warp(image, x, y, border):
    """The values at the places (x, y), each H x W."""
    _, height, width = image.shape
    grid = np.stack([2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1], -1)
    mode = {"zero": "zeros", "reflect": "reflection"}[border]
    moved = grid_sample(torch.from_numpy(image)[None], torch.from_numpy(grid)[None], "bilinear", mode, align_corners=True)
    return moved[0].numpy()


def places(image):
    _, height, width = image.shape
    x, y = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    return x, y, width, height


def shift(image, u, by, border="zero"):
    x, y, width, height = places(image)
    return warp(image, x + signed(by, u[0]) * width, y + signed(by, u[1]) * height, border)


def crop(image, u, pad, border="zero"):
    x, y, _, _ = places(image)
    right, down = (math.floor(one * (2 * pad + 1)) - pad for one in u[:2])
    return warp(image, x + right, y + down, border)


def linear(image, matrix, border):
    x, y, width, height = places(image)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    at = np.einsum("ij,jhw->ihw", np.array(matrix), np.stack([x, y]) - middle[:, None, None]) + middle[:, None, None]
    return warp(image, at[0], at[1], border)


def rotate(image, u, by, border="zero"):
    angle = math.radians(signed(by, u[0]))
    return linear(image, [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], border)


def scale(image, u, by, border="zero"):
    return linear(image, np.eye(2) / (1 + signed(by, u[0])), border)


def shear(image, u, by, border="zero"):
    return linear(image, [[1, signed(by, u[0])], [0, 1]], border)


def spline(t):
    """The cubic B-spline, by its distance from the knot."""
    t = np.abs(t)
    return np.where(t < 1, 2 / 3 - t**2 + t**3 / 2, np.where(t < 2, (2 - t) ** 3 / 6, 0))


def elastic(image, u, by, grid, border="zero"):
    x, y, width, height = places(image)
    rows, columns = (height - 1) // grid + 4, (width - 1) // grid + 4
    knots = signed(by, np.array(u[: 2 * rows * columns])).reshape(2, rows, columns)
    down = spline(np.arange(height)[:, None] / grid - (np.arange(rows) - 1))
    right = spline(np.arange(width)[:, None] / grid - (np.arange(columns) - 1))
    field = np.einsum("yr,nrc,xc->nyx", down, knots, right)
    return warp(image, x + field[0], y + field[1], border)


def erase(image, u, size):
    _, _, width, height = places(image)
    left, top = math.floor(u[0] * width) - size // 2, math.floor(u[1] * height) - size // 2
    result = image.copy()
    result[:, max(top, 0) : top + size, max(left, 0) : left + size] = 0
    return result


def grey(image):
    weights = np.array([0.2989, 0.587, 0.114]) if len(image) == 3 else np.ones(len(image)) / len(image)
    return np.einsum("c,chw->hw", weights, image)


def brightness(image, u, by):
    return image * (1 + signed(by, u[0]))


def contrast(image, u, by):
    mean = grey(image).mean()
    return mean + (image - mean) * (1 + signed(by, u[0]))


def saturation(image, u, by):
    return grey(image) + (image - grey(image)) * (1 + signed(by, u[0]))


def noise(image, u, by):
    sums = np.array(u[: 4 * image.size]).reshape(image.size, 4).sum(1)
    return image + (by * math.sqrt(3) * (sums - 2)).reshape(image.shape)


CASES = [
    (crop, GREY, FEW, {"pad": 2}),
    (crop, COLOUR, FEW, {"pad": 3, "border": "reflect"}),
    (shift, GREY, FEW, {"by": 0.25}),
    (shift, COLOUR, FEW, {"by": 0.5, "border": "reflect"}),
    (rotate, GREY, FEW, {"by": 30}),
    (rotate, GREY, [0.999], {"by": 180}),
    (rotate, COLOUR, FEW[1:], {"by": 70, "border": "reflect"}),
    (scale, GREY, FEW, {"by": 0.4}),
    (scale, COLOUR, FEW, {"by": 0.6, "border": "reflect"}),
    (shear, COLOUR, FEW, {"by": 0.5}),
    (shear, GREY, FEW[1:], {"by": 0.3, "border": "reflect"}),
    (elastic, GREY, MANY, {"by": 2, "grid": 3}),
    (elastic, COLOUR, MANY, {"by": 3, "grid": 8, "border": "reflect"}),
    (erase, COLOUR, FEW, {"size": 3}),
    (erase, GREY, [0.99, 0], {"size": 4}),
    (brightness, COLOUR, FEW, {"by": 0.5}),
    (contrast, COLOUR, FEW, {"by": 0.5}),
    (contrast, GREY, FEW[1:], {"by": 1}),
    (saturation, COLOUR, FEW, {"by": 0.7}),
    (noise, GREY, MANY, {"by": 0.1}),
]


def case(apply, image, draws, values):
    return {
        "augmentation": apply.__name__,
        "values": values,
        "draws": draws,
        "image": {"shape": list(image.shape), "data": numbers(torch.from_numpy(image))},
        "result": numbers(torch.from_numpy(apply(image, draws, **values))),
    }


write_cases("augmentations.json", provenance("make_augmentations.py"), "cases", [case(*one) for one in CASES])
