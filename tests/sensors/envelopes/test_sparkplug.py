"""Sparkplug B: protobuf written here by hand, read by the fields' numbers."""

import struct
from datetime import UTC, datetime
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import envelopes
from sensors.errors import DecodeError
from sensors.reading import Reading, Uplink

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)
TOPIC = "spBv1.0/garden/DDATA/node/probe"


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _metric(name: str, *fields: bytes) -> bytes:
    return _bytes(2, _bytes(1, name.encode()) + b"".join(fields))


def _float(value: float) -> bytes:
    return _varint(12 << 3 | 5) + struct.pack("<f", value)


def _double(value: float) -> bytes:
    return _varint(13 << 3 | 1) + struct.pack("<d", value)


def _parse(body: bytes, topic: str = TOPIC) -> Uplink:
    found = envelopes.parse(topic, body, arrived_at=NOW)
    assert found is not None
    return found


def test_named_metrics_at_their_times() -> None:
    body = _number(1, MS) + b"".join(
        (
            _metric("Inputs/temperature", _number(4, 10), _double(21.3)),
            _metric("Soil/Moisture", _number(3, MS - 60_000), _float(31.25)),
            _metric("soil_temp", _number(4, 3), _number(10, (1 << 32) - 4)),
            _metric("Leak", _number(4, 11), _number(14, 1)),
            _metric("humidity", _number(7, 1)),
            _metric("Node Control/Rebirth", _number(14, 0)),
            _metric("bdSeq", _number(11, 3)),
            _metric("Firmware", _bytes(15, b"1.2")),
        )
    )
    found = _parse(body + _number(3, 7))
    assert (found.device, found.network, found.time) == ("probe", "sparkplug", NOW)
    assert found.problems == ()
    values = {one.quantity: (one.value, one.offset_s) for one in found.readings}
    assert isnan(values.pop("relative_humidity")[0])
    assert values == {
        "air_temperature": (21.3, 0),
        "soil_moisture": (0.3125, -60),
        "soil_temperature": (-4.0, 0),
        "water_detected": (1.0, 0),
    }


def test_a_node_s_own_metrics() -> None:
    found = _parse(_metric("co2", _number(10, 415)), "spBv1.0/garden/NDATA/node")
    assert (found.device, found.readings) == ("node", (Reading("co2", 415.0),))
    assert [one.reason for one in found.problems] == ["no_time"]


def test_a_number_nobody_can_place_is_a_problem() -> None:
    found = _parse(_number(1, MS) + _metric("happiness", _number(10, 7)))
    assert [(one.reason, one.field) for one in found.problems] == [
        ("unknown_quantity", "happiness")
    ]


@pytest.mark.parametrize("event", ["NDEATH", "DDEATH", "NCMD", "DCMD", "STATE"])
def test_other_messages_are_nothing(event: str) -> None:
    topic = f"spBv1.0/garden/{event}/node/probe"
    assert envelopes.parse_all(topic, b"\xff", arrived_at=NOW) == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff" * 20, "bad_envelope"),
        (b"\x12\x7f\x0a", "bad_envelope"),
        (b"\x0b", "bad_envelope"),
        (_bytes(2, _number(2, 5) + _double(1.0)), "bad_envelope"),
        (_bytes(2, _bytes(1, b"\xff")), "bad_envelope"),
        (_number(1, MS + 700_000) + _metric("co2", _number(10, 1)), "clock_ahead"),
        (_number(1, (1 << 64) - 1) + _metric("co2", _number(10, 1)), "bad_time"),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=f"probe: {reason}") as refusal:
        _parse(body)
    assert refusal.value.reason == reason


@given(st.binary(max_size=120))
def test_no_bytes_raise_anything_but_a_decode_error(body: bytes) -> None:
    for whole in (body, _metric("temperature", body), _bytes(2, body)):
        try:
            found = envelopes.parse_all(TOPIC, whole, arrived_at=NOW)
        except DecodeError as error:
            assert error.reason.isidentifier()
        else:
            assert all(one.device == "probe" for one in found)
