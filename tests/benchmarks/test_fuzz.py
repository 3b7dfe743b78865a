"""A million payloads over every model, and messages over every envelope: only `DecodeError`.

Half of the payloads are noise, half are a model's own examples with bytes changed, cut or added;
the messages are real ones damaged in the same way.
"""

import base64
import json
import random
import time
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sensors import codecs, envelopes
from sensors.errors import DecodeError
from tests.sensors.envelopes.test_parse import FORMLESS, TOPICS, WORST

PAYLOADS = 1_000_000
MESSAGES = 200_000
AT = datetime(2026, 7, 1, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[1] / "sensors" / "codecs" / "examples"


def test_the_worst_bodies_cost_little(capsys: pytest.CaptureFixture[str]) -> None:
    """A collector has ten thousand messages to read in the time that one of these may take."""
    costs = []
    for number, body in enumerate(WORST):
        for topic in (*TOPICS, *FORMLESS):
            began = time.process_time()
            with suppress(DecodeError):
                envelopes.parse_all(topic, body, arrived_at=AT)
            costs.append((time.process_time() - began, number, len(body)))
    seconds, number, size = max(costs)
    with capsys.disabled():
        print(f"\nthe worst body, number {number} of {size:,} bytes: {seconds * 1000:.0f} ms")
    assert seconds < 1.0


def test_random_payloads(capsys: pytest.CaptureFixture[str]) -> None:
    luck, told = random.Random(20260701), Counter[str]()
    models, seeds = list(codecs.MODELS.values()), _seeds()
    began = time.perf_counter()
    for number in range(PAYLOADS):
        model = models[number % len(models)]
        seed = seeds.get(model.key) or seeds["sensecap/s2101"]
        payload = _damaged(luck, luck.choice(seed)) if number & 1 else _noise(luck)
        try:
            codecs.decode(model.key, luck.choice(model.ports), payload, received_at=AT)
        except DecodeError as error:
            told[error.reason] += 1
        else:
            told["decoded"] += 1
    rate = PAYLOADS / (time.perf_counter() - began)
    with capsys.disabled():
        print(f"\n{PAYLOADS:,} payloads, {len(models)} models, {rate:,.0f} a second: {_said(told)}")
    assert told.total() == PAYLOADS
    assert told["decoded"] > PAYLOADS / 10  # the damaged ones reach the values


def test_random_messages(capsys: pytest.CaptureFixture[str]) -> None:
    luck, told = random.Random(20260702), Counter[str]()
    began = time.perf_counter()
    for number in range(MESSAGES):
        topic, body = _MESSAGES[number % len(_MESSAGES)]
        if number % 7 == 0:
            topic = luck.choice(_MESSAGES)[0]
        try:
            found = envelopes.parse_all(topic, _damaged(luck, body), arrived_at=AT)
        except DecodeError as error:
            told[error.reason] += 1
        else:
            told["read" if found else "nothing"] += 1
    rate = MESSAGES / (time.perf_counter() - began)
    with capsys.disabled():
        print(f"\n{MESSAGES:,} messages, {rate:,.0f} a second: {_said(told)}")
    assert told.total() == MESSAGES
    assert told["read"] > MESSAGES / 10


def _said(told: Counter[str]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in told.most_common())


def _seeds() -> dict[str, list[bytes]]:
    """The payloads of the examples beside the codecs' tests, by model."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for file in sorted(EXAMPLES.glob("*.json")):
        for example in json.loads(file.read_text(encoding="utf-8")):
            found[example["model"]].append(bytes.fromhex(example["payload"]))
    return found


def _noise(luck: random.Random) -> bytes:
    return luck.randbytes(luck.choice((0, 1, 7, 10, 11, 12, 18, luck.randrange(60), 255)))


def _damaged(luck: random.Random, whole: bytes) -> bytes:
    """The same with a few bytes changed, and at times cut or longer."""
    damaged = bytearray(whole)
    for _ in range(luck.randrange(4)):
        if damaged:
            damaged[luck.randrange(len(damaged))] = luck.choice((0, 1, 0x7F, 0x80, 0xFF, 34, 93))
    if (fate := luck.random()) < 0.15:
        del damaged[luck.randrange(len(damaged) + 1) :]
    elif fate < 0.3:
        damaged += luck.randbytes(luck.randrange(1, 12))
    return bytes(damaged)


_EUI = "A84041FFFF24A438"
_MOMENT = "2026-06-30T23:59:00Z"
_MS = 1782863940000
_BASE64 = base64.b64encode(bytes.fromhex("01755C03673401046865057FF000")).decode()
_STACK: dict[str, Any] = {
    "end_device_ids": {"device_id": "probe", "dev_eui": _EUI},
    "received_at": _MOMENT,
    "uplink_message": {
        "f_port": 85,
        "frm_payload": _BASE64,
        "rx_metadata": [{"rssi": -81, "snr": 7.5}],
    },
}
_CHIRP: dict[str, Any] = {
    "deviceInfo": {"deviceName": "probe", "devEui": _EUI, "tags": {"model": "em500-smtc"}},
    "time": _MOMENT,
    "fPort": 85,
    "data": _BASE64,
    "rxInfo": [{"rssi": -81, "snr": 7.5}],
}
_BODIES: tuple[tuple[str, Any], ...] = (
    ("v3/app/devices/probe/up", _STACK),
    ("application/1/device/a84041ffff24a438/event/up", _CHIRP),
    ("agro/potager/probe", {"time": _MOMENT, "readings": {"soil_moisture_20cm": 0.27}}),
    ("agri/potager/probe/up", {"ts": 1782863940, "soil_moisture": 31.2}),
    (
        "agro/potager/probe",
        [{"bn": "urn:dev:1:", "bt": 1.78286394e9, "bu": "%RH", "v": 20}, {"t": -60, "v": 20.3}],
    ),
    ("agro/potager/probe", {"ts": _MS, "values": {"temperature": 21.3, "soilMoisture1": 31}}),
    ("v1/gateway/telemetry", {"A": [{"ts": _MS, "values": {"humidity": 55}}]}),
    ("zigbee2mqtt/probe", {"temperature": 21.3, "soil_moisture": 31, "battery": 80}),
    ("push/uplink", {"cmd": "rx", "EUI": _EUI, "ts": _MS, "port": 85, "data": "01755C"}),
    (
        "push/uplink",
        {"DevEUI_uplink": {"Time": _MOMENT, "DevEUI": _EUI, "FPort": 85, "payload_hex": "01755C"}},
    ),
    ("helium/x/rx", {"dev_eui": _EUI, "hotspots": [], "payload": _BASE64, "port": 85}),
    ("app/devices/probe/up", {"app_id": "a", "dev_id": "probe", "payload_raw": _BASE64}),
    (
        "push/uplink",
        {"WirelessMetadata": {"LoRaWAN": {"DevEui": _EUI, "FPort": 85}}, "PayloadData": _BASE64},
    ),
    (
        "push/uplink",
        {"endDevice": {"devEui": _EUI}, "fCntUp": 1, "recvTime": _MS, "payload": "01755C"},
    ),
)
_FORM = b"PASSKEY=34271334ED1F&dateutc=2026-06-30+23%3A59%3A00&tempf=70.3&soilmoisture1=31&uv=2"
_MESSAGES = [(topic, json.dumps(body).encode()) for topic, body in _BODIES]
_MESSAGES.append(("ecowitt", _FORM))
