"""`agro feed weather` asks now and says how it went; `agro feed list` says how it stands."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, pi
from typing import Any

import pytest

Agro = Callable[..., Any]
FORECAST, ENSEMBLE = "/v1/forecast", "/v1/ensemble"
SITE = "potager-des-ducs"


def answer(members: int = 0) -> bytes:
    """Warm days from yesterday on; 1 mm each noon."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(days=1)
    times = [start + timedelta(hours=n) for n in range(11 * 24)]
    warm = [round(20 - 5 * cos(2 * pi * time.hour / 24), 1) for time in times]
    rain = [1.0 if time.hour == 12 else 0.0 for time in times]
    columns = {"temperature_2m": warm, "precipitation": rain}
    for number in range(1, members):
        columns[f"precipitation_member{number:02d}"] = rain
    hourly = {"time": [f"{time:%Y-%m-%dT%H:%M}" for time in times], **columns}
    return json.dumps({"hourly": hourly, "hourly_units": {}}).encode()


@pytest.fixture
def asked(dijon: Agro, feed_server: Any, monkeypatch: pytest.MonkeyPatch) -> Agro:
    feed_server.pages = {FORECAST: answer(), ENSEMBLE: answer(members=3)}
    monkeypatch.setenv("AGRO_OPEN_METEO_URL", feed_server.url)
    return dijon


def test_one_garden_is_asked_for_now(asked: Agro, feed_server: Any) -> None:
    done = asked("feed", "weather", "--site", SITE, "--json")
    assert done.code == 0, done.lines
    assert [(one["source"], one["state"], one["members"]) for one in done.json] == [
        ("open-meteo", "new", 3),
        ("open-meteo-ensemble", "new", 3),
    ]
    assert {one["site"] for one in done.json} == {SITE}
    assert sorted(feed_server.paths) == [ENSEMBLE, FORECAST]
    stands = asked("feed", "list", "--json").json
    assert {one["licence"] for one in stands} == {"CC BY 4.0"}
    assert all(one["fetched_at"].endswith("Z") for one in stands)
    assert asked("advise", "--site", SITE, "--json").json[0]["sources"]["forecast"] == "open-meteo"


def test_a_service_that_fails_is_one_line_and_exit_1(asked: Agro, feed_server: Any) -> None:
    feed_server.pages[FORECAST] = b"<html>"
    done = asked("feed", "weather", "--site", SITE)
    assert done.code == 1
    (line,) = [line for line in done.lines if "open-meteo" in line and SITE in line]
    assert line.startswith(f"open-meteo, {SITE}: unreadable: is not JSON")
    # The members came, so there is a forecast all the same.
    assert asked("advise", "--site", SITE, "--json").json[0]["sources"]["forecast"] == (
        "open-meteo-ensemble"
    )


def test_an_unknown_site_is_bad_input(asked: Agro, feed_server: Any) -> None:
    done = asked("feed", "weather", "--site", "potager-des-duc")
    assert done.code == 2
    assert done.lines == [
        "--site: 'potager-des-duc' is no site with beds; did you mean potager-des-ducs?"
    ]
    assert feed_server.asked == []


def test_a_demo_asks_nobody(asked: Agro, feed_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_CLOCK", "2026-07-20T05:00:00Z@1795500000")
    done = asked("feed", "weather")
    assert done.code == 2
    assert done.lines[0].startswith("AGRO_CLOCK: ")
    assert feed_server.asked == []
