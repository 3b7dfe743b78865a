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


ORDER = {
    "type": "AEP",
    "code": "21_1",
    "nom": "Zone",
    "niveauGravite": "crise",
    "arrete": {"id": 1, "cheminFichier": "https://orders.example/a.pdf"},
    "usages": [
        {
            "nom": "Arrosage des jardins potagers",
            "thematique": "Arroser",
            "description": "Interdiction totale",
        }
    ],
}


def test_drought_orders_are_asked_for_now_and_forbid(
    asked: Agro, feed_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed_server.pages["/api/zones"] = json.dumps(ORDER).encode()
    monkeypatch.setenv("AGRO_VIGIEAU_URL", feed_server.url)
    assert asked("feed", "weather", "--site", SITE).code == 0
    done = asked("feed", "orders", "--site", SITE, "--json")
    assert done.code == 0, done.lines
    assert [one["state"] for one in done.json] == ["new"]
    advice = asked("advise", "--site", SITE, "--json").json
    grown = [one for one in advice if one["reason"] != "no_crop"]
    assert grown
    assert {one["decision"] for one in grown} == {"forbidden"}
    for one in grown:
        assert one["sources"]["drought_order"]["link"] == "https://orders.example/a.pdf"
    feed_server.pages["/api/zones"] = b"<html>"
    failed = asked("feed", "orders", "--site", SITE)
    assert failed.code == 1
    assert any("unreadable: is not JSON" in line for line in failed.lines)
    again = asked("advise", "--site", SITE, "--json").json
    assert {one["decision"] for one in again if one["reason"] != "no_crop"} <= {"forbidden"}


def test_an_order_that_was_saved_is_taken(asked: Agro, tmp_path: Any) -> None:
    file = tmp_path / "order.json"
    file.write_text(json.dumps(ORDER))
    assert asked("feed", "orders", "--file", str(file)).lines == [
        f"{file}: of which water is it? add --water AEP, SOU or SUP"
    ]
    done = asked("feed", "orders", "--site", SITE, "--file", str(file), "--water", "AEP", "--json")
    assert done.code == 0, done.lines
    assert len(done.json) == 1
    told = asked("advise", "--site", SITE, "--json").json[0]["sources"]["drought_order"]
    assert (told["mode"], told["level"], told["rule"]) == ("file", "crise", "forbidden")
    file.write_text("nothing")
    bad = asked("feed", "orders", "--file", str(file), "--water", "AEP")
    assert bad.code == 2
    assert "is not JSON" in bad.lines[0]
    gone = asked("feed", "orders", "--file", f"{file}.gone", "--water", "AEP")
    assert (gone.code, len(gone.lines)) == (2, 1)


def test_rivers_are_asked_for_where_one_is_named(
    asked: Agro, feed_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked("feed", "water").code == 2
    monkeypatch.setenv("AGRO_HUBEAU_URL", feed_server.url)
    monkeypatch.setenv("AGRO_RIVERS", "U142541001")
    feed_server.pages["/api/v2/hydrometrie/observations_tr"] = b'{"data": []}'
    done = asked("feed", "water", "--json")
    assert done.code == 0, done.lines
    assert len(done.json) == 2
