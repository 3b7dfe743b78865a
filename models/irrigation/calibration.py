"""Field capacity as a probe itself sees it: where its readings come to rest after good rain.

A cheap probe is not true to the last hundredth, but it is true to itself. A soil that was wetter
than field capacity drains, fast at first, and stays for a while at what it can hold against
gravity. Where several rains lead to the same plateau, depletion is counted from that plateau, and
the probe's offset and the soil table's error fall out together.

References
----------
[1] Veihmeyer, Hendrickson (1931), The moisture equivalent as a measure of the field capacity of
    soils. doi:10.1097/00010694-193109000-00003
[2] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

WETTING = 10.0  # mm, of a wetting event that may fill the root zone
QUIET = 1.0  # mm d⁻¹: less does not disturb the drainage
DRAINED = 0.01  # m³ m⁻³ that a soil above field capacity loses before it comes to rest
SLOWER = 4.0  # times slower than its fastest day is a soil at rest; drying alone does not slow so
WAIT = (1, 2, 3)  # d after the wetting, in which the plateau is looked for
LEAST_EVENTS = 3
MOST_SCATTER = 0.015  # m³ m⁻³, between events that agree
_NORMAL_MAD = 1.4826  # standard deviations in a median absolute deviation
_MEDIAN_LOSS = 1.2533  # √(π/2): standard error of a median against that of a mean


@dataclass(frozen=True, slots=True)
class Plateau:
    """Field capacity seen by a probe. [m³ m⁻³]

    `low`, `high` : 95 % interval; `events` : wettings it was seen after; NaN where never.
    """

    water_content: float
    low: float
    high: float
    events: int

    @property
    def is_certain(self) -> bool:
        """Whether enough wettings agree for the advice to count from it."""
        if self.events < LEAST_EVENTS:
            return False
        scatter = self.error * float(np.sqrt(self.events)) / _MEDIAN_LOSS
        return scatter <= MOST_SCATTER

    def rounded(self) -> dict[str, float]:
        """For people: three digits, as probes tell them."""
        names = ("water_content", "low", "high")
        return {name: round(getattr(self, name), 3) for name in names} | {"events": self.events}

    @property
    def error(self) -> float:
        """Standard error. [m³ m⁻³]"""
        return (self.high - self.low) / 3.92


def field_capacity_seen(water_content: ArrayLike, wetting: ArrayLike) -> Plateau:
    """The plateau of daily water contents after wettings: robust median and its interval.

    Parameters
    ----------
    water_content : (days,)  Mean of each day, NaN = none. [m³ m⁻³]
    wetting : (days,)  Rain and irrigation of each day. [mm]
    """
    theta, water = np.asarray(water_content, float), np.asarray(wetting, float)
    rests = [_at_rest(theta, water, last) for last in _wettings(water)]
    found = [value for value in rests if not np.isnan(value)]
    if not found:
        return Plateau(np.nan, np.nan, np.nan, 0)
    middle = float(np.median(found))
    scatter = _NORMAL_MAD * float(np.median(np.abs(np.array(found) - middle)))
    # Few events that happen to agree are not known better than readings repeat.
    scatter = max(scatter, MOST_SCATTER / 3.0)
    margin = 1.96 * _MEDIAN_LOSS * scatter / float(np.sqrt(len(found)))
    return Plateau(middle, middle - margin, middle + margin, len(found))


def _wettings(water: Array) -> list[int]:
    """The last day of each spell of wet days that brought enough."""
    wet = water >= QUIET
    ends = np.flatnonzero(wet & ~np.concatenate([wet[1:], [True]]))
    starts = np.flatnonzero(wet & ~np.concatenate([[False], wet[:-1]]))
    spells = zip(starts, ends, strict=False)
    return [int(end) for start, end in spells if water[start : end + 1].sum() >= WETTING]


def _at_rest(theta: Array, water: Array, last: int) -> float:
    """Water content where drainage ceased after a wetting that ended on day `last`; NaN if never.

    Without a loss that only drainage explains the soil was not filled, and tells nothing.
    """
    if np.isnan(theta[last : last + 2]).any():
        return np.nan
    span = theta[last : last + max(WAIT) + 2]
    losses = -np.diff(span)
    for day in WAIT:
        if day >= len(losses) or water[last + day + 1] >= QUIET:
            break
        lost = np.nanmax(span[: day + 1]) - span[day]
        fastest = np.nanmax(losses[:day])
        if lost >= DRAINED and losses[day] * SLOWER <= fastest:
            return float(span[day])
    return np.nan
