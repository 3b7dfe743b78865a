"""How long a battery will last: a straight line through its last weeks, and when it gets empty.

A date is claimed only where the decline is clear. The voltage of a lithium cell (Li-SOCl₂, 3.6 V)
stays flat for years and falls within weeks, a solar cell's goes up and down with the weather, and
every voltage follows the temperature: of those the line says "steady", which promises nothing.

[1] Dragino (2024), How to calculate battery life of Dragino sensors: an ER26500 is replaced below
    2.7 V. https://docs.dragino.com/docs/wiki/FAQs/general/battery-life-calculation/
[2] Sen P. K. (1968), Estimates of the regression coefficient based on Kendall's tau, JASA 63,
    1379-1389, doi:10.1080/01621459.1968.10480934
[3] Netvox, user manuals of the R718 family: low voltage 3.2 V (ER14505 cells)
"""

from dataclasses import dataclass
from math import inf, nan
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import theilslopes

Outlook = Literal["empty", "falling", "lasting", "steady", "unknown"]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Supply:
    """A battery's marks: below `low` it is to be changed soon, at `minimum` its device stops.

    `change` is the least fall that means something, `renewed` the rise that a new battery makes.
    All in the unit of the quantity that tells it. [V or %]
    """

    low: float
    minimum: float
    change: float
    renewed: float


_LITHIUM = Supply(low=3.2, minimum=2.7, change=0.03, renewed=0.25)  # one Li-SOCl₂ cell [1, 3]
_MANGANESE = Supply(low=2.55, minimum=2.5, change=0.03, renewed=0.25)  # CR17450, 3 V
_ALKALINE = Supply(low=2.2, minimum=2.0, change=0.03, renewed=0.25)  # two C cells, 3 V
_CHARGE = Supply(low=20.0, minimum=5.0, change=3.0, renewed=20.0)  # what a device calls per cent
# Of cells that we do not know: where two AA cells end, so that nobody is warned for nothing.
_UNKNOWN = Supply(low=2.4, minimum=2.0, change=0.03, renewed=0.25)
_VOLTAGES = {
    "decentlab": _ALKALINE,
    "dragino": _LITHIUM,
    "dragino/lht65": _MANGANESE,
    "dragino/lht65n": _MANGANESE,
    "elsys": _LITHIUM,
    "netvox": _LITHIUM,
    "tektelic": _LITHIUM,
}

HORIZON_DAYS = 365.0
"""Beyond this a straight line says nothing; the battery is "lasting"."""

_FEWEST_DAYS = 10
_RECENT_DAYS = 21.0
_RECENT_CHANGES = 4.0
_STEP_DAYS = 3  # a new battery shows in the medians of so many days before and after it


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a battery gets empty: days from now with the 95 % interval of the slope.

    `left`, `soonest` and `latest` are numbers only while the battery is "falling" (0 when it is
    "empty"); `latest` may be infinite. `slope` is per day, in the unit of the values.
    """

    outlook: Outlook
    left: float = nan
    soonest: float = nan
    latest: float = nan
    slope: float = nan


def supply(model: str, quantity: str) -> Supply:
    """The marks of a model's battery, told as `battery_voltage` or `battery_level`."""
    if quantity == "battery_level":
        return _CHARGE
    return _VOLTAGES.get(model) or _VOLTAGES.get(model.partition("/")[0]) or _UNKNOWN


def is_low(model: str, *, voltage: float = nan, level: float = nan) -> bool:
    """Whether a battery is to be changed soon; what is not told (NaN) is not low."""
    return bool(voltage < supply(model, "battery_voltage").low or level < _CHARGE.low)


def forecast(days: ArrayLike, values: ArrayLike, marks: Supply, *, now: float) -> Forecast:
    """When the battery reaches its minimum.

    Parameters
    ----------
    days : (n,)  Days at which it was told, rising, in any count. [d]
    values : (n,)  A value for each day; NaN = none. [V or %]
    marks : Of this battery.
    now : The day from which is counted, in the count of `days`. [d]

    Returns
    -------
    "empty" at or under the minimum; "falling" with a date where the whole interval of the slope is
    negative and the fall stands out of the scatter; "lasting" where that date is beyond
    `HORIZON_DAYS`; "steady" without a clear decline; "unknown" from too few days.
    """
    x, y = np.asarray(days, dtype=np.float64), np.asarray(values, dtype=np.float64)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if y.size and _middle(y[-_STEP_DAYS:]) <= marks.minimum:
        return Forecast("empty", 0.0, 0.0, 0.0)
    first = _since_renewal(y, marks.renewed)
    x, y = x[first:], y[first:]
    line = _decline(x, y, marks.change)
    if y.size >= _FEWEST_DAYS:
        # A cell near its end falls ever faster: its last weeks count where they are clearly
        # steeper, and for that must say more than a fortnight of cold does.
        recent = x > x[-1] - _RECENT_DAYS
        steeper = _decline(x[recent], y[recent], _RECENT_CHANGES * marks.change)
        if steeper is not None and (line is None or steeper.highest < line.slope):
            line = steeper
    if line is None:
        return Forecast("unknown" if y.size < _FEWEST_DAYS else "steady")
    return _reaching(line, marks, now)


@dataclass(frozen=True, slots=True)
class _Line:
    slope: float
    lowest: float
    highest: float
    intercept: float


def _since_renewal(y: _Floats, renewed: float) -> int:
    """Where the life of the present battery begins."""
    rises = np.flatnonzero(np.diff(y) > renewed / 2.0) + 1
    for i in rises[::-1]:
        if _STEP_DAYS <= i <= y.size - _STEP_DAYS:
            before, after = y[i - _STEP_DAYS : i], y[i : i + _STEP_DAYS]
            if _middle(after) - _middle(before) > renewed:
                return int(i)
    return 0


def _decline(x: _Floats, y: _Floats, least: float) -> _Line | None:
    """The line through a clear decline, by Theil and Sen [2]; None where there is none."""
    if y.size < _FEWEST_DAYS:
        return None
    third = y.size // 3
    if _middle(y[:third]) - _middle(y[-third:]) < least / 2.0:
        return None  # most batteries: spared the slopes of every pair of days
    slope, intercept, lowest, highest = theilslopes(y, x)
    scatter = 1.4826 * float(np.median(np.abs(y - (slope * x + intercept))))
    fall = -slope * (x[-1] - x[0])
    if not highest < 0.0 or fall < max(2.0 * scatter, least):
        return None
    return _Line(float(slope), float(lowest), float(highest), float(intercept))


def _middle(y: _Floats) -> float:
    """The median; NumPy's own costs more in asking than in sorting so few."""
    return float(np.sort(y)[y.size // 2])


def _reaching(line: _Line, marks: Supply, now: float) -> Forecast:
    above = max(line.intercept + line.slope * now - marks.minimum, 0.0)
    left = above / -line.slope
    if left > HORIZON_DAYS:
        return Forecast("lasting", slope=line.slope)
    latest = above / -line.highest if line.highest < 0.0 else inf
    return Forecast("falling", left, above / -line.lowest, latest, line.slope)
