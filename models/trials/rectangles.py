"""Rectangles of row-column designs, found by swapping.

References
----------
[1] John J. A., Williams E. R., 1995. Cyclic and Computer Generated Designs, 2nd ed., chapter 6.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.trials.draws import Draws

Array = NDArray[np.int64]

_SEARCH_SEED = 1995  # of the search, never of a trial
_SWAPS_A_TREATMENT = 60  # swaps tried for each treatment and replicate
_MOST_SWAPS = 12_000


@lru_cache(maxsize=64)
def rectangles(treatments: int, rows: int, replicates: int) -> Array:
    """(replicates, rows, columns)  Each replicate once all treatments, rows and columns spread.

    Swaps within a replicate are kept as long as they do not raise the sum of squared concurrences
    in rows, in the columns of a replicate and in those of the field: the (M, S) criterion [1].
    """
    draws = Draws(_SEARCH_SEED)
    shape = (rows, treatments // rows)
    field = np.stack(
        [np.reshape(draws.shuffled(range(treatments)), shape) for _ in range(replicates)]
    )
    best = _concurrence(field)
    for _ in range(min(_SWAPS_A_TREATMENT * treatments * replicates, _MOST_SWAPS)):
        flat = field[draws.below(replicates)].reshape(-1)  # a view: swaps reach the field
        one, other = draws.below(treatments), draws.below(treatments)
        flat[[one, other]] = flat[[other, one]]
        now = _concurrence(field)
        if now > best:
            flat[[one, other]] = flat[[other, one]]
        else:
            best = now
    field.setflags(write=False)
    return field


def _concurrence(field: Array) -> float:
    """Sum of squared concurrences; a treatment twice in a column of the field counts too."""
    replicates, rows, columns = field.shape
    short = field.transpose(0, 2, 1).reshape(replicates * columns, rows)
    long = field.transpose(2, 0, 1).reshape(columns, replicates * rows)
    lines = [field.reshape(replicates * rows, columns), long, *([short] if rows > 1 else [])]
    return sum(_squares(one, rows * columns) for one in lines)


def _squares(lines: Array, treatments: int) -> float:
    counts = np.zeros((len(lines), treatments))
    np.add.at(counts, (np.arange(len(lines))[:, None], lines), 1.0)
    shared = counts @ counts.T  # the sum of squares of NNᵀ is that of the smaller NᵀN
    return float((shared**2).sum())
