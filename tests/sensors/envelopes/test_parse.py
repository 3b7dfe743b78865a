"""Topics told apart by their shape, bodies bounded, and nothing but a refusal from any bytes."""

import gzip
import json
import zlib
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
    "app/devices/probe/up",
    "zigbee2mqtt/probe",
]
FORMLESS = ["push/uplink", "v1/gateway/telemetry", "helium/x/rx", "ecowitt", "ecowitt/probe"]
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
        "end_device_ids",
        "DevEUI_uplink",
        "DevEUI",
        "cmd",
        "EUI",
        "dev_eui",
        "hotspots",
        "endDevice",
        "fCntUp",
        "devEUI",
        "fCnt",
        "app_id",
        "dev_id",
        "metadata",
        "WirelessMetadata",
        "PayloadData",
        "LoRaWAN",
        "objectJSON",
        "values",
        "temperature",
        "n",
        "v",
        "vb",
        "s",
        "t",
        "bt",
        "bn",
        "bv",
        "u",
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
        "zigbee2mqtt/probe/availability",
        "v1/devices/me/telemetry",
        "agro/potager/" + "x" * 300,
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
    [b"", b"{", b"\xff\x00\xfe", b'{"a":' + b"9" * 5000 + b"}", b"{'a': 1}"],
    ids=["empty", "cut", "bytes", "endless number", "quotes"],
)
def test_broken_json_is_refused(topic: str, body: bytes) -> None:
    with pytest.raises(DecodeError, match=r": bad_json: ") as refusal:
        envelopes.parse(topic, body, arrived_at=NOW)
    assert refusal.value.device in ("probe", "a84041ffff24a438")
    assert len(str(refusal.value)) < 400


BOMBS = [
    (b"[" * 100_000, "too_deep"),
    (b'{"a":' * 40 + b"1" + b"}" * 40, "too_deep"),
    (b'{"a": "' + b"[" * 40 + b'", "a": 1}', "duplicate_key"),
    (b'{"readings": {"rain": 0.2, "rain": 20}}', "duplicate_key"),
    (gzip.compress(b"0" * 10_000_000), "compressed_body"),
    (zlib.compress(b"{}"), "compressed_body"),
    (zlib.compress(b"{}", 9), "compressed_body"),
    (b"\x28\xb5\x2f\xfd\x00", "compressed_body"),
]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(("body", "reason"), BOMBS)
def test_bombs_are_refused_before_they_go_off(topic: str, body: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as refusal:
        envelopes.parse_all(topic, body, arrived_at=NOW)
    assert refusal.value.reason == reason
    assert refusal.value.device in ("probe", "a84041ffff24a438")


def test_brackets_in_texts_and_many_gateways_are_no_depth() -> None:
    body = {
        "time": NOW.isoformat(),
        "readings": {"rain": 0.2},
        "note": '["[' * 40,
        "more": [[{}]] * 50,
    }
    found = envelopes.parse(TOPICS[3], json.dumps(body).encode(), arrived_at=NOW)
    assert found is not None
    assert len(found.readings) == 1


WORST = [
    b'{"' + b'\\"' * 100_000,
    b'{"a": "' + b'\\"' * 80_000 + b"[" * 40,
    b"[{" * 33 + b'"' * 200_000,
    b"{}" * 120_000,
    b'{"a":' + b"1" * 4300 + b"}",
    b'{"time":"' + b"2" * 250_000 + b'"}',
    b'{"time":' + b"9" * 4000 + b',"readings":{"rain":1}}',
    b'{"time":1e999,"readings":{"rain":1e999}}',
    b'{"readings":{' + b",".join(b'"%d":1' % i for i in range(20_000)) + b"}}",
    b"[" + b",".join([b'{"n":"co2","v":1}'] * 13_000) + b"]",
]


@pytest.mark.parametrize("body", WORST)
def test_the_worst_bodies_are_read_or_refused(body: bytes) -> None:
    """What they cost is in the benchmarks."""
    for topic in (*TOPICS, *FORMLESS):
        _parse_or_refuse(topic, body)


@given(topic=st.sampled_from(TOPICS + FORMLESS), body=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_decode_error(topic: str, body: bytes) -> None:
    _parse_or_refuse(topic, body)


@given(topic=st.sampled_from(TOPICS + FORMLESS), body=ANYTHING | st.lists(ANYTHING, max_size=3))
def test_no_json_raises_anything_but_a_decode_error(topic: str, body: Any) -> None:
    _parse_or_refuse(topic, json.dumps(body).encode())


@given(topic=st.text(max_size=60))
def test_no_topic_raises_anything_but_a_decode_error(topic: str) -> None:
    _parse_or_refuse(topic, b"{}")


def _parse_or_refuse(topic: str, body: bytes) -> None:
    try:
        found = envelopes.parse_all(topic, body, arrived_at=NOW)
    except DecodeError as error:
        assert error.reason.isidentifier()
        return
    for uplink in found:
        assert uplink.device
        assert uplink.time.tzinfo is not None
        assert all(problem.reason.isidentifier() for problem in uplink.problems)
