"""SenML (RFC 8428): base fields carry on, times are placed, units become ours."""

import json
from datetime import UTC, datetime, timedelta
from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import envelopes
from sensors.envelopes import units
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Reading, Uplink

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
EPOCH = NOW.timestamp()


def _parse(pack: Any) -> Uplink:
    body = json.dumps(pack).encode()
    found = envelopes.parse("agro/potager/probe", body, arrived_at=NOW)
    assert found is not None
    return found


def test_the_rfc_s_humidities_of_several_times() -> None:
    """RFC 8428, section 5.1.4: a name without a last part is what its unit says."""
    found = _parse(
        [
            {"bn": "urn:dev:ow:10e2073a01080063:", "bt": 1.320067464e9, "bu": "%RH", "v": 20},
            {"t": 60, "v": 20.3},
            {"t": 120, "v": 20.7},
        ]
    )
    assert (found.device, found.network) == ("probe", "senml")
    assert found.time == datetime.fromtimestamp(1320067584, UTC)
    assert found.readings == (
        Reading("relative_humidity", 20.0, offset_s=-120),
        Reading("relative_humidity", 20.3, offset_s=-60),
        Reading("relative_humidity", 20.7),
    )


def test_base_values_names_units_and_depths() -> None:
    found = _parse(
        [
            {"bn": "urn:dev:mac:0024befffe804ff1/", "bt": EPOCH - 600, "bver": 10},
            {"n": "soil_moisture_20cm", "u": "/", "v": 0.27},
            {"n": "soil_moisture_40cm", "u": "%", "v": 31},
            {"n": "temperature", "u": "K", "v": 294.45},
            {"n": "soil-temp", "u": "Cel", "bv": 10, "v": 8.5},
            {"n": "pressure", "u": "Pa", "bv": 0, "v": 98765},
            {"n": "leak", "vb": True},
            {"n": "rain_total", "u": "mm", "s": 12.5},
            {"n": "ec", "u": "S/m", "v": 0.042},
        ]
    )
    assert found.problems == ()
    values = [(one.quantity, one.depth_cm, round(one.value, 9)) for one in found.readings]
    assert values == [
        ("soil_moisture", 20.0, 0.27),
        ("soil_moisture", 40.0, 0.31),
        ("air_temperature", None, 21.3),
        ("soil_temperature", None, 18.5),
        ("air_pressure", None, 98.765),
        ("water_detected", None, 1.0),
        ("rain_total", None, 12.5),
        ("soil_conductivity", None, 0.42),
    ]
    assert found.time == NOW - timedelta(minutes=10)


def test_times_from_now_and_none() -> None:
    found = _parse([{"n": "co2", "v": 415}, {"n": "co2", "t": -90, "v": 420}])
    assert found.time == NOW
    assert [one.offset_s for one in found.readings] == [0, -90]


def test_a_single_record_needs_no_list() -> None:
    assert _parse({"n": "co2", "u": "ppm", "v": 415}).readings == (Reading("co2", 415.0),)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"n": "wetness_of_dog", "v": 1}, "unknown_quantity"),
        ({"u": "V", "v": 1}, "unknown_quantity"),
        ({"n": "co2", "vs": "high"}, "bad_value"),
        ({"n": "co2", "vd": "aGk"}, "bad_value"),
        ({"n": "co2", "v": "415"}, "bad_value"),
        ({"n": "co2", "vb": 1}, "bad_value"),
        ({"n": "co2", "u": "Cel", "v": 415}, "bad_unit"),
        ({"n": "air_temperature_20cm", "v": 15}, "unknown_quantity"),
    ],
)
def test_a_wrong_record_is_a_problem_and_the_others_stay(
    record: dict[str, Any], reason: str
) -> None:
    found = _parse([{"n": "rain", "v": 0.2}, record])
    assert found.readings == (Reading("rain", 0.2),)
    (problem,) = found.problems
    assert (problem.reason, problem.device) == (reason, "probe")
    assert problem.detail


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ([{"n": "co2", "bver": 11, "v": 415}], "bad_envelope"),
        ([{"n": "co2", "bver": "x", "v": 415}], "bad_envelope"),
        ([{"n": "co2", "mood_": 1, "v": 415}], "bad_envelope"),
        ([{"bn": 5, "n": "co2", "v": 415}], "bad_envelope"),
        ([{"bt": "noon", "n": "co2", "v": 415}], "bad_envelope"),
        ([{"bn": "urn:dev:1:"}], "bad_envelope"),
        ([{"n": "co2", "t": 1e300, "v": 415}], "bad_time"),
        ([{"n": "co2", "bt": EPOCH + 601, "v": 415}], "clock_ahead"),
        ([], "bad_envelope"),
        ([7], "bad_envelope"),
        ([{"n": "co2", "t": -i, "v": 415} for i in range(5001)], "too_large"),
    ],
)
def test_what_cannot_be_understood_is_refused(pack: Any, reason: str) -> None:
    with pytest.raises(DecodeError, match=f"probe: {reason}") as refusal:
        _parse(pack)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("value", "unit", "quantity", "expected"),
    [
        (68.0, "degF", "air_temperature", 20.0),
        (1013.25, "hPa", "air_pressure", 101.325),
        (36.0, "km/h", "wind_speed", 10.0),
        (0.55, "/", "relative_humidity", 55.0),
        (27.0, "%", "soil_moisture", 0.27),
        (420.0, "uS/cm", "soil_conductivity", 0.42),
        (1.0, "in", "rain", 25.4),
        (2.0, "m3/h", "water_flow", 2000 / 60),
        (0.4, "ppm", "volatile_compounds", 400.0),
    ],
)
def test_units_become_ours(value: float, unit: str, quantity: str, expected: float) -> None:
    found = units.converted(value, unit, quantity)
    assert found is not None
    assert isclose(found, expected, rel_tol=1e-12)


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
def test_our_own_unit_changes_nothing(quantity: str) -> None:
    assert units.converted(1.5, QUANTITIES[quantity].unit, quantity) == 1.5
    assert units.converted(1.5, "", quantity) == 1.5
    assert units.converted(1.5, "furlong", quantity) is None


@given(st.lists(st.tuples(st.integers(0, 86400), st.floats(0, 50)), min_size=1, max_size=20))
def test_every_value_is_where_it_was_measured(rows: list[tuple[int, float]]) -> None:
    """Whatever the order of a logger's records, time plus distance is the stated time."""
    pack = [{"n": "air_temperature", "t": EPOCH - ago, "v": value} for ago, value in rows]
    found = _parse(pack)
    placed = [(found.time + timedelta(seconds=one.offset_s), one.value) for one in found.readings]
    assert placed == [(NOW - timedelta(seconds=ago), value) for ago, value in rows]
