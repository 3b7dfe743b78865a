"""What the sensors, the logbook and the water balance say of each plot of a trial.

A summary is a candidate for a covariate: a number a plot that explains part of the differences
between plots. It may stand in an analysis only where it differs between plots, and where the
treatments cannot have changed it [1]; both are told.

References
----------
[1] Cochran, W. G. (1957). Analysis of covariance: its nature and uses. Biometrics 13, 261–281.
    doi:10.2307/2527916
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isnan, nan
from types import MappingProxyType

import pandas as pd
from sqlalchemy import Connection

from agro.advice.moment import Moment
from agro.advice.past import past_of
from agro.advice.sky import CLIMATE
from agro.advice.standing import Standing, standing
from agro.config import now
from agro.store import farms, rollups
from agro.store.trials import PlannedTrial
from agro.store.values import time_zone
from agro.trials.findings import Finding
from agro.trials.ground import plot_at

UNITS: Mapping[str, str] = MappingProxyType(
    {"soil_moisture": "m³/m³", "stress_days": "d", "irrigation": "mm", "rain": "mm"}
)
"""The summaries and their units; `stress_days` are those that ended with depletion beyond raw."""

LEAST = 0.8  # share of the days that a summary stands on
_MOISTURE, _BALANCE = "soil_moisture", "water balance"


@dataclass(frozen=True, slots=True)
class Summaries:
    """Values by name and plot number, NaN where too little is known; where each comes from."""

    values: Mapping[str, Mapping[int, float]]
    sources: Mapping[str, str]
    findings: tuple[Finding, ...]


def beds_of(c: Connection, trial: PlannedTrial) -> dict[int, str]:
    """The farm plot on which each plot of a trial is measured, by its number.

    One that is called `<plot>-<number>` or `<number>`, else one whose position lies within the
    plot; where no plot has one of its own, that on which the whole trial lies.
    """
    numbers = [one.number for one in trial.plots if one.number is not None]
    known = [one for one in farms.plots(c, trial.site) if one.slug != trial.plot]
    own: dict[int, str] = {}
    for one in known:
        there = plot_at(trial, one.latitude, one.longitude)
        if there is not None and there.number is not None:
            own.setdefault(there.number, one.slug)
    slugs = {one.slug for one in known}
    for number in numbers:
        for name in (str(number), f"{trial.plot}-{number}"):
            if name in slugs:
                own[number] = name
    return own or dict.fromkeys(numbers, trial.plot)


def plot_summaries(
    c: Connection,
    trial: PlannedTrial,
    start: date,
    end: date,
    *,
    names: Collection[str] = tuple(UNITS),
    at: datetime | None = None,
) -> Summaries:
    """Summaries of each plot of a trial over the days from `start` to `end`, both included.

    Suspect and failed values are left out, and so are days that are not over at `at` (now).

    Raises
    ------
    ValueError  The period ends before it begins.
    """
    if end < start:
        raise ValueError(f"end must not be before start: {end} < {start}; exchange them")
    moment = Moment(at or now(), time_zone(c))
    beds = beds_of(c, trial)
    slugs = tuple(dict.fromkeys(beds.values()))
    daily: dict[str, _Days] = {}
    sources: dict[str, str] = {}
    if _MOISTURE in names:
        daily[_MOISTURE], devices = _moisture(c, trial.site, slugs, (start, end), moment)
        sources[_MOISTURE] = ", ".join(devices)
    if set(names) - {_MOISTURE}:
        water = _balance(c, trial.site, slugs, (start, end), moment)
        daily |= {name: table for name, table in water.items() if name in names}
        sources |= dict.fromkeys(water.keys() & set(names), f"{_BALANCE}: {', '.join(slugs)}")
    values, found = dict[str, Mapping[int, float]](), list[Finding]()
    for name, table in daily.items():
        days = {number: table.get(slug, {}) for number, slug in _all(trial, beds).items()}
        length = (end - start).days + 1
        values[name] = {
            number: _summary(told, length, mean=name == _MOISTURE) for number, told in days.items()
        }
        found += _gaps(name, values[name], days, length)
        found += _doubts(name, values[name], beds)
    return Summaries(values, sources, (*found, *_of_period(trial, start, end)))


def _all(trial: PlannedTrial, beds: Mapping[int, str]) -> dict[int, str]:
    """The farm plot of every plot, empty where one has none while others have."""
    return {one.number: beds.get(one.number, "") for one in trial.plots if one.number is not None}


_Days = Mapping[str, Mapping[date, float]]  # farm plot → day → value


def _moisture(
    c: Connection, site: str, slugs: Sequence[str], period: tuple[date, date], moment: Moment
) -> tuple[_Days, list[str]]:
    """The mean of all probes and depths of each farm plot and day, and the probes. [m³ m⁻³]"""
    start, end = period
    until = moment.midnight(min(end + timedelta(days=1), moment.today))
    frame = rollups.daily(c, quantity=_MOISTURE, start=moment.midnight(start), end=until, site=site)
    frame = frame[frame["plot"].isin(slugs)].dropna(subset=["mean"])
    means = frame.groupby(["plot", "day"], as_index=False)["mean"].mean()
    found: dict[str, dict[date, float]] = {}
    for slug, day, value in zip(means["plot"], means["day"], means["mean"], strict=True):
        found.setdefault(str(slug), {})[day] = float(value)
    return found, sorted(set(frame["device"]))


def _balance(
    c: Connection, site: str, slugs: Sequence[str], period: tuple[date, date], moment: Moment
) -> dict[str, _Days]:
    """Stress (1 or 0), irrigation and rain [mm] of each farm plot and day.

    They are those of the advice's own water balance, as it stood when the crop did.
    """
    found: dict[str, dict[str, dict[date, float]]] = {
        name: {} for name in UNITS if name != _MOISTURE
    }
    start, end = period
    for at, group in _moments(c, site, slugs, period, moment).items():
        frame = _season(c, site, at)
        frame = frame[frame["plot"].isin(group) & frame["day"].between(start, end)]
        for name, table in found.items():
            for plot, day, value in zip(frame["plot"], frame["day"], frame[name], strict=True):
                if not isnan(value):
                    table.setdefault(str(plot), {})[day] = float(value)
    return {**found}


def _season(c: Connection, site: str, at: datetime) -> pd.DataFrame:
    """The season until yesterday as the advice knew it, without what only the climate tells.

    `stress_days` is whether a day ended with more depletion than the crop bears without stress.
    """
    garden = standing(c, site, at)
    frame = past_of(garden)
    guessed = _guessed(garden)
    rain, weather = (frame["day"].isin(days) for days in guessed)
    known = frame["depletion"].notna() & frame["raw"].notna() & ~rain & ~weather
    stress = (frame["depletion"] > frame["raw"]).astype(float)
    return frame.assign(stress_days=stress.where(known), rain=frame["rain"].where(~rain))


def _guessed(garden: Standing | None) -> tuple[list[date], list[date]]:
    """The days whose rain, and those whose weather, nobody measured or forecast."""
    if garden is None:
        return [], []
    days = garden.sky.days
    rain, weather = (days.index[days[name] == CLIMATE] for name in ("rain_source", "source"))
    return list(rain), list(weather)


def _moments(
    c: Connection, site: str, slugs: Sequence[str], period: tuple[date, date], moment: Moment
) -> dict[datetime, set[str]]:
    """When each farm plot is looked back from: the period's end, or the last day of its crop."""
    start, end = period
    last = dict.fromkeys(slugs, min(moment.midnight(end + timedelta(days=1)), moment.at))
    for one in farms.plantings(c, site):
        if one.plot in last and one.removed is not None and start < one.removed <= end:
            over = moment.midnight(one.removed) - timedelta(seconds=1)
            last[one.plot] = min(over, moment.at)
    groups: dict[datetime, set[str]] = {}
    for slug, at in last.items():
        groups.setdefault(at, set()).add(slug)
    return groups


