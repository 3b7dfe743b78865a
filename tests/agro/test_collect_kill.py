"""Killed in the middle, restarted: rows stored = messages sent, none twice."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from agro.store import schema

pytestmark = pytest.mark.service

DEVICES, EACH = 20, 1000
SENT = DEVICES * EACH
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=30)


def _moisture(number: int) -> float:
    return 0.1 + (number % 3000) / 10000


def _messages(lse01: Callable[..., tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for number in range(SENT):
        at = START + timedelta(minutes=10) * (number // DEVICES)
        yield lse01(f"probe-{number % DEVICES}", at, moisture=_moisture(number))


def test_a_killed_collector_loses_nothing_and_doubles_nothing(
    own_mosquitto: Any,
    collectors: Any,
    register: Callable[..., Any],
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
) -> None:
    for number in range(DEVICES):
        register(f"probe-{number}")
    collector = collectors.start(own_mosquitto.url)
    sending = threading.Thread(target=publish, args=(own_mosquitto.url, list(_messages(lse01))))
    sending.start()
    for share in (0.2, 0.5, 0.7):
        collectors.wait_until(lambda share=share: collectors.count() >= share * SENT)
        collector.kill()
        collector.wait(10)
        assert collectors.count() < SENT, "killed too late to prove anything"
        collector = collectors.start(own_mosquitto.url)
    sending.join()
    collectors.wait_until(lambda: collectors.count() >= SENT)
    time.sleep(0.5)  # what would come twice, would come now
    assert collectors.count() == SENT
    assert _summary(collectors.engine) == (
        SENT,
        pytest.approx(sum(_moisture(number) for number in range(SENT))),
    )
    collector.terminate()
    assert collector.wait(10) == 0


def _summary(engine: Any) -> tuple[int, float]:
    """Count and sum of soil moisture by the hourly rollups, every flag but missing counted."""
    hour, stream = schema.rollup_hour, schema.datastream
    query = (
        select(func.sum(hour.c.count), func.sum(hour.c.total))
        .join_from(hour, stream, stream.c.id == hour.c.datastream_id)
        .where(stream.c.quantity == "soil_moisture")
    )
    with engine.connect() as c:
        count, total = c.execute(query).one()
    return int(count), float(total)
