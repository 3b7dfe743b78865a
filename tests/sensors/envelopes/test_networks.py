"""The Things Stack and ChirpStack: what an uplink carries, what is left out, what is refused."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sensors import envelopes
from sensors.errors import DecodeError
from sensors.reading import Reading, Uplink

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
THE_THINGS_STACK = "v3/soil-app@ttn/devices/probe-1/up"
CHIRPSTACK = "application/5c1f0f6e/device/a84041ffff24a438/event/up"
PAYLOAD = bytes.fromhex("0CF7000012C0093701A610")
BASE64 = base64.b64encode(PAYLOAD).decode()


def _parse(topic: str, body: Any, at: datetime = NOW) -> Uplink | None:
    return envelopes.parse(topic, json.dumps(body).encode(), arrived_at=at)


def _uplink(topic: str, body: Any) -> Uplink:
    found = _parse(topic, body)
    assert found is not None
    return found


def _stack(**more: Any) -> dict[str, Any]:
    uplink = {
        "f_port": 2,
        "f_cnt": 7,
        "frm_payload": BASE64,
        "rx_metadata": [{"rssi": -110, "snr": 1.5}, {"rssi": -81, "snr": 7.5}, {"snr": 9}],
        "received_at": "2026-07-03T05:29:58Z",
    }
    return {
        "end_device_ids": {"device_id": "probe-1", "dev_eui": "A84041FFFF24A438"},
        "received_at": "2026-07-03T05:29:59.123456789Z",
        "uplink_message": uplink | more,
    }


def _chirp(**more: Any) -> dict[str, Any]:
    return {
        "deduplicationId": "57433366-50a6-4dc2-8145-2df1bbc70d9e",
        "time": "2026-07-03T07:29:59+02:00",
        "deviceInfo": {"deviceName": "probe-1", "devEui": "a84041ffff24a438", "tags": {}},
        "fCnt": 7,
        "fPort": 2,
        "data": BASE64,
        "rxInfo": [{"rssi": -110, "snr": 1.5}, {"rssi": -81, "snr": 7.5}],
    } | more


@pytest.mark.parametrize(("topic", "body"), [(THE_THINGS_STACK, _stack()), (CHIRPSTACK, _chirp())])
def test_an_uplink_carries_what_its_network_says(topic: str, body: dict[str, Any]) -> None:
    found = _uplink(topic, body)
    assert (found.device, found.eui.lower()) == ("probe-1", "a84041ffff24a438")
    assert (found.port, found.counter, found.payload) == (2, 7, PAYLOAD)
    assert (found.rssi, found.snr) == (-81.0, 7.5)
    assert found.time.replace(microsecond=0) == datetime(2026, 7, 3, 5, 29, 59, tzinfo=UTC)
    assert found.time.utcoffset() == timedelta(0)
    assert (found.problems, found.readings, found.simulated) == ((), (), False)


def test_names_of_network_model_and_message() -> None:
    version = {"brand_id": "dragino", "model_id": "lse01"}
    stack = _uplink(THE_THINGS_STACK, _stack(version_ids=version))
    assert (stack.network, stack.model) == ("the_things_stack", "dragino/lse01")
    device = {"devEui": "a84041ffff24a438", "tags": {"model": "dragino/lse01"}}
    chirp = _uplink(CHIRPSTACK, _chirp(deviceInfo=device))
    assert (chirp.network, chirp.model) == ("chirpstack", "dragino/lse01")
    assert chirp.device == "a84041ffff24a438"
    assert chirp.deduplication_id == "57433366-50a6-4dc2-8145-2df1bbc70d9e"


@pytest.mark.parametrize(
    ("topic", "body", "port", "counter"),
    [
        (THE_THINGS_STACK, _stack(), "f_port", "f_cnt"),
        (CHIRPSTACK, _chirp(), "fPort", "fCnt"),
    ],
)
@pytest.mark.parametrize("how", ["left out", "null"])
def test_zero_is_left_out_or_null(
    topic: str, body: dict[str, Any], port: str, counter: str, how: str
) -> None:
    inner = body.get("uplink_message", body)
    for name in (port, counter):
        inner[name] = None
        if how == "left out":
            del inner[name]
    found = _uplink(topic, body)
    assert (found.port, found.counter) == (0, 0)


def test_the_storage_s_wrapping_is_taken_off() -> None:
    assert _uplink(THE_THINGS_STACK, {"result": _stack()}) == _uplink(THE_THINGS_STACK, _stack())


def test_a_simulated_uplink_is_marked() -> None:
    assert _uplink(THE_THINGS_STACK, _stack() | {"simulated": True}).simulated


def test_the_topic_names_a_device_that_the_body_does_not() -> None:
    body = _stack() | {"end_device_ids": {}}
    assert _uplink(THE_THINGS_STACK, body).device == "probe-1"
    assert _uplink(CHIRPSTACK, _chirp(deviceInfo=None)).device == "a84041ffff24a438"


def test_a_message_without_bytes_keeps_the_network_s_decoding() -> None:
    decoded = {"Bat": "3.384 V"}
    stack = _uplink(THE_THINGS_STACK, _stack(frm_payload=None, decoded_payload=decoded))
    chirp = _uplink(CHIRPSTACK, _chirp(data=None, object=decoded))
    for found in (stack, chirp):
        assert found.payload is None
        assert dict(found.decoded) == decoded


def test_helping_parts_of_a_wrong_kind_are_passed_over() -> None:
    found = _uplink(THE_THINGS_STACK, _stack(decoded_payload=[1], version_ids=7, rx_metadata={}))
    assert (dict(found.decoded), found.model, found.rssi, found.snr) == ({}, "", None, None)
    odd = [None, {"rssi": True}, {"rssi": "loud"}, {"rssi": -90}]
    assert _uplink(CHIRPSTACK, _chirp(rxInfo=odd)).rssi == -90.0


@pytest.mark.parametrize("topic", [THE_THINGS_STACK, CHIRPSTACK])
def test_a_missing_time_is_the_arrival_s_and_a_problem(topic: str) -> None:
    body = _stack(received_at=None) | {"received_at": None}
    found = _uplink(topic, body if topic == THE_THINGS_STACK else _chirp(time=None))
    assert found.time == NOW
    assert [problem.reason for problem in found.problems] == ["no_time"]


@pytest.mark.parametrize(
    "topic",
    [
        "v3/app/devices/probe-1/join",
        "v3/app@ttn/devices/probe-1/down/queued",
        "v3/app@ttn/devices/probe-1/down/queue/invalidated",
        "v3/app/devices/probe-1/location/solved",
        "v3/app/devices/probe-1/service/data",
        "application/1/device/a84041ffff24a438/event/join",
        "application/1/device/a84041ffff24a438/event/ack",
        "application/1/device/a84041ffff24a438/event/txack",
        "application/1/device/a84041ffff24a438/event/log",
    ],
)
def test_events_without_a_measurement_are_nothing(topic: str) -> None:
    assert envelopes.parse(topic, b"not even JSON", arrived_at=NOW) is None


def test_other_messages_of_the_storage_are_nothing() -> None:
    body = {"end_device_ids": {"device_id": "probe-1"}, "join_accept": {}}
    assert _parse(THE_THINGS_STACK, body) is None


def _status(**more: Any) -> Uplink | None:
    body = {name: value for name, value in _chirp().items() if name in ("time", "deviceInfo")}
    return _parse(CHIRPSTACK.replace("/up", "/status"), body | more)


def test_a_device_s_status_is_its_battery() -> None:
    found = _status(batteryLevel=87.5, margin=10)
    assert found is not None
    assert found.readings == (Reading("battery_level", 87.5),)
    assert found.payload is None


@pytest.mark.parametrize(
    "more",
    [{}, {"batteryLevelUnavailable": True, "batteryLevel": 0}, {"externalPowerSource": True}],
)
def test_a_status_without_a_battery_is_nothing(more: dict[str, Any]) -> None:
    assert _status(**more) is None


BAD: list[tuple[str, Any, str]] = [
    (THE_THINGS_STACK, {"end_device_ids": {"device_id": "probe-1"}}, "bad_envelope"),
    (THE_THINGS_STACK, {}, "bad_envelope"),
    (THE_THINGS_STACK, [], "bad_envelope"),
    (THE_THINGS_STACK, None, "bad_envelope"),
    (THE_THINGS_STACK, _stack() | {"end_device_ids": 5}, "bad_envelope"),
    (THE_THINGS_STACK, _stack() | {"end_device_ids": {"device_id": "a\u0000b"}}, "bad_envelope"),
    (THE_THINGS_STACK, _stack() | {"uplink_message": 7}, "bad_envelope"),
    (THE_THINGS_STACK, _stack() | {"received_at": "yesterday"}, "bad_time"),
    (THE_THINGS_STACK, _stack() | {"received_at": "2026-07-03T05:29:59"}, "bad_time"),
    (THE_THINGS_STACK, _stack() | {"received_at": True}, "bad_time"),
    (THE_THINGS_STACK, _stack() | {"received_at": {}}, "bad_time"),
    (THE_THINGS_STACK, _stack() | {"received_at": "2026-07-03T05:40:01Z"}, "clock_ahead"),
    (THE_THINGS_STACK, _stack(f_port="two"), "bad_envelope"),
    (THE_THINGS_STACK, _stack(f_cnt=-1), "bad_envelope"),
    (THE_THINGS_STACK, _stack(frm_payload="%%%"), "bad_base64"),
    (THE_THINGS_STACK, _stack(frm_payload="DTgAAAAAC8MAABA"), "bad_base64"),
    (CHIRPSTACK, _chirp(data=3), "bad_base64"),
    (CHIRPSTACK, _chirp(data="é"), "bad_base64"),
    (CHIRPSTACK, _chirp(deviceInfo=[]), "bad_envelope"),
    (CHIRPSTACK, _chirp(deviceInfo={"deviceName": 4}), "bad_envelope"),
    (CHIRPSTACK, _chirp(time=1e300), "bad_time"),
    (CHIRPSTACK, _chirp(fCnt=True), "bad_envelope"),
]


@pytest.mark.parametrize(("topic", "body", "reason"), BAD)
def test_what_cannot_be_read_is_refused(topic: str, body: Any, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as refusal:
        _parse(topic, body)
    assert refusal.value.reason == reason
    assert refusal.value.device in ("probe-1", "a84041ffff24a438")
    assert refusal.value.detail
