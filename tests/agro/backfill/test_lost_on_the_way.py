"""Frames of QoS 0 that passed while the collector was away come back from the storage."""

from collections.abc import Iterable
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, select

from agro.backfill import run
from agro.store import schema
from agro.store.frames import FILLED, OPEN
from agro.store.heartbeat import read as heartbeats
from sensors import quality

pytestmark = pytest.mark.service
DEVICES = ("probe", "second", "third")


@pytest.fixture
def forgetful(own_mosquitto: Any) -> Any:
    """A broker that keeps nothing of QoS 0 for an absent client, as The Things Stack's."""
    own_mosquitto.stop()
    own_mosquitto._configuration.write_text(
        f"listener {own_mosquitto.port} 127.0.0.1\nallow_anonymous true\nuser root\n"
    )
    own_mosquitto.start()
    return own_mosquitto


class Network:
    """A network server: stores each frame and publishes it at QoS 0, once."""

    def __init__(self, world: Any, broker: Any) -> None:
        self._world = world
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def send(self, counters: Iterable[int]) -> None:
        for counter in counters:
            for device in DEVICES:
                topic, body = self._world.sent(counter, device)
                self._world.server.keep(topic, body)
                self._client.publish(topic, body, qos=0).wait_for_publish(20)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_frames_lost_at_qos_0_come_back_once(
    world: Any, forgetful: Any, collectors: Any, store: Engine
) -> None:
    for device in DEVICES[1:]:
        world.register(device)
    network = Network(world, forgetful)
    first = collectors.start(forgetful.url)
    network.send(range(10))
    collectors.wait_until(lambda: collectors.count() == 10 * len(DEVICES))
    first.terminate()
    first.wait(20)
    network.send(range(10, 40))  # nobody is there
    collectors.start(forgetful.url)
    network.send(range(40, 45))
    collectors.wait_until(lambda: collectors.count() == 15 * len(DEVICES))
    network.close()
    assert [(gap.missing, gap.state) for gap in world.gaps()] == [(30, OPEN)] * len(DEVICES)

    stop = Event()
    filling = Thread(target=run, args=(store, world.settings(), stop), kwargs={"look_every_s": 0.2})
    filling.start()
    try:
        collectors.wait_until(lambda: {gap.state for gap in world.gaps()} == {FILLED})
        collectors.wait_until(lambda: "backfill" in _beats(store))
    finally:
        stop.set()
        filling.join(20)

    stored = world.stored()
    assert [row[:2] for row in stored] == [(name, n) for name in DEVICES for n in range(45)]
    assert all(value == pytest.approx((2000 + n) / 1e4) for _, n, value, _, _ in stored)
    fetched = [row for row in stored if 10 <= row[1] < 40]
    assert not any(tests & quality.Test.CLOCK for *_, tests in fetched)
    assert _beats(store)["backfill"]["found"] == 30 * len(DEVICES)
    with store.connect() as c:
        assert c.execute(select(schema.problem)).all() == []
        latest = c.scalars(
            select(schema.datastream.c.latest_time).where(
                schema.datastream.c.quantity == "soil_moisture"
            )
        ).all()
    assert {datetime.fromtimestamp(time, UTC) for time in latest} == {
        world.at(44).replace(microsecond=0)
    }


def _beats(store: Engine) -> dict[str, Any]:
    with store.connect() as c:
        return {name: facts for name, (_, facts) in heartbeats(c).items()}
