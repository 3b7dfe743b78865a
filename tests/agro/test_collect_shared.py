"""Two collector processes on one shared subscription and one database: half the work each."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from agro.store import heartbeat, schema

pytestmark = pytest.mark.service

DEVICES, EACH = 20, 200
SENT = DEVICES * EACH
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=30)


@pytest.fixture
def uplinks(
    register: Callable[..., Any], lse01: Callable[..., tuple[str, bytes]]
) -> list[tuple[str, bytes]]:
    for number in range(DEVICES):
        register(f"probe-{number}")
    return [
        lse01(f"probe-{n % DEVICES}", START + timedelta(minutes=10) * (n // DEVICES))
        for n in range(SENT)
    ]


def handled(engine: Any) -> dict[int, int]:
    """Messages committed by each collector, by its process."""
    with engine.connect() as c:
        beats = [facts for _, facts in heartbeat.read(c).values()]
    return {facts["process"]: facts["messages"] for facts in beats}


def rolled_up(engine: Any) -> int:
    """How many soil moistures the hourly rollups hold."""
    hour, stream = schema.rollup_hour.c, schema.datastream.c
    query = (
        select(func.sum(hour.count))
        .join_from(schema.rollup_hour, schema.datastream, stream.id == hour.datastream_id)
        .where(stream.quantity == "soil_moisture")
    )
    with engine.connect() as c:
        return int(c.scalar(query) or 0)


def test_each_message_is_handled_by_one_of_them(
    own_mosquitto: Any, collectors: Any, uplinks: Any, publish: Any
) -> None:
    pair = [collectors.start(own_mosquitto.url, AGRO_MQTT_SHARE="team") for _ in range(2)]
    publish(own_mosquitto.url, uplinks)
    collectors.wait_until(lambda: collectors.count() >= SENT)
    shares = handled(collectors.engine)
    assert sum(shares.values()) == SENT, "a message was handled twice"
    assert min(shares[process.pid] for process in pair) > SENT // 10
    assert collectors.count() == rolled_up(collectors.engine) == SENT


def test_the_half_of_a_killed_one_is_late_and_not_lost(
    own_mosquitto: Any, collectors: Any, uplinks: Any, publish: Any
) -> None:
    dying, living = (collectors.start(own_mosquitto.url, AGRO_MQTT_SHARE="team") for _ in range(2))
    sending = threading.Thread(target=publish, args=(own_mosquitto.url, uplinks))
    sending.start()
    collectors.wait_until(lambda: collectors.count() >= SENT // 4)
    dying.kill()
    dying.wait(10)
    assert collectors.count() < SENT, "killed too late to prove anything"
    sending.join(60)
    back = collectors.start(own_mosquitto.url, AGRO_MQTT_SHARE="team")
    collectors.wait_until(lambda: collectors.count() >= SENT)
    time.sleep(0.5)  # what would come twice, would come now
    assert collectors.count() == rolled_up(collectors.engine) == SENT
    shares = handled(collectors.engine)
    assert set(shares) == {back.pid, living.pid}, "the place of the killed one is taken again"
    assert shares[living.pid] > SENT // 10
