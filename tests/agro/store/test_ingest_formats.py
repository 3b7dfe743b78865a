"""Other people's formats on their way into the store: batches, gateways, networks by content."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from agro.store import readings, schema, writing
from agro.store.ingest import Ingested, Message, ingest

NOW = datetime(2026, 7, 3, 5, 30, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)


@pytest.fixture
def take(store: Engine) -> Callable[[str, Any], Ingested]:
    """Ingests one JSON body from a topic."""

    def one(topic: str, body: Any) -> Ingested:
        with writing(store) as c:
            return ingest(c, [Message(topic, json.dumps(body).encode(), NOW)])

    return one


def _series(store: Engine, device: str, quantity: str) -> list[tuple[datetime, float]]:
    with store.connect() as c:
        found = readings.series(
            c, device=device, quantity=quantity, start=NOW - timedelta(days=1), end=NOW
        )
    return [
        (time.to_pydatetime(), float(value))
        for time, value in zip(found["time"], found["value"], strict=True)
    ]


def _reasons(store: Engine) -> list[str]:
    with store.connect() as c:
        return list(c.scalars(select(schema.problem.c.reason)))


def test_a_senml_batch_is_stored_at_its_times(
    store: Engine, take: Callable[[str, Any], Ingested], register: Callable[..., Any]
) -> None:
    device = register("logger", model="", depths=())
    at = NOW.timestamp() - 600
    pack = [
        {"bn": "urn:dev:mac:1:", "bt": at, "bu": "Cel", "n": "temperature", "v": 20},
        {"n": "temperature", "t": -600, "v": 19},
        {"n": "temperature", "t": -1200, "v": 18},
    ]
    assert take(f"agro/{device.site}/logger", pack) == Ingested(1, 3, 0)
    assert take(f"agro/{device.site}/logger", pack).problems == 0
    assert _series(store, "logger", "air_temperature") == [
        (NOW - timedelta(minutes=10 * i), 21.0 - i) for i in (3, 2, 1)
    ]


def test_a_gateway_s_devices_are_stored_each(
    store: Engine, take: Callable[[str, Any], Ingested], register: Callable[..., Any]
) -> None:
    register("Device A", model="", depths=())
    body = {
        "Device A": [{"ts": MS - 60_000, "values": {"temperature": 20}}],
        "Device B": [{"ts": MS - 60_000, "values": {"temperature": 21}}],
    }
    assert take("v1/gateway/telemetry", body).rows == 1
    assert _series(store, "Device A", "air_temperature") == [(NOW - timedelta(minutes=1), 20.0)]
    assert _reasons(store) == ["unknown_device"]
    register("Device B", model="", depths=())
    take("v1/gateway/telemetry", body)
    assert _series(store, "Device B", "air_temperature") == [(NOW - timedelta(minutes=1), 21.0)]


def test_a_network_s_message_on_our_topic_is_decoded(
    store: Engine, take: Callable[[str, Any], Ingested], register: Callable[..., Any]
) -> None:
    device = register("probe", model="decentlab/dl-5tm", depths=(20.0,))
    body = {
        "cmd": "rx",
        "EUI": "0004A30B001ADCB5",
        "ts": MS - 60_000,
        "port": 1,
        "data": "02023b0003003702710c60",
    }
    take(f"agro/{device.site}/probe", body)
    assert _series(store, "probe", "soil_temperature") == [(NOW - timedelta(minutes=1), 22.5)]
    assert _reasons(store) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x1f\x8b\x08\x00", "compressed_body"),
        (b"[" * 40, "too_deep"),
        (b'{"readings": {"rain": 1, "rain": 2}}', "duplicate_key"),
    ],
)
def test_a_bomb_is_a_counted_problem(store: Engine, body: bytes, reason: str) -> None:
    with writing(store) as c:
        assert ingest(c, [Message("agro/x/y", body, NOW)]) == Ingested(1, 0, 1)
    assert _reasons(store) == [reason]
