"""shapes.json: views, parts, joins and maps of another size by PyTorch, as make_operators.py does."""

import torch
import torch.nn.functional as F

from oracle_io import provenance, write_cases
from record import CASES, pointwise


def views():
    pointwise("reshape map to map", "reshape", {"shape": [2, 6, 5]}, lambda x: x.reshape(-1, 2, 6, 5), [(2, 3, 4, 5)])
    pointwise("reshape vector to map", "reshape", {"shape": [3, 2, 4]}, lambda x: x.reshape(-1, 3, 2, 4), [(3, 24)])
    pointwise("permute channels last", "permute", {"order": [1, 2, 0]}, lambda x: x.permute(0, 2, 3, 1), [(2, 3, 4, 5)])
    pointwise("permute rows and columns", "permute", {"order": [0, 2, 1]}, lambda x: x.permute(0, 1, 3, 2),
              [(2, 3, 4, 5)])


def parts():
    shape = (2, 6, 5, 7)
    pointwise("slice channels", "slice", {"from": 1, "to": 4}, lambda x: x[:, 1:4], [shape])
    pointwise("slice to the end", "slice", {"from": 2}, lambda x: x[:, 2:], [shape])
    pointwise("slice every second row", "slice", {"from": 0, "axis": "height", "step": 2}, lambda x: x[:, :, ::2], [shape])
    pointwise("slice every third column", "slice", {"from": 1, "to": 6, "axis": "width", "step": 3},
              lambda x: x[..., 1:6:3], [shape])
    pointwise("slice of a vector", "slice", {"from": 3, "to": 5}, lambda x: x[:, 3:5], [(3, 8)])
    for part in range(3):
        pointwise(f"split part {part}", "split", {"parts": 3, "part": part}, lambda x, part=part: x.chunk(3, 1)[part],
                  [shape])
    pointwise("split columns", "split", {"parts": 7, "part": 6, "axis": "width"}, lambda x: x.chunk(7, 3)[6], [shape])
    joins = (("channels", 1, [(2, 2, 3, 4), (2, 3, 3, 4)]), ("height", 2, [(2, 2, 3, 4), (2, 2, 1, 4), (2, 2, 2, 4)]),
             ("width", 3, [(2, 2, 3, 4), (2, 2, 3, 5)]))
    for axis, dimension, shapes in joins:
        pointwise(f"concat along {axis}", "concat", {"axis": axis},
                  lambda *x, dimension=dimension: torch.cat(x, dim=dimension), shapes)


def channel_shuffle(x, groups):
    """torchvision's, in ShuffleNet v2."""
    batch, channels, height, width = x.shape
    return x.view(batch, groups, channels // groups, height, width).transpose(1, 2).reshape(batch, channels, height, width)


def shuffles():
    for groups in (2, 3):
        pointwise(f"channelshuffle {groups}", "channelshuffle", {"groups": groups},
                  lambda x, groups=groups: channel_shuffle(x, groups), [(2, 6, 3, 4)])
    for factor in (2, 3):
        channels = 2 * factor * factor
        pointwise(f"pixelshuffle {factor}", "pixelshuffle", {"factor": factor},
                  lambda x, factor=factor: F.pixel_shuffle(x, factor), [(2, channels, 3, 4)])
        pointwise(f"pixelunshuffle {factor}", "pixelunshuffle", {"factor": factor},
                  lambda x, factor=factor: F.pixel_unshuffle(x, factor), [(2, 2, 2 * factor, 3 * factor)])


def upsampled(mode, aligned=False, **how):
    options = {"align_corners": aligned} if mode == "bilinear" else {}
    return lambda x: F.interpolate(x, mode=mode, **how, **options)


def upsamplings():
    for mode, aligned in (("nearest", False), ("bilinear", False), ("bilinear", True)):
        style = {"mode": mode, "align_corners": aligned}
        name = f"upsample {mode}{' aligned' if aligned else ''}"
        for factor, shape in (((2, 2), (2, 3, 4, 5)), ((3, 1), (2, 2, 3, 4)), ((4, 2), (2, 2, 2, 3)), ((2, 3), (2, 1, 1, 4))):
            size = (shape[2] * factor[0], shape[3] * factor[1])
            pointwise(f"{name} by {factor[0]}x{factor[1]}", "upsample", {"factor": list(factor), **style},
                      upsampled(mode, aligned, scale_factor=[float(f) for f in factor]), [shape])
            native = upsampled(mode, aligned, size=size)  # a whole factor and the size it gives are the same thing
            x = torch.rand(shape, dtype=torch.float64)
            assert torch.equal(native(x), upsampled(mode, aligned, scale_factor=[float(f) for f in factor])(x))
        for size, shape in (((7, 8), (2, 2, 5, 6)), ((9, 4), (2, 2, 6, 4)), ((3, 5), (2, 2, 7, 10)), ((1, 3), (2, 2, 4, 2)),
                            ((16, 9), (1, 1, 5, 12))):
            pointwise(f"{name} {shape[2]}x{shape[3]} to {size[0]}x{size[1]}", "upsample", {"size": list(size), **style},
                      upsampled(mode, aligned, size=size), [shape])


views()
parts()
shuffles()
upsamplings()
write_cases("shapes.json", provenance("make_shapes.py"), "cases", CASES)
