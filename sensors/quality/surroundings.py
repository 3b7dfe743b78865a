"""Does the value fit what the rain and the other gauges say?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sensors.quality.flags import Flags, Floats, Mask, flags_where, floats
from sensors.quality.thresholds import Name, threshold
from sensors.quality.windows import lowest

HOUR, DAY = 3600.0, 86400.0
_NEARLY_ALL = 0.9  # share of a day or a window for which rain is known
LAST_VALUE = 36.0 * HOUR  # a rise is counted from a value not older than this


@dataclass(frozen=True, slots=True)
class Rain:
    """A rain series at or near the place. A row covers `interval` seconds from its time.

    `times` (m,) in order [s since 1970]; `amounts` (m,) NaN = not known [mm].
    """

    times: ArrayLike
    amounts: ArrayLike
    interval: float = HOUR


@dataclass(frozen=True, slots=True)
class Waterings:
    """Waterings that were logged: `times` (w,) in order [s since 1970]; `amounts` (w,) [mm]."""

    times: ArrayLike = ()
    amounts: ArrayLike = ()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Daily totals of the other gauges.

    `days` (d,) start of each day, one after the other [s since 1970]; `totals` (k, d), NaN = not
    known [mm]; `distances` (k,) [km].
    """

    days: ArrayLike
    totals: ArrayLike
    distances: ArrayLike


def flag_rain_response(
    values: ArrayLike,
    times: ArrayLike,
    rain: Rain,
    waterings: Waterings | None = None,
    *,
    temperature: ArrayLike | None = None,
) -> Flags:
    """Soil that jumps to wetter without rain or watering is `SUSPECT` [1, D04 of thresholds].

    The rise is that since the lowest number of the last six hours, or since the number before.
    `NOT_EVALUATED` where the rain is not known, and near freezing, when snow may melt. Where
    people water without logging it, do not make this test.

    Parameters
    ----------
    values : (n,)  Soil moisture in time order. [m³ m⁻³]
    times : (n,)  [s since 1970]
    temperature : (n,)  Of the soil. [°C]
    """
    values, times = floats(values), floats(times)
    suspect, known = np.zeros(values.shape, bool), np.zeros(values.shape, bool)
    rows = np.flatnonzero(np.isfinite(values))
    if rows.size == 0:
        return flags_where(values, known=known, suspect=suspect)
    since, rise = _rises(times[rows], values[rows], _of("rise_hours") * HOUR)
    window = since - _of("rise_rain_hours") * HOUR
    fell, is_known = _fallen(rain, window, times[rows])
    given = _given(waterings or Waterings(), window, times[rows])
    is_known &= np.isfinite(rise)
    if temperature is not None:
        is_known &= ~(floats(temperature)[rows] < _of("rise_thaw"))
    known[rows] = is_known
    suspect[rows] = (rise > _of("rise")) & (fell + given < _of("rise_rain"))
    return flags_where(values, known=known, suspect=suspect)


def flag_neighbours(totals: ArrayLike, neighbours: ArrayLike, distances: ArrayLike) -> Flags:
    """Daily rain against that of the gauges around: too little or too much is `SUSPECT`.

    Too little: next to none on a day with a good shower everywhere else, or a small share of
    the neighbours' median over ten days, which is what a clogged gauge gives (flagged on the days
    with rain, from when this shows for as long as it holds). Too much: far above the wettest.
    A day with fewer than three neighbours within reach is `NOT_EVALUATED`.

    Parameters
    ----------
    totals : (d,)  The gauge's own daily totals; NaN = not known. [mm]
    neighbours : (k, d)  The others'; NaN = not known. [mm]
    distances : (k,)  [km]
    """
    own = floats(totals)
    others = np.atleast_2d(floats(neighbours))[floats(distances) <= _rain("reach")]
    present = np.isfinite(others)
    known = present.sum(axis=0) >= _rain("fewest")
    others = np.where(known & present, others, np.nan)
    median, least, most = (np.zeros(own.shape) for _ in range(3))
    if known.any():
        median[known] = np.nanmedian(others[:, known], axis=0)
        least[known] = np.nanmin(others[:, known], axis=0)
        most[known] = np.nanmax(others[:, known], axis=0)
    dry = (median >= _rain("shower")) & (least >= _rain("shower_everywhere"))
    dry &= own < _rain("shower_share") * least
    far_above = _rain("wettest_factor") * most + _rain("wettest_margin")
    wet = own > far_above
    clogged = _clogged(np.where(known, own, np.nan), np.where(known, median, np.nan))
    return flags_where(own, known=known, suspect=dry | wet | clogged)


