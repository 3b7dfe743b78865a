"""What the sun gives a district beyond what its own buildings draw, hour by hour.

Each hour says which part is measured, forecast or assumed: production by the plant's meter for the
hours that are over, else forecast; use by the buildings' meters, else as they used to draw at this
hour. Nobody has told which buildings belong to a district: those beside the plant are taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from math import isfinite, isnan, nan
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.energy import past
from agro.energy.past import Pairs
from agro.energy.production import From, Production, hours_of, production_ahead
from agro.records import Site
from agro.store import farms, weather
from agro.store.city import sums
from agro.store.city.assets import Asset, assets
from agro.store.city.places import distance_km
from agro.store.values import time_zone, to_epoch
from models.energy import pv

Array = NDArray[np.float64]
UsedFrom = Literal["measured", "usual", "assumed", "unknown"]

REACH_KM = 2.0
"""Who is this near a plant shares it: an assumption, as no list of who does is public.

Collective self-consumption may span 2 km between any two who share (France, arrêté du 21 novembre
2019; farther by exemption); here it is asked of each and the plant."""
HABITS = timedelta(days=28)  # that tell how buildings draw at an hour
_ELEVATION = 250.0  # m, where no site is near: of little weight
_FARTHEST_KM = 30.0  # that a site's weather forecast holds for a plant


@dataclass(frozen=True, slots=True)
class District:
    """A named solar plant with the metered buildings beside it.

    `slug` is the plant's id; `users` are the ids of buildings within `REACH_KM`; positions °,
    `peak_power` kW (NaN = not told); `mode` is that of the plant.
    """

    slug: str
    name: str
    commune: str
    latitude: float
    longitude: float
    peak_power: float
    mode: str
    plants: tuple[str, ...]
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surplus:
    """A district's hours from today's local midnight on, as known at a moment; NaN = not known.

    Attributes
    ----------
    times : (hours,)  Starts. [epoch s]
    produced, produced_low, produced_high : (hours,)  Best estimate and its 80 % interval, NaN all
        through while too few days are known. [kW]
    produced_from, used_from : (hours,)  Whether it is measured, forecast, as usual at that hour of
        such a day, or assumed from days of another sort.
    used : (hours,)  What the metered buildings draw. [kW]
    users_heard : So many of the district's buildings are in `used`.
    source, issued_at : Of the weather forecast; "" and None without one.
    pairs, errors : What the interval was learned on, and on how many days.
    """

    district: District
    times: NDArray[np.int64]
    produced: Array
    produced_low: Array
    produced_high: Array
    produced_from: tuple[From, ...]
    used: Array
    used_from: tuple[UsedFrom, ...]
    users_heard: int
    source: str
    issued_at: datetime | None
    pairs: Pairs
    errors: int

    @property
    def middle(self) -> Array:
        """Production less use; below 0 the district draws from the grid. [kW]"""
        return self.produced - self.used

    @property
    def low(self) -> Array:
        """With little sun. [kW]"""
        return self.produced_low - self.used

    @property
    def high(self) -> Array:
        """With much sun. [kW]"""
        return self.produced_high - self.used

    def now(self, at: datetime) -> tuple[float, float, float]:
        """Production, use and surplus of the hour that holds a time. [kW]"""
        which = np.flatnonzero(self.times == to_epoch(at) // pv.HOUR * pv.HOUR)
        if not len(which):
            return nan, nan, nan
        one = int(which[0])
        return float(self.produced[one]), float(self.used[one]), float(self.middle[one])

    def as_production(self) -> Production | None:
        """What a plan may use of the sun; None without a forecast."""
        if self.issued_at is None:
            return None
        return Production(
            times=self.times,
            low=self.low,
            middle=self.middle,
            high=self.high,
            source=self.source,
            issued_at=self.issued_at,
            errors=self.errors,
            made_from=self.produced_from,
            pairs=self.pairs,
        )


def districts(c: Connection) -> list[District]:
    """A district for each solar plant of the city that has a position, by name."""
    buildings = assets(c, kind="building")
    found = [_district(one, buildings) for one in assets(c, kind="pv_plant")]
    return sorted((one for one in found if isfinite(one.latitude)), key=lambda one: one.name)


def district_of(c: Connection, site: Site) -> District | None:
    """The district that a garden is near enough to share; None where there is none."""
    near = [(_apart(site, one), one) for one in districts(c)]
    within = [pair for pair in near if pair[0] <= REACH_KM]
    return min(within, key=lambda pair: pair[0])[1] if within else None


def _district(plant: Asset, buildings: Sequence[Asset]) -> District:
    peak = plant.details.get("peak_power", nan)
    return District(
        slug=plant.device,
        name=plant.name or plant.device,
        commune=plant.commune,
        latitude=plant.latitude,
        longitude=plant.longitude,
        peak_power=float(peak) if isinstance(peak, int | float) else nan,
        mode=plant.mode,
        plants=(plant.device,),
        users=tuple(one.device for one in buildings if _apart(plant, one) <= REACH_KM),
    )


def _apart(one: Any, other: Any) -> float:
    return distance_km(one.latitude, one.longitude, other.latitude, other.longitude)


def plant_of(c: Connection, district: District) -> pv.Plant | None:
    """The district's plant as physics needs it, as steep as is usual; None without its peak."""
    if isnan(district.peak_power) or not district.peak_power > 0.0:
        return None
    near = min(farms.sites(c), key=lambda one: _apart(district, one), default=None)
    height = near.elevation if near else _ELEVATION
    return pv.Plant(district.latitude, district.longitude, district.peak_power, height)


