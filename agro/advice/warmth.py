"""The temperatures of a garden's seasons: measured, then the forecast's, then the climate's.

Nothing that was not known at the moment is read: measured days end with yesterday, and the
forecast is the newest that was issued by then. Its members are one forecast with the error such
forecasts have; the climate's years are made of its normals and of how days stray from them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from agro.advice import forecasts
from agro.advice.city import LONGEST_SEASON, City, city_at
from agro.advice.climate import climate_days
from agro.advice.moment import Moment
from agro.advice.sky import CLIMATE, nearest, sky_of
from agro.records import Site
from models.harvest.temperatures import (
    MEMBERS,
    Temperatures,
    climate_years,
    foreseen,
    joined,
    observed,
)

SEED = 20260501  # any fixed number: the same records give the same years
FURTHEST = timedelta(days=800)  # a planting of next year is seen to its end
_STALE = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Warmth:
    """The temperatures of a garden from `first` on: `days` past, then `week` foreseen, then more.

    `guessed` is the share of the past days that are the climate's; `source` the forecast's,
    empty where there is none, and `issued_at` when it was issued.
    """

    site: Site
    moment: Moment
    first: date
    week: int
    temperatures: Temperatures
    past: "pd.Series[str]"
    source: str
    issued_at: datetime | None

    @property
    def today(self) -> date:
        """The garden's day."""
        return self.moment.today

    def since(self, day: date) -> Temperatures:
        """From a day on; from the first that is known where that is later."""
        return self.temperatures.since(max((day - self.first).days, 0))

    def until_today(self, day: date) -> Temperatures:
        """From a day to yesterday."""
        rows = max((self.today - max(day, self.first)).days, 0)
        found = self.since(day)
        return Temperatures(found.tmin[:rows], found.tmax[:rows])

    @property
    def next_days(self) -> Temperatures:
        """The days of the forecast, from today on; none where there is no forecast."""
        found = self.since(self.today)
        return Temperatures(found.tmin[: self.week], found.tmax[: self.week])

    def guessed(self, day: date) -> float:
        """Share of the days from this one to yesterday that nobody measured."""
        own = self.past[self.past.index >= day]
        return float((own == CLIMATE).mean()) if len(own) else 0.0

    @property
    def is_stale(self) -> bool:
        """Whether the forecast is old."""
        return self.issued_at is not None and self.moment.at - self.issued_at > _STALE


def warmth(c: Connection, site: str, at: datetime, first: date) -> Warmth | None:
    """A garden's temperatures from `first` on, as known at `at`; None where there is no climate.

    Raises
    ------
    ValueError  `at` is naive, or there is no such garden.
    """
    with city_at(c, at, wanted=[site]) as city:
        return None if city is None else _of(city, first)


def _of(city: City, first: date) -> Warmth | None:
    (site,) = city.wanted
    city.turn_to(site)
    moment, today = city.moment, city.moment.today
    start = max(min(first, today), today - LONGEST_SEASON)
    city.first = min(city.first, start)
    past = _past(city, site, start)
    if past is None or city.normals is None:
        return None
    known = forecasts.newest(city.c, (site, *nearest(site, city.sites)), moment.at)
    week = _week(known.days if known else None, today)
    rest = [today + timedelta(days=n) for n in range(len(week), FURTHEST.days)]
    climate = climate_days(city.normals, rest)
    return Warmth(
        site=site,
        moment=moment,
        first=start,
        week=len(week),
        temperatures=joined(
            observed(past["tmin"], past["tmax"], members=MEMBERS),
            foreseen(week["tmin"], week["tmax"], seed=SEED),
            climate_years(climate["tmin"], climate["tmax"], seed=SEED + 1),
        ),
        past=past["source"],
        source=known.source if known and len(week) else "",
        issued_at=known.issued_at if known and len(week) else None,
    )


def _past(city: City, site: Site, start: date) -> pd.DataFrame | None:
    """`tmin`, `tmax` and `source` of the days behind; no row where the season begins today."""
    if start >= city.moment.today:
        return pd.DataFrame({"tmin": [], "tmax": [], "source": []}, dtype=float)
    sky = sky_of(city.c, site, city.sites, city.stations, city.normals, start, city.moment)
    return None if sky is None else sky.days


def _week(days: pd.DataFrame | None, today: date) -> pd.DataFrame:
    """The forecast from today on, as far as it tells both temperatures of every day."""
    if days is None:
        return pd.DataFrame({"tmin": [], "tmax": []}, dtype=float)
    ahead = days.reindex([today + timedelta(days=n) for n in range(16)])[["tmin", "tmax"]]
    missing = ahead.isna().any(axis=1).to_numpy()
    return ahead.iloc[: int(np.argmax(missing)) if missing.any() else len(ahead)]
