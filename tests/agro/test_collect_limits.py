"""What one device sends too often is counted, exactly once; what has only waited is taken."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select

from agro.collect import Collector
from agro.store import heartbeat, problems, schema
from sensors.mqtt import IN_FLIGHT, Message, Session

pytestmark = pytest.mark.service

TOPICS = ["v3/+/devices/+/up"]
HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
RATE = 1.0  # a minute: 60 an hour


class Deaf(Session):
    """A session whose acknowledgements do not reach the broker."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Nothing is heard."""


@contextmanager
def collecting(engine: Engine, session: Session) -> Iterator[None]:
    """A collector in a thread of this test that has connected."""
    stop = Event()
    thread = Thread(target=Collector(engine, session, rate=RATE).run, args=(stop,))
    thread.start()
    wait_until(lambda: session.connected)
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 50
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def handled(engine: Engine) -> int:
    """Messages that the running collector has committed."""
    with engine.connect() as c:
        return int(heartbeat.read(c).get("collector", (None, {"messages": 0}))[1]["messages"])


def told(engine: Engine) -> list[tuple[Any, ...]]:
    """The problems: device, reason, value and how often."""
    own = schema.problem.c
    query = select(own.device, own.reason, own.value, own.count).order_by(own.value)
    with engine.connect() as c:
        return [tuple(row) for row in c.execute(query)]


def test_a_flood_is_one_counted_problem_and_a_backlog_none(
    store: Engine,
    own_mosquitto: Any,
    collectors: Any,
    register: Callable[..., Any],
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
) -> None:
    register("flood")
    register("backlog")
    flood = [lse01("flood", HOUR + timedelta(seconds=10 * n)) for n in range(300)]
    backlog = [lse01("backlog", HOUR - timedelta(minutes=10 * n)) for n in range(1000)]
    with collecting(store, Session(own_mosquitto.url, "test-flood", TOPICS)):
        publish(own_mosquitto.url, [*flood, *backlog])
        wait_until(lambda: handled(store) == 1300)
    assert collectors.count() == 60 + 1000
    assert told(store) == [("flood", "too_many_messages", f"{HOUR:%Y-%m-%dT%H}Z", 240)]
    with store.connect() as c:
        assert problems.counts(c) == {"too_many_messages": 240}
        (kept,) = problems.recent(c).to_dict("records")
    assert '"device_id": "flood"' in kept["payload"]
    assert kept["source"] == "v3/test/devices/flood/up"


def test_what_is_unreadable_is_limited_by_its_topic(
    store: Engine, own_mosquitto: Any, publish: Callable[..., None]
) -> None:
    noise = [("v3/test/devices/noise/up", b"noise %d" % n) for n in range(200)]
    with collecting(store, Session(own_mosquitto.url, "test-noise", TOPICS)):
        publish(own_mosquitto.url, noise)
        wait_until(lambda: handled(store) == 200)
    with store.connect() as c:
        counts = problems.counts(c)
    assert sum(counts.values()) == 200
    # The 200 may fall on both sides of a full hour.
    assert 60 <= counts["bad_json"] <= 120
    assert len(told(store)) <= counts["bad_json"] + 2


def test_what_comes_again_after_a_death_is_not_counted_again(
    store: Engine,
    own_mosquitto: Any,
    register: Callable[..., Any],
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
) -> None:
    register("flood")
    count = 900
    assert count < IN_FLIGHT
    flood = [lse01("flood", HOUR + timedelta(seconds=3 * n)) for n in range(count)]
    expected = [("flood", "too_many_messages", f"{HOUR:%Y-%m-%dT%H}Z", count - 60)]
    with collecting(store, Deaf(own_mosquitto.url, "test-again", TOPICS)):
        publish(own_mosquitto.url, flood)
        wait_until(lambda: handled(store) == count)
    assert told(store) == expected
    own_mosquitto.stop()  # the broker remembers what it has sent also over a restart
    own_mosquitto.start()
    session = Session(own_mosquitto.url, "test-again", TOPICS)
    with collecting(store, session):
        wait_until(lambda: handled(store) == 60)  # what was taken before is written once more
        time.sleep(0.5)
    assert told(store) == expected


def test_a_long_outage_of_the_database_fills_no_memory(
    store: Engine,
    own_mosquitto: Any,
    collectors: Any,
    register: Callable[..., Any],
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for n in range(20):
        register(f"probe-{n}")
    count = 3 * IN_FLIGHT
    uplinks = [
        lse01(f"probe-{n % 20}", HOUR - timedelta(minutes=10 * (n // 20))) for n in range(count)
    ]
    away = Event()
    away.set()
    begin = Collector._commit

    def commit(self: Collector, *given: Any) -> None:
        if away.is_set():
            with self._engine.connect() as c:
                c.exec_driver_sql("SELECT * FROM a_table_that_is_not_there")
        begin(self, *given)

    monkeypatch.setattr(Collector, "_commit", commit)
    session = Session(own_mosquitto.url, "test-outage", TOPICS)
    with collecting(store, session):
        publish(own_mosquitto.url, uplinks)
        wait_until(lambda: session.waiting > 0)
        most = 0
        for _ in range(30):
            time.sleep(0.05)
            most = max(most, session.waiting)
        assert most <= IN_FLIGHT  # the broker keeps the rest
        assert collectors.count() == 0
        away.clear()
        wait_until(lambda: collectors.count() == count)
