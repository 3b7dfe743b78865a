"""Answers of the Open-Meteo API: `hourly{}` or `daily{}` with the units beside them.

Radiation, rain and ET₀ of an hour are of the hour *before* its time; here they stand at its start.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from sensors.errors import FeedError
from sensors.feeds.sheet import numbers, times
from sensors.feeds.weather_table import SUMS, Draft, Step, WeatherTable, finish
from sensors.feeds.weather_units import convert_as, derive

_HOURLY = {
    "temperature_2m": "tmean",
    "relative_humidity_2m": "rh_mean",
    "dew_point_2m": "dewpoint",
    "wind_speed_10m": "wind_10m",
    "shortwave_radiation": "solar_radiation",
    "sunshine_duration": "sunshine",
    "precipitation": "rain",
    "et0_fao_evapotranspiration": "et0",
}
_DAILY = {
    "temperature_2m_min": "tmin",
    "temperature_2m_max": "tmax",
    "temperature_2m_mean": "tmean",
    "relative_humidity_2m_min": "rh_min",
    "relative_humidity_2m_max": "rh_max",
    "relative_humidity_2m_mean": "rh_mean",
    "dew_point_2m_mean": "dewpoint",
    "wind_speed_10m_mean": "wind_10m",
    "shortwave_radiation_sum": "solar_radiation",
    "sunshine_duration": "sunshine",
    "precipitation_sum": "rain",
    "et0_fao_evapotranspiration": "et0",
}
_UNITS = {"°C": "c", "°F": "f", "%": "pct", "mm": "mm", "inch": "in", "W/m²": "w_m2", "s": "s"}
_UNITS |= {"MJ/m²": "mj_m2", "km/h": "kmh", "m/s": "ms", "mp/h": "mph", "mph": "mph", "kn": "kn"}


def read_open_meteo(document: Mapping[str, Any], name: str) -> WeatherTable:
    """The weather of one place: its hours when they tell the temperature, else its days.

    Raises
    ------
    FeedError  The service answered with an error, or lists differ in length.
    """
    if document.get("error"):
        raise FeedError("Open-Meteo", name, f"the service answered: {document.get('reason')}")
    step, part, known = _part(document, name)
    at, values = part.get("time"), {theirs: part[theirs] for theirs in known if theirs in part}
    if not isinstance(at, list) or not at:
        raise FeedError("Open-Meteo", name, "has no times; ask for hourly or daily variables")
    strange = [one for one, listed in values.items() if not isinstance(listed, list)]
    if strange:
        raise FeedError("Open-Meteo", name, f"{strange[0]} is no list of values; fetch it again")
    uneven = [one for one, listed in values.items() if len(listed) != len(at)]
    if uneven:
        reason = f"{uneven[0]} has {len(values[uneven[0]])} values for {len(at)} times"
        raise FeedError("Open-Meteo", name, f"{reason}; fetch it again")
    offset = float(document.get("utc_offset_seconds") or 0) / 3600.0
    draft = Draft("open-meteo", step, _times(at, step, offset), range(1, len(at) + 1), _EMPTY)
    _place(draft, document, offset)
    draft.columns = _values(values, known, document, draft)
    unknown = [theirs for theirs in part if theirs not in known and theirs != "time"]
    if unknown:
        draft.notes.append(f"not used: {', '.join(unknown)}")
    return finish(draft)


_EMPTY = pd.DataFrame()


def _part(
    document: Mapping[str, Any], name: str
) -> tuple[Step, Mapping[str, Any], Mapping[str, str]]:
    hourly, daily = document.get("hourly"), document.get("daily")
    if isinstance(hourly, dict) and ("temperature_2m" in hourly or not isinstance(daily, dict)):
        return "hour", hourly, _HOURLY
    if isinstance(daily, dict):
        return "day", daily, _DAILY
    reason = "has neither hourly nor daily; ask the service for hourly=temperature_2m,…"
    raise FeedError("Open-Meteo", name, reason)


def _times(at: list[Any], step: Step, offset: float) -> "pd.Series[pd.Timestamp]":
    """ISO local times, or epoch seconds where the caller asked for them."""
    if isinstance(at[0], int | float):
        stamps = pd.Series(pd.to_datetime(pd.Series(at, dtype="int64"), unit="s", utc=True))
        # A day's epoch is its local midnight: the date is that of the local clock.
        return (stamps + timedelta(hours=offset)).dt.normalize() if step == "day" else stamps
    text = pd.Series([str(one) for one in at], name="time", dtype=object)
    read = times(text, range(1, len(at) + 1)).times
    return read if step == "day" else read - timedelta(hours=offset)


def _place(draft: Draft, document: Mapping[str, Any], offset: float) -> None:
    for where in ("latitude", "longitude", "elevation"):
        if isinstance(document.get(where), int | float):
            setattr(draft, where, float(document[where]))
    draft.utc_offset = offset


def _values(
    values: Mapping[str, list[Any]],
    known: Mapping[str, str],
    document: Mapping[str, Any],
    draft: Draft,
) -> pd.DataFrame:
    units = document.get("hourly_units" if draft.step == "hour" else "daily_units") or {}
    columns = {}
    for theirs, listed in values.items():
        ours = known[theirs]
        text = pd.Series(["" if one is None else str(one) for one in listed], name=theirs)
        read, faults = numbers(text.astype(object), draft.rows)
        draft.faults += faults
        unit = _UNITS.get(str(units.get(theirs, "")), _default(ours, draft.step))
        converted = convert_as(f"{ours}_{unit}", ours, draft.step)(read)
        columns[ours] = converted
    if draft.step == "hour":
        draft.ends.update(SUMS)
    return derive(pd.DataFrame(columns, index=range(len(draft.rows))))


def _default(ours: str, step: Step) -> str:
    """The service's unit where the answer does not tell it."""
    if ours == "solar_radiation":
        return "mj_m2" if step == "day" else "w_m2"
    return {"wind_10m": "kmh", "sunshine": "s"}.get(ours, "")
