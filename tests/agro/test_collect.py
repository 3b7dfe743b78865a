"""The database's troubles lose no message; several collectors share the work."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from agro.collect import Collector, collector_name
from agro.records import Device
from agro.store import farms, heartbeat, open_store, problems, schema, writing
from sensors.mqtt import Session

service = pytest.mark.service
Lse01 = Callable[..., tuple[str, bytes]]
Register = Callable[..., Any]
HALF_DAY = 72  # uplinks, one every ten minutes


def test_a_running_collector_keeps_its_name_and_the_next_gets_another(tmp_path: Path) -> None:
    with collector_name(tmp_path) as first, collector_name(tmp_path) as second:
        assert first != second
    with collector_name(tmp_path) as again:
        assert again == first


class Running:
    """A collector in a thread of this test, on a store and a broker."""

    def __init__(self, engine: Engine, broker_url: str) -> None:
        self._stop = Event()
        session = Session(broker_url, "test-collector", ["v3/+/devices/+/up"])
        self._thread = Thread(target=Collector(engine, session).run, args=(self._stop,))

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)


@service
def test_a_locked_sqlite_loses_nothing(
    own_mosquitto: Any, sqlite_template: Path, tmp_path: Path, lse01: Lse01, publish: Any
) -> None:
    file = tmp_path / "agro.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = _impatient(file)
    with Running(engine, own_mosquitto.url):
        _wait(lambda: _is_connected(engine))
        locker = sqlite3.connect(file)
        locker.execute("BEGIN IMMEDIATE")
        publish(own_mosquitto.url, _half_day(lse01))
        _pause()
        assert _count(engine) == 0
        locker.rollback()
        locker.close()
        _wait(lambda: _count(engine) == HALF_DAY)
    engine.dispose()


@service
def test_a_stopped_postgresql_loses_nothing(
    own_mosquitto: Any, own_postgres: Any, lse01: Lse01, publish: Any
) -> None:
    from agro.packs import read_pack

    with own_postgres.database() as url:
        engine = open_store(url)
        with writing(engine) as c:
            farms.save_pack(c, read_pack("dijon"))
        _register_probe(engine)
        with Running(engine, own_mosquitto.url):
            _wait(lambda: _is_connected(engine))
            own_postgres.stop()
            publish(own_mosquitto.url, _half_day(lse01))
            _pause()
            own_postgres.start()
            _wait(lambda: _count(engine) == HALF_DAY)
        engine.dispose()


@service
def test_a_stop_without_a_database_leaves_the_messages_with_the_broker(
    own_mosquitto: Any, sqlite_template: Path, tmp_path: Path, lse01: Lse01, publish: Any
) -> None:
    file = tmp_path / "agro.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = _impatient(file)
    locker = sqlite3.connect(file)
    with Running(engine, own_mosquitto.url):
        _wait(lambda: _is_connected(engine))
        locker.execute("BEGIN IMMEDIATE")
        publish(own_mosquitto.url, _half_day(lse01))
        _pause()
    locker.rollback()
    locker.close()
    assert _count(engine) == 0
    with Running(engine, own_mosquitto.url):
        _wait(lambda: _count(engine) == HALF_DAY)
    engine.dispose()


@service
def test_a_value_that_the_database_refuses_stops_nobody(
    own_mosquitto: Any, sqlite_template: Path, tmp_path: Path, lse01: Lse01, publish: Any
) -> None:
    file = tmp_path / "agro.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = _impatient(file)
    with writing(engine) as c:
        c.exec_driver_sql(
            "CREATE TRIGGER picky BEFORE INSERT ON observation WHEN new.value = 0.4321 "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
    at = datetime.now(UTC) - timedelta(days=2)
    with Running(engine, own_mosquitto.url):
        _wait(lambda: _is_connected(engine))
        publish(own_mosquitto.url, [lse01("probe", at, moisture=0.4321), *_half_day(lse01)])
        _wait(lambda: _count(engine) == HALF_DAY)
    with engine.connect() as c:
        (kept,) = problems.recent(c).to_dict("records")
    assert (kept["reason"], kept["detail"]) == ("refused_by_database", "not this one")
    engine.dispose()


@service
def test_two_collectors_share_one_subscription_and_one_database(
    own_mosquitto: Any, collectors: Any, register: Register, lse01: Lse01, publish: Any
) -> None:
    for number in range(4):
        register(f"probe-{number}")
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
    messages = [
        lse01(f"probe-{i % 4}", start + timedelta(minutes=2) * (i // 4)) for i in range(4000)
    ]
    for _ in range(2):
        collectors.start(own_mosquitto.url, AGRO_MQTT_SHARE="team")
    publish(own_mosquitto.url, messages)
    collectors.wait_until(lambda: collectors.count() >= 4000)
    assert collectors.count() == 4000
    hour, stream = schema.rollup_hour.c, schema.datastream.c
    query = (
        select(func.sum(hour.count))
        .join_from(schema.rollup_hour, schema.datastream, stream.id == hour.datastream_id)
        .where(stream.quantity == "soil_moisture")
    )
    with collectors.engine.connect() as c:
        assert len(heartbeat.read(c)) == 2
        assert c.scalar(query) == 4000


def _impatient(file: Path) -> Engine:
    """A store with a probe that waits a fifth of a second for a lock instead of half a minute."""
    engine = open_store(f"sqlite:///{file}")
    _register_probe(engine)
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 200"))
    return engine


def _register_probe(engine: Engine) -> None:
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        farms.save_device(c, Device("probe", "", "dragino/lse01", site, "", "Probe", (20.0,)))


def _half_day(lse01: Lse01) -> list[tuple[str, bytes]]:
    start = datetime.now(UTC) - timedelta(days=1)
    return [lse01("probe", start + timedelta(minutes=10 * i)) for i in range(HALF_DAY)]


def _count(engine: Engine) -> int:
    query = (
        select(func.count())
        .select_from(schema.observation)
        .join(schema.datastream, schema.datastream.c.id == schema.observation.c.datastream_id)
        .where(schema.datastream.c.quantity == "soil_moisture")
    )
    with engine.connect() as c:
        return c.scalar(query) or 0


def _is_connected(engine: Engine) -> bool:
    with engine.connect() as c:
        beats = heartbeat.read(c)
    return "collector" in beats and bool(beats["collector"][1]["connected"])


def _pause() -> None:
    Event().wait(1.0)


def _wait(true: Callable[[], object]) -> None:
    pause = Event()
    for _ in range(600):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError("waited in vain")
