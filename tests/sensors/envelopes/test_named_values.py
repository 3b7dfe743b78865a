"""Values under strangers' names: ThingsBoard, its gateways, Zigbee2MQTT, loggers' batches."""

import json
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

import pytest

from sensors import envelopes
from sensors.envelopes.vocabulary import Named, resolve
from sensors.errors import DecodeError
from sensors.reading import Reading, Uplink

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)
TOPIC = "agro/potager/probe"


def _all(body: Any, topic: str = TOPIC) -> tuple[Uplink, ...]:
    return envelopes.parse_all(topic, json.dumps(body).encode(), arrived_at=NOW)


def _parse(body: Any, topic: str = TOPIC) -> Uplink:
    (found,) = _all(body, topic)
    return found


def test_thingsboard_s_values_at_their_time() -> None:
    values = {"temperature": 21.3, "soilMoisture1": "27 %", "soil_moisture_40cm": 31, "ec": 420}
    found = _parse({"ts": MS - 60_000, "values": values})
    assert (found.network, found.time, found.problems) == (
        "thingsboard",
        NOW - timedelta(minutes=1),
        (),
    )
    assert found.readings == (
        Reading("air_temperature", 21.3),
        Reading("soil_moisture", 0.27),
        Reading("soil_moisture", 0.31, 40.0),
        Reading("soil_conductivity", 0.42),
    )


def test_a_list_of_times_is_one_uplink() -> None:
    found = _parse([{"ts": MS - 60_000 * i, "values": {"humidity": 50 + i}} for i in range(3)])
    assert found.time == NOW
    assert [(one.offset_s, one.value) for one in found.readings] == [
        (0, 50.0),
        (-60, 51.0),
        (-120, 52.0),
    ]


def test_a_logger_s_batch_of_plain_json() -> None:
    rows = [
        {"time": "2026-07-03T04:30:00Z", "readings": {"soil_moisture_20cm": 0.27}},
        {"time": "2026-07-03T05:30:00Z", "readings": {"soil_moisture_20cm": 0.26, "rain": "?"}},
    ]
    found = _parse(rows)
    assert found.readings == (
        Reading("soil_moisture", 0.27, 20.0, -3600),
        Reading("soil_moisture", 0.26, 20.0),
    )
    assert [(one.reason, one.device) for one in found.problems] == [("bad_value", "probe")]


def test_a_gateway_speaks_for_its_devices() -> None:
    body = {
        "Device A": [
            {"ts": MS - 60_000, "values": {"temperature": 20}},
            {"ts": MS, "values": {"temperature": 21}},
        ],
        "Device B": [{"ts": MS, "values": {"humidity": 55}}],
    }
    first, second = _all(body, "v1/gateway/telemetry")
    assert (first.device, second.device) == ("Device A", "Device B")
    assert [one.offset_s for one in first.readings] == [-60, 0]
    with pytest.raises(DecodeError, match="of 2 devices: Device A, Device B"):
        envelopes.parse("v1/gateway/telemetry", json.dumps(body).encode(), arrived_at=NOW)


def test_zigbee2mqtt_s_state() -> None:
    body = {
        "battery": 80,
        "humidity": 40,
        "last_seen": "2026-07-03T05:29:00+00:00",
        "linkquality": 120,
        "soil_moisture": 1,
        "temperature": 21.3,
        "temperature_unit": "celsius",
        "update": {"state": "idle"},
        "water_leak": False,
    }
    found = _parse(body, "zigbee2mqtt/bed 3")
    assert (found.device, found.network) == ("bed 3", "zigbee2mqtt")
    assert (found.time, found.problems) == (NOW - timedelta(minutes=1), ())
    assert {one.quantity: one.value for one in found.readings} == {
        "battery_level": 80.0,
        "relative_humidity": 40.0,
        "soil_moisture": 0.01,
        "air_temperature": 21.3,
        "water_detected": 0.0,
    }


@pytest.mark.parametrize("body", [{"state": "online"}, "online", ["a"], {"action": "single"}])
def test_a_state_that_measures_nothing_is_nothing(body: Any) -> None:
    assert _all(body, "zigbee2mqtt/lamp") == ()


def test_the_bridge_s_own_messages_are_nothing() -> None:
    assert envelopes.parse_all("zigbee2mqtt/bridge", b"not JSON", arrived_at=NOW) == ()


def test_flat_values_without_a_time_have_the_arrival_s() -> None:
    found = _parse({"temperature": 21.3, "soil_moisture": 31, "firmware": "1.2"})
    assert found.time == NOW
    assert found.readings == (Reading("air_temperature", 21.3), Reading("soil_moisture", 0.31))
    assert [one.reason for one in found.problems] == ["no_time"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("soil_moisture", 0.27, "bad_unit"),  # 0.27 % or 0.27 m³ m⁻³
        ("temperature", "21 furlong", "bad_unit"),
        ("temperature", [21], "bad_value"),
        ("temperature", "warm", "bad_value"),
        ("temperature", float("nan"), "not_finite"),
        ("happiness", 7, "unknown_quantity"),
    ],
)
def test_a_wrong_value_is_a_problem_and_the_others_stay(
    name: str, value: object, reason: str
) -> None:
    found = _parse({"ts": MS, "values": {name: value, "rain": 0.2}})
    assert found.readings == (Reading("rain", 0.2),)
    assert [(one.reason, one.field, one.device) for one in found.problems] == [
        (reason, name, "probe")
    ]


def test_a_share_may_say_so() -> None:
    found = _parse({"ts": MS, "values": {"soil_moisture": "0.27 m3/m3", "vwc": "0.9 %"}})
    assert [one.value for one in found.readings] == pytest.approx([0.27, 0.009])


def test_null_is_a_value_that_is_missing() -> None:
    (reading,) = _parse({"ts": MS, "values": {"temperature": None}}).readings
    assert isnan(reading.value)


@pytest.mark.parametrize(
    ("body", "topic", "reason"),
    [
        ([{"ts": MS, "values": {"temperature": 1}}, 7], TOPIC, "bad_envelope"),
        ({"ts": MS, "values": {"x": 1} | {f"q{i}": 1 for i in range(200)}}, TOPIC, "too_large"),
        ({"ts": MS + 700_000, "values": {"temperature": 1}}, TOPIC, "clock_ahead"),
        ({"ts": "noon", "values": {"temperature": 1}}, TOPIC, "bad_time"),
        ([{"readings": [1]}], TOPIC, "bad_envelope"),
        ({"shoe_size": 43}, TOPIC, "bad_envelope"),
        ([1], "v1/gateway/telemetry", "bad_envelope"),
        ({"a\u0000b": []}, "v1/gateway/telemetry", "bad_envelope"),
        ({"A": []}, "v1/gateway/telemetry", "bad_envelope"),
    ],
)
def test_what_cannot_be_read_is_refused(body: Any, topic: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as refusal:
        _all(body, topic)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("temperature", Named("air_temperature")),
        ("Soil Moisture", Named("soil_moisture", "%")),
        ("soilMoisture2", Named("soil_moisture", "%", level=1)),
        ("soil_temperature_3", Named("soil_temperature", level=2)),
        ("soil_moisture_7.5cm", Named("soil_moisture", "%", 7.5)),
        ("soil-moisture-20-cm", Named("soil_moisture", "%", 20.0)),
        ("pm2_5", Named("pm2_5")),
        ("pm10", Named("pm10")),
        ("soil_moisture_9999cm", None),
        ("temperature_20cm", None),
        ("temperature_2", None),
        ("soil_moisture_0", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_what_names_mean(name: str, expected: Named | None) -> None:
    assert resolve(name) == expected