def _summary(days: Mapping[date, float], length: int, *, mean: bool) -> float:
    """The mean or the sum of the days; NaN where too few are known."""
    if len(days) < LEAST * length:
        return nan
    return sum(days.values()) / (len(days) if mean else 1)


def _gaps(
    name: str, values: Mapping[int, float], days: Mapping[int, Mapping[date, float]], length: int
) -> Iterator[Finding]:
    """Plots of which too few days are known, those with the same number of days together."""
    groups: dict[int, list[int]] = {}
    for number, value in values.items():
        if isnan(value):
            groups.setdefault(len(days[number]), []).append(number)
    for known, numbers in groups.items():
        facts = {"days": known, "length": length, "n": len(numbers)}
        yield Finding(0, name, ", ".join(map(str, numbers)), "covariate_gaps", facts)


def _doubts(name: str, values: Mapping[int, float], beds: Mapping[int, str]) -> Iterator[Finding]:
    """What is the same everywhere explains nothing."""
    known = {value for value in values.values() if not isnan(value)}
    if known and len(set(beds.values())) == 1:
        yield Finding(0, name, next(iter(beds.values())), "covariate_shared")
    elif len(known) == 1:
        yield Finding(0, name, f"{next(iter(known)):g}", "covariate_constant")


def _of_period(trial: PlannedTrial, start: date, end: date) -> Iterator[Finding]:
    """Whether the treatments may have changed what was summarised."""
    if trial.sown is None:
        yield Finding(0, "", "", "covariate_undated", used=True)
    elif end > trial.sown:
        facts = {"start": start.isoformat(), "end": end.isoformat()}
        yield Finding(0, "", trial.sown.isoformat(), "covariate_after_treatment", facts, used=True)
