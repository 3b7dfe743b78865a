"""The collector: broker → one transaction per batch → acknowledgement.

A message is acknowledged after its rows or its problem are committed, never before: whatever is
killed, the broker sends it again, and writing it again changes nothing. While the database is
away the batch is kept and tried again; the broker keeps the rest.
"""

import fcntl
import gc
import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from agro.config import Settings, now
from agro.errors import StoreError
from agro.limits import RateLimit, Told, mark
from agro.store import heartbeat, open_store, problems, writing
from agro.store.ingest import (
    Batch,
    Ingested,
    Message,
    read_envelopes,
    refused,
    store,
)
from sensors import mqtt

log = logging.getLogger(__name__)

TOPICS = (
    "v3/+/devices/+/up",  # The Things Stack v3
    "application/+/device/+/event/up",  # ChirpStack v4
    "agro/+/+",  # plain JSON, SenML, ThingsBoard's and networks' messages, by their content
    "agri/+/+/up",  # plain JSON, flat
    "application/+/device/+/event/status",  # ChirpStack: batteries
    "application/+/device/+/rx",  # ChirpStack v3
    "+/devices/+/up",  # The Things Network v2
    "helium/+/rx",
    "mqtt/things/+/uplink",  # ThingPark
    "spBv1.0/+/+/+",  # Sparkplug B: nodes
    "spBv1.0/+/+/+/+",  # and their devices
    "v1/gateway/telemetry",  # ThingsBoard's gateways
    "zigbee2mqtt/+",
)
HEARTBEAT_EVERY_S = 5.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 15.0


class Collector:
    """Moves messages from a broker's session into the store until it is told to stop.

    Parameters
    ----------
    engine : Of the store.
    session : Not yet open; this collector opens and closes it.
    name : Under which its sign of life is kept.
    rate : Messages a minute that one device may send, taken over an hour.
    """

    def __init__(
        self,
        engine: Engine,
        session: mqtt.Session,
        *,
        name: str = "collector",
        rate: float = 120.0,
    ) -> None:
        self._engine = engine
        self._session = session
        self._name = name
        # A demo's season may run at another date: messages arrive by the application's clock.
        self._clock_offset = now() - datetime.now(UTC)
        self._total = Ingested(0, 0, 0)
        self._limit = RateLimit(rate)
        self._told: Told | None = None  # of the time before us, until it is read
        self._beaten = -HEARTBEAT_EVERY_S
        self._was_connected = False

    def run(self, stop: Event) -> None:
        """Collect until `stop` is set; what is not committed by then stays with the broker."""
        with self._session:
            while not stop.is_set():
                received = self._session.batch()
                if received and self._store(received, stop):
                    self._session.acknowledge(received)
                self._beat_when_due()
        self._beat_alone(running=False)

    def _message(self, received: mqtt.Message) -> Message:
        arrived_at = received.arrived_at + self._clock_offset
        return Message(received.topic, received.body, arrived_at)

    def _store(self, received: Sequence[mqtt.Message], stop: Event) -> bool:
        """Commit these messages, however long it takes; False when told to stop before."""
        pause, batch = _FIRST_PAUSE_S, None
        while not stop.is_set():
            try:
                # Judged once, however often it is tried.
                batch = batch or self._read(received)
                self._commit(batch)
            except SQLAlchemyError as error:
                count, why = len(received), _brief(error)
                told = {"messages": count, "waiting": self._session.waiting, "error": why}
                log.warning("cannot write %d messages yet: %s", count, why, extra=told)
                stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                return True
        return False

    def _read(self, received: Sequence[mqtt.Message]) -> Batch:
        """Envelopes read and limits applied; what is refused is remembered from here on."""
        told = self._told
        if told is None:
            with self._engine.connect() as c:
                told = self._told = self._told_before(c)
        new = [one for one in received if not (one.again and _mark(one) in told)]
        batch = read_envelopes([self._message(one) for one in new], self._limit.takes)
        refused_ = {place: new[place] for place, _ in batch.excess}
        first = sum(one.qos > 0 and not one.again for one in received)
        told.after(first, [_mark(one) for one in refused_.values() if one.qos])
        return batch

    def _told_before(self, c: Connection) -> Told:
        """What the collector of this name had refused when it stopped."""
        _, facts = heartbeat.read(c).get(self._name, (None, {}))
        return Told(mqtt.IN_FLIGHT, str(facts.get("refused", "")))

    def _commit(self, batch: Batch) -> None:
        try:
            with writing(self._engine) as c:
                done = store(c, batch)
                self._total = self._counted(c, batch, done)
        except (DataError, IntegrityError):
            # The database refuses a value: find the message, so that the others do not wait.
            for alone in _singly(batch):
                self._commit_alone(alone)
            # Last, since it is the one part that must not be done twice.
            with writing(self._engine) as c:
                self._total = self._counted(c, batch, Ingested(len(batch.messages), 0, 0))

    def _commit_alone(self, batch: Batch) -> None:
        try:
            with writing(self._engine) as c:
                store(c, batch)
        except (DataError, IntegrityError) as error:
            problem = refused(batch.messages[0], "refused_by_database", _brief(error))
            with writing(self._engine) as c:
                problems.write(c, [problem])

    def _counted(self, c: Connection, batch: Batch, done: Ingested) -> Ingested:
        """The totals with this batch, beaten in its transaction, which counts its excess, too."""
        problems.count_up(c, [problem for _, problem in batch.excess])
        before = self._total
        total = Ingested(
            before.messages + done.messages,
            before.rows + done.rows,
            before.problems + done.problems + len(batch.excess),
        )
        self._beat(c, total)
        return total

    def _beat_when_due(self) -> None:
        changed = self._session.connected != self._was_connected
        if changed or monotonic() - self._beaten >= HEARTBEAT_EVERY_S:
            self._beat_alone()

    def _beat_alone(self, *, running: bool = True) -> None:
        """Leave a sign of life; a database that is away is noticed by its absence."""
        try:
            with writing(self._engine) as c:
                self._beat(c, self._total, running=running)
        except SQLAlchemyError as error:
            why = _brief(error)
            told = {"waiting": self._session.waiting, "error": why}
            log.warning("cannot leave a sign of life: %s", why, extra=told)

    def _beat(self, c: Connection, total: Ingested, *, running: bool = True) -> None:
        self._told = self._told or self._told_before(c)
        self._beaten, self._was_connected = monotonic(), self._session.connected
        facts: dict[str, Any] = {
            "running": running,
            "process": os.getpid(),
            "broker": str(self._session.broker),
            "connected": self._session.connected and running,
            "waiting": self._session.waiting,
            "refused": str(self._told),
            **asdict(total),
        }
        heartbeat.beat(c, self._name, datetime.now(UTC) + self._clock_offset, facts)


