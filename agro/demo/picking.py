"""What the simulated beds gave: picked when ripe, less where the soil was dry.

A season's yield is the crop's published one, times how good the bed is, times the year; each pick
loses by the thirst of the weeks before it. Simpler than the forecast and not derived from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import pi, sin
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agro.demo.farm import Farm
from agro.demo.growth import life
from agro.demo.world import Season, World
from agro.records import LogEntry, Planting, Plot
from models.harvest.potential import reference
from models.water.tables import CROPS
from sensors.simulated import soil

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Habit:
    """How a crop is picked: between two shares of its life, every so many days.

    `unit` kg or a count; `piece` is what one weighs. [kg]
    """

    first: float
    last: float
    every: int
    unit: str = "kg"
    piece: float = 1.0


HABITS = {
    "tomato": Habit(0.46, 0.97, 4),
    "zucchini": Habit(0.36, 0.95, 3),
    "lettuce": Habit(0.45, 1.0, 6, "head", 0.35),
    "carrot": Habit(0.5, 1.0, 7),
    "green_bean": Habit(0.58, 0.98, 4),
    "strawberry": Habit(0.25, 0.6, 3),
    "leek": Habit(0.75, 1.0, 10),
    "potato": Habit(0.8, 1.0, 6),
    "pepper": Habit(0.45, 0.97, 6),
    "mint": Habit(0.2, 0.95, 14, "bunch", 0.05),
    "spinach": Habit(0.6, 1.0, 6),
    "cabbage": Habit(0.8, 1.0, 8, "head", 1.2),
    "beet": Habit(0.5, 1.0, 7),
    "faba_bean": Habit(0.7, 1.0, 6),
    "garlic": Habit(0.97, 1.0, 400),
    "mustard": Habit(0.97, 1.0, 400),
    "lentil": Habit(0.97, 1.0, 400),
    "berries": Habit(0.42, 0.52, 5),
    "grape_wine": Habit(0.75, 0.8, 6),
}
_OF_OTHERS = {"mint": 0.9, "berries": 0.45, "grape_wine": 0.7, "faba_bean": 0.9}
"""kg m⁻² of crops without a published yield for the place: what such gardens note, ours."""
_BED_SPREAD, _YEAR_SPREAD = 0.18, 0.12  # standard deviations of logarithms
_DRY_FROM, _DRY_ALL = 0.5, 0.9  # shares of the available water gone
_LOSS, _WEEKS = 0.75, 21  # of a pick whose last days were all dry
_FIELD = 1000.0  # m² from which a machine harvests


@dataclass(frozen=True, slots=True)
class Pick:
    """What was taken from a planting on a day. [kg]"""

    planting: Planting
    day: date
    mass: float


def picks(world: World, season: Season, until: datetime) -> list[Pick]:
    """Everything that was picked until then, in the order of the days."""
    farm, dry = world.farm, thirst(world, season)
    today = until.astimezone(farm.zone).date()
    start = datetime.fromtimestamp(world.start, farm.zone).date()
    found = []
    for planting in farm.plantings:
        plot = farm.index(planting.site, planting.plot)
        if plot is None or planting.crop not in HABITS or planting.planted > today:
            continue
        whole = expected(farm.plots[plot], planting, today.year, world.seed)
        for day, share in _days(planting, today):
            if day < today and day >= start:
                lost = _LOSS * _recent(dry[:, plot], (day - start).days)
                found.append(Pick(planting, day, whole * share * (1.0 - lost)))
    return sorted(found, key=lambda one: (one.day, one.planting.site, one.planting.plot))


def expected(plot: Plot, planting: Planting, year: int, seed: int) -> float:
    """What a planting would give in this year if it never lacked water. [kg]"""
    published = reference(planting.crop, covered=plot.covered)
    per_area = _OF_OTHERS.get(planting.crop)
    if per_area is None:
        per_area = published.yield_per_area if published else 0.0
    good = _lucky(seed, plot.site, planting.crop, spread=_BED_SPREAD)
    kind = _lucky(seed, plot.site, planting.crop, str(year), spread=_YEAR_SPREAD)
    area = planting.area if planting.area > 0.0 else plot.area
    return per_area * area * good * kind


def _lucky(seed: int, *of: str, spread: float) -> float:
    drawn = np.random.default_rng((seed, 3, crc32("/".join(of).encode()))).standard_normal()
    return float(np.exp(spread * drawn))


def _days(planting: Planting, today: date) -> Iterator[tuple[date, float]]:
    """The days on which a planting is picked this season, with each one's share of it."""
    habit, crop = HABITS[planting.crop], CROPS[planting.crop]
    begin = max(planting.planted, date(today.year, 1, 1))
    ripe = []
    for n in range(366):
        day = begin + timedelta(days=n)
        age = life(planting, crop, day)
        if age is not None and habit.first <= age < 1.0:
            ripe.append((day, age))
        if age is None or age >= 1.0 or age > habit.last:
            break
    taken = ripe[crc32(planting.plot.encode()) % min(habit.every, 3) :: habit.every] or ripe[:1]
    span = max(habit.last - habit.first, 0.01)
    weights = [0.25 + sin(pi * min((age - habit.first) / span, 1.0)) for _, age in taken]
    for (day, _), weight in zip(taken, weights, strict=True):
        yield day, weight / sum(weights)


def thirst(world: World, season: Season) -> Floats:
    """How dry each plot was on each day, 0 to 1: (days, plots)."""
    days = -(-world.hours // 24)
    dry = np.zeros((days, len(world.farm.plots)))
    for day in range(days):
        moisture = np.asarray(season.moisture[min(day * 24 + 12, world.hours)], float)
        gone = soil.depletion_share(world.soil, moisture, world.roots[day])
        dry[day] = np.clip((gone - _DRY_FROM) / (_DRY_ALL - _DRY_FROM), 0.0, 1.0)
    return dry


def _recent(dry: Floats, day: int) -> float:
    before = dry[max(day - _WEEKS, 0) : max(day, 1)]
    return float(before.mean()) if before.size else 0.0


def entry(farm: Farm, pick: Pick, *, who: str, source: str) -> LogEntry:
    """A pick as it was weighed or counted."""
    planting, habit = pick.planting, HABITS[pick.planting.crop]
    plot = farm.index(planting.site, planting.plot)
    is_field = plot is not None and farm.plots[plot].area >= _FIELD
    minute = crc32(f"{planting.plot}{pick.day}".encode()) % 90
    time = datetime(pick.day.year, pick.day.month, pick.day.day, 7, tzinfo=farm.zone)
    weighed = habit.unit == "kg"
    quantity = pick.mass if weighed else max(pick.mass / habit.piece, 1.0)
    return LogEntry(
        site=planting.site,
        plot=planting.plot,
        type="harvest",
        time=time + timedelta(minutes=minute),
        quantity=round(quantity, -1 if is_field else 1) if weighed else float(round(quantity)),
        unit=habit.unit,
        crop=planting.crop,
        variety=planting.variety,
        source=source,
        method="weighed" if weighed else "counted",
        who=who,
    )
