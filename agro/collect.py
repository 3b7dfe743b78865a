"""The collector: broker → one transaction per batch → acknowledgement.

A message is acknowledged after its rows or its problem are committed, never before: whatever is
killed, the broker sends it again, and writing it again changes nothing. While the database is
away the batch is kept and tried again; the broker keeps the rest.
"""

import fcntl
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
from agro.store import heartbeat, open_store, problems, writing
from agro.store.ingest import Ingested, Message, ingest, refused
from sensors import mqtt

log = logging.getLogger(__name__)

TOPICS = (
    "v3/+/devices/+/up",  # The Things Stack v3
    "application/+/device/+/event/up",  # ChirpStack v4
    "agro/+/+",  # plain JSON
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
    """

    def __init__(self, engine: Engine, session: mqtt.Session, *, name: str = "collector") -> None:
        self._engine = engine
        self._session = session
        self._name = name
        # A demo's season may run at another date: messages arrive by the application's clock.
        self._clock_offset = now() - datetime.now(UTC)
        self._total = Ingested(0, 0, 0)
        self._beaten = -HEARTBEAT_EVERY_S
        self._was_connected = False

    def run(self, stop: Event) -> None:
        """Collect until `stop` is set; what is not committed by then stays with the broker."""
        with self._session:
            while not stop.is_set():
                received = self._session.batch()
                if received and self._store([self._message(one) for one in received], stop):
                    self._session.acknowledge(received)
                self._beat_when_due()
        self._beat_alone(running=False)

    def _message(self, received: mqtt.Message) -> Message:
        arrived_at = received.arrived_at + self._clock_offset
        return Message(received.topic, received.body, arrived_at)

    def _store(self, messages: Sequence[Message], stop: Event) -> bool:
        """Commit these messages, however long it takes; False when told to stop before."""
        pause = _FIRST_PAUSE_S
        while not stop.is_set():
            try:
                self._commit(messages)
            except SQLAlchemyError as error:
                log.warning("cannot write %d messages yet: %s", len(messages), _brief(error))
                stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                return True
        return False

    def _commit(self, messages: Sequence[Message]) -> None:
        try:
            with writing(self._engine) as c:
                self._total = self._counted(c, ingest(c, messages))
        except (DataError, IntegrityError):
            # The database refuses a value: find the message, so that the others do not wait.
            for message in messages:
                self._commit_alone(message)

    def _commit_alone(self, message: Message) -> None:
        try:
            with writing(self._engine) as c:
                ingest(c, [message])
        except (DataError, IntegrityError) as error:
            problem = refused(message, "refused_by_database", _brief(error))
            with writing(self._engine) as c:
                problems.write(c, [problem])

    def _counted(self, c: Connection, done: Ingested) -> Ingested:
        """The totals with this batch, beaten in its transaction."""
        before = self._total
        total = Ingested(
            before.messages + done.messages,
            before.rows + done.rows,
            before.problems + done.problems,
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
            log.warning("cannot leave a sign of life: %s", _brief(error))

    def _beat(self, c: Connection, total: Ingested, *, running: bool = True) -> None:
        self._beaten, self._was_connected = monotonic(), self._session.connected
        facts: dict[str, Any] = {
            "running": running,
            "process": os.getpid(),
            "broker": str(self._session.broker),
            "connected": self._session.connected and running,
            "waiting": self._session.waiting,
            **asdict(total),
        }
        heartbeat.beat(c, self._name, datetime.now(UTC) + self._clock_offset, facts)


def _brief(error: SQLAlchemyError) -> str:
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
            log.warning("collector %s does all the work again; set AGRO_MQTT_SHARE", place)
        try:
            Collector(engine, session, name=f"collector-{place}").run(stop)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            engine.dispose()
