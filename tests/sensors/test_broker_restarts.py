"""A restarted or killed Mosquitto, and a bridge to a network server: what was sent arrives."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sensors.broker import (
    AUTOSAVE_S,
    Tls,
    bridge_configuration,
)
from sensors.mqtt import Broker, Session
from tests.sensors.broker_city import (
    PASSWORDS,
    TOPIC,
    UPLINKS,
    City,
    city,
    client,
    numbers,
    papers,
    service,
    take,
    wait_until,
)

__all__ = ["city", "papers"]


# Stopping and killing


@contextmanager
def absent(city: City, count: int = 3000) -> Iterator[None]:
    """A kept session that is away while `count` messages are sent and acknowledged."""
    with Session(city.url(), "test-absent", ["agro/+/+"]) as session:
        wait_until(lambda: session.connected)
    with client(city, "probe-1") as publish:
        publish(TOPIC, numbers(count))
    yield


def returned(city: City, count: int, *, seconds: float = 20.0) -> list[str]:
    with Session(city.url(), "test-absent", ["agro/+/+"]) as session:
        return take(session, count, seconds=seconds)


@service
def test_a_restarted_broker_has_everything(city: City) -> None:
    with absent(city):
        city.stop()
        city.start()
    assert returned(city, 3000) == numbers(3000)


@service
def test_a_killed_broker_has_everything_up_to_its_last_save(city: City) -> None:
    """What came after the save is the loss: a tail, never a hole, and shorter than one interval."""
    with absent(city):
        sent = time.time()
        wait_until(lambda: city.saved_at > sent, seconds=AUTOSAVE_S + 5)
        waited = time.time() - sent
        with client(city, "probe-1") as publish:
            publish(TOPIC, numbers(100, 3000))
        city.kill()
        city.start()
    assert waited <= AUTOSAVE_S + 3
    got = returned(city, 3100, seconds=3)
    assert got[:3000] == numbers(3000)
    assert got == numbers(len(got))


# Bridges


@contextmanager
def bridged(tmp_path: Path, source: Any, **parts: Any) -> Iterator[City]:
    """A city's broker with a bridge to a source."""
    there = Broker("127.0.0.1", source.port, **parts)
    text = bridge_configuration("source", there, [UPLINKS, "agro/+/+"])
    with City(tmp_path, bridge=text) as city:
        yield city


def watch(city: City) -> Session:
    """What the broker says of its bridge."""
    return Session(city.url(), "test-watch", ["$SYS/broker/connection/+/state"])


def wait_for_bridge(watching: Session, state: str = "1", *, seconds: float = 40.0) -> None:
    """Wait until the bridge is said to be up (1) or down (0)."""
    wait_until(lambda: take(watching, 1, seconds=1) == [state], seconds=seconds)
    time.sleep(0.2)  # connected; it subscribes next


@service
def test_a_bridge_keeps_qos_0_for_an_absent_or_dying_collector(
    tmp_path: Path, own_mosquitto: Any
) -> None:
    topic = UPLINKS.replace("+", "probe-1")
    with bridged(tmp_path, own_mosquitto) as city, watch(city) as watching:
        with Session(city.url(), "test-bridge", ["v3/+/devices/+/up"]) as session:
            wait_until(lambda: session.connected)
        wait_for_bridge(watching)
        with client(own_mosquitto, qos=0) as publish:
            started = time.monotonic()
            for start in range(0, 3000, 300):  # over two seconds of absence
                publish(topic, numbers(300, start))
                time.sleep(0.2)
            assert time.monotonic() - started >= 2
        with Session(city.url(), "test-bridge", ["v3/+/devices/+/up"]) as dying:
            assert take(dying, 1000, keep=True) == numbers(1000)  # dies before the commit
        city.stop()
        city.start()
        with Session(city.url(), "test-bridge", ["v3/+/devices/+/up"]) as session:
            assert take(session, 3000) == numbers(3000)


@service
def test_a_bridge_comes_back_to_a_restarted_source(tmp_path: Path, own_mosquitto: Any) -> None:
    topic = UPLINKS.replace("+", "probe-1")
    with (
        bridged(tmp_path, own_mosquitto) as city,
        watch(city) as watching,
        Session(city.url(), "test-return", ["v3/+/devices/+/up"]) as session,
    ):
        wait_until(lambda: session.connected)
        for body in ("before", "after"):
            wait_for_bridge(watching)
            with client(own_mosquitto, qos=0) as publish:
                publish(topic, [body])
            assert take(session, 1) == [body]
            if body == "before":
                own_mosquitto.stop()
                wait_for_bridge(watching, "0")
                own_mosquitto.start()


@service
def test_a_bridge_speaks_tls_with_a_password(tmp_path: Path, papers: Path) -> None:
    tls = Tls(papers / "broker.pem", papers / "broker.key")
    with City(tmp_path, tls=tls, name="there") as there:
        entering = {"user": "collector", "password": PASSWORDS["collector"]}
        ca = str(papers / "ca.pem")
        with (
            bridged(tmp_path, there, **entering, tls=True, ca_file=ca) as city,
            watch(city) as watching,
        ):
            wait_for_bridge(watching)
