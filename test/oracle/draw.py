"""Random tensors for one case, every value exact in f32."""

import zlib

from oracle_io import size_of, to_tensor
from stream import Stream


class Draw:
    """Tensors drawn in sequence from the stream of one case."""

    def __init__(self, name):
        self.stream = Stream(zlib.crc32(name.encode()))

    def tensor(self, shape):
        values = [(2 * self.stream.byte() - 255) / 128 for _ in range(size_of(shape))]
        return to_tensor(values, shape)

    def positive(self, shape):
        return to_tensor([(self.stream.byte() + 32) / 128 for _ in range(size_of(shape))], shape)

    def nonzero(self, shape):
        """Magnitudes in [1/2, 2): divisors."""
        signs = [1 if self.stream.below(2) else -1 for _ in range(size_of(shape))]
        return to_tensor([s * (self.stream.below(96) + 32) / 64 for s in signs], shape)

    def distinct(self, shape):
        """No two values equal, so that every maximum has one winner."""
        count = size_of(shape)
        return to_tensor([(v - count // 2) / 64 for v in self.stream.shuffled(range(count))], shape)

    def whole(self, shape, limit):
        return to_tensor([self.stream.below(limit) for _ in range(size_of(shape))], shape)

    def labels(self, count, classes):
        return [self.stream.below(classes) for _ in range(count)]
