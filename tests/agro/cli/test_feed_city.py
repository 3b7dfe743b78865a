"""`agro feed city` and `agro feed reports`: what is the whole city's, asked and handed on now."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Agro = Callable[..., Any]
PARK = {
    "nom_du_parking": "Grangier",
    "nombre_de_places_libres": 42,
    "nombre_de_places_totales": 200,
    "derniere_mise_a_jour": "2026-07-20T05:15:00Z",
    "geo_point_2d": {"lon": 5.0388, "lat": 47.3236},
}


def test_car_parks_are_asked_now_and_a_bad_bus_is_one_line(
    dijon: Agro, feed_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dijon("feed", "city").code == 2  # nobody named anything
    feed_server.pages["/dispo/records"] = json.dumps({"results": [PARK]}).encode()
    feed_server.pages["/bus"] = b"<html>"
    monkeypatch.setenv("AGRO_CAR_PARKS_URL", f"{feed_server.url}/dispo")
    monkeypatch.setenv("AGRO_TRANSIT_TRIPS_URL", f"{feed_server.url}/bus?token=A-KEY")
    done = dijon("feed", "city")
    assert done.code == 1
    (line,) = [one for one in done.lines if one.startswith("gtfs-rt")]
    assert "unreadable: is no GTFS Realtime message" in line
    shown = dijon("control-post", "assets", "--kind", "parking", "--json")
    listed = json.dumps(shown.json) if shown.code == 0 else ""
    kept = dijon("feed", "list", "--json").json
    assert {one["source"].partition("@")[0]: one["failures"] for one in kept} == {
        "explore": 0,
        "gtfs-rt": 1,
    }
    assert "A-KEY" not in json.dumps(kept) + listed + "\n".join(done.lines)


def test_a_report_is_handed_on_now(
    dijon: Agro, feed_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dijon("feed", "reports").code == 2
    feed_server.pages["/311/services.json"] = b"[]"
    feed_server.pages["/311/requests.json"] = b"[]"
    monkeypatch.setenv("AGRO_OPEN311_URL", f"{feed_server.url}/311")
    monkeypatch.setenv("AGRO_OPEN311_FORWARD", "reports")
    done = dijon("feed", "reports", "--json")
    assert done.code == 0, done.lines
    assert [(one["source"], one["state"]) for one in done.json] == [("open311", "new")]
    checks = {one["check"]: one for one in dijon("doctor", "--json").json}
    assert checks["feed open311-forward"]["found"] == "reports handed on: none yet"
