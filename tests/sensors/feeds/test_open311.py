"""Open311 as the world writes it: JSON and XML, numbers as text, and a fault of each kind."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sensors.errors import FeedError
from sensors.feeds import open311
from sensors.feeds.open311 import Endpoint
from sensors.feeds.source import Place

PLACE = Place(47.32, 5.04, 245.0, ZoneInfo("Europe/Paris"), "21231")


def _request(**changed: object) -> dict[str, Any]:
    told: dict[str, Any] = {
        "service_request_id": 638344,
        "status": "open",
        "service_code": "006",
        "service_name": "Éclairage public",
        "description": "Lampadaire éteint\r\ndevant le 3",
        "requested_datetime": "2026-07-20T07:30:00+02:00",
        "updated_datetime": "2026-07-20T06:00:00Z",
        "lat": "47.3140",
        "long": 5.029,
        "media_url": "https://photos.example/1.jpg",
    }
    return told | changed


def _read(*each: object) -> Any:
    return open311.read_requests(json.dumps(list(each)).encode(), PLACE)


def test_a_report_is_read_whole() -> None:
    (one,) = _read(_request()).value
    assert (one.reference, one.service_code, one.status) == ("638344", "006", "open")
    assert (one.latitude, one.longitude) == (47.314, 5.029)
    assert one.description == "Lampadaire éteint\ndevant le 3"
    assert one.requested_at == datetime(2026, 7, 20, 5, 30, tzinfo=UTC)
    assert one.media_url == "https://photos.example/1.jpg"


def test_xml_says_the_same_as_json() -> None:
    xml = """<?xml version="1.0" encoding="utf-8"?>
    <service_requests><request><service_request_id>638344</service_request_id>
    <status>open</status><status_notes/><service_name>Éclairage public</service_name>
    <service_code>006</service_code><description>Lampadaire éteint
devant le 3</description><requested_datetime>2026-07-20T07:30:00+02:00</requested_datetime>
    <updated_datetime>2026-07-20T06:00:00Z</updated_datetime><lat>47.3140</lat>
    <long>5.029</long><media_url>https://photos.example/1.jpg</media_url>
    </request></service_requests>"""
    found = open311.read_requests(xml.encode(), PLACE)
    assert found.value == _read(_request()).value
    assert not found.problems


def test_a_wrapped_list_is_a_list() -> None:
    body = json.dumps({"service_requests": {"request": [_request()]}}).encode()
    assert len(open311.read_requests(body, PLACE).value) == 1


def test_a_time_without_a_zone_is_of_the_place() -> None:
    (one,) = _read(_request(requested_datetime="2026-07-20T07:30:00")).value
    assert one.requested_at == datetime(2026, 7, 20, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "field", "name", "missing"),
    [
        ({"requested_datetime": "yesterday"}, "requested_datetime", "requested_at", None),
        ({"updated_datetime": "0001-01-01T00:00:00Z"}, "updated_datetime", "updated_at", None),
        ({"media_url": "javascript:alert(1)"}, "media_url", "media_url", ""),
        ({"status": "in progress"}, "status", "status", "unknown"),
    ],
)
def test_what_is_wrong_is_left_out_and_told(
    changed: dict[str, object], field: str, name: str, missing: object
) -> None:
    found = _read(_request(**changed), _request(service_request_id="2"))
    assert getattr(found.value[0], name) == missing
    assert [(fault.row, fault.field) for fault in found.problems] == [(1, field)]
    assert len(found.value) == 2


@pytest.mark.parametrize("place", [{"lat": 0, "long": 0}, {"lat": 147.3}, {"long": "east"}])
def test_a_point_that_is_none_is_missing_not_guessed(place: dict[str, object]) -> None:
    found = _read(_request(**place))
    assert found.value[0].latitude != found.value[0].latitude
    assert len(found.problems) == 1


def test_a_status_nobody_knows_is_shown_as_it_was_said() -> None:
    (one,) = _read(_request(status="Acknowledged", status_notes="sent to a team")).value
    assert (one.status, one.status_notes) == ("unknown", "Acknowledged – sent to a team")


@pytest.mark.parametrize("lost", ["service_request_id", "service_code"])
def test_without_a_name_or_a_kind_it_is_no_report(lost: str) -> None:
    found = _read(_request(**{lost: None, "service_name": None}), "words", _request())
    assert len(found.value) == 1
    assert sorted((fault.row, fault.field) for fault in found.problems) == [(1, lost), (2, "")]


def test_signs_that_no_database_holds_are_taken_out() -> None:
    body = json.dumps([_request(description="a\x00b\ud800c\x1b")]).encode()
    (one,) = open311.read_requests(body, PLACE).value
    assert one.description == "abc"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "neither JSON nor XML"),
        (b"<html><body>down</body></html>", "begins with 'html'"),
        (b"<service_requests><request>", "no XML that can be read"),
        (b'{"error": "down"}', "is no list"),
        (b'[{"code": 400, "description": "jurisdiction_id is missing"}]', "jurisdiction_id"),
        (b"[" * 100_000, "neither JSON nor XML"),
        (
            b"<!DOCTYPE a [<!ENTITY x 'boom'><!ENTITY y '&x;&x;'>]><requests>&y;</requests>",
            "no XML that can be read",
        ),
        (
            b"<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><requests>&f;</requests>",
            "no XML that can be read",
        ),
    ],
)
def test_an_answer_that_says_nothing_is_a_fault(body: bytes, why: str) -> None:
    with pytest.raises(FeedError, match=f"unreadable: .*{why}"):
        open311.read_requests(body, PLACE)


def test_reports_a_server_knows_no_more_are_none() -> None:
    body = b'[{"code": 404, "description": "service_request_id not found"}]'
    assert open311.read_named(body, PLACE).value == ()
    with pytest.raises(FeedError, match="unreadable"):
        open311.read_named(b'[{"code": 500, "description": "down"}]', PLACE)


def test_services_are_read_with_their_groups() -> None:
    listed = [
        {"service_code": "001", "service_name": "Éclairage", "group": "voirie", "metadata": False},
        {"service_name": "Sans code"},
    ]
    found = open311.read_services(json.dumps(listed).encode(), PLACE)
    assert [(one.code, one.name, one.group) for one in found.value] == [
        ("001", "Éclairage", "voirie")
    ]
    assert [fault.field for fault in found.problems] == ["service_code"]


def test_what_is_asked_names_page_time_and_jurisdiction_and_hides_the_key() -> None:
    endpoint = Endpoint("https://city.example/v2/", "A-KEY", "city.example")
    since = datetime(2026, 7, 20, 5, 0, tzinfo=UTC)
    asked = open311.requests(endpoint, updated_after=since, page=3).ask(PLACE)
    assert asked.url == "https://city.example/v2/requests.json"
    assert asked.params == {
        "jurisdiction_id": "city.example",
        "page": "3",
        "page_size": "100",
        "updated_after": "2026-07-20T05:00:00Z",
    }
    assert asked.secrets == {"api_key": "A-KEY"}
    assert "A-KEY" not in repr(asked)
