"""Made-up answers in the shapes of the services."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, pi
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensors.feeds.source import Place

PARIS = ZoneInfo("Europe/Paris")
UNITS = {
    "time": "iso8601",
    "temperature_2m": "°C",
    "relative_humidity_2m": "%",
    "wind_speed_10m": "m/s",
    "shortwave_radiation": "W/m²",
    "precipitation": "mm",
    "precipitation_probability": "%",
    "et0_fao_evapotranspiration": "mm",
}


@pytest.fixture
def garden() -> Place:
    return Place(47.32, 5.04, 245.0, PARIS, "21231")


@pytest.fixture
def hourly() -> Callable[..., dict[str, Any]]:
    """An Open-Meteo answer of so many hours: warm, 0.2 mm at each hour of rain asked for."""

    def make(
        start: datetime = datetime(2026, 7, 13, tzinfo=UTC),
        hours: int = 264,
        *,
        rain: dict[int, float] | None = None,
        chance: int | None = 20,
        members: int = 0,
    ) -> dict[str, Any]:
        times = [start + timedelta(hours=n) for n in range(hours)]
        sun = [max(0.0, -cos(2 * pi * (time.hour + 0.3) / 24)) for time in times]
        values: dict[str, list[Any]] = {
            "temperature_2m": [round(15 + 11 * s, 1) for s in sun],
            "relative_humidity_2m": [round(80 - 40 * s) for s in sun],
            "wind_speed_10m": [2.5] * hours,
            "shortwave_radiation": [round(800 * s) for s in sun],
            "precipitation": [(rain or {}).get(n, 0.0) for n in range(hours)],
            "et0_fao_evapotranspiration": [round(0.6 * s, 2) for s in sun],
        }
        columns = {**values, "precipitation_probability": [chance] * hours}
        if members:
            columns = dict(values)
            for number in range(1, members):
                for name, listed in values.items():
                    factor = number if name == "precipitation" else 1
                    columns[f"{name}_member{number:02d}"] = [factor * one for one in listed]
        return {
            "latitude": 47.32,
            "longitude": 5.04,
            "generationtime_ms": 0.3,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "elevation": 245.0,
            "hourly_units": {name: UNITS[name.split("_member")[0]] for name in columns},
            "hourly": {"time": [f"{time:%Y-%m-%dT%H:%M}" for time in times], **columns},
        }

    return make


@pytest.fixture
def body() -> Callable[[Any], bytes]:
    return lambda document: json.dumps(document).encode()
