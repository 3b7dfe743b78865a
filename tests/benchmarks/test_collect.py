"""Messages a second, broker → committed row at QoS 1, beside the bare write and a simple client.

All wait for the same backlog in the same broker: uplinks of real payloads, five values each, that
were published while nobody listened. The simple client decodes too, and commits one insert for
each message, as tutorials do.
"""

import json
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from struct import unpack
from typing import Any

import psutil
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, func, select, text

from agro.store import schema, writing

MESSAGES, SIMPLE, BATCH = 30_000, 3_000, 500
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=60)


@pytest.mark.parametrize("devices", [20, 2000])
def test_messages_per_second(
    devices: int,
    store: Engine,
    own_mosquitto: Any,
    collectors: Any,
    register: Callable[..., Any],
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(devices):
        register(f"probe-{number}")
    uplinks = [
        lse01(f"probe-{n % devices}", START + timedelta(minutes=10) * (n // devices))
        for n in range(MESSAGES)
    ]
    simple = _simple_rate(store, own_mosquitto.url, uplinks[:SIMPLE], publish)
    collector = collectors.start(own_mosquitto.url)  # makes the kept session
    start_up = _cpu(collector.pid)
    collector.terminate()
    collector.wait(10)
    publish(own_mosquitto.url, uplinks)
    collector = collectors.start(own_mosquitto.url)
    first, began = collectors.count(), time.perf_counter()
    while (stored := collectors.count()) < MESSAGES:
        time.sleep(0.5)  # counting costs, too
    ours = (stored - first) / (time.perf_counter() - began)
    cpu = (_cpu(collector.pid) - start_up) / MESSAGES * 1000
    bare, rows = _bare_rate(store)
    with capsys.disabled():
        print(
            f"\n{store.dialect.name}, {devices} devices: {MESSAGES} uplinks, {rows} rows: "
            f"{ours:,.0f} messages/s, {cpu:.2f} ms CPU a message; "
            f"bare write of the same rows {bare:,.0f} messages/s (ours {ours / bare:.2f} of it); "
            f"one insert a message {simple:,.0f} messages/s (ours {ours / simple:.1f} ×)"
        )
    assert collectors.count() == MESSAGES


def _cpu(process: int) -> float:
    times = psutil.Process(process).cpu_times()
    return times.user + times.system


def _bare_rate(engine: Engine) -> tuple[float, int]:
    """The rows that the collector stored, written again without anything else."""
    seen = schema.observation
    with writing(engine) as c:
        rows = c.execute(select(seen.c.datastream_id.label("id"), *list(seen.c)[1:])).all()
        c.execute(text("CREATE TABLE bare (id integer, time bigint, value float, flag smallint)"))
    statement = text("INSERT INTO bare VALUES (:id, :time, :value, :flag)")
    began = time.perf_counter()
    size = BATCH * len(rows) // MESSAGES
    for first in range(0, len(rows), size):
        values = [dict(row._mapping) for row in rows[first : first + size]]
        with writing(engine) as c:
            c.execute(statement, values)
    return MESSAGES / (time.perf_counter() - began), len(rows)


def _simple_rate(
    engine: Engine, url: str, uplinks: list[tuple[str, bytes]], publish: Callable[..., None]
) -> float:
    with writing(engine) as c:
        c.execute(text("CREATE TABLE simple (device text, time text, moisture float, soil float)"))
    host, _, port = url.removeprefix("mqtt://").partition(":")
    client = Client(CallbackAPIVersion.VERSION2, client_id="simple", clean_session=False)
    done: list[float] = []

    def store_one(_client: Client, _data: object, message: MQTTMessage) -> None:
        body = json.loads(message.payload)
        values = unpack(">HHHhHB", b64decode(body["uplink_message"]["frm_payload"]))
        with writing(engine) as c:
            c.execute(
                text("INSERT INTO simple VALUES (:device, :time, :moisture, :soil)"),
                {
                    "device": body["end_device_ids"]["device_id"],
                    "time": body["received_at"],
                    "moisture": values[2] / 10000,
                    "soil": values[3] / 100,
                },
            )
        done.append(time.perf_counter())

    client.on_message = store_one
    client.connect(host, int(port))
    client.subscribe("v3/+/devices/+/up", 1)
    client.loop_start()
    time.sleep(0.5)
    began = time.perf_counter()
    publish(url, uplinks)
    while len(done) < len(uplinks):
        time.sleep(0.02)
    client.disconnect()
    client.loop_stop()
    with engine.connect() as c:
        assert c.scalar(select(func.count()).select_from(text("simple"))) == len(uplinks)
    return len(uplinks) / (done[-1] - began)
