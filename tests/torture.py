"""Everything that can break does, while messages flow: each valid reading is stored once.

The collector is killed three times, the broker restarted twice, PostgreSQL stopped for a while or
SQLite's disk filled; of the messages 2 % are corrupt and 5 % are sent twice. The suite sends some
(`tests/agro/test_torture.py`), `make bench` many (`tests/benchmarks/test_torture.py`).
"""

import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, make_url, select

from agro.packs import read_pack
from agro.store import farms, schema, writing

DEVICES = 100
CORRUPT_EVERY, TWICE_EVERY = 50, 20
AHEAD = 5000  # messages that the publisher may have on their way
BLOWS = {  # share of the messages stored → what is broken then
    0.1: "collector",
    0.2: "broker",
    0.3: "database",
    0.4: "collector",
    0.6: "broker",
    0.7: "collector",
}
DISK_MB = 160
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=30)


@dataclass(frozen=True)
class Ordeal:
    """How many messages are sent, and how long the database is away [s]."""

    sent: int
    away_s: float

    def valid(self) -> list[int]:
        """The numbers of the messages that are stored."""
        return [number for number in range(self.sent) if not _is_corrupt(number)]


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty store that can be broken: SQLite on a small disk, or a PostgreSQL of its own."""
    if request.param == "postgresql":
        yield request.getfixturevalue("own_postgres").url
        return
    disk = Path(tempfile.mkdtemp(prefix="agro-disk-"))  # outlives pytest's folder when killed
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        disk.rmdir()
        pytest.skip("a small disk cannot be mounted: it takes root")
    yield f"sqlite:///{disk.as_posix()}/agro.sqlite"
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
    disk.rmdir()


@pytest.fixture
def away(request: pytest.FixtureRequest, store_url: str, ordeal: Ordeal) -> Callable[[], None]:
    """Takes the database away for a while and gives it back."""
    if store_url.startswith("sqlite"):
        return lambda: _full(Path(make_url(store_url).database or "").parent)
    server = request.getfixturevalue("own_postgres")

    def stopped() -> None:
        server.stop()
        time.sleep(ordeal.away_s)
        server.start()

    return stopped


def _full(disk: Path) -> None:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    time.sleep(5.0)
    ballast.unlink()


def _moisture(number: int) -> float:
    return 0.1 + (number % 3000) / 10000


def _messages(sent: int, lse01: Callable[..., tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for number in range(sent):
        at = START + timedelta(minutes=10) * (number // DEVICES)
        topic, body = lse01(f"probe-{number % DEVICES}", at, moisture=_moisture(number))
        yield (topic, _corrupted(number, body)) if _is_corrupt(number) else (topic, body)
        if number % TWICE_EVERY == 1:
            yield topic, body


def _is_corrupt(number: int) -> bool:
    return number % CORRUPT_EVERY == 0


def _corrupted(number: int, body: bytes) -> bytes:
    """Each in another way, and each unlike every other."""
    mark = b"%d" % number
    kind = number // CORRUPT_EVERY % 4
    if kind == 0:
        return mark + b"\xff\xfe" + body
    if kind == 1:
        return body[:40] + mark
    if kind == 2:
        return body.replace(b'"frm_payload": "', b'"frm_payload": "!' + mark)
    return body.replace(b'"received_at": "20', b'"received_at": "' + mark)


@contextmanager
def _publisher(broker_url: str, messages: Iterator[tuple[str, bytes]]) -> Iterator[Any]:
    """Publishes on a kept session that outlives restarts of the broker."""
    host, _, port = broker_url.removeprefix("mqtt://").partition(":")
    client = Client(CallbackAPIVersion.VERSION2, client_id="network", clean_session=False)
    client.max_inflight_messages_set(500)
    client.max_queued_messages_set(0)
    client.reconnect_delay_set(1, 1)
    client.connect(host, int(port))
    client.loop_start()

    def send() -> None:
        sent: deque[tuple[MQTTMessageInfo, tuple[str, bytes]]] = deque()
        for message in messages:
            sent.append((client.publish(*message, qos=1), message))
            if len(sent) > AHEAD:
                _arrived(client, *sent.popleft())
        for one in sent:
            _arrived(client, *one)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    yield sending
    client.disconnect()
    client.loop_stop()


def _arrived(client: Client, info: MQTTMessageInfo, message: tuple[str, bytes]) -> None:
    """Wait until the broker has it; what the client lost in a restart is sent again."""
    while True:
        info.wait_for_publish(10)
        if info.is_published():
            return
        info = client.publish(*message, qos=1)


@pytest.fixture
def city(store: Any, register: Callable[..., Any]) -> None:
    """Dijon's city pack with the devices that will speak."""
    with writing(store) as c:
        farms.save_pack(c, read_pack("dijon"))
    for number in range(DEVICES):
        register(f"probe-{number}")


def endure(
    ordeal: Ordeal,
    broker: Any,
    collectors: Any,
    lse01: Callable[..., tuple[str, bytes]],
    away: Callable[[], None],
) -> None:
    """Send everything, break everything, and count what is stored."""
    valid = ordeal.valid()
    collector = collectors.start(broker.url)

    def reach(share: float) -> None:
        collectors.wait_until(lambda: collectors.count() >= share * ordeal.sent, seconds=300)
        assert collectors.count() < len(valid), "broken too late to prove anything"

    with _publisher(broker.url, _messages(ordeal.sent, lse01)) as sending:
        for share, blow in BLOWS.items():
            reach(share)
            if blow == "collector":
                collector.kill()
                collector.wait(10)
                collector = collectors.start(broker.url)
            elif blow == "broker":
                broker.stop()
                broker.start()
            else:
                away()
        sending.join(300)
        assert not sending.is_alive()
    collectors.wait_until(lambda: collectors.count() >= len(valid), seconds=300)
    time.sleep(1.0)  # what would come twice, would come now
    assert _stored(collectors.engine) == (len(valid), pytest.approx(sum(map(_moisture, valid))))
    assert _problems(collectors.engine) == ordeal.sent - len(valid)


def _stored(engine: Any) -> tuple[int, float]:
    """Count and sum of the soil moisture stored, by the hourly rollups."""
    hour, stream = schema.rollup_hour, schema.datastream
    query = (
        select(func.sum(hour.c.count + hour.c.suspect))
        .join_from(hour, stream, stream.c.id == hour.c.datastream_id)
        .where(stream.c.quantity == "soil_moisture")
    )
    values = (
        select(func.sum(schema.observation.c.value))
        .join_from(schema.observation, stream, stream.c.id == schema.observation.c.datastream_id)
        .where(stream.c.quantity == "soil_moisture")
    )
    with engine.connect() as c:
        return int(c.scalar(query)), float(c.scalar(values))


def _problems(engine: Any) -> int:
    with engine.connect() as c:
        return c.scalar(select(func.count()).select_from(schema.problem)) or 0
