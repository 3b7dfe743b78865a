"""Rivers, water tables and the air become equipment with values, page by page."""

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensors.errors import FeedError
from sensors.feeds import atmo, hubeau
from sensors.feeds.source import Place

SINCE = datetime(2026, 7, 12, 8, 0, tzinfo=UTC)
STATION, WELL = "U142541001", "04993X0114/SONDAG"


def row(at: str = "2026-07-14T05:00:00Z", value: object = 491.0, **more: Any) -> dict[str, Any]:
    told = {"code_station": STATION, "grandeur_hydro": "H", "date_obs": at, "resultat_obs": value}
    return {**told, "code_qualification_obs": 16, "longitude": 5.06, "latitude": 47.31, **more}


def read(rows: list[Any], garden: Place, **more: Any) -> hubeau.Page:
    body = json.dumps({"count": len(rows), "data": rows, **more}).encode()
    return hubeau.river(STATION, "H", SINCE).read(body, garden).value


def test_a_river_is_asked_for_since_a_time_and_a_page_by_its_address(garden: Place) -> None:
    first = hubeau.river(STATION, "Q", SINCE, base="http://here").ask(garden)
    assert first.url == "http://here/api/v2/hydrometrie/observations_tr"
    assert first.params["date_debut_obs"] == "2026-07-12T08:00:00Z"
    assert first.answers == {200, 206}
    page = "http://here/api/v2/hydrometrie/observations_tr?cursor=A%3D&size=5"
    following = hubeau.river(STATION, "Q", SINCE, base="http://here", page=page).ask(garden)
    assert (following.url, dict(following.params)) == (page, {})


@pytest.mark.parametrize(
    ("station", "page", "reason"),
    [
        ("x'; DROP", "", "no station"),
        (STATION, "http://elsewhere/api?cursor=1", "another server"),
        (STATION, "https://here/api?cursor=1", "another server"),
        (STATION, "file:///etc/passwd", "another server"),
    ],
)
def test_what_is_not_to_be_asked_is_refused(
    garden: Place, station: str, page: str, reason: str
) -> None:
    feed = hubeau.river(station, "H", SINCE, base="http://here", page=page)
    with pytest.raises(FeedError, match=reason):
        feed.ask(garden)
    with pytest.raises(FeedError, match="BSS"):
        hubeau.water_table("nothing here", SINCE).ask(garden)


def test_levels_are_mm_and_flows_litres_a_second_as_they_come(garden: Place) -> None:
    rows = [row(), row("2026-07-14T05:00:00Z", 1234.0, grandeur_hydro="Q")]
    page = read(rows, garden, next="http://here/next")
    (report,) = page.reports
    assert page.next == "http://here/next"
    assert report.name == f"hubeau:{STATION}"
    assert report.equipment is not None
    assert (report.equipment.kind, report.equipment.latitude) == ("river_station", 47.31)
    assert {(one.quantity, one.value) for one in report.measured} == {
        ("river_level", 491.0),
        ("river_flow", 1234.0),
    }


def test_what_is_doubtful_missing_or_wrong_is_left_out(garden: Place) -> None:
    rows = [
        row(code_qualification_obs=12),
        row(value=None),
        row(value=True),
        row(at="yesterday"),
        row(grandeur_hydro="T"),
        {"nothing": 1},
        "no row",
        row("2026-07-14T05:05:00", 490.0),
    ]
    reports = {one.name: one for one in read(rows, garden).reports}
    own = reports[f"hubeau:{STATION}"]
    assert [(one.value, one.time) for one in own.measured] == [
        (490.0, datetime(2026, 7, 14, 5, 5, tzinfo=UTC))
    ]
    assert [one.reason for one in own.problems] == ["bad_time"]
    assert [one.reason for one in reports[""].problems] == ["bad_entity", "bad_entity"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": 5}', b"{}", b"[" * 100_000])
def test_an_answer_that_is_none_is_unreadable(garden: Place, body: bytes) -> None:
    for feed in (hubeau.river(STATION, "H", SINCE), hubeau.water_table(WELL, SINCE)):
        with pytest.raises(FeedError, match="unreadable"):
            feed.read(body, garden)
    with pytest.raises(FeedError, match="unreadable"):
        atmo.index(["21231"], date(2026, 7, 14)).read(body, garden)


def test_a_water_table_has_height_and_depth(garden: Place) -> None:
    told = {"code_bss": WELL, "latitude": 47.28, "longitude": 5.1, "niveau_eau_ngf": 205.31}
    stamp = int(datetime(2026, 7, 13, 22, 0, tzinfo=UTC).timestamp() * 1000)
    rows = [{**told, "profondeur_nappe": 8.2, "timestamp_mesure": stamp, "date_mesure": "x"}]
    rows += [{**told, "profondeur_nappe": None, "date_mesure": "2026-07-14"}]
    body = json.dumps({"data": rows}).encode()
    (report,) = hubeau.water_table(WELL, SINCE).read(body, garden).value.reports
    assert report.equipment is not None
    assert report.equipment.kind == "groundwater"
    assert [(one.quantity, one.value, one.time.day) for one in report.measured] == [
        ("groundwater_level", 205.31, 13),
        ("groundwater_depth", 8.2, 13),
        ("groundwater_level", 205.31, 14),
    ]


def feature(day: str = "2026-07-14", level: object = 2, code: str = "21231") -> dict[str, Any]:
    told = {"code_zone": code, "lib_zone": "Ville", "date_ech": day, "code_qual": level}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [560_000, 5_990_000]},
        "properties": {**told, "x_wgs84": 5.04, "y_wgs84": 47.32},
    }


def test_the_air_is_of_the_local_day_and_no_forecast(garden: Place) -> None:
    feed = atmo.index(["21231", "21003"], date(2026, 7, 14), base="http://here")
    request = feed.ask(garden)
    assert "code_zone IN ('21231','21003')" in request.params["CQL_FILTER"]
    assert "date_ech >= '2026-07-13'" in request.params["CQL_FILTER"]
    features = [feature(), feature("2026-07-15"), feature(level=0), feature(code="x"), feature("?")]
    body = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    reports = feed.read(body, garden).value
    assert [len(one.measured) for one in reports] == [1, 0, 0, 0]
    first = reports[0]
    assert first.measured[0].time == datetime(2026, 7, 14, tzinfo=ZoneInfo("Europe/Paris"))
    assert first.equipment is not None
    assert (first.equipment.latitude, first.equipment.longitude) == (47.32, 5.04)
    assert first.equipment.locality == "21231"
    with pytest.raises(ValueError, match="national codes"):
        atmo.index(["21231' OR '1'='1"], date(2026, 7, 14))
