"""Beds that drink from one tap or one tank: who waters first, when, and who waits.

The most urgent bed is placed first, at the earliest free minutes of its window; the next takes
what is left, also the pauses in which a heavy soil soaks. A tap runs for one bed at a time. What
neither the window nor the tank can give is cut, or left for the next day where less than the
smallest dose would remain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int_]

OWN = -1  # number of the tap, or tank, of a bed that shares none
WHOLE, WINDOW_FULL, TANK_LOW = 0, 1, 2  # why a bed got less
CODES = ("", "window_full", "tank_low")
_EPS = 1e-9


@dataclass(frozen=True, slots=True)
class Supply:
    """What waters the beds.

    Attributes
    ----------
    litres_per_mm : (beds,)  To be delivered for 1 mm at the roots. [L mm⁻¹]
    flow : (beds,)  NaN where water is carried: that takes no time of a tap. [L min⁻¹]
    opens, closes : (days, beds)  The day's window; NaN where there is none. [min after midnight]
    tap, tank : (beds,)  Beds with the same number share; `OWN` for none.
    level, capacity : (tanks,)  Now, and at most. [L]
    inflow : (days, tanks)  Rain that the roof brings on a day, after its watering. [L]
    longest_run, soak : (beds,)  How long water may run at once, and the pause after it. [min]
    weight : (beds,)  What a share of transpiration counts: the yield response K_y. [-]
    """

    litres_per_mm: Array
    flow: Array
    opens: Array
    closes: Array
    tap: Numbers
    tank: Numbers
    level: Array
    capacity: Array
    inflow: Array
    longest_run: Array
    soak: Array
    weight: Array


@dataclass(frozen=True, slots=True)
class Run:
    """Water running onto one bed, from `start` to `end`. [min after midnight]"""

    bed: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Granted:
    """What each bed gets on a day.

    Attributes
    ----------
    depth : (beds,)  [mm]
    start, end : (beds,)  Of its first and last run; NaN where nothing runs. [min after midnight]
    short : (beds,)  `WHOLE`, `WINDOW_FULL` or `TANK_LOW`.
    runs : Every run, in the order of urgency.
    level : (tanks,)  Left after the watering. [L]
    """

    depth: Array
    start: Array
    end: Array
    short: Numbers
    runs: tuple[Run, ...]
    level: Array


def grant(
    supply: Supply, day: int, *, wanted: Array, least: Array, urgency: Array, level: Array
) -> Granted:
    """Share a day's water among the beds that want some.

    Parameters
    ----------
    wanted, least : (beds,)  Dose, and the smallest one worth starting. [mm]
    urgency : (beds,)  The greatest comes first; of equals the first.
    level : (tanks,)  Before the watering. [L]
    """
    beds = len(wanted)
    depth, start, end = np.zeros(beds), np.full(beds, np.nan), np.full(beds, np.nan)
    short, left = np.zeros(beds, dtype=int), level.copy()
    busy: dict[int, list[Run]] = {}
    runs: list[Run] = []
    for bed in np.argsort(-urgency, kind="stable"):
        if wanted[bed] <= 0.0:
            continue
        taken = busy.setdefault(int(supply.tap[bed]), []) if supply.tap[bed] != OWN else []
        litres, why, own = _for_bed(supply, day, int(bed), float(wanted[bed]), left, taken)
        short[bed] = why
        if litres < min(least[bed], wanted[bed]) * supply.litres_per_mm[bed] - _EPS:
            continue
        depth[bed] = wanted[bed] if why == WHOLE else litres / supply.litres_per_mm[bed]
        start[bed] = own[0].start if own else supply.opens[day, bed]
        end[bed] = own[-1].end if own else supply.opens[day, bed]
        taken += own
        runs += own
        if supply.tank[bed] != OWN:
            left[supply.tank[bed]] = max(left[supply.tank[bed]] - litres, 0.0)
    return Granted(depth, start, end, short, tuple(runs), left)


def refilled(supply: Supply, day: int, level: Array) -> Array:
    """The tanks after a day's rain. (tanks,) [L]"""
    return np.minimum(level + supply.inflow[day], supply.capacity)


def _for_bed(
    supply: Supply, day: int, bed: int, depth: float, level: Array, taken: list[Run]
) -> tuple[float, int, list[Run]]:
    """Litres that tank and window can give, what binds, and when they run."""
    if not supply.closes[day, bed] > supply.opens[day, bed]:
        return 0.0, WINDOW_FULL, []
    litres = asked = depth * float(supply.litres_per_mm[bed])
    if supply.tank[bed] != OWN:
        litres = min(litres, float(level[supply.tank[bed]]))
    why = TANK_LOW if litres < asked - _EPS else WHOLE
    flow = float(supply.flow[bed])
    if not flow > 0.0:
        return litres, why, []
    runs = _placed(supply, day, bed, litres / flow, taken)
    ran = sum(run.end - run.start for run in runs)
    if ran * flow < litres - 1e-6:
        return ran * flow, WINDOW_FULL, runs
    return litres, why, runs


def _placed(supply: Supply, day: int, bed: int, minutes: float, taken: list[Run]) -> list[Run]:
    """Runs of one bed at the earliest free minutes of its window; fewer where it is full."""
    runs: list[Run] = []
    earliest, closes = float(supply.opens[day, bed]), float(supply.closes[day, bed])
    while minutes > _EPS:
        part = min(minutes, float(supply.longest_run[bed]))
        gap = _free(taken, earliest, closes, part)
        if gap is None:
            break
        length = min(part, gap[1] - gap[0])
        runs.append(Run(bed, gap[0], gap[0] + length))
        minutes -= length
        if length < part - _EPS:
            break
        earliest = gap[0] + length + float(supply.soak[bed])
    return runs


def _free(
    taken: list[Run], earliest: float, closes: float, wanted: float
) -> tuple[float, float] | None:
    """The earliest free stretch of `wanted` minutes, else the longest; None where all is taken."""
    longest: tuple[float, float] | None = None
    begin = earliest
    for start, end in [*sorted((run.start, run.end) for run in taken), (closes, closes)]:
        stop = min(start, closes)
        if stop - begin >= wanted - _EPS:
            return begin, max(stop, begin)
        if stop - begin > _EPS and (longest is None or stop - begin > longest[1] - longest[0]):
            longest = begin, stop
        begin = max(begin, end)
    return longest
