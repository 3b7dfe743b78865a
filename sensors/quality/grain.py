"""How fine a device's values are, told by the values themselves."""

import numpy as np
from numpy.typing import ArrayLike

from sensors.quality.flags import floats
from sensors.quality.thresholds import threshold

ENOUGH = 200
"""Numbers that tell the resolution of a device; more change nothing."""

_COARSEST = 10.0  # times the resolution for which a flat line's hours hold
_ROUNDING = 1e-9  # below is the arithmetic's, not the device's


def resolution(quantity: str, values: ArrayLike) -> float:
    """Resolution of a device from its first numbers: the least step between two of them.

    Few numbers, or numbers that are all alike, tell too coarse a step or none: it is bounded by
    ten times the resolution that `flat_resolution` takes for granted, and a lone value is taken
    to be written to its last decimal.

    Parameters
    ----------
    quantity : A name of `sensors.quantities.QUANTITIES`.
    values : (n,)  The first `ENOUGH` of a datastream; NaN = missing. [the quantity's unit]

    Returns
    -------
    In the quantity's unit; NaN where the quantity has no `flat_resolution` or nothing is known.
    """
    usual, numbers = threshold(quantity, "flat_resolution"), floats(values)
    numbers = np.unique(numbers[np.isfinite(numbers)])
    if np.isnan(usual) or numbers.size == 0:
        return np.nan
    steps = np.diff(numbers)
    steps = steps[steps > _ROUNDING]
    found = float(steps.min()) if steps.size else _last_decimal(float(numbers[0]))
    return min(found, _COARSEST * usual)


def _last_decimal(value: float) -> float:
    """The decimal place to which a number is written."""
    places = next((n for n in range(6) if abs(value - round(value, n)) < _ROUNDING), 6)
    return float(10.0**-places)
