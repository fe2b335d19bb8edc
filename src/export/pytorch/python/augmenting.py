def draws(seed, step, places):
    """Numbers of [0, 1) for the images at these places of a batch, the same however many processes there are."""
    sources = [np.random.default_rng((seed, step, place + 1)) for place in places.tolist()]
    return lambda *shape: torch.from_numpy(np.stack([source.random(shape) for source in sources]))


def between(most, draw):
    """Between -most and most, a number for each image."""
    return most * (2 * draw(1)[:, 0] - 1)


def matrix(a, b, c, d, e, f):
    """Takes the place (x, y) of a pixel to (a x + b y + c, d x + e y + f), for each image."""
    rows = [torch.as_tensor(value, dtype=torch.float64) for value in (a, b, c, d, e, f, 0.0, 0.0, 1.0)]
    return torch.stack(torch.broadcast_tensors(*rows), -1).reshape(-1, 3, 3)


def about_middle(a, b, d, e, height, width):
    """What turns, widens or slants an image about its middle."""
    x, y = (width - 1) / 2, (height - 1) / 2
    return matrix(a, b, x - a * x - b * y, d, e, y - d * x - e * y)


def flip(draw, width, height):
    """Mirrors half of the images in each direction whose length is given."""

    def side(length):
        if length is None:
            return 1.0, 0.0
        chosen = draw(1)[:, 0] < 0.5
        return torch.where(chosen, -1.0, 1.0), torch.where(chosen, length - 1.0, 0.0)

    (a, c), (e, f) = side(width), side(height)
    return matrix(a, 0.0, c, 0.0, e, f)


def crop(draw, pad):
    """Shifts by whole pixels."""
    across, down = (torch.floor(draw(1)[:, 0] * (2 * pad + 1)) - pad for _ in range(2))
    return matrix(1.0, 0.0, across, 0.0, 1.0, down)


def shift(draw, by, height, width):
    """Shifts by a share of the size."""
    across, down = between(by * width, draw), between(by * height, draw)
    return matrix(1.0, 0.0, across, 0.0, 1.0, down)


def rotate(draw, degrees, height, width):
    """Turns about the middle."""
    angle = between(math.radians(degrees), draw)
    return about_middle(angle.cos(), -angle.sin(), angle.sin(), angle.cos(), height, width)


def scale(draw, by, height, width):
    """Makes what is shown larger or smaller."""
    part = 1 / (1 + between(by, draw))
    return about_middle(part, 0.0, 0.0, part, height, width)


def shear(draw, by, height, width):
    """Moves rows against each other."""
    return about_middle(1.0, between(by, draw), 0.0, 1.0, height, width)


def positions(moved, height, width):
    """Where in an image each pixel of the moved one comes from, as (x, y)."""
    x, y = torch.arange(width, dtype=torch.float64), torch.arange(height, dtype=torch.float64)[:, None]
    a, b, c, d, e, f = (moved[:, row, column].reshape(-1, 1, 1) for row in (0, 1) for column in (0, 1, 2))
    return a * x + b * y + c, d * x + e * y + f


