"""What earlier forecasts said of a plant's hours beside what was then measured.

Each forecast is taken as it was issued, and turned into power by the same physics as today's. What
came is the plant's own meter where it has been read for long enough, else the power that the
radiation of the nearest weather station would have made: a station knows the sky, not the plant.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.store import farms, rollups, weather
from agro.store.city.places import distance_km
from agro.store.values import to_epoch
from models.energy import hours, pv
from models.energy.days import FEWEST

Array = NDArray[np.float64]
Pairs = Literal["plant", "station", ""]

LEARNED = timedelta(days=365)  # of past forecasts and their errors: all seasons
REACH_KM = 10.0  # that a station may stand from a plant to tell of its sky
USUAL_WIND = 2.0  # m s⁻¹ where none is forecast: FAO-56, chapter 3
USUAL_WARMTH = 15.0  # °C where a station has no thermometer: 10 °C more cost 5 % of the power
_WARMEST = 15.0  # hour of the sun's clock
_DAY_S = 86_400
_SKY = ("solar_radiation", "air_temperature", "wind_speed")


@dataclass(frozen=True, slots=True)
class Seen:
    """Power that came in whole hours, by their start [epoch s]; `pairs` says from where. [kW]"""

    power: "pd.Series[float]"
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors by lead in days, each (days, hours), as shares of a clear sky's power. [-]

    The days are over, the hours are those of the sun's clock. `today` (hours,) are the whole hours
    since midnight, of the newest forecast's day.
    """

    by_lead: Mapping[int, Array]
    today: Array
    pairs: Pairs

    @property
    def days(self) -> int:
        """How many days of the day of issue are known."""
        of_today = self.by_lead.get(0)
        return 0 if of_today is None else int(np.isfinite(of_today).any(axis=1).sum())


def solar_days(wanted: Sequence[date], plant: pv.Plant) -> NDArray[np.int64]:
    """Starts of the hours of days on the sun's clock, to the whole hour. (days, 24) [epoch s]"""
    shift = solar_shift(plant)
    starts = [to_epoch(datetime.combine(one, time(), UTC)) - shift for one in wanted]
    return np.asarray(starts, dtype=np.int64)[:, None] + np.arange(24) * pv.HOUR


def solar_shift(plant: pv.Plant) -> int:
    """By how much the sun's clock is before UTC, to the whole hour. [s]"""
    return round(plant.longitude / 15.0) * pv.HOUR


def air(frame: pd.DataFrame) -> tuple[Array, Array]:
    """Temperature that swings between the days' extremes, and wind. (days, 24) each"""
    tmin, tmax = (frame[name].to_numpy(float)[:, None] for name in ("tmin", "tmax"))
    swing = np.cos((np.arange(24) + 0.5 - _WARMEST) / 24.0 * 2.0 * np.pi)
    wind = frame["wind_2m"].to_numpy(float)[:, None]
    calm = np.where(np.isnan(wind), USUAL_WIND, wind)
    return (tmin + tmax) / 2.0 + (tmax - tmin) / 2.0 * swing, np.broadcast_to(calm, tmin.shape)


def told(frame: pd.DataFrame, days: Sequence[date], plant: pv.Plant) -> tuple[Array, Array]:
    """Power of days of a forecast, and that of a clear sky. (days, 24) each [kW]"""
    if not len(days):
        return np.empty((0, 24)), np.empty((0, 24))
    times = solar_days(days, plant).ravel()
    clear, day = pv.clear_sky(pv.sun(times, plant)), np.repeat(np.arange(len(days)), 24)
    level = pv.hourly_ghi(frame["solar_radiation"].to_numpy(float), clear, day)
    warmth, wind = air(frame)
    flat = (warmth.ravel(), np.broadcast_to(wind, warmth.shape).ravel())
    power = pv.production(times, np.stack([level, clear]), *flat, plant)
    return power[0].reshape(-1, 24), power[1].reshape(-1, 24)


