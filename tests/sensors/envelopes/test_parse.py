"""Topics told apart by their shape, bodies bounded, and nothing but a refusal from any bytes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import envelopes
from sensors.errors import DecodeError

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
TOPICS = [
    "v3/app/devices/probe/up",
    "application/1/device/a84041ffff24a438/event/up",
    "application/1/device/a84041ffff24a438/event/status",
    "agro/potager/probe",
    "agri/potager/probe/up",
]
KEYS = st.sampled_from(
    [
        "end_device_ids",
        "device_id",
        "uplink_message",
        "received_at",
        "frm_payload",
        "f_port",
        "rx_metadata",
        "deviceInfo",
        "devEui",
        "time",
        "ts",
        "data",
        "rxInfo",
        "rssi",
        "readings",
        "soil_moisture",
        "soil_moisture_20cm",
        "batteryLevel",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "agro",
        "agro/potager",
        "agro/potager/probe/extra",
        "agri/potager/probe",
        "v3/app/devices/probe/sideways",
        "v3/app/devices//up",
        "application/1/device/a84041ffff24a438",
        "zigbee2mqtt/probe",
        "x" * 10_000,
    ],
)
def test_an_unknown_topic_is_refused_beside_those_there_are(topic: str) -> None:
    with pytest.raises(DecodeError, match=r"unknown_topic: .*is not like v3/\{app\}") as refusal:
        envelopes.parse(topic, b"{}", arrived_at=NOW)
    assert len(refusal.value.detail) < 300


@pytest.mark.parametrize("topic", TOPICS)
def test_a_body_has_a_largest_size(topic: str) -> None:
    with pytest.raises(DecodeError, match=r": too_large: 262145 bytes, at most 262144"):
        envelopes.parse(topic, b" " * (envelopes.LARGEST + 1), arrived_at=NOW)


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\x00\xfe", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}", b"{'a': 1}"],
    ids=["empty", "cut", "bytes", "deep", "endless number", "quotes"],
)
def test_broken_json_is_refused(topic: str, body: bytes) -> None:
    with pytest.raises(DecodeError, match=r": bad_json: ") as refusal:
        envelopes.parse(topic, body, arrived_at=NOW)
    assert refusal.value.device in ("probe", "a84041ffff24a438")
    assert len(str(refusal.value)) < 400


@given(topic=st.sampled_from(TOPICS), body=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_decode_error(topic: str, body: bytes) -> None:
    _parse_or_refuse(topic, body)


@given(topic=st.sampled_from(TOPICS), body=ANYTHING)
def test_no_json_raises_anything_but_a_decode_error(topic: str, body: Any) -> None:
    _parse_or_refuse(topic, json.dumps(body).encode())


@given(topic=st.text(max_size=60))
def test_no_topic_raises_anything_but_a_decode_error(topic: str) -> None:
    _parse_or_refuse(topic, b"{}")


def _parse_or_refuse(topic: str, body: bytes) -> None:
    try:
        uplink = envelopes.parse(topic, body, arrived_at=NOW)
    except DecodeError as error:
        assert error.reason.isidentifier()
        return
    if uplink is not None:
        assert uplink.device
        assert uplink.time.tzinfo is not None
        assert all(problem.reason.isidentifier() for problem in uplink.problems)
