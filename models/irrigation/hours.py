"""When watering may run: the preferred hours within those that are legal."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Hours = NDArray[np.bool_]

DAY = 24 * 60  # min


def legal_windows(opens: ArrayLike, closes: ArrayLike, allowed: Hours) -> tuple[Array, Array]:
    """The longest legal stretch of each day's preferred hours.

    Where no preferred minute is legal, the longest legal stretch within 24 hours of `opens`: the
    law is no preference.

    Parameters
    ----------
    opens, closes : (beds,)  Preferred minutes after midnight; `closes` beyond `DAY` is after the
        next midnight. [min]
    allowed : (days, 24)  Hours in which watering is allowed; after the last day as on it.

    Returns
    -------
    (days, beds) twice  Start and end, NaN on days without any. [min]
    """
    start, end = np.asarray(opens, float), np.asarray(closes, float)
    days = len(allowed)
    found = np.full((2, days, len(start)), np.nan)
    following = np.concatenate([allowed[1:], allowed[-1:]])
    for day, two in enumerate(np.concatenate([allowed, following], axis=1)):
        for bed, (first, last) in enumerate(zip(start, end, strict=True)):
            stretch = longest_legal(two, first, last) or longest_legal(two, first, first + DAY)
            if stretch:
                found[:, day, bed] = stretch
    return found[0], found[1]


def longest_legal(hours: Hours, first: float, last: float) -> tuple[float, float] | None:
    """The longest run of allowed minutes between two minutes; the earliest of equals.

    Parameters
    ----------
    hours : (48,)  Allowed hours of a day and the next.
    first, last : [min after midnight]
    """
    if hours.all():
        return (first, last) if last > first else None
    edges = np.flatnonzero(np.diff(np.concatenate([[0], hours.astype(int), [0]])))
    best: tuple[float, float] | None = None
    for begin, stop in edges.reshape(-1, 2) * 60.0:
        low, high = max(first, float(begin)), min(last, float(stop))
        if high > low and (best is None or high - low > best[1] - best[0]):
            best = low, high
    return best
