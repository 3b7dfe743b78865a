"""The power of a photovoltaic plant in the hours ahead, from the forecast of a site's weather.

The interval is made of the errors that earlier forecasts of the same source made, each as it was
known when it was issued; with too few of them there is a best estimate and no interval.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.store import weather
from agro.store.values import time_zone, to_epoch
from models.energy import days as ahead
from models.energy import pv

Array = NDArray[np.float64]

LEARNED = timedelta(days=120)  # of past forecasts and their errors
USUAL_WIND = 2.0  # m s⁻¹ where none is forecast: FAO-56, chapter 3
_WARMEST = 15.0  # local hour


@dataclass(frozen=True, slots=True)
class Production:
    """Mean power of each hour of the days ahead; NaN where it is not known.

    `times` (hours,) are their starts [epoch s]; `low`, `middle`, `high` (hours,) the 10 %, 50 % and
    90 % quantiles [kW]; `source` of the weather forecast, issued at `issued_at`; `errors` how many
    past ones the interval is made of.
    """

    times: NDArray[np.int64]
    low: Array
    middle: Array
    high: Array
    source: str
    issued_at: datetime
    errors: int


def production_ahead(
    c: Connection, site: str, plant: pv.Plant, at: datetime, *, first: date, count: int = 2
) -> Production | None:
    """Power on `count` days from `first` on, as known at `at`; None without a forecast of them."""
    found = weather.forecast(c, site, at)
    if found is None:
        return None
    frame, issued_at, source = found
    wanted = [first + timedelta(days=number) for number in range(count)]
    frame = frame.reindex(wanted)
    if frame["solar_radiation"].isna().all():
        return None
    zone = time_zone(c)
    times, day = hours_of(wanted, zone)
    clear = pv.clear_sky(pv.sun(times, plant))
    full = pv.by_day(clear, day) * pv.MJ_PER_HOUR
    best = frame["solar_radiation"].to_numpy(float) / full
    past = _past(c, site, source, plant, at)
    drawn = _drawn(best, past, [(one - issued_at.astimezone(zone).date()).days for one in wanted])
    air = _air(frame, day, times, zone)
    low, middle, high = _power(times, drawn[:, day] * clear, air, plant)
    return Production(times, low, middle, high, source, issued_at, len(past))


def hours_of(wanted: list[date], zone: tzinfo) -> tuple[NDArray[np.int64], pv.Numbers]:
    """Starts of the hours of local days [epoch s], and the number of the day of each."""
    parts = []
    for one in wanted:
        start, end = (datetime.combine(day, time(), zone) for day in (one, one + timedelta(days=1)))
        parts.append(np.arange(to_epoch(start), to_epoch(end), pv.HOUR))
    numbers = [np.full(len(part), number) for number, part in enumerate(parts)]
    return np.concatenate(parts), np.concatenate(numbers)


def _air(
    frame: pd.DataFrame, day: pv.Numbers, times: NDArray[np.int64], zone: tzinfo
) -> tuple[Array, Array]:
    """Temperature that swings between the day's extremes, and wind, of each hour."""
    tmin, tmax = (frame[name].to_numpy(float) for name in ("tmin", "tmax"))
    local = pd.DatetimeIndex(pd.to_datetime(times, unit="s", utc=True)).tz_convert(zone)
    swing = np.cos((np.asarray(local.hour, float) + 0.5 - _WARMEST) / 24.0 * 2.0 * np.pi)
    temperature = (tmin + tmax)[day] / 2.0 + (tmax - tmin)[day] / 2.0 * swing
    wind = frame["wind_2m"].to_numpy(float)
    return temperature, np.where(np.isnan(wind), USUAL_WIND, wind)[day]


def _power(
    times: NDArray[np.int64], ghi: Array, air: tuple[Array, Array], plant: pv.Plant
) -> tuple[Array, Array, Array]:
    made = pv.production(times, ghi, *air, plant)
    if len(made) == 1:  # a best estimate only
        return np.full(len(times), np.nan), made[0], np.full(len(times), np.nan)
    low, middle, high = ahead.interval(made)
    return low, middle, high


def _past(c: Connection, site: str, source: str, plant: pv.Plant, at: datetime) -> pd.DataFrame:
    """Clearness forecast and measured of days that were over at `at`; columns lead, told, seen."""
    zone = time_zone(c)
    today = at.astimezone(zone).date()
    told = weather.past_forecasts(c, site, source, at - LEARNED, at)
    told = told[np.array([one < today for one in told["day"]], dtype=bool)]
    seen = weather.days(c, site, today - LEARNED, today)["solar_radiation"]
    wanted = sorted(set(told["day"]) & set(seen.index))
    if not wanted:
        return pd.DataFrame({"lead": [], "told": [], "seen": []}, dtype=float)
    full = pd.Series(_full(wanted, zone, plant), index=wanted)
    told = told[told["day"].isin(wanted)]
    sky = full.loc[told["day"]].to_numpy(float)
    found = pd.DataFrame(
        {
            "lead": told["lead"].to_numpy(float),
            "told": told["solar_radiation"].to_numpy(float) / sky,
            "seen": seen.loc[told["day"]].to_numpy(float) / sky,
        }
    )
    return found.dropna()


def _full(wanted: list[date], zone: tzinfo, plant: pv.Plant) -> Array:
    """Radiation of a clear sky on each day. [MJ m⁻² d⁻¹]"""
    times, day = hours_of(wanted, zone)
    return pv.by_day(pv.clear_sky(pv.sun(times, plant)), day) * pv.MJ_PER_HOUR


def _drawn(best: Array, past: pd.DataFrame, leads: list[int]) -> Array:
    """Members of each day's clearness, or the best estimate alone. (members, days)"""
    columns = []
    for value, lead in zip(best, leads, strict=True):
        own = past[past["lead"] == lead]
        columns.append(ahead.members(float(value), own["told"], own["seen"]))
    if any(len(one) == 1 for one in columns):
        return best[None, :]
    levels = (np.arange(ahead.DRAWN) + 0.5) / ahead.DRAWN
    return np.stack([np.quantile(one, levels) for one in columns], axis=1)
