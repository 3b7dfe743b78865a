"""What a stranger may be: by its network, its name, its EUI, and what its bytes make."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensors import envelopes
from sensors.guess import models_of
from sensors.reading import Uplink

AT = datetime(2026, 7, 20, 5, tzinfo=UTC)
LSE01 = bytes.fromhex("0CE47FFF09C40708012C10")


def _uplink(**more: object) -> Uplink:
    known: dict[str, object] = {"device": "x", "time": AT, "network": "n", "port": 2}
    return Uplink(**{**known, "payload": LSE01, **more})  # type: ignore[arg-type]


def test_what_the_network_states_is_believed_where_it_is_known() -> None:
    assert models_of([_uplink(model="dragino/lht65")]) == ("dragino/lht65",)
    assert "dragino/lse01" in models_of([_uplink(model="somebody/thing")])


@pytest.mark.parametrize(
    ("name", "first"), [("LSE01-bed-3", "dragino/lse01"), ("lsnpk01", "dragino/lsnpk01")]
)
def test_a_name_that_tells_the_model_decides(name: str, first: str) -> None:
    assert models_of([_uplink(device=name)])[0] == first


def test_plain_messages_and_nonsense_have_no_model() -> None:
    assert models_of([]) == ()
    assert models_of([_uplink(payload=None)]) == ()
    assert models_of([_uplink(payload=b"\xff" * 90, port=201)]) == ()


def test_bytes_that_only_one_model_reads_decide() -> None:
    candidates = models_of([_uplink(payload=bytes.fromhex("02030d000303d2000b0258"), port=1)])
    assert candidates
    assert all(key.startswith("decentlab/") for key in candidates)
    assert models_of([_uplink(port=77)]) == ()


def test_a_recorded_device_is_recognised(data: Path) -> None:
    file = data / "sensors" / "ttn_v3_dragino_lse01_storage.jsonl"
    topic = "v3/soil-app/devices/eui-a8404194a1875ff3/up"
    found = [
        envelopes.parse(topic, line.encode(), arrived_at=AT)
        for line in file.read_text().splitlines()
    ]
    candidates = models_of([uplink for uplink in found if uplink][-20:])
    assert candidates[0].startswith("dragino/")
    assert "dragino/lse01" in candidates
