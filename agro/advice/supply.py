"""What waters the beds of a site: their hours, shared taps and tanks, pauses on heavy soil."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import isnan

import numpy as np
from numpy.typing import NDArray

from agro.advice.beds import DEEPEST_DOSE, Bed
from agro.advice.moment import Moment
from agro.advice.outlook import Outlook
from agro.advice.season import Season
from agro.advice.watering import Watering
from agro.records import Tank
from models.irrigation import intake
from models.irrigation.hours import DAY, legal_windows, longest_legal
from models.irrigation.plan import LOOK_AHEAD
from models.irrigation.shared import OWN, Supply
from models.water import tables

Array = NDArray[np.float64]
Hours = NDArray[np.bool_]

NOON = 13 * 60  # min: from here on most of the day's sun is past
ROOF = 0.8  # share of the rain on a pitched, tiled roof that a tank receives (DIN 1989-1)


@dataclass(frozen=True, slots=True)
class Windows:
    """When each bed may be watered: (days, beds), minutes after midnight, NaN on closed days."""

    opens: Array
    closes: Array

    @property
    def open_days(self) -> NDArray[np.bool_]:
        """Whether there is a chance on the day. (days, beds)"""
        return ~np.isnan(self.opens)

    def stands(self) -> NDArray[np.int_]:
        """1 for beds whose next chance is in the afternoon, so that a day's sun follows it."""
        first = self.open_days.argmax(axis=0)
        opens = self.opens[first, np.arange(self.opens.shape[1])]
        return np.asarray(np.nan_to_num(opens) % DAY >= NOON, dtype=int)


def windows(
    growing: Sequence[Bed], moment: Moment, allowed: Sequence[Hours | None] | None = None
) -> Windows:
    """The hours of each bed from now on: the preferred ones, within those that are `allowed`.

    `allowed` has for each bed (days, 24) from today on, None where every hour is.
    """
    if allowed is None or all(one is None for one in allowed):
        return _windows(growing, moment, None)
    own = [_windows([bed], moment, one) for bed, one in zip(growing, allowed, strict=True)]
    opens, closes = ([getattr(one, name) for one in own] for name in ("opens", "closes"))
    return Windows(np.concatenate(opens, axis=1), np.concatenate(closes, axis=1))


def _windows(growing: Sequence[Bed], moment: Moment, allowed: Hours | None) -> Windows:
    """The same of beds for which the same hours are allowed; after the last day as on it."""
    legal = np.ones((1, 24), dtype=bool) if allowed is None else np.asarray(allowed, dtype=bool)
    legal = legal[np.minimum(np.arange(LOOK_AHEAD), len(legal) - 1)]
    local = moment.at.astimezone(moment.zone)
    now = float(local.hour * 60 + local.minute)
    preferred = np.array([_preferred(bed) for bed in growing]).reshape(-1, 2)
    opens, closes = legal_windows(preferred[:, 0], preferred[:, 1], legal)
    today = np.concatenate([legal[0], legal[1]])
    for bed, (_, end) in enumerate(preferred):
        begun = longest_legal(today, now, end - DAY) if end - DAY > now else None
        if begun:  # last night's hours are not over
            opens[0, bed], closes[0, bed] = begun
        elif closes[0, bed] > now:
            opens[0, bed] = max(opens[0, bed], now)
        else:
            # Where all of tomorrow is shut, what is left of today counts, whatever is preferred.
            left = None if legal[1].any() else longest_legal(today, now, DAY)
            opens[0, bed], closes[0, bed] = left or (np.nan, np.nan)
    return Windows(opens, closes)


def _preferred(bed: Bed) -> tuple[float, float]:
    start, end = (bed.system.start, bed.system.end) if bed.system else ("", "")
    first, last = _minutes(start), _minutes(end)
    return first, last if last > first else last + DAY


def _minutes(clock: str) -> float:
    told = time.fromisoformat(clock) if clock else time()
    return float(told.hour * 60 + told.minute)