def surplus_by_hour(c: Connection, district: District, at: datetime) -> Surplus:
    """A district's production, use and what is left, today and tomorrow, as known at `at`."""
    zone = time_zone(c)
    today = at.astimezone(zone).date()
    times, _ = hours_of([today, today + timedelta(days=1)], zone)
    ahead = _ahead(c, district, at)
    none = np.full(len(times), nan)
    middle, low, high = (ahead.middle, ahead.low, ahead.high) if ahead else (none, none, none)
    told: list[From] = list(ahead.made_from) if ahead else ["unknown"] * len(times)
    middle, low, high = middle.copy(), low.copy(), high.copy()
    start = datetime.combine(today, time(), zone)
    for place, power in _measured(c, district, times, start, at):
        middle[place] = low[place] = high[place] = power
        told[place] = "measured"
    used, used_from, heard = _used(c, district, times, at, zone)
    return Surplus(
        district=district,
        times=times,
        produced=middle,
        produced_low=low,
        produced_high=high,
        produced_from=tuple(told),
        used=used,
        used_from=used_from,
        users_heard=heard,
        source=ahead.source if ahead else "",
        issued_at=ahead.issued_at if ahead else None,
        pairs=ahead.pairs if ahead else "",
        errors=ahead.errors if ahead else 0,
    )


def _ahead(c: Connection, district: District, at: datetime) -> Production | None:
    """The forecast by the nearest garden that has one."""
    plant = plant_of(c, district)
    if plant is None:
        return None
    first = at.astimezone(time_zone(c)).date()
    for site in sorted(farms.sites(c), key=lambda one: _apart(district, one)):
        if _apart(district, site) > _FARTHEST_KM:
            return None
        if weather.forecast(c, site.slug, at) is not None:
            return production_ahead(c, site.slug, plant, at, first=first, device=district.plants[0])
    return None


def _measured(
    c: Connection, district: District, times: NDArray[np.int64], start: datetime, at: datetime
) -> list[tuple[int, float]]:
    """The whole hours since midnight that the plant's meter tells, by their place."""
    came = past.metered(c, district.plants[0], start, at)
    return [(place, float(came.loc[one])) for place, one in enumerate(times) if one in came.index]


def _used(
    c: Connection, district: District, times: NDArray[np.int64], at: datetime, zone: tzinfo
) -> tuple[Array, tuple[UsedFrom, ...], int]:
    """What the buildings drew, and will as they usually do at that hour of such a day."""
    if not district.users:
        nobody: list[UsedFrom] = ["unknown"] * len(times)
        return np.zeros(len(times)), tuple(nobody), 0
    by_hour, heard = _buildings(c, district.users, at)
    came = np.asarray(by_hour.reindex(times), dtype=np.float64)
    usual, others = _habits(by_hour[by_hour.index < times[0]], times, zone)
    assumed = others * _today(came, others)
    told = np.where(np.isfinite(usual), usual, assumed)
    used: Array = np.where(np.isfinite(came), came, told)
    columns = (came.tolist(), usual.tolist(), assumed.tolist())
    return used, tuple(_used_from(*one) for one in zip(*columns, strict=True)), heard


def _used_from(came: float, usual: float, assumed: float) -> UsedFrom:
    if isfinite(came):
        return "measured"
    if isfinite(usual):
        return "usual"
    return "assumed" if isfinite(assumed) else "unknown"


def _today(came: Array, others: Array) -> float:
    """How much more is drawn today than on other days at that hour, by the last hour known. [-]"""
    both = np.flatnonzero(np.isfinite(came) & (others > 0.0))
    return float(came[both[-1]] / others[both[-1]]) if len(both) else 1.0


def _buildings(c: Connection, users: Sequence[str], at: datetime) -> tuple["pd.Series[float]", int]:
    """The sum of the buildings in each whole hour, by its start, and how many were heard.

    An hour in which some are silent is brought up to all that were heard.
    """
    end = datetime.fromtimestamp(to_epoch(at) // pv.HOUR * pv.HOUR, tz=at.tzinfo)
    span = {"start": end - HABITS, "end": end}
    hourly = sums.together(c, devices=users, quantity="power", **span)
    heard = int(hourly["assets"].max()) if len(hourly) else 0
    return hourly["total"] * heard / hourly["assets"], heard


def _habits(
    by_hour: "pd.Series[float]", times: NDArray[np.int64], zone: tzinfo
) -> tuple[Array, Array]:
    """The mean of the same hour on days of the same sort (working day, weekend), and on any."""
    if by_hour.empty:
        return np.full(len(times), nan), np.full(len(times), nan)
    known, wanted = _sort(by_hour.index.to_numpy(dtype=np.int64), zone), _sort(times, zone)
    alike, others = by_hour.groupby(known).mean(), by_hour.groupby(known % 24).mean()
    found = (alike.reindex(wanted), others.reindex(wanted % 24))
    return np.asarray(found[0], dtype=np.float64), np.asarray(found[1], dtype=np.float64)


def _sort(times: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """The local hour of each time, those of a weekend 24 more."""
    local = [datetime.fromtimestamp(int(one), zone) for one in times]
    return np.array([one.hour + 24 * (one.weekday() >= 5) for one in local], dtype=np.int64)
