"""A store with a little of everything that is published, and a real server of its open data."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import nan
from typing import Any

import httpx
import pandas as pd
import pytest
import uvicorn
from sqlalchemy import Engine, insert, select
from starlette.applications import Starlette

from agro.access.key_ring import KeyRing
from agro.publish.place import Register, register
from agro.publish.routes import publish_routes
from agro.records import Advice, Device, LogEntry
from agro.server.source import Source
from agro.store import decisions, farms, logbook, readings, schema, weather, writing
from agro.store.readings import Row
from tests.conftest import free_port, wait_for_port

NOW = datetime(2026, 7, 3, 8, 0, tzinfo=UTC)
SITE, PLOT = "potager-des-ducs", "planche-1"
_T = int(NOW.timestamp())


def fill(engine: Engine) -> None:
    """One probe, one station, an advice, waterings, harvests, a forecast and city equipment."""
    with writing(engine) as c:
        readings.write(c, _readings(c), written_at=NOW)
        decisions.write(c, [_advice()])
        logbook.write(c, _entries())
        weather.write_forecast(c, SITE, "model", NOW - timedelta(hours=2), _forecast())
    with writing(engine) as c:
        _equip(c)


def _readings(c: Any) -> list[Row]:
    probe, station = (
        next(d.device for d in farms.devices(c, SITE) if d.plot == plot) for plot in (PLOT, "")
    )
    rows = [
        Row(probe, "soil_moisture", 20.0, _T - 600 - hour * 3600, 0.2 + hour / 100, 1)
        for hour in range(40)
    ]
    rows += [
        Row(probe, "soil_temperature", 20.0, _T - 600, 21.5, 1),
        Row(probe, "soil_conductivity", 20.0, _T - 600, 0.4, 4),
        Row(probe, "battery_level", nan, _T - 600, 88.0, 1),
        Row(probe, "rssi", nan, _T - 600, -101.0, 1),
        Row(station, "air_temperature", nan, _T - 300, 24.0, 1),
        Row(station, "relative_humidity", nan, _T - 300, 55.0, 1),
        Row(station, "air_pressure", nan, _T - 300, 98.4, 1),
        Row(station, "wind_direction", nan, _T - 300, 190.0, 1),
        Row(station, "solar_radiation", nan, _T - 300, 640.0, 1),
        Row(station, "rain", nan, _T - 3000, 1.2, 1),
    ]
    return rows


def _advice() -> Advice:
    return Advice(
        *(SITE, PLOT, NOW - timedelta(minutes=5), "irrigate", NOW + timedelta(hours=10)),
        *(12.0, 576.0, 48.0, "depletion_above_raw", "high", 30.0, 25.0, 60.0, 0.4, 0.2),
    )


def _entries() -> list[LogEntry]:
    at = NOW - timedelta(days=2)
    end = {"end": (at + timedelta(minutes=30)).isoformat()}
    counted = LogEntry(SITE, PLOT, "irrigation", at, 360.0, "L", source="meter", details=end)
    noted = LogEntry(SITE, "planche-2", "irrigation", at, 50.0, "L", who="Anne", notes="mal au dos")
    entries = [counted, noted, LogEntry(SITE, "planche-2", "irrigation", at + timedelta(hours=5))]
    for site, mass in ((SITE, 40.0), ("jardin-des-maraichers", 30.0), ("domaine-de-la-cras", 20.0)):
        harvested = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
        entries.append(LogEntry(site, "", "harvest", harvested, mass, "kg", "tomato", who="Anne"))
    for site in (SITE, "jardin-des-maraichers", "domaine-de-la-cras"):  # of a year that is over
        autumn = datetime(2025, 9, 12, 9, 0, tzinfo=UTC)
        entries.append(LogEntry(site, "", "harvest", autumn, 10.0, "kg", "tomato", who="Anne"))
    june = datetime(2026, 6, 12, 9, 0, tzinfo=UTC)
    entries.append(LogEntry(SITE, "", "harvest", june, 12.5, "kg", "tomato"))
    entries.append(LogEntry(SITE, "", "harvest", NOW - timedelta(hours=3), 7.0, "kg", "tomato"))
    return entries


def _forecast() -> pd.DataFrame:
    days = [date(2026, 7, 3) + timedelta(days=n) for n in range(3)]
    return pd.DataFrame(
        {
            "day": days,
            "tmin": [15.0, -1.5, 17.0],
            "tmax": [28.0, 31.0, 36.5],
            "tmean": [21.0, 22.0, 26.0],
            "rh_mean": [60.0, nan, 40.0],
            "rain": [0.0, 2.4, nan],
            "rain_chance": [0.1, 0.7, nan],
        }
    )


_ASSETS: dict[str, tuple[str, dict[str, Any], dict[str, float]]] = {
    "cabinet-1": (
        "lighting_cabinet",
        {"lights": 120, "working_mode": "automatic"},
        {"power": 8.4, "luminous_level": 60.0, "lamps_on": 118.0},
    ),
    "cabinet-2": ("lighting_cabinet", {"lights": 80}, {"power": 5.0}),
    "park-1": ("parking", {"spaces": 350}, {"free_spaces": 120.0, "occupancy": 65.7}),
    "counter-1": ("traffic_counter", {}, {"vehicle_flow": 640.0, "vehicle_speed": 43.0}),
    "building-1": ("building", {}, {"power": 31.0}),
    "building-2": ("building", {"phase_type": "threePhase"}, {"power": 12.5}),
    "pv-2": (
        "pv_plant",
        {"peak_power": 90, "metering_started": "2025-01-01T00:00:00Z"},
        {"power": 61.0, "device_temperature": 41.0},
    ),
    "pv-1": ("pv_plant", {"peak_power": 500}, {"power": 320.0}),
    "air-1": ("air_station", {}, {"air_index": 3.0, "nitrogen_dioxide": 0.01, "pm10": 18.0}),
    "river-1": ("river_station", {}, {"river_level": 730.0, "river_flow": 1200.0}),
    "well-1": ("groundwater", {}, {"groundwater_level": 231.4, "groundwater_depth": 4.2}),
    "sky-1": ("weather", {}, {"air_temperature": 23.0, "air_pressure": 98.2}),
}


def _equip(c: Any) -> None:
    for name, (kind, details, values) in _ASSETS.items():
        farms.save_device(c, Device(name, "", "", SITE, "", f"Équipement {name}"))
        thing = c.scalar(select(schema.thing.c.id).where(schema.thing.c.device == name))
        row = {"thing_id": thing, "kind": kind, "commune": "21231", "details": details}
        row |= {"latitude": 47.32, "longitude": 5.04, "mode": "simulated", "source": "ngsi_ld"}
        c.execute(insert(schema.asset).values(**row, licence="test"))
        rows = [Row(name, quantity, nan, _T - 900, one, 1) for quantity, one in values.items()]
        readings.write(c, rows, written_at=NOW)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application's clock stands at `NOW`, as far as a test takes no second."""
    monkeypatch.setattr("agro.publish.data_routes.now", lambda: NOW)
    monkeypatch.setattr("agro.publish.ngsi_routes.now", lambda: NOW)
    monkeypatch.setattr("agro.publish.subscription_routes.now", lambda: NOW)
    monkeypatch.setattr("agro.publish.temporal_routes.now", lambda: NOW)


@pytest.fixture
def filled(store: Engine) -> Engine:
    """The store, with a little of everything."""
    fill(store)
    return store


@pytest.fixture
def here(filled: Engine) -> Register:
    """The register of the filled store."""
    with filled.connect() as c:
        found = register(c, NOW)
    assert found is not None
    return found


class OpenData:
    """A real server of the open data of one database."""

    def __init__(self, url: str) -> None:
        self.source = Source(url)
        port = free_port()
        application = Starlette(routes=publish_routes(self.source, KeyRing(self.source)))
        settings = uvicorn.Config(
            application, port=port, lifespan="off", ws="none", log_config=None
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for_port(port)
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """What is answered."""
        return self.client.get(path, headers=headers)

    def json(self, path: str) -> Any:
        """The document that is answered, well."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stop(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(10)
        self.source.close()


@pytest.fixture
def server(filled: Engine, store_url: str) -> Iterator[OpenData]:
    """The open data of the filled store, over real HTTP."""
    started = OpenData(store_url)
    yield started
    started.stop()
