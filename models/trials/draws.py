"""Random draws that stay the same for ever, whatever becomes of NumPy's distributions.

NumPy promises the raw stream of a bit generator and its seeding for ever, but not what its
`shuffle` or `integers` make of it [1]. So only the raw 64-bit integers of PCG64 are used here:

- `below(n)` takes the next integer x; where x ≥ 2⁶⁴ − (2⁶⁴ mod n) it takes the next one, so that no
  remainder is favoured; the draw is x mod n.
- `shuffled` is Fisher and Yates' shuffle from the last place down [2], one `below` for each place.

References
----------
[1] NumPy Enhancement Proposal 19, 2018. Random number generator policy.
[2] Durstenfeld R., 1964. Algorithm 235: random permutation. 10.1145/364520.364540
"""

from collections.abc import Iterable
from typing import TypeVar

import numpy as np

_Item = TypeVar("_Item")

STREAM = "PCG64 raw, remainder without bias, Fisher-Yates"  # named beside each layout
_RANGE = 2**64


class Draws:
    """A stream of draws; the same seed gives the same stream."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def below(self, count: int) -> int:
        """A whole number of 0 to count − 1, each as likely."""
        limit = _RANGE - _RANGE % count
        drawn = limit
        while drawn >= limit:
            drawn = int(self._bits.random_raw())
        return drawn % count

    def shuffled(self, items: Iterable[_Item]) -> list[_Item]:
        """The items in random order, each order as likely."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
