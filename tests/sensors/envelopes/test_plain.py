"""Plain JSON: our names, a depth for the soil's, and a problem for each reading that is wrong."""

import json
from datetime import UTC, datetime, timedelta
from math import isnan, nan
from typing import Any

import pytest

from sensors import envelopes
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Problem, Reading, Uplink

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
TOPIC = "agro/potager/box-1"
FLAT = "agri/potager/soil-0007/up"


def _parse(body: Any, topic: str = TOPIC) -> Uplink:
    found = envelopes.parse(topic, json.dumps(body).encode(), arrived_at=NOW)
    assert found is not None
    return found


def _readings(**readings: Any) -> Uplink:
    return _parse({"time": "2026-07-03T05:29:00Z", "readings": readings})


def test_readings_with_and_without_depth() -> None:
    named = {"soil_moisture_20cm": 0.27, "soil_temperature_7.5cm": 19, "air_temperature": 21.3}
    found = _readings(**named)
    assert found.readings == (
        Reading("soil_moisture", 0.27, 20.0),
        Reading("soil_temperature", 19.0, 7.5),
        Reading("air_temperature", 21.3),
    )
    assert (found.device, found.network, found.problems) == ("box-1", "plain", ())
    assert found.time == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    "time",
    [
        "2026-07-03T05:29:00Z",
        "2026-07-03T07:29:00+02:00",
        "2026-07-03 05:29:00+00:00",
        1783056540,
        1783056540.0,
        1783056540000,
        "1783056540",
        "1783056540000",
    ],
)
def test_times_as_text_seconds_and_milliseconds(time: object) -> None:
    assert _parse({"time": time, "readings": {}}).time == NOW - timedelta(minutes=1)


@pytest.mark.parametrize("body", [{}, {"time": None}])
def test_a_missing_time_is_the_arrival_s_and_a_problem(body: dict[str, Any]) -> None:
    found = _parse(body | {"readings": {"rain": 0.2}})
    assert found.time == NOW
    assert found.readings == (Reading("rain", 0.2),)
    assert [(one.reason, one.device) for one in found.problems] == [("no_time", "box-1")]


@pytest.mark.parametrize("time", ["noon", "2026-07-03T05:29:00", "2026-07-03", "", True, [], 1e300])
def test_a_time_that_is_none_is_refused(time: object) -> None:
    with pytest.raises(DecodeError, match=r"box-1: bad_time: time: .*give 2026-07-03T05:30:00Z"):
        _parse({"time": time, "readings": {"rain": 0.2}})


def test_a_clock_may_be_ten_minutes_ahead_and_no_more() -> None:
    ahead = NOW + timedelta(minutes=10)
    assert _parse({"time": ahead.isoformat(), "readings": {}}).time == ahead
    with pytest.raises(DecodeError, match="box-1: clock_ahead: 2026-07-03T05:40:01Z"):
        _parse({"time": (ahead + timedelta(seconds=1)).isoformat(), "readings": {}})


def test_an_unknown_quantity_is_named_beside_those_there_are() -> None:
    found = _readings(soil_moister_20cm=0.27, rain=0.2)
    (problem,) = found.problems
    assert found.readings == (Reading("rain", 0.2),)
    assert (problem.reason, problem.device) == ("unknown_quantity", "box-1")
    assert (problem.field, problem.value) == ("soil_moister_20cm", "0.27")
    assert all(name in problem.detail for name in QUANTITIES)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("air_temperature", True, "bad_value"),
        ("air_temperature", "warm", "bad_value"),
        ("air_temperature", "", "bad_value"),
        ("air_temperature", [21.3], "bad_value"),
        ("air_temperature", {"value": 21.3}, "bad_value"),
        ("air_temperature", 10**400, "bad_value"),
        ("air_temperature", nan, "not_finite"),
        ("air_temperature", float("inf"), "not_finite"),
        ("air_temperature", "70.3 °F", "bad_unit"),
        ("soil_moisture", "27 %", "bad_unit"),
        ("air_temperature_200cm", 21.3, "unknown_depth"),
        ("soil_moisture_9999cm", 0.2, "unknown_depth"),
        ("Air_Temperature", 21.3, "unknown_quantity"),
        ("", 1.0, "unknown_quantity"),
        ("soil_moisture_cm", 0.2, "unknown_quantity"),
        ("soil\u0000moisture", 0.2, "unknown_quantity"),
    ],
)
def test_a_wrong_reading_is_a_problem_and_the_others_stay(
    name: str, value: object, reason: str
) -> None:
    found = _parse({"time": NOW.isoformat(), "readings": {name: value, "rain": 0.2}})
    assert found.readings == (Reading("rain", 0.2),)
    (problem,) = found.problems
    assert isinstance(problem, Problem)
    assert (problem.reason, problem.device) == (reason, "box-1")
    assert problem.field.isprintable()
    assert problem.detail


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("air_temperature", "21.3 °C", 21.3),
        ("air_temperature", "-1.5°C", -1.5),
        ("air_temperature", "21.3", 21.3),
        ("soil_moisture", "0.27 m³ m⁻³", 0.27),
        ("soil_moisture", "0.27 m3/m3", 0.27),
        ("relative_humidity", "55 %", 55.0),
    ],
)
def test_a_value_may_bring_our_unit(name: str, value: str, expected: float) -> None:
    assert _readings(**{name: value}).readings == (Reading(name, expected),)


def test_null_is_a_value_that_is_missing() -> None:
    found = _readings(soil_moisture=None)
    (reading,) = found.readings
    assert isnan(reading.value)
    assert found.problems == ()


@pytest.mark.parametrize("body", [{}, {"readings": None}, {"readings": [1]}, {"readings": "wet"}])
def test_readings_must_be_an_object(body: dict[str, Any]) -> None:
    with pytest.raises(DecodeError, match="box-1: bad_envelope: readings must be an object"):
        _parse(body)


def test_readings_have_a_greatest_number() -> None:
    with pytest.raises(DecodeError, match="too_large: 201 readings, at most 200"):
        _readings(**{f"q{i}": 1 for i in range(201)})


def test_the_flat_form_counts_water_in_per_cent() -> None:
    body = {"device": "other", "ts": 1783056540, "soil_moisture": 31.2, "soil_moisture_40cm": "8 %"}
    found = _parse(body | {"air_temperature": 21.0}, FLAT)
    assert found.device == "soil-0007"
    assert found.time == NOW - timedelta(minutes=1)
    assert found.readings == (
        Reading("soil_moisture", 0.312),
        Reading("soil_moisture", 0.08, 40.0),
        Reading("air_temperature", 21.0),
    )


def test_the_flat_form_without_time_and_with_a_stranger_s_name() -> None:
    found = _parse({"temperature": 21.0, "rain": 0.2}, FLAT)
    assert [one.reason for one in found.problems] == ["no_time", "unknown_quantity"]
    assert (found.time, found.readings) == (NOW, (Reading("rain", 0.2),))
