"""Quality flags in QARTOD's numbers: they travel with the values and never change them.

The tests are QARTOD's gross range test and rate of change test, with the limits of
`sensors.quantities`.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sensors.quantities import QUANTITIES, Quantity

GOOD: Final = 1
NOT_EVALUATED: Final = 2
SUSPECT: Final = 3
FAIL: Final = 4
MISSING: Final = 9

Flags = NDArray[np.int64]

_HOUR = 3600.0
_FROM_MILDEST = (MISSING, NOT_EVALUATED, GOOD, SUSPECT, FAIL)
_SEVERITY = np.zeros(MISSING + 1, dtype=np.int64)
_SEVERITY[list(_FROM_MILDEST)] = range(len(_FROM_MILDEST))


def flag(
    quantity: str,
    values: ArrayLike,
    times: ArrayLike,
    previous: tuple[float, float] | None = None,
) -> Flags:
    """The worst of all tests for each value: fail, suspect, good, not evaluated, missing.

    Parameters
    ----------
    quantity : A name of `sensors.quantities.QUANTITIES`.
    values : (n,)  Values of one datastream in time order; NaN = missing. [the quantity's unit]
    times : (n,)  When they hold. [s since 1970]
    previous : Time and value before the first, where there is one.

    Returns
    -------
    (n,)  QARTOD flags.
    """
    ranged = flag_range(quantity, values)
    if not np.isfinite(_limits(quantity).step):
        return ranged
    return worst(ranged, flag_step(quantity, values, times, previous))


def flag_range(quantity: str, values: ArrayLike) -> Flags:
    """Gross range test: outside what the world can do is `FAIL`; NaN is `MISSING`."""
    limits, values = _limits(quantity), np.asarray(values, dtype=np.float64)
    inside = (values >= limits.low) & (values <= limits.high) & np.isfinite(values)
    return np.where(np.isnan(values), MISSING, np.where(inside, GOOD, FAIL))


def flag_step(
    quantity: str,
    values: ArrayLike,
    times: ArrayLike,
    previous: tuple[float, float] | None = None,
) -> Flags:
    """Rate of change test: too great a change since the value before is `SUSPECT`.

    A change may take its whole hour's allowance at once (a shower wets a probe in minutes), and
    after a gap it may be greater by the hours passed: |Δ| ≤ step · max(1, hours). The value
    before is the nearest earlier one that is a number, whatever its own flag. Without one, or
    without a step in the table, the value is `NOT_EVALUATED`.
    """
    limits = _limits(quantity)
    values = np.asarray(values, dtype=np.float64)
    before_times, before_values = _before(np.asarray(times, dtype=np.float64), values, previous)
    hours = (np.asarray(times, dtype=np.float64) - before_times) / _HOUR
    known = np.isfinite(values) & np.isfinite(before_values) & np.isfinite(limits.step)
    change = np.where(known, values, 0.0) - np.where(known, before_values, 0.0)
    allowed = np.where(known, np.fmax(hours, 1.0), 1.0) * (limits.step if known.any() else 1.0)
    flags = np.where(np.abs(change) > allowed, SUSPECT, GOOD)
    return np.where(np.isnan(values), MISSING, np.where(known, flags, NOT_EVALUATED))


def worst(first: Flags, second: Flags) -> Flags:
    """The more severe of two flags for each value."""
    return np.where(_SEVERITY[first] >= _SEVERITY[second], first, second)


def _before(
    times: NDArray[np.float64], values: NDArray[np.float64], previous: tuple[float, float] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time and value of the nearest earlier number of each value; NaN where there is none."""
    start = (np.nan, np.nan) if previous is None else previous
    times, values = np.concatenate(([start[0]], times)), np.concatenate(([start[1]], values))
    own = np.where(np.isfinite(values), np.arange(values.size), 0)
    nearest = np.maximum.accumulate(own)[:-1]
    return times[nearest], values[nearest]


def _limits(quantity: str) -> Quantity:
    try:
        return QUANTITIES[quantity]
    except KeyError as error:
        raise ValueError(
            f"quantity must be one of {', '.join(QUANTITIES)}: {quantity!r}"
        ) from error
