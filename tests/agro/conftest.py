"""What the collector's tests share: real collector processes, LSE01 uplinks and a publisher."""

import base64
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, func, select

from agro.records import Device
from agro.store import farms, heartbeat, schema, writing

_PROGRAM = "from agro.collect import run; from agro.config import settings; run(settings())"


class Collectors:
    """Starts real collector processes and waits until they listen."""

    def __init__(self, engine: Engine, url: str, var: Path) -> None:
        self.engine, self._url, self._var = engine, url, var
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, broker_url: str, **settings: str) -> subprocess.Popen[bytes]:
        """A collector that has subscribed, on this store."""
        process = self.launch(broker_url, **settings)
        self.wait_until(lambda: self._listens(process.pid))
        return process

    def launch(self, broker_url: str, **settings: str) -> subprocess.Popen[bytes]:
        """A collector that is on its way."""
        environment = os.environ | {
            "AGRO_DATABASE_URL": self._url,
            "AGRO_BROKER_URL": broker_url,
            "AGRO_VAR": str(self._var),
            **settings,
        }
        process = subprocess.Popen([sys.executable, "-c", _PROGRAM], env=environment)
        self._started.append(process)
        return process

    def _listens(self, process: int) -> bool:
        with self.engine.connect() as c:
            beats = [facts for _, facts in heartbeat.read(c).values()]
        return any(facts["connected"] for facts in beats if facts["process"] == process)

    def wait_until(self, true: Callable[[], object], *, seconds: float = 50.0) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)

    def count(self, quantity: str = "soil_moisture") -> int:
        """How many observations of a quantity are stored."""
        seen, stream = schema.observation, schema.datastream
        query = (
            select(func.count())
            .select_from(seen)
            .join(stream, stream.c.id == seen.c.datastream_id)
            .where(stream.c.quantity == quantity)
        )
        with self.engine.connect() as c:
            return c.scalar(query) or 0

    def stop(self) -> None:
        for process in self._started:
            process.kill()
            process.wait(10)


@pytest.fixture
def collectors(store: Engine, store_url: str, tmp_path: Path) -> Iterator[Collectors]:
    """A starter of collector processes on this test's store."""
    started = Collectors(store, store_url, tmp_path / "var")
    yield started
    started.stop()


@pytest.fixture
def register(store: Engine) -> Callable[..., Device]:
    """Registers a device on the first site: `register("probe-1", depths=(20.0,))`."""

    def add(name: str, *, model: str = "dragino/lse01", eui: str = "", **more: object) -> Device:
        with writing(store) as c:
            site = str(more.get("site") or farms.sites(c)[0].slug)
            depths: tuple[float, ...] = more.get("depths", (20.0,))  # type: ignore[assignment]
            device = Device(name, eui, model, site, "", name, depths)
            farms.save_device(c, device)
        return device

    return add


@pytest.fixture
def lse01() -> Callable[..., tuple[str, bytes]]:
    """A Dragino LSE01 uplink as The Things Stack sends it: topic and body."""

    def uplink(
        device: str, at: datetime, *, moisture: float = 0.25, temperature: float = 18.0
    ) -> tuple[str, bytes]:
        # Battery mV, external probe absent, water %/100, soil °C/100, conductivity µS/cm, flags.
        payload = struct.pack(
            ">HHHhHB", 3300, 0x7FFF, round(moisture * 10000), round(temperature * 100), 300, 0x10
        )
        when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = {
            "end_device_ids": {"device_id": device, "application_ids": {"application_id": "test"}},
            "received_at": when,
            "uplink_message": {
                "f_port": 2,
                "frm_payload": base64.b64encode(payload).decode(),
                "rx_metadata": [{"rssi": -81, "snr": 7.5}],
                "received_at": when,
            },
        }
        return f"v3/test/devices/{device}/up", json.dumps(body).encode()

    return uplink


@pytest.fixture
def publish() -> Callable[[str, Iterable[tuple[str, bytes]]], None]:
    """Publishes at QoS 1 and returns when the broker has everything."""

    def send(broker_url: str, messages: Iterable[tuple[str, bytes]]) -> None:
        host, _, port = broker_url.removeprefix("mqtt://").partition(":")
        client = Client(CallbackAPIVersion.VERSION2)
        client.max_inflight_messages_set(500)
        client.max_queued_messages_set(0)
        client.connect(host, int(port))
        client.loop_start()
        for sent in [client.publish(topic, body, qos=1) for topic, body in messages]:
            sent.wait_for_publish(60)
        client.disconnect()
        client.loop_stop()

    return send
