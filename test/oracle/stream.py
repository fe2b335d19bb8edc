"""The stream of whole numbers that inputs, weights and images of the oracles are made from.

mulberry32 (Tommy Ettinger, public domain): 32-bit integer arithmetic only, so Python and JavaScript agree bit for bit.
inputs.ts is the same generator; README.md says how images and weights are drawn from it.
"""

MASK = 0xFFFFFFFF


class Stream:
    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        """A whole number in [0, 2^32)."""
        self.state = (self.state + 0x6D2B79F5) & MASK
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & MASK
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & MASK)) & MASK
        return (t ^ (t >> 14)) & MASK

    def below(self, limit):
        """A whole number in [0, limit), limit <= 65536."""
        return ((self.next() >> 16) * limit) >> 16

    def byte(self):
        return self.next() >> 24

    def shuffled(self, items):
        """Fisher and Yates."""
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items