def _singly(batch: Batch) -> Iterator[Batch]:
    """A batch of each message, without what its limit refused of it."""
    curtailed = {place for place, _ in batch.excess}
    for place, message in enumerate(batch.messages):
        if place in curtailed:
            kept, cut = (
                [one for one in some if one.message is message]
                for some in (batch.read, batch.curtailed)
            )
            yield Batch([message], kept, [], [], cut)
        else:
            yield read_envelopes([message])


def _mark(received: mqtt.Message) -> str:
    return mark(received.packet, received.topic, received.body)


def _brief(error: SQLAlchemyError | StoreError) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]


@contextmanager
def collector_name(var: Path) -> Iterator[str]:
    """A name for this collector that is the same after a restart and no one else's meanwhile.

    The broker keeps a session under this name. It is this installation's number and the first
    place that no running collector holds; the system frees the place of a killed one.
    """
    var.mkdir(parents=True, exist_ok=True)
    installation = _installation(var / "collector.id")
    place = 1
    while True:
        with (var / f"collector-{place}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                place += 1
                continue
            yield f"agro-{installation}-{place}"
            return


def _installation(file: Path) -> str:
    """The number of this installation, made at its first start."""
    with file.open("a+") as numbered:
        fcntl.flock(numbered, fcntl.LOCK_EX)  # two first starts at once make one number
        numbered.seek(0)
        number = numbered.read()
        if not number:
            number = uuid4().hex[:12]
            numbered.write(number)
    return number


@contextmanager
def _few_searches_for_cycles() -> Iterator[None]:
    """Rows are freed by the count of their references: to search among them cost 0.06 ms a message.

    What exists already is left alone, and a search waits for 100,000 new objects.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def run(settings: Settings) -> None:
    """Collect with these settings until SIGTERM or SIGINT.

    Raises
    ------
    StoreError  The database cannot be opened.
    ValueError  The broker's URL cannot be read.
    """
    stop = Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    with collector_name(settings.var) as name:
        session = mqtt.Session(settings.broker, name, TOPICS, group=settings.mqtt_share)
        engine = open_store(settings.database)
        before = {
            number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGINT)
        }
        place = name.rpartition("-")[2]
        if place != "1" and not settings.mqtt_share:
            told = {"collector": f"collector-{place}"}
            line = "collector %s does all the work again; set AGRO_MQTT_SHARE"
            log.warning(line, place, extra=told)
        try:
            collector = Collector(
                engine, session, name=f"collector-{place}", rate=settings.device_rate
            )
            with _few_searches_for_cycles():
                collector.run(stop)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            engine.dispose()
