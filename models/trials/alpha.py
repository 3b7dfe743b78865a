"""Which blocks of an alpha design hold which treatments.

Treatment (i, x) is the one of line i and place x: number i · blocks + x.

References
----------
[1] Patterson H. D., Williams E. R., 1976. A new class of resolvable incomplete block designs.
    10.1093/biomet/63.1.83
[2] Yates F., 1936. A new method of arranging variety trials involving a large number of varieties.
    10.1017/S0021859600022760
[3] Bose R. C., 1938. On the application of the properties of Galois fields to the problem of
    construction of hyper-Graeco-Latin squares. Sankhya 3, 323-338.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from models.trials.draws import Draws
from models.trials.efficiency import a_efficiency

Array = NDArray[np.int64]

_SEARCH_SEED = 1976  # of the search, never of a trial
_ARRAYS = 20  # arrays tried; the most efficient is kept
_MOST_RATED = 200  # treatments up to which more than one is tried
_LINES_TRIED = 60
_STARTS = 20
# x^m = … of an irreducible polynomial, lowest coefficient first, for each prime power p^m.
_FIELDS: Mapping[int, tuple[int, tuple[int, ...]]] = MappingProxyType(
    {
        4: (2, (1, 1)),  # x² = 1 + x
        8: (2, (1, 1, 0)),  # x³ = 1 + x
        16: (2, (1, 1, 0, 0)),  # x⁴ = 1 + x
        9: (3, (2, 0)),  # x² = 2, as −1 is no square mod 3
        25: (5, (2, 0)),  # x² = 2, no square mod 5
        27: (3, (2, 1, 0)),  # x³ = 2 + x
    }
)


@lru_cache(maxsize=64)
def resolvable_blocks(treatments: int, size: int, blocks: int, replicates: int) -> Array:
    """(replicates, treatments)  The block of each treatment in each replicate.

    Two treatments share at most one block wherever such a design is known to this module: by
    arithmetic in the field of `blocks` elements [3], by a square lattice [2], by a generating array
    that is looked for [1]; else as few pairs as the search finds share more. Of several designs the
    most efficient is kept. Where treatments do not fill the blocks the last line is shortened.
    """
    draws = Draws(_SEARCH_SEED)
    tries = _ARRAYS if treatments <= _MOST_RATED else 1
    best, best_score = None, (-np.inf, -np.inf)
    for _ in range(tries):
        found = _drawn(size, blocks, replicates, draws, full=treatments == size * blocks)
        found = found[:, :treatments]
        wrong = float(pairs_met_again(found))
        score = (-wrong, _rated(found) if tries > 1 else 0.0)
        if best is None or score > best_score:
            best, best_score = found, score
        if wrong:  # another search would take as long, and seldom do better
            break
    if best is None:
        raise ValueError(f"treatments: {treatments} give no design; use 4 or more")
    best.setflags(write=False)
    return best


def pairs_met_again(blocks: Array) -> int:
    """How often two treatments meet in a block that have met in an earlier replicate."""
    replicates, treatments = blocks.shape
    met = np.zeros((treatments, treatments), dtype=bool)
    again = 0
    for replicate in range(replicates):
        together = blocks[replicate][:, None] == blocks[replicate]
        np.fill_diagonal(together, val=False)
        again += int((met & together).sum()) // 2
        met |= together
    return again


def _drawn(size: int, blocks: int, replicates: int, draws: Draws, *, full: bool) -> Array:
    """A design of `size` lines; each construction where it is known to hold."""
    line, place = (np.ravel(one) for one in np.indices((size, blocks)))
    if size <= blocks and replicates <= blocks and blocks in _FIELDS:
        add, times = _field(blocks)
        lines, columns = (draws.shuffled(range(blocks))[:n] for n in (size, replicates))
        return np.stack([add[place, times[np.array(lines)[line], j]] for j in columns])
    if size <= blocks and replicates <= _smallest_factor(blocks):
        # (i − i′)(j − j′) mod blocks is 0 only for i = i′, as every j − j′ has an inverse.
        lines = draws.shuffled(range(blocks))[:size]
        return np.stack([(place + np.array(lines)[line] * j) % blocks for j in range(replicates)])
    if full and size == blocks and replicates == 3:
        return np.stack([place, (place + line) % blocks, line])
    array = _searched(size, blocks, replicates, draws)
    return np.stack([(place - array[line, j]) % blocks for j in range(replicates)])


def _field(order: int) -> tuple[Array, Array]:
    """Tables of addition and multiplication of the field with p^m elements."""
    prime, reduced = _FIELDS[order]
    power = len(reduced)
    digits = np.array([[n // prime**d % prime for d in range(power)] for n in range(order)])
    weights = prime ** np.arange(power)
    add = (digits[:, None, :] + digits) % prime @ weights
    shift = np.zeros((power, power), dtype=np.int64)  # multiplication by x
    shift[np.arange(power - 1), np.arange(1, power)] = 1
    shift[-1] = reduced
    product, raised = np.zeros((order, order, power), dtype=np.int64), digits
    for degree in range(power):
        product += digits[:, degree, None, None] * raised
        raised = raised @ shift % prime
    return add, product % prime @ weights


def _searched(size: int, blocks: int, replicates: int, draws: Draws) -> Array:
    """A generating array [1]: the differences of two lines differ in all replicates, if found."""
    best, fewest = np.zeros((size, replicates), dtype=np.int64), np.inf
    for _ in range(_STARTS):
        array = np.zeros((size, replicates), dtype=np.int64)
        wrong = 0
        for number in range(1, size):
            earlier = array[:number]
            tried = (_line(earlier, blocks, draws) for _ in range(_LINES_TRIED // size + 1))
            array[number] = min(tried, key=lambda row, old=earlier: _clashes(row, old, blocks))  # type: ignore[misc]
            wrong += _clashes(array[number], earlier, blocks)
        if wrong < fewest:
            best, fewest = array, wrong
        if wrong == 0:
            break
    return best


def _line(earlier: Array, blocks: int, draws: Draws) -> Array:
    """A line, each value one that repeats the fewest differences; among equals drawn."""
    row = np.zeros(earlier.shape[1], dtype=np.int64)
    for column in range(1, len(row)):
        values = np.array(draws.shuffled(range(blocks)))
        fresh = (values[:, None] - earlier[:, column]) % blocks
        used = (row[:column, None] - earlier[:, :column].T) % blocks
        cost = (fresh[:, None, :] == used).sum(axis=(1, 2))
        row[column] = values[int(cost.argmin())]
    return row


def _clashes(row: Array, earlier: Array, blocks: int) -> int:
    differences = np.sort((row - earlier) % blocks, axis=1)
    return int((np.diff(differences, axis=1) == 0).sum())


def _rated(blocks: Array) -> float:
    replicates, treatments = blocks.shape
    labels = blocks + np.arange(replicates)[:, None] * (blocks.max() + 1)
    codes = np.tile(np.arange(treatments), replicates)
    return a_efficiency(codes, [np.unique(labels, return_inverse=True)[1].ravel()])


def _smallest_factor(number: int) -> int:
    return next((p for p in range(2, number) if number % p == 0), number)
