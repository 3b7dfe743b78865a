"""`agro doctor` tells each weather source: its last answer, its age, its fault and its terms."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from agro.checks.feeds import configured
from agro.config import Settings, now
from agro.feeds import sources_of
from agro.store import farms, open_store, schema, writing
from agro.store.values import to_epoch
from tests.agro.cli.test_feed import ENSEMBLE, FORECAST, answer

Agro = Callable[..., Any]
pytestmark = pytest.mark.service  # the exit code is the feeds' alone where the broker is well


@pytest.fixture
def engine(dijon: Agro, tmp_path: Path) -> Iterator[Engine]:
    """The store that `dijon` asks."""
    engine = open_store(f"sqlite:///{tmp_path}/var/agro.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def asked(dijon: Agro, mosquitto: Any, feed_server: Any, monkeypatch: pytest.MonkeyPatch) -> Agro:
    """An operator who consents to Open-Meteo, and a server in its place."""
    feed_server.pages = {FORECAST: answer(), ENSEMBLE: answer(members=3)}
    monkeypatch.setenv("AGRO_BROKER_URL", mosquitto.url)
    monkeypatch.setenv("AGRO_OPEN_METEO_URL", feed_server.url)
    monkeypatch.setenv("AGRO_WEATHER", "open-meteo")
    return dijon


def _ask(dijon: Agro) -> tuple[int, dict[str, dict[str, Any]]]:
    done = dijon("doctor", "--json")
    return done.code, {row["check"]: row for row in done.json if row["check"].startswith("feed ")}


def _fetched(engine: Engine, ago: timedelta) -> None:
    """Every source answered last so long ago."""
    with writing(engine) as c:
        c.execute(update(schema.feed).values(fetched_at=to_epoch(now() - ago)))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"weather": "open-meteo"},
        {"meteo_france_key": "A-KEY"},
        {"weather": "open-meteo", "meteo_france_key": "A-KEY"},
    ],
)
def test_what_is_looked_at_is_what_is_asked(told: dict[str, Any]) -> None:
    assert configured(Settings(**told)) == sources_of(Settings(**told)).keys


def test_who_answers_in_time_is_told_with_age_mode_and_licence(asked: Agro) -> None:
    asked("feed", "weather")
    code, found = _ask(asked)
    assert code == 0
    assert set(found) == {"feed open-meteo", "feed open-meteo-ensemble"}
    for row in found.values():
        assert row["status"] == "ok"
        assert row["found"].startswith("live, CC BY 4.0: last answer 20")
        assert "Z, 0 min old, of " in row["found"]


def test_a_source_that_was_never_asked_is_no_fault_yet(asked: Agro) -> None:
    code, found = _ask(asked)
    assert (code, found["feed open-meteo"]["status"]) == (0, "warn")
    assert found["feed open-meteo"]["found"] == "not asked yet"


def test_gardens_that_were_not_asked_are_counted(asked: Agro, engine: Engine) -> None:
    asked("feed", "weather", "--site", "potager-des-ducs")
    with engine.connect() as c:
        others = len({plot.site for plot in farms.plots(c)}) - 1
    code, found = _ask(asked)
    assert (code, found["feed open-meteo"]["status"]) == (0, "warn")
    assert found["feed open-meteo"]["found"].endswith(f"of 1 garden; {others} not asked yet")


def test_a_late_source_fails(asked: Agro, engine: Engine) -> None:
    asked("feed", "weather")
    _fetched(engine, timedelta(hours=1, minutes=50))
    assert _ask(asked)[0] == 0
    _fetched(engine, timedelta(hours=5))
    code, found = _ask(asked)
    assert (code, found["feed open-meteo"]["status"]) == (1, "fail")
    assert "Z, 5 h old; " in found["feed open-meteo"]["found"]
    assert "agro serve" in found["feed open-meteo"]["to_do"]


def test_a_failing_source_is_told_with_its_last_error(asked: Agro, feed_server: Any) -> None:
    site = ("feed", "weather", "--site", "potager-des-ducs")
    asked(*site)
    feed_server.pages[FORECAST] = b"<html>"
    asked(*site)
    code, found = _ask(asked)
    assert (code, found["feed open-meteo"]["status"]) == (1, "fail")
    told = found["feed open-meteo"]["found"]
    assert "1 of 1 garden: potager-des-ducs; 1 try failed, the last: unreadable" in told
    assert "last answer 20" in told  # the last good one stays
    assert found["feed open-meteo-ensemble"]["status"] != "fail"


def test_one_that_never_answered_says_so(asked: Agro, feed_server: Any) -> None:
    feed_server.faults = [403] * 40
    asked("feed", "weather", "--site", "potager-des-ducs")
    code, found = _ask(asked)
    assert code == 1
    assert found["feed open-meteo"]["found"].startswith("live, CC BY 4.0: no answer yet; 1 of 1")
    assert "AGRO_OPEN_METEO_KEY" in found["feed open-meteo"]["to_do"]


def test_what_nobody_configured_is_no_fault(
    asked: Agro, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked("feed", "weather")
    _fetched(engine, timedelta(days=3))
    monkeypatch.setenv("AGRO_WEATHER", "none")
    code, found = _ask(asked)
    assert code == 0
    assert found["feed open-meteo"]["status"] == "ok"
    assert found["feed open-meteo"]["found"].endswith("3 d old; asked by hand only")


def test_a_demo_asks_nobody(asked: Agro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_CLOCK", "2026-07-20T05:00:00Z@1795500000")
    assert _ask(asked)[1] == {}