def seen(c: Connection, plant: pv.Plant, at: datetime, device: str = "") -> Seen:
    """What came of the plant in the whole hours before `at`, of `LEARNED` days."""
    own = metered(c, device, at - LEARNED, at) if device else pd.Series(dtype=float)
    if len(set(own.index // _DAY_S)) >= FEWEST:
        return Seen(own, "plant")
    sky = _station(c, plant, at)
    if sky.empty:
        return Seen(own, "plant" if len(own) else "")
    times = sky.index.to_numpy(float)
    warmth, wind = (sky[name].to_numpy(float) for name in _SKY[1:])
    beside = (
        np.where(np.isnan(warmth), USUAL_WARMTH, warmth),
        np.where(np.isnan(wind), USUAL_WIND, wind),
    )
    power = pv.production(times, sky["solar_radiation"].to_numpy(float), *beside, plant)
    return Seen(pd.Series(power, sky.index).dropna(), "station")


def metered(c: Connection, device: str, start: datetime, at: datetime) -> "pd.Series[float]":
    """Mean power of a device in each whole hour of [start, at), by its start. [kW]"""
    frame = rollups.hourly(c, quantity="power", start=start, end=_whole(at), device=device)
    return _by_hour(frame)


def _station(c: Connection, plant: pv.Plant, at: datetime) -> pd.DataFrame:
    """Hours of the nearest site whose station measures the sun; empty where none does."""
    for site in _near(c, plant):
        sun = _sky(c, site, _SKY[0], at)
        if len(sun):
            beside = [_sky(c, site, name, at).reindex(sun.index) for name in _SKY[1:]]
            return pd.DataFrame(dict(zip(_SKY, [sun, *beside], strict=True)))
    return pd.DataFrame(columns=list(_SKY), dtype=float)


def _near(c: Connection, plant: pv.Plant) -> list[str]:
    """The sites within `REACH_KM`, the nearest first."""
    far = {
        one.slug: distance_km(plant.latitude, plant.longitude, one.latitude, one.longitude)
        for one in farms.sites(c)
    }
    return sorted((slug for slug in far if far[slug] <= REACH_KM), key=far.__getitem__)


def _sky(c: Connection, site: str, quantity: str, at: datetime) -> "pd.Series[float]":
    span = (at - LEARNED, _whole(at))
    return _by_hour(rollups.hourly(c, quantity=quantity, start=span[0], end=span[1], site=site))


def _by_hour(frame: pd.DataFrame) -> "pd.Series[float]":
    """The mean of the devices in each hour, by its start [epoch s]."""
    if frame.empty:
        return pd.Series(dtype=float)
    at = (frame["time"] - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
    mean: pd.Series[float] = frame["mean"].groupby(at.to_numpy()).mean().dropna()
    return mean


def _whole(at: datetime) -> datetime:
    """The start of the hour that is running: the hours before it are whole."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def errors(
    c: Connection,
    site: str,
    source: str,
    plant: pv.Plant,
    at: datetime,
    came: Seen,
    *,
    leads: Collection[int],
) -> Errors:
    """How far off the forecasts of a source were, of days that were over at `at`.

    `site` is that of the forecasts, `leads` how many days ahead those are that are asked for.
    Today's errors are of the first forecast of today.
    """
    shift = timedelta(seconds=solar_shift(plant))
    today = (at.astimezone(UTC) + shift).date()
    issued = weather.past_forecasts(c, site, source, at - LEARNED, at + timedelta(seconds=1))
    found, now = dict[int, Array](), np.full(24, np.nan)
    for lead in sorted(set(issued["lead"].tolist()) & {0, *leads}):
        rows = issued[issued["lead"] == lead]
        days = list(rows["day"])
        shares = _shares(rows, days, plant, came)
        is_over = np.array([one < today for one in days], dtype=bool)
        found[lead] = shares[is_over]
        if lead == 0 and today in days:
            now = shares[days.index(today)]
    return Errors(found, now, came.pairs)


def _shares(rows: pd.DataFrame, days: Sequence[date], plant: pv.Plant, came: Seen) -> Array:
    power, clear = told(rows, days, plant)
    measured = came.power.reindex(solar_days(days, plant).ravel())
    return hours.shares(power, np.asarray(measured, float).reshape(-1, 24), clear)
