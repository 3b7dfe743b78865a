"""Health and metrics of a store: well, late, away."""

from datetime import datetime, timedelta
from math import nan
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agro.config import now
from agro.records import (
    Advice,
    City,
    CityPack,
    Device,
    IrrigationSystem,
    Normals,
    Plot,
    Site,
    Soil,
)
from agro.server.health import Health
from agro.server.source import Source
from agro.store import decisions, farms, heartbeat, open_store, problems, readings, writing

_YEAR = (0.0,) * 12


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store with one garden, one bed and one probe."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, _pack())
    engine.dispose()
    return url


def _pack() -> CityPack:
    return CityPack(
        city=City("dijon", "Dijon", "FR", "Europe/Paris", "fr", 47.3, 5.0, 245.0),
        communes=(),
        sites=(Site("ducs", "Potager", "market_garden", "", 47.3, 5.0, 245.0),),
        soils=(Soil("ducs", "loam", "loam", 0.29, 0.15, 8.0, 24.0, "FAO-56 Table 19"),),
        irrigation_systems=(
            IrrigationSystem("ducs", "drip", "drip", 4.0, 0.9, 0.4, 3.0, "20:00", "22:00"),
        ),
        plots=(Plot("ducs", "p1", "Planche 1", "bed", 12.0, "loam", "drip", 47.3, 5.0),),
        plantings=(),
        devices=(Device("probe", "", "dragino/lse01", "ducs", "p1", "Sonde"),),
        trials=(),
        normals=Normals("Dijon", "none", *(_YEAR,) * 8),
    )


def _fill(url: str, at: datetime) -> Engine:
    engine = open_store(url)
    advice = Advice(
        "ducs", "p1", at, "wait", None, nan, nan, nan, "enough_water", "high", *(nan,) * 5
    )
    rows = [readings.Row("probe", "soil_moisture", 20.0, int(at.timestamp()), 0.2, 1)]
    with writing(engine) as c:
        readings.write(c, rows)
        decisions.write(c, [advice])
        heartbeat.beat(c, "collector", at)
        problems.write(c, [problems.ProblemRow(at, "topic", "x", "unknown_device")])
    return engine


def test_a_fresh_store_is_well(url: str) -> None:
    health = Health.of(Source(url))
    assert health.ok
    assert health.last_reading_age_s is None
    assert health.advice_age_s is None


def test_ages_are_told(url: str) -> None:
    _fill(url, now() - timedelta(minutes=10)).dispose()
    health = Health.of(Source(url))
    assert health.ok
    assert health.last_reading_age_s == pytest.approx(600, abs=5)
    assert health.advice_age_s == pytest.approx(600, abs=5)
    assert health.processes_age_s["collector"] == pytest.approx(600, abs=5)


def test_yesterday_s_advice_is_a_reason(url: str) -> None:
    _fill(url, now() - timedelta(hours=30)).dispose()
    health = Health.of(Source(url))
    assert not health.ok
    told = "advice: 30 h old, more than 24 h; see the process advice; start agro serve"
    assert told in health.reasons
    assert health.as_json()["status"] == "failing"


@pytest.mark.parametrize(
    ("beats", "ok"),
    [
        ({"collector-1": (1, {})}, True),
        ({"collector-1": (20, {})}, False),
        ({"collector-1": (1, {"connected": False})}, False),
        ({"collector-1": (1, {"running": False})}, False),
        ({"collector-1": (1, {}), "collector-2": (4000, {"running": False})}, True),
        ({"collector-1": (1, {}), "collector-2": (4000, {})}, True),
    ],
)
def test_one_working_collector_is_enough(
    url: str, beats: dict[str, tuple[float, dict[str, bool]]], ok: bool
) -> None:
    engine = open_store(url)
    with writing(engine) as c:
        for name, (minutes, facts) in beats.items():
            told = {"running": True, "connected": True, "waiting": 0} | facts
            heartbeat.beat(c, name, now() - timedelta(minutes=minutes), told)
    engine.dispose()
    health = Health.of(Source(url))
    assert health.ok is ok
    assert {check.check for check in health.checks} >= {f"process {name}" for name in beats}


def test_a_database_that_is_away_is_the_reason(tmp_path: Path) -> None:
    health = Health.of(Source(f"sqlite:///{tmp_path}"))
    assert not health.ok
    assert health.database == "unreachable"
    assert "database unreachable" in health.reasons[0]


def test_a_database_that_comes_back_is_found(tmp_path: Path) -> None:
    place = tmp_path / "agro.sqlite"
    place.mkdir()
    source = Source(f"sqlite:///{place}")
    assert not Health.of(source).ok
    place.rmdir()
    assert Health.of(source).ok
