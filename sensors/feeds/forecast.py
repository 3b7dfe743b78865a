"""A forecast as a source gives it: days, the hours of its rain, its members if it has any."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HEARD = 0.9  # of a day's hours: less is not a day
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Members:
    """Weather that may come, each member as likely as any other.

    `rain` has a column for each member, indexed by `time` (aware UTC, the hour's start). [mm]
    `days` is indexed by (day, member); FAO-56 names and units, NaN where not given.
    """

    rain: pd.DataFrame
    days: pd.DataFrame

    @property
    def count(self) -> int:
        """How many."""
        return int(self.rain.shape[1])


@dataclass(frozen=True)
class Forecast:
    """The weather of the days ahead.

    `days` is indexed by local `day`: FAO-56 names, and `rain_chance` (0–1, of any rain).
    `hours` is indexed by `time` (aware UTC, the hour's start): `rain` [mm] and `rain_chance`;
    empty where the source tells days alone.
    """

    days: pd.DataFrame
    hours: pd.DataFrame
    members: Members | None = None


def local_days(times: pd.DatetimeIndex, zone: tzinfo) -> pd.Index:
    """The local date of each hour."""
    return pd.Index(times.tz_convert(zone).date, name="day")


def hours_of(day: date, zone: tzinfo) -> int:
    """23, 24 or 25."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=zone)
    return round((end.timestamp() - start.timestamp()) / _HOUR.total_seconds())


def by_day(frame: pd.DataFrame, zone: tzinfo, how: str) -> pd.DataFrame:
    """Hours (aware UTC index) summed up to local days; NaN unless nine tenths are there."""
    day = local_days(pd.DatetimeIndex(frame.index), zone)
    grouped = frame.groupby(day)
    days = sorted(set(day))
    enough = pd.Series(np.array([_HEARD * hours_of(one, zone) for one in days]), index=days)
    return grouped.agg(how).where(grouped.count().ge(enough, axis=0))
