"""A small garden in a real store: one bed to water, one that waits, one without advice, faults."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import nan, sin
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

import pytest
import streamlit as st
from sqlalchemy import Connection, make_url

from agro.records import (
    Advice,
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    LogEntry,
    Normals,
    PlanDay,
    Planting,
    Plot,
    Site,
    Soil,
)
from agro.store import decisions, farms, logbook, open_store, problems, readings, writing

NOW = datetime(2026, 7, 21, 10, 0, tzinfo=UTC)
# A climate in which a July day uses water: °C, mm, days, %, m s⁻¹, MJ m⁻² d⁻¹.
_CLIMATE = {
    "tmean": 19.0,
    "tmin": 13.0,
    "tmax": 25.0,
    "rain": 40.0,
    "rain_days": 6.0,
    "rh_mean": 65.0,
    "wind_2m": 2.0,
    "solar_radiation": 20.0,
}


def _pack() -> CityPack:
    site = Site("potager", "Potager des Ducs", "market_garden", "21231", 47.3, 5.0, 245.0)
    system = IrrigationSystem("potager", "drip", "drip", 4.0, 0.9, 0.4, 3.0, "20:00", "22:00")
    soil = Soil("potager", "loam", "loam", 0.29, 0.15, 8.0, 24.0, "FAO-56 Table 19")
    plots = [
        Plot("potager", "p1", "Planche 1", "bed", 12.0, "loam", "drip", 47.3, 5.0),
        Plot("potager", "s1", "Serre 1", "greenhouse", 30.0, "loam", "drip", 47.3, 5.0, True),
        Plot("potager", "p2", "Planche 2", "bed", 12.0, "loam", "drip", 47.3, 5.0),
    ]
    devices = [
        Device("lse01-p1", "a1", "dragino/lse01", "potager", "p1", "Sonde planche 1", (20.0,)),
        Device("trs12-s1", "a2", "decentlab/dl-trs12", "potager", "s1", "Sonde serre", (20.0,)),
        Device("atm41", "a3", "decentlab/dl-atm41", "potager", "", "Station météo"),
        Device("lse01-p2", "a4", "dragino/lse01", "potager", "p2", "Sonde planche 2", (20.0,)),
    ]
    return CityPack(
        city=City("dijon", "Dijon", "FR", "Europe/Paris", "fr", 47.3, 5.0, 245.0),
        communes=(Commune("21231", "Dijon", 159941, 41.66, 47.3, 5.0),),
        sites=(site,),
        soils=(soil,),
        irrigation_systems=(system,),
        plots=tuple(plots),
        plantings=(Planting("potager", "p1", "tomato", "Marmande", date(2026, 5, 15)),),
        devices=tuple(devices),
        trials=(),
        normals=Normals("Dijon", "test", **{name: (v,) * 12 for name, v in _CLIMATE.items()}),
    )


def _plan(irrigation: float) -> tuple[PlanDay, ...]:
    rain = (0.0, 0.0, 6.5, 2.0, 0.0, 0.0, 0.0)
    return tuple(
        PlanDay(
            NOW.date() + timedelta(i), 4.6, rain[i], irrigation * (i == 0), 20.0 + i, 17.0, 24.0 + i
        )
        for i in range(7)
    )


def _advice(plot: str, decision: str, reason: str, **changed: object) -> Advice:
    said: dict[str, object] = {
        "when": None,
        "depth_mm": nan,
        "litres": nan,
        "minutes": nan,
        "confidence": "high",
        "depletion_mm": 18.0,
        "raw_mm": 27.0,
        "taw_mm": 60.0,
        "chance_of_stress": 0.05,
        "data_age_h": 0.4,
        "crop": "tomato",
        "plan": _plan(0.0),
    }
    return Advice(
        "potager", plot, NOW - timedelta(minutes=8), decision, reason=reason, **said | changed
    )  # type: ignore[arg-type]


def _advices() -> list[Advice]:
    thirsty = _advice(
        "p1",
        "irrigate",
        "stress_soon",
        when=NOW + timedelta(hours=8),
        depth_mm=4.0,
        litres=48.0,
        minutes=12.0,
        confidence="medium",
        facts={"soil_moisture": 0.18, "probe_depth_cm": 20.0, "days_to_raw": 2.1},
        cautions=("forecast_stale",),
        plan=_plan(4.0),
    )
    content = _advice("s1", "wait", "enough_water", depletion_mm=9.0, facts={"days_to_raw": 4.0})
    return [thirsty, content]


def _rows() -> list[readings.Row]:
    start = int((NOW - timedelta(days=7)).timestamp())
    rows = []
    for hour in range(7 * 24):
        at = start + hour * 3600 + 60
        rows.append(readings.Row("lse01-p1", "soil_moisture", 20.0, at, 0.27 - hour * 5e-4, 1))
        rows.append(readings.Row("trs12-s1", "soil_moisture", 20.0, at, 0.25 + sin(hour) / 200, 1))
        rows.append(readings.Row("atm41", "rain", nan, at, 0.2 if hour % 40 == 0 else 0.0, 1))
    at = int(NOW.timestamp()) - 600
    rows.append(readings.Row("lse01-p1", "battery_voltage", nan, at, 3.41, 1))
    rows.append(readings.Row("lse01-p1", "rssi", nan, at, -97.0, 1))
    rows.append(readings.Row("trs12-s1", "battery_voltage", nan, at, 2.0, 1))
    rows.append(readings.Row("trs12-s1", "soil_temperature", 20.0, at, 19.5, 3))
    return rows


def fill(url: str) -> None:
    """Write the garden into the new SQLite file at `url`."""
    Path(make_url(url).database or "").write_bytes(_file(garden=True))


@cache
def _file(*, garden: bool) -> bytes:
    """The SQLite file of a store, with the garden or empty: made once, copied for every test."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "agro.sqlite"
        engine = open_store(f"sqlite:///{file}")
        if garden:
            with writing(engine) as c:
                _write(c)
        engine.dispose()
        return file.read_bytes()


def _write(c: Connection) -> None:
    farms.save_pack(c, _pack())
    readings.write(c, _rows(), written_at=NOW)
    decisions.write(c, _advices())
    watered = NOW - timedelta(days=2)
    logbook.write(c, [LogEntry("potager", "p1", "irrigation", watered, 60.0, "L")])
    refused = problems.ProblemRow(
        NOW - timedelta(hours=3), "v3/app/devices/x/up", "x", "unknown_device", payload="0d4a"
    )
    problems.write(c, [refused])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages' clock starts at NOW."""
    monkeypatch.setenv("AGRO_CLOCK", f"{NOW.isoformat()}@{time():.0f}")


@pytest.fixture(params=["garden", "empty"])
def kept(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None
) -> Iterator[str]:
    """A store with the garden, and an empty one; gives its kind."""
    file = tmp_path / "agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", f"sqlite:///{file}")
    file.write_bytes(_file(garden=request.param == "garden"))
    _forget()
    yield request.param
    _forget()


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()
