"""What came down on a bed in the last days, with its times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import Connection

from agro.advice.moment import Moment
from agro.advice.probes import READ_BACK
from agro.advice.rain import NOTHING
from agro.advice.sky import CLIMATE
from agro.advice.watering import Amount
from agro.store import readings

_BELIEVED_FLAGS = (1, 2)


@dataclass(frozen=True, slots=True)
class Inflow:
    """Rain in the open and watering that reached the roots, as they came."""

    rain: Sequence[Amount]
    watering: Sequence[Amount]

    def between(self, after: datetime, until: datetime) -> tuple[float, float]:
        """Rain and watering in (after, until]. [mm]"""
        return total(self.rain, after, until), total(self.watering, after, until)


def total(amounts: Sequence[Amount], after: datetime, until: datetime) -> float:
    """What came in (after, until]. [mm]"""
    return sum(amount.depth for amount in amounts if after < amount.time <= until)


@dataclass(frozen=True, slots=True)
class RecentRain:
    """Rain of the last days as it came; `guessed` is that of days nobody measured.

    `gauge` is the one believed since midnight, empty when none has spoken.
    """

    measured: tuple[Amount, ...]
    guessed: tuple[Amount, ...]
    gauge: str

    @property
    def heard_today(self) -> bool:
        """Whether some gauge has spoken since midnight."""
        return bool(self.gauge)

    @property
    def amounts(self) -> tuple[Amount, ...]:
        """All of it."""
        return self.measured + self.guessed


def recent_rain(
    c: Connection,
    gauges: Sequence[str],
    days: pd.DataFrame,
    moment: Moment,
    suspect: Sequence[str] = (),
) -> RecentRain:
    """Rain of the last days, at its times where a gauge tells them.

    Parameters
    ----------
    gauges : Devices to ask, the most trusted first; of those heard today the wettest is believed,
        for gauges fail by silence.
    suspect : Those believed clogged: their rain counts, for a clogged gauge makes none; their
        silence does not.
    days : The days before today as the season takes them: `rain` [mm] and `rain_source`.
    """
    start = moment.midnight(moment.date_of(moment.at - READ_BACK))
    heard = {device: _tips(c, device, start, moment) for device in gauges}
    measured: list[Amount] = []
    guessed: list[Amount] = []
    for day, rain, source in zip(days.index, days["rain"], days["rain_source"], strict=True):
        if day >= moment.date_of(start) and rain > 0:
            into = guessed if source == CLIMATE else measured
            into += _timed(day, float(rain), heard, moment)
    today = {device: _of_day(tips, moment.today, moment) for device, tips in heard.items()}
    spoke = {
        device: tips
        for device, tips in today.items()
        if tips is not None and (tips or device not in suspect)
    }
    best = max(spoke, key=lambda one: sum(tip.depth for tip in spoke[one]), default="")
    return RecentRain((*measured, *spoke.get(best, ())), tuple(guessed), best)


def _tips(c: Connection, device: str, start: datetime, moment: Moment) -> pd.DataFrame:
    frame = readings.series(c, device=device, quantity="rain", start=start, end=moment.end)
    frame = frame[frame["flag"].isin(_BELIEVED_FLAGS) & frame["value"].notna()]
    return frame.assign(day=[moment.date_of(time) for time in frame["time"]])


def _of_day(tips: pd.DataFrame, day: date, moment: Moment) -> list[Amount] | None:
    """The tips of one day; None where the gauge was silent."""
    own = tips[tips["day"] == day]
    if own.empty:
        return None
    return [
        Amount(time.to_pydatetime(), float(value))
        for time, value in zip(own["time"], own["value"], strict=True)
        if value > 0 and time <= moment.at
    ]


def _timed(day: date, rain: float, heard: dict[str, pd.DataFrame], moment: Moment) -> list[Amount]:
    """A day's rain spread as the gauges heard it; at noon where none did."""
    for tips in heard.values():
        own = _of_day(tips, day, moment) or []
        measured = sum(tip.depth for tip in own)
        if measured > NOTHING:
            return [Amount(tip.time, tip.depth * rain / measured) for tip in own]
    return [Amount(moment.midnight(day) + timedelta(hours=12), rain)]