def _clogged(own: Floats, median: Floats) -> Mask:
    """Whether a day with rain around ends a time in which too little was caught."""
    both = np.isfinite(own) & np.isfinite(median)
    days = int(_rain("clog_days"))
    here = _last_days(np.where(both, own, 0.0), days)
    around = _last_days(np.where(both, median, 0.0), days)
    short = (around >= _rain("clog_rain")) & (here < _rain("clog_share") * around)
    # A day on which the gauge caught its share is the end of it, or its repair.
    return np.asarray(short & both & (own < _rain("clog_share") * median))


def _last_days(amounts: Floats, days: int) -> Floats:
    """Sum of each day and those before it, `days` in all."""
    total = np.concatenate((np.zeros(days), np.cumsum(amounts)))
    return np.asarray(total[days:] - total[:-days]) if amounts.size else amounts


def daily_totals(
    values: ArrayLike, times: ArrayLike, days: ArrayLike, *, interval: ArrayLike = HOUR
) -> tuple[Floats, NDArray[np.intp]]:
    """Total of each day, NaN unless nine tenths are known, and the day of each value.

    A value belongs to the day it is labelled with; -1 = to none of them. `interval` is that of
    the messages, of all or of each (n,); NaN covers nothing. [s]
    """
    values, times, starts = floats(values), floats(times), floats(days)
    day = np.searchsorted(starts, times, side="right") - 1
    day = np.where((day >= 0) & (times < starts[day] + DAY), day, -1) if starts.size else day
    counted = (day >= 0) & np.isfinite(values)
    total = np.bincount(day[counted], weights=values[counted], minlength=starts.size)
    covers = np.nan_to_num(np.broadcast_to(floats(interval), values.shape))
    seconds = np.bincount(day[counted], weights=covers[counted], minlength=starts.size)
    return np.where(seconds >= _NEARLY_ALL * DAY, total, np.nan), day


def _rises(times: Floats, values: Floats, seconds: float) -> tuple[Floats, Floats]:
    """Since when and by how much each number is above the lowest of the last `seconds`."""
    before = np.arange(times.size) - 1
    first = np.searchsorted(times, times - seconds)
    # The number before counts even if it is older, as daily values are.
    is_near = (before >= 0) & (times - times[before] <= LAST_VALUE)
    first = np.where(is_near, np.minimum(first, before), first)
    since = times[first]
    return since, np.where(since < times, values - lowest(values, first), np.nan)


def _fallen(rain: Rain, start: Floats, end: Floats) -> tuple[Floats, Mask]:
    """Rain of the rows from `start` to `end`, and whether it is known for nearly all of that."""
    at, amounts = floats(rain.times), floats(rain.amounts)
    there = np.isfinite(amounts)
    first = np.searchsorted(at, start - rain.interval, side="right")
    last = np.searchsorted(at, end, side="right")
    fell = np.concatenate(([0.0], np.cumsum(np.where(there, amounts, 0.0))))
    count = np.concatenate(([0], np.cumsum(there)))
    seconds = (count[last] - count[first]) * rain.interval
    is_known = seconds >= _NEARLY_ALL * (end - start)
    if at.size:
        newest = at[np.maximum(last - 1, 0)]
        is_known &= newest + 2.0 * rain.interval > end
    return fell[last] - fell[first], is_known


def _given(waterings: Waterings, start: Floats, end: Floats) -> Floats:
    """Water given between `start` and `end`. [mm]"""
    at, amounts = floats(waterings.times), floats(waterings.amounts)
    given = np.concatenate(([0.0], np.cumsum(amounts)))
    first, last = np.searchsorted(at, start), np.searchsorted(at, end, side="right")
    return np.asarray(given[last] - given[first])


def _of(name: Name) -> float:
    return threshold("soil_moisture", name)


def _rain(name: Name) -> float:
    return threshold("rain", name)
