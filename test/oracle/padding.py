"""The forms of the attribute `pad`, as PyTorch wants them."""

import torch.nn.functional as F


def same_padding(size, kernel, stride, dilation):
    """(before, after) for an output of ceil(size / stride); the odd pixel comes after."""
    reach = dilation * (kernel - 1) + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def sides(pad, size, kernel, stride, dilation):
    """[top, left, bottom, right] of any form of the attribute."""
    if pad == "valid":
        return [0, 0, 0, 0]
    if pad == "full":
        vertical, horizontal = (dilation[axis] * (kernel[axis] - 1) for axis in (0, 1))
        return [vertical, horizontal, vertical, horizontal]
    if pad == "same":
        (top, bottom), (left, right) = (same_padding(size[a], kernel[a], stride[a], dilation[a]) for a in (0, 1))
        return [top, left, bottom, right]
    if isinstance(pad, int):
        return [pad] * 4
    return list(pad) * 2 if len(pad) == 2 else list(pad)


def padded(x, pad, kernel, stride, dilation=(1, 1), value=0.0):
    top, left, bottom, right = sides(pad, x.shape[2:], kernel, stride, dilation)
    return F.pad(x, (left, right, top, bottom), value=value)
