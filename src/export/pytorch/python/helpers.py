def average_pool(x, kernel, stride, padding, beyond, count_padding):
    """Means of windows. `beyond` is what lets the last windows hang over the edge, and never counts."""
    inside = F.pad(torch.ones_like(x[:1, :1]), padding, value=float(count_padding))
    pool = F.avg_pool2d if x.dim() == 4 else F.avg_pool1d
    means = pool(F.pad(F.pad(x, padding), beyond), kernel, stride)
    return means / pool(F.pad(inside, beyond), kernel, stride)


class Weights(nn.Module):
    """Parameters of a layer that PyTorch does not have."""

    def __init__(self, **shapes):
        super().__init__()
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape)))


def locally_connected(x, weight, bias, kernel, stride, dilation):
    """A convolution with a kernel of its own at every place: [channels, places, in, kernel]."""
    for axis, (size, step, apart) in enumerate(zip(kernel, stride, dilation)):
        x = x.unfold(axis + 2, apart * (size - 1) + 1, step)[..., ::apart]
    places, taps = "ij"[: len(kernel)], "pq"[: len(kernel)]
    y = torch.einsum(f"bc{places}{taps},o{places}c{taps}->bo{places}", x, weight)
    return y if bias is None else y + bias


def drop_channels(x, rate, training):
    """Sets whole channels to 0."""
    if not training or rate == 0:
        return x
    kept = torch.rand(x.shape[:2], device=x.device) >= rate
    return x * (kept.to(x.dtype) / (1 - rate)).reshape(*x.shape[:2], *[1] * (x.dim() - 2))


def drop_images(x, rate, training):
    """Drops a branch for some images of the batch (stochastic depth)."""
    if not training or rate == 0:
        return x
    kept = torch.rand(len(x), device=x.device) >= rate
    return x * (kept.to(x.dtype) / (1 - rate)).reshape(-1, *[1] * (x.dim() - 1))


def one_hot(label, classes):
    """1 at the class, 0 elsewhere; the classes are the first dimension behind the batch."""
    numbers = torch.arange(classes, device=label.device).reshape(-1, *[1] * (label.dim() - 1))
    return (label.unsqueeze(1) == numbers).float()


def share_of(label, weights=None, ignore=None):
    """How much each place counts."""
    share = torch.ones(label.shape, device=label.device)
    if weights is not None:
        share = torch.tensor(weights, device=label.device)[label.clamp(0, len(weights) - 1)]
    return share if ignore is None else share.masked_fill(label == ignore, 0)


def mean_of_weighted(each, label, weights=None, ignore=None):
    """The mean of what is weighted already, divided by the weights of the true classes, as PyTorch does."""
    share = share_of(label, weights, ignore)
    return each.sum() / whole(share.sum(), len(label))


def mean_of_counted(each, label, weights=None, ignore=None):
    """The mean over the places that count, each times the weight of its class."""
    counts = share_of(label, None, ignore)
    return (each * share_of(label, weights, ignore)).sum() / whole(counts.sum(), len(label))


def half_square(output, wanted):
    """The textbook's sum of squares / 2, meaned over the batch."""
    return (output - wanted).square().sum() / (2 * len(output))


def hinge(scores, label, margin):
    """Multi-class margin of each place (Weston and Watkins 1999)."""
    chosen = scores.gather(1, label.clamp(0, scores.shape[1] - 1).unsqueeze(1))
    costs = F.relu(margin - chosen + scores) * (1 - one_hot(label, scores.shape[1]))
    return costs.sum(1) / scores.shape[1]


def focal(scores, label, gamma):
    """Cross-entropy of each place times (1 - p) ** gamma (Lin et al. 2017)."""
    logs = F.log_softmax(scores, 1)
    chosen = logs.gather(1, label.clamp(0, scores.shape[1] - 1).unsqueeze(1)).squeeze(1)
    # A sum of its own: 1 - p would lose all digits where p is nearly 1.
    rest = (logs.exp() * (1 - one_hot(label, scores.shape[1]))).sum(1)
    return -chosen * torch.exp(gamma * torch.log(rest + 1e-30))


def divergence(scores, wanted):
    """Kullback-Leibler divergence of the softmax of scores from a distribution."""
    return F.kl_div(F.log_softmax(scores, 1), wanted, reduction="none").sum(1).mean()


def hits(scores, label):
    """1 where the largest score is that of the true class; where a score is NaN nothing is right."""
    return ((scores.argmax(1) == label) & ~scores.isnan().any(1)).float()


def hits_among(scores, label, k):
    """1 where the true class is among the k with the largest scores; of equal scores the first counts."""
    place = label.clamp(0, scores.shape[1] - 1).unsqueeze(1)
    chosen = scores.gather(1, place)
    numbers = torch.arange(scores.shape[1], device=scores.device).reshape(-1, *[1] * (label.dim() - 1))
    above = ((scores > chosen) | ((scores == chosen) & (numbers < place))).sum(1)
    return ((above < k) & ~scores.isnan().any(1)).float()


def confusion(scores, label):
    """Row: the true class, column: the predicted one, and one more for none; as shares of the batch."""
    classes = scores.shape[1]
    taken = scores.argmax(1).masked_fill(scores.isnan().any(1), classes)
    known = (label >= 0) & (label < classes)
    cells = (label * (classes + 1) + taken)[known]
    return torch.bincount(cells, minlength=classes * (classes + 1)).reshape(classes, classes + 1).float() / len(label)


def grid(x, *extents):
    """The numbers of places along each axis, shaped to meet each other."""
    axes = [torch.arange(extent, device=x.device) for extent in extents]
    return [axis.reshape(-1, *[1] * (len(extents) - k - 1)) for k, axis in enumerate(axes)]


def take(x, rank, *indices, fill=0.0, batch=True):
    """Elements of x at computed places. `(i, s)` is i / s, which must come out even; out of range reads `fill`."""
    inside, places = None, []
    for index, extent in zip(indices, x.shape[1:] if batch else x.shape):
        index, divisor = index if isinstance(index, tuple) else (index, 1)
        index = torch.as_tensor(index, device=x.device)
        place = torch.div(index, divisor, rounding_mode="floor")
        valid = (index % divisor == 0) & (place >= 0) & (place < extent)
        inside = valid if inside is None else inside & valid
        places.append(place.clamp(0, extent - 1))
    y = x[(slice(None), *places)] if batch else x[tuple(places)].unsqueeze(0)
    y = y.reshape(len(y), *[1] * (rank - y.dim() + 1), *y.shape[1:])
    return y.masked_fill(~inside, fill)


def spread(y, like, batch, *shape):
    """y with all its elements written out."""
    return torch.broadcast_to(y, (len(like), *shape) if batch else (1, *shape))


def whole(total, count):
    """A sum over the batch of all processes, as the share of the `count` images here; 1 where nothing counts."""
    if dist.is_available() and dist.is_initialized():
        pair = torch.stack([total.float(), total.new_tensor(count, dtype=torch.float)]) * HERE["counts"]
        dist.all_reduce(pair)
        total = pair[0] * count / pair[1]
    return torch.where(total > 0, total, torch.ones_like(total))