def spline(length, grid):
    """The share of each knot in each pixel: a cubic B-spline, [pixel, knot]."""
    t = torch.arange(length, dtype=torch.float64) / grid
    first, t = t.floor().long()[:, None], t % 1
    shares = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 3 * t + 3 * t**2 - 3 * t**3 + 1, t**3]
    basis = torch.zeros(length, (length - 1) // grid + 4, dtype=torch.float64)
    return basis.scatter_(1, first + torch.arange(4), torch.stack(shares, 1) / 6)


def elastic(draw, by, grid, height, width):
    """Bends: each pixel comes from (x, y), moved by a coarse grid of random vectors that is smooth in between."""
    down, across = spline(height, grid), spline(width, grid)
    knots = by * (2 * draw(2, down.shape[1], across.shape[1]) - 1)
    field = down @ knots @ across.T
    return torch.arange(width) + field[:, 0], torch.arange(height)[:, None] + field[:, 1]


def reflected(at, length):
    """Places beyond the edges, mirrored; the edges stand once."""
    period = max(1, 2 * (length - 1))
    at = at % period
    return torch.minimum(at, period - at)


def channels(images):
    """Images as [image, channel, pixel]."""
    return images.reshape(len(images), -1, images.shape[-2:].numel())


def filling(images, fill):
    """A value for all channels, or one for each, as [1, channel, 1]."""
    fill = torch.as_tensor(fill, dtype=images.dtype, device=images.device).reshape(1, -1, 1)
    return fill.repeat_interleave(channels(images).shape[1] // fill.shape[1], 1)


def resample(images, places, fill, mirrors=False):
    """Images whose pixels come from (x, y): mixed of the four around it by their nearness, or the nearest where they are classes.

    Outside of the image there is `fill`, or the image in a mirror.
    """
    (x, y), (height, width), device = places, images.shape[-2:], images.device
    values, fill = channels(images), filling(images, fill)

    def pixels(x, y):
        x, y = x.long(), y.long()
        if mirrors:
            x, y = reflected(x, width), reflected(y, height)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        at = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).to(device).flatten(1)[:, None]
        found = values.gather(2, at.expand(-1, values.shape[1], -1))
        return torch.where(inside.to(device).flatten(1)[:, None], found, fill)

    if not images.is_floating_point():
        return pixels(torch.floor(x + 0.5), torch.floor(y + 0.5)).reshape(images.shape)
    left, top = x.floor(), y.floor()
    if torch.equal(left, x) and torch.equal(top, y):
        return pixels(x, y).reshape(images.shape)
    right, down = ((part.flatten(1)[:, None]).to(device, images.dtype) for part in (x - left, y - top))
    upper = pixels(left, top) * (1 - right) + pixels(left + 1, top) * right
    lower = pixels(left, top + 1) * (1 - right) + pixels(left + 1, top + 1) * right
    return (upper * (1 - down) + lower * down).reshape(images.shape)


def erase(images, corners, size, fill):
    """Blanks a square of each image. Its corner may lie outside."""
    height, width = images.shape[-2:]
    left, top = corners[:, :1], corners[:, 1:]
    columns, rows = torch.arange(width), torch.arange(height)
    across, down = (columns >= left) & (columns < left + size), (rows >= top) & (rows < top + size)
    inside = (down[:, :, None] & across[:, None]).flatten(1)[:, None].to(images.device)
    return torch.where(inside, filling(images, fill), channels(images)).reshape(images.shape)


def corners(draw, size, height, width):
    """The left upper corners of squares whose middles are any pixels."""
    return torch.floor(draw(2) * torch.tensor([width, height])).long() - size // 2


def recolour(images, middle, factor):
    """Values off their middle, or towards it."""
    factor = factor.to(images.device, images.dtype).reshape(-1, 1, 1)
    return (middle + (channels(images) - middle) * factor).reshape(images.shape)


def grey(images):
    """How bright each pixel is: of red, green and blue by ITU-R BT.601, else the mean of the channels."""
    values = channels(images)
    if values.shape[1] != 3:
        return values.mean(1, keepdim=True)
    return (values * values.new_tensor([0.2989, 0.587, 0.114])[None, :, None]).sum(1, keepdim=True)


def noise(draw, deviation, count):
    """The sum of four even numbers, which is nearly normal: at most 3.5 deviations."""
    return deviation * math.sqrt(3) * (sum(draw(count) for _ in range(4)) - 2)


def add_noise(images, values):
    """The first of the values, as many as an image has."""
    return images + values[:, : images.shape[1:].numel()].to(images.device, images.dtype).reshape(images.shape)


def cut(share, x, y, height, width):
    """A box about a pixel that leaves such a share of the image, and the share that lies outside of it."""
    root = math.sqrt(1 - share)
    across, down = int(width * root) // 2, int(height * root) // 2
    left, right, top, bottom = max(x - across, 0), min(x + across, width), max(y - down, 0), min(y + down, height)
    return 1 - (right - left) * (bottom - top) / (width * height), (top, left, bottom, right)


def blend(own, other, share, box):
    """A share of one and the rest of the other, or the other's pixels in a box."""
    if box is None:
        return share * own + (1 - share) * other
    top, left, bottom, right = box
    own = own.clone()
    own[..., top:bottom, left:right] = other[..., top:bottom, left:right]
    return own
