"""QARTOD's flags, and the worst of several."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

GOOD: Final = 1
NOT_EVALUATED: Final = 2
SUSPECT: Final = 3
FAIL: Final = 4
MISSING: Final = 9

Flags = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FROM_MILDEST = (MISSING, NOT_EVALUATED, GOOD, SUSPECT, FAIL)
_SEVERITY = np.zeros(MISSING + 1, dtype=np.int64)
_SEVERITY[list(_FROM_MILDEST)] = range(len(_FROM_MILDEST))


def worst(first: Flags, second: Flags) -> Flags:
    """The more severe of two flags for each value."""
    return np.where(_SEVERITY[first] >= _SEVERITY[second], first, second)


def floats(values: ArrayLike) -> Floats:
    """The values as numbers, whatever they came in."""
    return np.asarray(values, dtype=np.float64)


def flags_where(
    values: Floats, *, known: Mask | bool = True, suspect: Mask | bool, fail: Mask | bool = False
) -> Flags:
    """Flags from what a test found: a NaN value is missing, an unknown answer not evaluated."""
    found = np.where(fail, FAIL, np.where(suspect, SUSPECT, GOOD))
    return np.where(np.isnan(values), MISSING, np.where(known, found, NOT_EVALUATED))
