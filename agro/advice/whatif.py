"""What if this bed got so much water tonight? The week after it, for every dose a gardener may try.

Nothing else is watered afterwards, so that the doses can be compared; weather, roots and soil are
those of the advice, and so is the walk through the days. All doses go through it side by side.
"""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.beds import Bed
from agro.advice.learned import weather_of
from agro.advice.meant import least_ks
from agro.advice.moment import Moment
from agro.advice.outlook import SEED
from agro.advice.standing import Standing, standing
from models.irrigation import strategies
from models.irrigation.ahead import Beds, Water, dried, walk, wetted
from models.irrigation.ensemble import Ahead, depletion_members
from models.water import need

Array = NDArray[np.float64]

DOSES = np.arange(31.0)  # mm that reach the roots: as far as a garden bed is ever watered in one go
NIGHTS = 7  # days after tonight
_RANGE = (0.1, 0.5, 0.9)  # the 80 % interval about the median


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The evenings from tonight on, for each dose.

    Attributes
    ----------
    at : The moment from which it is seen.
    depletion, error : Now, and its standard error. [mm]
    days : (evenings,)  Local dates, today first.
    taw, raw : (evenings,)  Total and readily available water. [mm]
    allowed : (evenings,)  Depletion that the strategy accepts; `raw` where no stress is meant. [mm]
    low, median, high : (evenings, doses)  Depletion at the day's end. [mm]
    chance : (evenings, doses)  Chance that the day ends beyond `allowed`; today it is what it is.
        [-]
    ever : (doses,)  Chance that some day after today does. [-]
    room : What the root zone can still take tonight; more than that runs below it. [mm]
    litres, minutes, cans : (doses,)  From the tap; minutes are NaN where water is carried.
    """

    at: datetime
    depletion: float
    error: float
    days: tuple[date, ...]
    taw: Array
    raw: Array
    allowed: Array
    low: Array
    median: Array
    high: Array
    chance: Array
    ever: Array
    room: float
    litres: Array
    minutes: Array
    cans: Array

    @property
    def is_meant(self) -> bool:
        """Whether the strategy means some stress on these days, which `chance` does not count."""
        return bool((self.allowed > self.raw).any())


def what_if(c: Connection, site: str, plot: str, at: datetime) -> WhatIf | None:
    """Every dose of `DOSES` tonight, from the records until `at`.

    None where nothing grows, nothing is known of the weather, or there is no such plot.
    """
    return what_if_of(standing(c, site, at), plot)


def what_if_of(garden: Standing | None, plot: str) -> WhatIf | None:
    """The same of a garden that is known already."""
    index = garden.index(plot) if garden is not None else None
    if garden is None or index is None:
        return None
    here, bed = garden.water(index), garden.growing[index]
    ahead = garden.season.ahead.since(garden.season.row(garden.moment.today)).one(index)
    members = depletion_members([here.depletion], [here.error], ahead.taw[0], SEED + 2)
    water = Water(members, np.full_like(members, here.surface_depletion))
    weather = weather_of(garden.outlook.members, garden.learned[index : index + 1])
    tonight = _until_tonight(water, ahead, weather, garden.outlook.first_share)
    course = _after(tonight, ahead, weather)
    low, median, high = np.quantile(course, _RANGE, axis=2)
    evenings = slice(0, NIGHTS + 1)
    taw, raw = ahead.taw[evenings, 0], ahead.raw[evenings, 0]
    allowed = _allowed(bed, taw, raw, garden.moment)
    over = course > allowed[:, None, None]
    today = garden.moment.today
    litres, minutes, cans = _from_the_tap(bed)
    return WhatIf(
        at=garden.moment.at,
        depletion=here.depletion,
        error=here.error,
        days=tuple(today + timedelta(days=n) for n in range(NIGHTS + 1)),
        taw=taw,
        raw=raw,
        allowed=allowed,
        low=low,
        median=median,
        high=high,
        chance=over.mean(axis=2),
        ever=over[1:].any(axis=0).mean(axis=1),
        room=float(np.median(tonight.depletion)),
        litres=litres,
        minutes=minutes,
        cans=cans,
    )


def _allowed(bed: Bed, taw: Array, raw: Array, moment: Moment) -> Array:
    """How dry each evening may be before the crop suffers more than is meant, as the plan has it.

    [mm]
    """
    least = least_ks([bed], moment)[: len(raw), 0]
    return strategies.allowed_depletion(taw, raw, least)


def _until_tonight(water: Water, beds: Beds, weather: Ahead, first_share: float) -> Water:
    """The bed this evening, before anybody waters."""
    fallen = wetted(water, beds, rain=weather.rain[0], irrigation=np.zeros(1))
    return dried(fallen, beds, 0, et0=weather.et0[0], share=first_share)[0]


def _after(tonight: Water, bed: Beds, weather: Ahead) -> Array:
    """Depletion tonight and on the evenings after it: (evenings, doses, members). [mm]"""
    beds = _copies(bed, len(DOSES))
    water = Water(
        np.repeat(tonight.depletion, len(DOSES), axis=0),
        np.repeat(tonight.surface_depletion, len(DOSES), axis=0),
    )
    given = np.zeros((NIGHTS, len(DOSES)))
    given[0] = DOSES
    course = walk(water, beds, weather, irrigation=given, first=1).depletion
    now = np.maximum(water.depletion - DOSES[:, None], 0.0)
    return np.concatenate([now[None], course])


def _copies(bed: Beds, count: int) -> Beds:
    """The same bed `count` times: its last axis is that of the beds."""
    columns = {one.name: getattr(bed, one.name) for one in fields(bed)}
    return replace(bed, **{name: np.repeat(v, count, axis=-1) for name, v in columns.items()})


def _from_the_tap(bed: Bed) -> tuple[Array, Array, Array]:
    """Litres, minutes and cans that each dose takes."""
    litres = need.litres(DOSES, area=bed.plot.area, efficiency=bed.efficiency)
    by_can = bed.system is not None and bed.system.method == "can"
    cans = need.cans(litres) if by_can else np.full_like(litres, np.nan)
    return litres, need.minutes(litres, flow=bed.flow), cans
