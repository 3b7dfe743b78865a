"""Extremes over windows that end at each value."""

import numpy as np
from numpy.typing import NDArray

from sensors.quality.flags import Floats


def lowest(values: Floats, first: NDArray[np.intp]) -> Floats:
    """Lowest of values[first[i]] … values[i], for each i; first[i] ≤ i. All numbers."""
    end = np.arange(values.size)
    level = np.log2(end - first + 1).astype(int)
    low, found = values.copy(), np.empty(values.shape)
    for k in range(int(level.max(initial=-1)) + 1):
        # Here low[j] is that of the 2^k values from j on; two such blocks cover a window whose
        # length is between 2^k and 2^(k+1).
        rows = np.flatnonzero(level == k)
        found[rows] = np.minimum(low[first[rows]], low[rows - 2**k + 1])
        low[: -(2**k)] = np.minimum(low[: -(2**k)], low[2**k :])
    return found


def spread(values: Floats, first: NDArray[np.intp]) -> Floats:
    """Highest less lowest of values[first[i]] … values[i], for each i."""
    return -lowest(-values, first) - lowest(values, first)
