"""A store with gardens and a server that answers as the weather services do."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, pi
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds import Asking, Outcome, fetch_weather, gardens, sources_of
from agro.records import Site
from sensors.feeds.fetching import Fetcher

NOW = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
FORECAST, ENSEMBLE = "/v1/forecast", "/v1/ensemble"
PACKET = "/public/DPPaquetObs/v1/paquet/horaire"
_UNITS = {"temperature_2m": "°C", "relative_humidity_2m": "%", "wind_speed_10m": "m/s"}
_UNITS |= {"shortwave_radiation": "W/m²", "precipitation": "mm"}
_UNITS |= {"precipitation_probability": "%", "et0_fao_evapotranspiration": "mm"}


def answer(
    *, rain: dict[int, float] | None = None, members: int = 0, at: datetime = NOW, past: int = 3
) -> bytes:
    """Warm days; `rain` is by the hours after `at`, member n has n times as much."""
    start = datetime(at.year, at.month, at.day, tzinfo=UTC) - timedelta(days=past)
    times = [start + timedelta(hours=n) for n in range((past + 10) * 24)]
    sun = [max(0.0, -cos(2 * pi * (time.hour + 0.3) / 24)) for time in times]
    # An amount stands at the end of its hour.
    fell = [(rain or {}).get(round((time - at) / timedelta(hours=1)) - 1, 0.0) for time in times]
    values: dict[str, list[Any]] = {
        "temperature_2m": [round(15 + 11 * one, 1) for one in sun],
        "relative_humidity_2m": [round(80 - 40 * one) for one in sun],
        "wind_speed_10m": [2.5] * len(times),
        "shortwave_radiation": [round(800 * one) for one in sun],
        "precipitation": fell,
        "et0_fao_evapotranspiration": [round(0.6 * one, 2) for one in sun],
    }
    columns = dict(values)
    if members:
        for number in range(1, members):
            for name, listed in values.items():
                factor = number if name == "precipitation" else 1
                columns[f"{name}_member{number:02d}"] = [factor * one for one in listed]
    else:
        columns["precipitation_probability"] = [30 if one else 10 for one in fell]
    document = {
        "utc_offset_seconds": 0,
        "hourly_units": {name: _UNITS[name.split("_member")[0]] for name in columns},
        "hourly": {"time": [f"{time:%Y-%m-%dT%H:%M}" for time in times], **columns},
    }
    return json.dumps(document).encode()


def packet(*, until: datetime = NOW, hours: int = 24, rain: float = 0.5) -> bytes:
    """A station 5 km away, the last hours until `until`."""
    records = [
        {
            "lat": 47.2678,
            "lon": 5.0883,
            "geo_id_insee": "21473001",
            "validity_time": f"{until - timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}",
            "t": 293.15 + (8 if 8 <= (until - timedelta(hours=n)).hour <= 16 else 0),
            "u": 60,
            "ff": 2.0,
            "rr1": rain,
        }
        for n in range(hours)
    ]
    return json.dumps(records).encode()


@dataclass
class Weather:
    """Asks the server for the first garden of the store."""

    engine: Engine
    server: Any
    settings: Settings
    zone: ZoneInfo

    @property
    def site(self) -> Site:
        return gardens(self.engine)[0]

    def ask(self, at: datetime = NOW, *, due: frozenset[str] | None = None) -> dict[str, Outcome]:
        sources = sources_of(self.settings)
        wanted = frozenset(sources.keys) if due is None else due
        with Fetcher(first_pause_s=0.01, silence_s=5.0) as fetcher:
            asking = Asking(self.engine, fetcher, sources, self.site, self.zone, at, wanted)
            return {one.source: one for one in fetch_weather(asking)}


@pytest.fixture
def weather_service(store: Engine, feed_server: Any) -> Iterator[Weather]:
    """Forecast and ensemble are answered; Météo-France has a key and is answered too."""
    feed_server.pages = {
        FORECAST: answer(rain={5: 3.0, 30: 2.0}),
        ENSEMBLE: answer(rain={5: 1.0, 30: 2.0}, members=4),
        PACKET: packet(),
    }
    settings = Settings(
        weather="open-meteo",
        open_meteo_url=feed_server.url,
        meteo_france_url=feed_server.url,
        meteo_france_key="A-KEY",
    )
    yield Weather(store, feed_server, settings, ZoneInfo("Europe/Paris"))


@pytest.fixture
def answers() -> dict[str, Callable[..., bytes]]:
    return {"answer": answer, "packet": packet}
