"""The power of a photovoltaic plant in the hours ahead, as it was known at a moment.

A site's weather forecast becomes power by physics; what earlier forecasts of the same source were
off at the same hour makes the interval, and what the last whole hour was off is carried on into the
next ones (nowcast) as far as the past says that it lasts. With too few past days there is a best
estimate and no interval.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.energy import past
from agro.energy.past import Errors, Pairs
from agro.store import weather
from agro.store.values import time_zone, to_epoch
from models.energy import hours, pv

Array = NDArray[np.float64]
From = Literal["measured", "nowcast", "forecast", "unknown"]


@dataclass(frozen=True, slots=True)
class Production:
    """Mean power of each hour of the days ahead; NaN where it is not known.

    Attributes
    ----------
    times : (hours,)  Their starts. [epoch s]
    low, middle, high : (hours,)  10 %, 50 % and 90 % quantiles. [kW]
    source : Of the weather forecast, issued at `issued_at`.
    errors : How many past days the interval is made of.
    made_from : (hours,)  Whether the last measured hour has a part in it.
    pairs : What came on those days: the plant's meter, or a station's radiation made power.
    """

    times: NDArray[np.int64]
    low: Array
    middle: Array
    high: Array
    source: str
    issued_at: datetime
    errors: int
    made_from: tuple[From, ...] = ()
    pairs: Pairs = ""


def production_ahead(
    c: Connection,
    site: str,
    plant: pv.Plant,
    at: datetime,
    *,
    first: date,
    count: int = 2,
    device: str = "",
) -> Production | None:
    """Power on `count` days from `first` on, as known at `at`; None without a forecast of them.

    `device` is the plant's own meter, "" where it has none.
    """
    found = weather.forecast(c, site, at)
    if found is None:
        return None
    frame, issued_at, source = found
    wanted = [first + timedelta(days=number) for number in range(count)]
    frame = frame.reindex(wanted)
    if frame["solar_radiation"].isna().all():
        return None
    zone = time_zone(c)
    issued_on = issued_at.astimezone(zone).date()
    leads = [(one - issued_on).days for one in wanted]
    came = past.seen(c, plant, at, device)
    off = past.errors(c, site, source, plant, at, came, leads=leads)
    made = _days(frame, wanted, plant, off, issued_on, at)
    times, _ = hours_of(wanted, zone)
    known = off.days if made["low"].notna().any() else 0
    rows = made.reindex(times)
    lit = pv.clear_sky(pv.sun(times, plant)) > 0.0
    low, middle, high = (
        np.where(lit | (name != "middle" and not known), rows[name].to_numpy(float), 0.0)
        for name in ("low", "middle", "high")
    )
    told = tuple(_from(one, power) for one, power in zip(rows["is_carried"], middle, strict=True))
    pairs: Pairs = off.pairs if known else ""
    return Production(times, low, middle, high, source, issued_at, known, told, pairs)


def _from(is_carried: object, power: float) -> From:
    if np.isnan(power):
        return "unknown"
    return "nowcast" if is_carried is True else "forecast"


def hours_of(wanted: list[date], zone: tzinfo) -> tuple[NDArray[np.int64], pv.Numbers]:
    """Starts of the hours of local days [epoch s], and the number of the day of each."""
    parts = []
    for one in wanted:
        start, end = (datetime.combine(day, time(), zone) for day in (one, one + timedelta(days=1)))
        parts.append(np.arange(to_epoch(start), to_epoch(end), pv.HOUR))
    numbers = [np.full(len(part), number) for number, part in enumerate(parts)]
    return np.concatenate(parts), np.concatenate(numbers)


def _days(
    frame: pd.DataFrame,
    wanted: list[date],
    plant: pv.Plant,
    off: Errors,
    issued_on: date,
    at: datetime,
) -> pd.DataFrame:
    """Low, middle and high of the hours of days on the sun's clock, by their start [epoch s]."""
    told, clear = past.told(frame, wanted, plant)
    starts = past.solar_days(wanted, plant)
    last = _last_hour(starts, at)
    parts = []
    for day, own in enumerate(wanted):
        errors = off.by_lead.get((own - issued_on).days, np.empty((0, 24)))
        best, is_carried = told[day], np.zeros(24, dtype=bool)
        whole = last[day]
        if whole is not None and own == issued_on and np.isfinite(off.today[whole]):
            hold = hours.carried(errors, whole)
            best = np.clip(best + hold.hold * off.today[whole] * clear[day], 0.0, None)
            errors, is_carried = hold.left, hold.hold > 0.0
        three = hours.bounded(best, clear[day], hours.quantiles(errors), limit(plant))
        middle = np.where(np.isnan(three[1]), best, three[1])
        columns = {"low": three[0], "middle": middle, "high": three[2], "is_carried": is_carried}
        parts.append(pd.DataFrame(columns, index=starts[day]))
    return pd.concat(parts)


def _last_hour(starts: NDArray[np.int64], at: datetime) -> list[int | None]:
    """For each day the last of its hours that was whole at `at`; None: none, or all of them."""
    ended = (starts + pv.HOUR <= to_epoch(at)).sum(axis=1)
    return [int(one) - 1 if 0 < one < starts.shape[1] else None for one in ended]


def limit(plant: pv.Plant) -> float:
    """What a plant's inverter gives at most. [kW]"""
    return plant.peak_power / plant.oversizing
