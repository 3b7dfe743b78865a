"""Did the value come when it should, and does its clock tell the truth?"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from sensors.quality.flags import Flags, Floats, Mask, flags_where, floats
from sensors.quality.thresholds import limits, threshold

HOUR = 3600.0
BEFORE = 9  # spacings that tell how often a device sends


def intervals(times: ArrayLike) -> Floats:
    """How often a device sent before each of its messages: the median of the last spacings. [s]

    Parameters
    ----------
    times : (n,)  In order. [s since 1970]

    Returns
    -------
    (n,)  From the `BEFORE` spacings before each message, its own apart; NaN for the first two.
    """
    at = floats(times)
    if at.size < 2:
        return np.full(at.shape, np.nan)
    padded = np.concatenate((np.full(BEFORE + 1, np.nan), np.diff(at)))
    last = np.sort(sliding_window_view(padded, BEFORE)[: at.size], axis=1)  # NaN come last
    row = np.arange(at.size)
    middle = np.clip(row - 2, 0, BEFORE - 1) // 2
    return np.asarray(last[row, middle])


def flag_gap(
    quantity: str, values: ArrayLike, times: ArrayLike, *, interval: ArrayLike = HOUR
) -> Flags:
    """Gap test: the first value after too long a silence is `SUSPECT`.

    Nothing ties it to what was before, and an amount lacks what fell in the silence. A message
    without a value breaks the silence: the station was there. The first row of all is
    `NOT_EVALUATED`, and so are states such as a battery's, which each message tells by itself.

    Parameters
    ----------
    interval : How often the device sends, always or before each message; NaN = not known. [s]
    """
    values, times, every = floats(values), floats(times), floats(interval)
    hours = threshold(quantity, "gap_hours")
    longest = np.maximum(hours * HOUR, threshold(quantity, "gap_intervals") * every)
    silence = np.diff(times, prepend=np.nan) if times.size else times
    known = np.isfinite(silence) & np.isfinite(longest) & (limits(quantity).kind != "status")
    return flags_where(values, known=known, suspect=silence > longest)


def flag_clock(
    quantity: str,
    values: ArrayLike,
    times: ArrayLike,
    *,
    arrived: ArrayLike | None = None,
    whole: bool = False,
) -> Flags:
    """Clock test of rows in the order in which they came.

    Later than its own arrival is `FAIL`. `SUSPECT` are: a value that arrives very late, one whose
    time goes back from that of the row before, and one of a time that had another value already.

    Parameters
    ----------
    values, times : (n,)  As they came, in any order of time.
    arrived : (n,)  When they came; NaN for what a device sends from its memory, which is late and
        out of order by nature. Without it, neither ahead nor late is tested. [s since 1970]
    whole : Flag every one of the values given for one time, not only those after the first.
    """
    values, times = floats(values), floats(times)
    came = np.full(times.shape, np.nan) if arrived is None else floats(arrived)
    is_ahead = times - came > threshold(quantity, "ahead")
    is_late = came - times > threshold(quantity, "late_hours") * HOUR
    tested = np.isfinite(came) if arrived is not None else np.ones(times.shape, bool)
    suspect = is_late | (_goes_back(times, tested & ~is_ahead) > threshold(quantity, "back"))
    suspect |= _contradicts(times, values, whole=whole)
    return flags_where(values, suspect=suspect, fail=is_ahead)


def _goes_back(times: Floats, tested: Mask) -> Floats:
    """By how much each tested time is before that of the tested row before it. [s]"""
    back = np.zeros(times.shape)
    rows = np.flatnonzero(tested)
    back[rows[1:]] = -np.diff(times[rows])
    return back


def _contradicts(times: Floats, values: Floats, *, whole: bool) -> Mask:
    """Whether a time has other values than this one (`whole`), or had them already."""
    found = np.zeros(times.shape, bool)
    rows = np.flatnonzero(np.isfinite(values))
    order = rows[np.argsort(times[rows], kind="stable")]
    if order.size == 0:
        return found
    starts = np.concatenate(([True], np.diff(times[order]) != 0.0))
    group = np.cumsum(starts) - 1
    differs = values[order] != values[order][starts][group]
    found[order] = differs
    if whole:
        found[order] = np.bincount(group, weights=differs)[group] > 0.0
    return found
