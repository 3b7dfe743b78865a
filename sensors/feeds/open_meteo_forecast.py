"""Open-Meteo's forecast: what is asked, and the answer as a `Forecast`.

Hours are asked for in UTC and summed up to days by the place's own clock, so that days of 23 and
25 hours are right; an answer that tells days alone (a kept file) is taken as it is.

References
----------
[1] Open-Meteo. Weather Forecast API. Documentation, 2026.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from sensors.errors import FeedError
from sensors.feeds.forecast import Array, Forecast, by_day
from sensors.feeds.open_meteo import read_open_meteo
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request
from sensors.feeds.weather_days import to_days
from sensors.feeds.weather_table import WeatherTable

KEY = "open-meteo"
PUBLIC, CUSTOMER = "https://api.open-meteo.com", "https://customer-api.open-meteo.com"
DAYS = 10
LICENCE = Licence("CC BY 4.0", "Weather data by Open-Meteo.com", "https://open-meteo.com/")

_PROBABILITY, _PROBABILITY_DAY = "precipitation_probability", "precipitation_probability_max"
# What both are asked for, by the hour.
ASKED = (
    "temperature_2m,relative_humidity_2m,wind_speed_10m,shortwave_radiation,precipitation,"
    "et0_fao_evapotranspiration"
)


def forecast(base: str = "", key: str = "", *, past_days: int = 3) -> Feed[Forecast]:
    """The forecast of the best model for the place, by the hour, ten days.

    Parameters
    ----------
    base : Of one's own server; else the public one, or with a `key` the customers'.
    past_days : Days before today, as the models see them now; 92 at most.
    """
    url = f"{base or (CUSTOMER if key else PUBLIC)}/v1/forecast"

    def ask(place: Place) -> Request:
        asked = {"hourly": f"{ASKED},{_PROBABILITY}"}
        return request(url, place, key, asked, past_days=past_days)

    return Feed(KEY, LICENCE, ask, read_forecast)


def request(
    url: str, place: Place, key: str, asked: Mapping[str, str], *, past_days: int = 1
) -> Request:
    """What either service is asked for a place."""
    params = {
        "latitude": f"{place.latitude:.5f}",
        "longitude": f"{place.longitude:.5f}",
        **({} if np.isnan(place.elevation) else {"elevation": f"{place.elevation:.0f}"}),
        **asked,
        "wind_speed_unit": "ms",
        "timezone": "GMT",
        # Past hours make the local day whole that began before midnight in Greenwich.
        "past_days": str(past_days),
        "forecast_days": str(DAYS),
    }
    return Request(url, params, {"apikey": key} if key else {})


def read_forecast(body: bytes, place: Place) -> Parsed[Forecast]:
    """The days and hours of an answer for one place.

    Raises
    ------
    FeedError  `unreadable`: it is no such answer, or lacks what a forecast needs.
    """
    document = document_of(KEY, body)
    hourly, daily = document.get("hourly"), document.get("daily")
    if isinstance(hourly, dict) and "temperature_2m" in hourly:
        return _from_hours(document, place)
    if isinstance(daily, dict):
        return _from_days(document)
    raise unreadable(KEY, "has neither hourly nor daily values")


def _from_hours(document: Mapping[str, Any], place: Place) -> Parsed[Forecast]:
    table = _read(KEY, {**document, "daily": None})
    _need(KEY, table.frame, ("tmean", "rain"))
    days = to_days(table, place.zone).frame
    # A chance is of the hour before its time, as amounts are; here it stands at the hour's start.
    at = times_of(KEY, document) - timedelta(hours=1)
    stated = pd.Series(_percent(document["hourly"], _PROBABILITY), index=at)
    chance = stated[~at.duplicated()].reindex(table.frame.index)
    hours = pd.DataFrame({"rain": table.frame["rain"], "rain_chance": chance})
    days["rain_chance"] = by_day(hours[["rain_chance"]], place.zone, "max")["rain_chance"]
    return Parsed(Forecast(days, hours), None, table.problems)


def _from_days(document: Mapping[str, Any]) -> Parsed[Forecast]:
    table = _read(KEY, {**document, "hourly": None})
    _need(KEY, table.frame, ("tmin", "tmax", "rain"))
    stated = _percent(document["daily"], _PROBABILITY_DAY)
    dates = [str(one)[:10] for one in document["daily"]["time"]]
    by_date = dict(zip(dates, stated, strict=False))
    chance = [by_date.get(f"{day}", np.nan) for day in table.frame.index]
    days = table.frame.assign(rain_chance=chance)
    return Parsed(Forecast(days, pd.DataFrame()), None, table.problems)


def _read(feed: str, document: Mapping[str, Any]) -> WeatherTable:
    """As a weather table: checked, converted, amounts at the start of their hour."""
    try:
        return read_open_meteo(document, "answer")
    except FeedError as error:
        raise unreadable(feed, error.reason) from error
    except (ValueError, TypeError, OverflowError) as error:
        raise unreadable(feed, f"has values of a kind that is none ({error})") from error


def _need(feed: str, frame: pd.DataFrame, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in frame or not frame[name].notna().any()]
    if missing:
        raise unreadable(feed, f"has no values of {', '.join(missing)}")


def _percent(part: Mapping[str, Any], name: str) -> Array:
    """A column in per cent as shares; NaN where it is not stated or cannot be."""
    listed, length = part.get(name), len(part["time"])
    if not isinstance(listed, list) or len(listed) != length:
        return np.full(length, np.nan)
    share = numbers_of(listed) / 100.0
    share[(share < 0.0) | (share > 1.0)] = np.nan
    return share


def numbers_of(listed: list[Any]) -> Array:
    """The values of a list; what is no number is missing."""
    plain = [one if isinstance(one, int | float) else np.nan for one in listed]
    return np.array(plain, dtype=float)


def times_of(feed: str, document: Mapping[str, Any]) -> pd.DatetimeIndex:
    """The times of the hours, aware UTC.

    Raises
    ------
    FeedError  `unreadable`: they are none.
    """
    part, offset = document["hourly"], document.get("utc_offset_seconds") or 0
    try:
        text = pd.Series([str(one) for one in part["time"]], dtype=object)
        at = pd.DatetimeIndex(pd.to_datetime(text, utc=True, format="ISO8601"))
        return at - timedelta(seconds=float(offset))
    except (ValueError, TypeError, OverflowError) as error:
        raise unreadable(feed, f"has times that are none ({error})") from error


def document_of(feed: str, body: bytes) -> Mapping[str, Any]:
    """The answer for one place.

    Raises
    ------
    FeedError  `unreadable`: it is none, or says itself that it is an error.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise unreadable(feed, f"is not JSON ({error})") from error
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        raise unreadable(feed, "is not the answer for one place")
    if document.get("error"):
        raise unreadable(feed, f"the service answered: {document.get('reason')}")
    return document


def unreadable(feed: str, why: str) -> FeedError:
    """The fault of an answer that came and says nothing."""
    return FeedError(feed, "answer", f"unreadable: {why}")