def clock_time(moment: Moment, day: int, minutes: float) -> datetime:
    """The moment that many minutes on the garden's clock after the midnight of a day ahead."""
    whole, rest = divmod(round(minutes), DAY)
    date = moment.today + timedelta(days=day + whole)
    wall = datetime.combine(date, time(rest // 60, rest % 60), moment.zone)
    return max(wall.astimezone(moment.at.tzinfo), moment.at)


def longest_run(bed: Bed) -> float:
    """How long water may run onto a bed before it runs off; inf where the soil keeps up. [min]"""
    return float(intake.longest_run(*_rates(bed), intake.surface_storage(bed.plot.slope)))


def soak(bed: Bed) -> float:
    """The pause after such a run: as stated, else as the soil asks. [min]"""
    if bed.system is not None and not isnan(bed.system.soak_minutes):
        return bed.system.soak_minutes
    return float(intake.soak(*_rates(bed), longest_run(bed)))


def _rates(bed: Bed) -> tuple[float, float]:
    texture = bed.soil.texture if bed.soil else ""
    rate = float(intake.application_rate(bed.flow, bed.plot.area))
    return rate, intake.basic_intake(texture)


def greatest_dose(bed: Bed) -> float:
    """What one watering brings at most, with its pauses. [mm]"""
    run = longest_run(bed)
    if not np.isfinite(run):
        return bed.greatest_dose
    first, last = _preferred(bed)
    running = float(intake.running_minutes(last - first, run, soak(bed)))
    return min(running * bed.flow * bed.efficiency / bed.plot.area, DEEPEST_DOSE)


def supply(
    growing: Sequence[Bed],
    tanks: Sequence[Tank],
    hours: Windows,
    outlook: Outlook,
    levels: Array,
    *,
    restricted: NDArray[np.bool_],
) -> Supply | None:
    """What the beds draw from together; None where nobody shares and all hours are allowed.

    `restricted` (beds,) tells for which not every hour is allowed.

    A bed of its own tap and tank keeps to its own hours, which its greatest dose knows already.
    """
    tap, tank = _numbers(growing, tanks)
    shares = (tap != OWN) | (tank != OWN)
    if not restricted.any() and not shares.any():
        return None
    closes = np.where(shares | restricted, hours.closes, np.where(hours.open_days, np.inf, np.nan))
    rain = np.median(outlook.members.rain[:LOOK_AHEAD], axis=1)
    roofs = np.array([one.roof_area for one in tanks])
    return Supply(
        litres_per_mm=np.array([bed.plot.area / bed.efficiency for bed in growing]),
        flow=np.array([bed.flow for bed in growing]),
        opens=hours.opens,
        closes=closes,
        tap=tap,
        tank=tank,
        level=levels,
        capacity=np.array([one.capacity for one in tanks]),
        inflow=ROOF * rain[:, None] * roofs,
        longest_run=np.array([longest_run(bed) for bed in growing]),
        soak=np.array([soak(bed) for bed in growing]),
        weight=np.array([_yield_response(bed) for bed in growing]),
    )


def _numbers(
    growing: Sequence[Bed], tanks: Sequence[Tank]
) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """The number of each bed's tap and tank; `OWN` where it shares none."""
    slugs = [one.slug for one in tanks]
    named = [bed.system.tap if bed.system else "" for bed in growing]
    taps = sorted({name for name in named if name})
    drawn = [bed.system.tank if bed.system else "" for bed in growing]
    tap = [taps.index(name) if name else OWN for name in named]
    tank = [slugs.index(name) if name in slugs else OWN for name in drawn]
    return np.array(tap, dtype=int), np.array(tank, dtype=int)


def _yield_response(bed: Bed) -> float:
    """K_y of the crop; 1 where no table has it. [-]"""
    known = tables.crop(bed.planting.crop).yield_response if bed.planting else 1.0
    return 1.0 if isnan(known) else known


def tank_levels(
    tanks: Sequence[Tank],
    growing: Sequence[Bed],
    season: Season,
    watered: Mapping[str, Watering],
    moment: Moment,
) -> Array:
    """What is in the tanks now: as read, or full when the season began, and the days since. [L]"""
    return np.array([_level(tank, growing, season, watered, moment) for tank in tanks])


def _level(
    tank: Tank,
    growing: Sequence[Bed],
    season: Season,
    watered: Mapping[str, Watering],
    moment: Moment,
) -> float:
    level = tank.capacity if isnan(tank.level) else tank.level
    first = season.row(tank.level_on) + 1 if tank.level_on else 0
    today = season.row(moment.today)
    drawn = np.zeros(today + 1)
    for bed in growing:
        if bed.system is None or bed.system.tank != tank.slug:
            continue
        for amount in watered[bed.plot.slug].amounts:
            row = (moment.date_of(amount.time) - season.first).days
            if first <= row <= today:
                drawn[row] += amount.depth * bed.plot.area / bed.efficiency
    for row in range(first, today + 1):
        fallen = season.rain[row] if row < today else 0.0
        level = min(max(level - drawn[row], 0.0) + ROOF * tank.roof_area * fallen, tank.capacity)
    return float(level)
