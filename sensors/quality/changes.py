"""Does the value change as it should: not too fast, not there and back, not never?"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sensors.quality.flags import Flags, Floats, Mask, flags_where, floats
from sensors.quality.thresholds import limits, threshold
from sensors.quality.windows import spread

HOUR = 3600.0
_WIDEST = 2.0  # times its hours: a flat line of few numbers may be this long


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
    before_times, before_values = _before(floats(times), floats(values), previous)
    return flag_change(quantity, values, times, before_times, before_values)


def flag_change(
    quantity: str,
    values: ArrayLike,
    times: ArrayLike,
    before_times: ArrayLike,
    before_values: ArrayLike,
) -> Flags:
    """The rate of change test against given values before, of one series or of many at once.

    All arrays are (n,); a NaN in `before_values` means that there is none.
    """
    row, values, times = limits(quantity), floats(values), floats(times)
    before_times, before_values = floats(before_times), floats(before_values)
    hours = (times - before_times) / HOUR
    known = np.isfinite(values) & np.isfinite(before_values) & np.isfinite(row.step)
    change = np.where(known, values, 0.0) - np.where(known, before_values, 0.0)
    allowed = np.where(known, np.fmax(hours, 1.0), 1.0) * (row.step if known.any() else 1.0)
    return flags_where(values, known=known, suspect=np.abs(change) > allowed)


def flag_spike(quantity: str, values: ArrayLike, times: ArrayLike) -> Flags:
    """Spike test: away from the numbers on both sides, and in one direction, is `SUSPECT`.

    As with the step, a side further away than an hour allows more by the hours. The first and
    the last number are `NOT_EVALUATED`, as is a quantity without a spike in the table. Spikes
    need the value after: this test is for recomputation.
    """
    values, times = floats(values), floats(times)
    allowed = threshold(quantity, "spike")
    suspect, known = np.zeros(values.shape, bool), np.zeros(values.shape, bool)
    rows = np.flatnonzero(np.isfinite(values))[1:-1]
    if rows.size == 0 or np.isnan(allowed):
        return flags_where(values, known=known, suspect=suspect)
    number, at = values[np.isfinite(values)], times[np.isfinite(values)]
    hours = np.fmax(np.diff(at) / HOUR, 1.0)
    beyond = np.diff(number) / (hours * allowed)
    known[rows] = True
    up_and_back = (beyond[:-1] > 1.0) & (beyond[1:] < -1.0)
    suspect[rows] = up_and_back | ((beyond[:-1] < -1.0) & (beyond[1:] > 1.0))
    return flags_where(values, known=known, suspect=suspect)


def flag_flat(
    quantity: str,
    values: ArrayLike,
    times: ArrayLike,
    *,
    depth_cm: float = np.nan,
    resolution: float = np.nan,
    porosity: float = np.nan,
    whole: bool = False,
) -> Flags:
    """Flat line test: unchanged for hours in which it should have moved is `SUSPECT`.

    Where standing still is natural (no rain, night, fog, freezing or saturated soil) a flat line
    is good. It takes eight numbers or more; where there are too few, a value is
    `NOT_EVALUATED`.

    Parameters
    ----------
    depth_cm : Depth of a soil probe: the deeper, the longer it may stand still. [cm]
    resolution : The device's: the coarser, the longer it may seem so. [the quantity's unit]
    porosity : Of the soil; from 0.02 below it soil is saturated. [m³ m⁻³]
    whole : Flag a flat line from its first value, not only from when it has lasted its hours.
    """
    values, times = floats(values), floats(times)
    suspect, known = np.zeros(values.shape, bool), np.zeros(values.shape, bool)
    span = flat_span(quantity, depth_cm=depth_cm, resolution=resolution)
    rows = np.flatnonzero(np.isfinite(values))
    if np.isnan(span) or rows.size == 0:
        return flags_where(values, known=known, suspect=suspect)
    number, at = values[rows], times[rows]
    end = np.arange(rows.size)
    first = np.searchsorted(at, at - span, side="right") - 1
    fewest = int(threshold(quantity, "flat_fewest"))
    first = np.minimum(first, end - fewest + 1)
    enough = first >= 0
    enough &= at - at[np.maximum(first, 0)] <= _WIDEST * span
    first = np.where(enough, first, end)
    flat = enough & (spread(number, first) <= threshold(quantity, "flat_tolerance"))
    flat &= ~_is_still(quantity, number, porosity)
    known[rows] = enough
    suspect[rows] = _covered(first, flat) if whole else flat
    return flags_where(values, known=known | suspect, suspect=suspect)


def flat_span(quantity: str, *, depth_cm: float = np.nan, resolution: float = np.nan) -> float:
    """How long a value may stand still; NaN = as long as it likes. [s]"""
    deep = depth_cm / threshold(quantity, "flat_depth")
    coarse = resolution / threshold(quantity, "flat_resolution")
    power = threshold(quantity, "flat_power")
    longer = float(np.fmax(deep, 1.0) * np.fmax(coarse, 1.0) ** power)
    return threshold(quantity, "flat_hours") * HOUR * longer


def _is_still(quantity: str, values: Floats, porosity: float) -> Mask:
    """Whether it is natural to stand still at these values."""
    low, high = threshold(quantity, "still_low"), threshold(quantity, "still_high")
    if quantity == "soil_moisture" and np.isfinite(porosity):
        low = min(low, porosity + threshold(quantity, "saturated_from"))
    if np.isnan(low):
        return np.zeros(values.shape, bool)
    return np.asarray((values >= low) & (values <= (np.inf if np.isnan(high) else high)))


def _covered(first: NDArray[np.intp], ends: Mask) -> Mask:
    """Whether each index lies within first[i] … i of an i in `ends`."""
    edges = np.zeros(first.size + 1, dtype=np.int64)
    np.add.at(edges, first[ends], 1)
    np.add.at(edges, np.flatnonzero(ends) + 1, -1)
    return np.asarray(np.cumsum(edges)[:-1] > 0)


def _before(
    times: Floats, values: Floats, previous: tuple[float, float] | None
) -> tuple[Floats, Floats]:
    """Time and value of the nearest earlier number of each value; NaN where there is none."""
    start = (np.nan, np.nan) if previous is None else previous
    times, values = np.concatenate(([start[0]], times)), np.concatenate(([start[1]], values))
    own = np.where(np.isfinite(values), np.arange(values.size), 0)
    nearest = np.maximum.accumulate(own)[:-1]
    return times[nearest], values[nearest]
