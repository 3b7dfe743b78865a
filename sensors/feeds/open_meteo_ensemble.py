"""Open-Meteo's ensemble: the members of ECMWF's, by the hour.

References
----------
[1] Open-Meteo. Ensemble API. Documentation, 2026.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from sensors.feeds.forecast import Array, Forecast, Members, by_day
from sensors.feeds.open_meteo_forecast import (
    ASKED,
    LICENCE,
    document_of,
    numbers_of,
    request,
    times_of,
    unreadable,
)
from sensors.feeds.source import Feed, Parsed, Place, Request
from sensors.feeds.weather_table import MJ_PER_W_HOUR, Fault
from sensors.feeds.weather_units import wind_2m

KEY = "open-meteo-ensemble"
PUBLIC = "https://ensemble-api.open-meteo.com"
CUSTOMER = "https://customer-ensemble-api.open-meteo.com"
MODEL = "ecmwf_ifs025"  # 51 members, 15 days, the whole world

_MEMBER = re.compile(r"(?P<name>.+?)_member(?P<number>\d+)")
# Theirs: ours, unit it must have, factor to our unit; amounts are of the hour before their time.
_MEMBERS = {
    "temperature_2m": ("temperature", "°C", 1.0),
    "relative_humidity_2m": ("humidity", "%", 1.0),
    "wind_speed_10m": ("wind_10m", "m/s", 1.0),
    "shortwave_radiation": ("solar_radiation", "W/m²", MJ_PER_W_HOUR),
    "precipitation": ("rain", "mm", 1.0),
    "et0_fao_evapotranspiration": ("et0", "mm", 1.0),
}
_AMOUNTS = ("rain", "solar_radiation", "et0")
_GREATEST = {"rain": 350.0, "et0": 3.0, "solar_radiation": 5.5, "wind_10m": 80.0}


def ensemble(base: str = "", key: str = "") -> Feed[Forecast]:
    """The members of ECMWF's ensemble, by the hour, ten days."""
    url = f"{base or (CUSTOMER if key else PUBLIC)}/v1/ensemble"

    def ask(place: Place) -> Request:
        return request(url, place, key, {"hourly": ASKED, "models": MODEL})

    return Feed(KEY, LICENCE, ask, read_ensemble)


def read_ensemble(body: bytes, place: Place) -> Parsed[Forecast]:
    """The members of an answer; `days` of the forecast are their means.

    Raises
    ------
    FeedError  `unreadable`: it is no such answer, or its members have no rain.
    """
    document = document_of(KEY, body)
    hourly = document.get("hourly")
    if not isinstance(hourly, dict) or not isinstance(hourly.get("time"), list):
        raise unreadable(KEY, "has no hourly values")
    units = document.get("hourly_units") or {}
    times = times_of(KEY, document)
    values, problems = _by_name(hourly, units, len(times))
    if "rain" not in values:
        raise unreadable(KEY, "has no precipitation of any member")
    days = _member_days(values, times, place)
    starts = pd.DatetimeIndex(times - timedelta(hours=1), name="time")
    members = Members(values["rain"].set_index(starts), days)
    mean = days.groupby(level="day").mean()
    hours = pd.DataFrame({"rain": members.rain.mean(axis=1)})
    wet = (days["rain"] >= 0.1).astype(float).where(days["rain"].notna())
    mean["rain_chance"] = wet.groupby(level="day").mean()
    return Parsed(Forecast(mean, hours, members), None, tuple(problems))


def _by_name(
    hourly: Mapping[str, Any], units: Mapping[str, Any], length: int
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Our name → (hours, members); a member that cannot be is left out and named."""
    columns: dict[str, dict[int, Array]] = {}
    problems = []
    for theirs, listed in hourly.items():
        found = _MEMBER.fullmatch(theirs)
        name, number = (found["name"], int(found["number"])) if found else (theirs, 0)
        if name not in _MEMBERS or not isinstance(listed, list):
            continue
        ours, unit, factor = _MEMBERS[name]
        if len(listed) != length or units.get(theirs, unit) != unit:
            told = f"{len(listed)} values in {units.get(theirs, unit)}"
            reason = f"should be {length} values in {unit}"
            problems.append(Fault(0, theirs, told, reason, "fetch it again"))
            continue
        numbers = numbers_of(listed) * factor
        if _cannot_be(ours, numbers):
            reason = "is not within what can be"
            problems.append(Fault(0, theirs, f"{np.nanmax(numbers):g}", reason, "fetch it again"))
        elif np.isfinite(numbers).any():
            columns.setdefault(ours, {})[number] = numbers
    rain = columns.get("rain", {})
    return {
        ours: pd.DataFrame(of_members).reindex(columns=sorted(rain))
        for ours, of_members in columns.items()
    }, problems


def _cannot_be(ours: str, numbers: Array) -> bool:
    greatest = _GREATEST.get(ours)
    if greatest is None or not np.isfinite(numbers).any():
        return False
    least = -0.5 if ours == "et0" else -0.05
    return bool(np.nanmax(numbers) > greatest or np.nanmin(numbers) < least)


def _member_days(
    values: Mapping[str, pd.DataFrame], times: pd.DatetimeIndex, place: Place
) -> pd.DataFrame:
    """The weather of each day and member, by the place's clock."""
    columns = {}
    for ours, frame in values.items():
        shift = timedelta(hours=1) if ours in _AMOUNTS else timedelta(0)
        hours = frame.set_index(times - shift)
        if ours in _AMOUNTS:
            columns[ours] = by_day(hours, place.zone, "sum")
        elif ours == "temperature":
            for name, how in (("tmin", "min"), ("tmax", "max"), ("tmean", "mean")):
                columns[name] = by_day(hours, place.zone, how)
        elif ours == "humidity":
            for name, how in (("rh_min", "min"), ("rh_max", "max"), ("rh_mean", "mean")):
                columns[name] = by_day(hours, place.zone, how)
        else:
            columns["wind_2m"] = by_day(hours, place.zone, "mean").apply(wind_2m)
    table = pd.DataFrame({name: frame.stack(future_stack=True) for name, frame in columns.items()})
    table.index = table.index.set_names(["day", "member"])
    return table.dropna(subset=["rain"])


def joined(best: Forecast, members: Forecast | None) -> Forecast:
    """The best estimate with the ensemble's members beside it, and its days where they go on."""
    if members is None:
        return best
    days = best.days.combine_first(members.days) if len(best.days) else members.days
    return replace(best, days=days, members=members.members)
