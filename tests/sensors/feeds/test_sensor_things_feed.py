"""A SensorThings server's datastreams become reports."""

import json
from datetime import UTC, datetime
from math import isnan
from typing import Any

import pytest

from sensors.errors import FeedError
from sensors.feeds import sensor_things
from sensors.feeds.city_assets import Report
from sensors.feeds.source import Place

PLACE = Place(47.3, 5.0, 245.0, UTC)
STREAM: dict[str, Any] = {
    "@iot.id": 7,
    "name": "free places",
    "unitOfMeasurement": {"name": "one", "symbol": "1", "definition": "ucum:1"},
    "ObservedProperty": {"name": "free_spaces", "definition": "https://example.org/free"},
    "Thing": {
        "@iot.id": 3,
        "@iot.selfLink": "http://town/v1.1/Things(3)",
        "name": "Parking de la Gare",
        "properties": {"spaces": 120, "commune": "Dijon"},
        "Locations": [{"location": {"type": "Point", "coordinates": [5.03, 47.32]}}],
    },
    "Observations": [
        {"phenomenonTime": "2026-07-20T04:00:00Z", "result": 31},
        {"phenomenonTime": "2026-07-20T03:00:00Z/2026-07-20T04:00:00Z", "result": None},
    ],
}


def _report(**more: Any) -> Report:
    body = json.dumps({"value": [STREAM | more]}).encode()
    (found,) = sensor_things.read_datastreams(body).value
    return found


def test_a_datastream_is_a_quantity_of_its_thing() -> None:
    found = _report()
    own = found.equipment
    assert own is not None
    assert (own.name, own.kind, own.label) == (
        "http://town/v1.1/Things(3)",
        "parking",
        "Parking de la Gare",
    )
    assert (own.latitude, own.longitude, own.locality) == (47.32, 5.03, "Dijon")
    assert own.details == {"spaces": 120.0}
    first, second = found.measured
    assert (first.quantity, first.value) == ("free_spaces", 31.0)
    assert first.time == datetime(2026, 7, 20, 4, tzinfo=UTC)
    assert isnan(second.value)
    assert second.time == datetime(2026, 7, 20, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "unit", "result", "quantity", "value"),
    [
        ({"name": "air_temperature"}, "Cel", 21.5, "air_temperature", 21.5),
        ({"name": "Temperatur", "definition": "x/air_temperature"}, "K", 300.0, "air_temperature",
         26.85),
        ({"name": "humidity"}, "%", 55, "relative_humidity", 55.0),
        ({"name": "power"}, "W", 1500, "power", 1.5),
        ({"name": "river_flow"}, "m3/s", 1.2, "river_flow", 1200.0),
    ],
)  # fmt: skip
def test_names_and_units_become_ours(
    named: dict[str, str], unit: str, result: float, quantity: str, value: float
) -> None:
    observed = [{"phenomenonTime": "2026-07-20T04:00:00Z", "result": result}]
    found = _report(
        ObservedProperty=named, unitOfMeasurement={"symbol": unit}, Observations=observed
    )
    (one,) = found.measured
    assert (one.quantity, one.value) == (quantity, pytest.approx(value))


def test_what_cannot_be_used_is_told() -> None:
    assert [one.reason for one in _report(Thing={}).problems] == ["bad_entity"]
    unknown = _report(ObservedProperty={"name": "happiness"}, name="how it feels")
    assert [one.reason for one in unknown.problems] == ["unknown_quantity"]
    bad = [
        {"phenomenonTime": "yesterday", "result": 3},
        {"phenomenonTime": "2026-07-20T04:00:00Z", "result": "full"},
        3,
    ]
    found = _report(Observations=bad)
    assert found.measured == ()
    assert [one.reason for one in found.problems] == ["bad_time", "bad_value", "bad_time"]
    wrong = _report(unitOfMeasurement={"symbol": "Cel"})
    assert {one.reason for one in wrong.problems} == {"bad_unit"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"value": 3}'])
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(FeedError, match="unreadable"):
        sensor_things.read_datastreams(body)


def test_pages_are_asked_for() -> None:
    request = sensor_things.datastreams("http://town/v1.1", offset=200).ask(PLACE)
    assert request.url == "http://town/v1.1/Datastreams"
    assert (request.params["$top"], request.params["$skip"]) == ("100", "200")
    assert "Observations(" in request.params["$expand"]
