"""Alerts under kills: each event reaches its reader once, on a real SMTP server.

The process that sends is killed three times with no warning. The suite sends some events
(`tests/agro/notify/test_killed.py`), `make bench` many (`tests/benchmarks/test_alerts.py`).
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import Engine

from agro.notify.kinds import REPORT_NEARBY
from agro.store import farms, reports, writing
from agro.store.alerts import deliveries, subscriptions
from agro.store.alerts.subscriptions import AlertSubscription
from agro.store.reports import Report
from tests.conftest import free_port

SITE = "potager-des-ducs"
_SENDER = """
from threading import Event
from agro.config import settings
from agro.notify import service
from agro.store import open_store
told = settings()
service.run(open_store(told.database), told, Event(), look_every_s=1.0, send_every_s=0.05)
"""


class _Taking:
    """What takes the mail. The server reads every attribute of it anew for each connection."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.answers: list[str] = []  # codes that are given first

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message, or refuse it."""
        if self.answers:
            return self.answers.pop(0)
        self.received.append(envelope.content)
        return "250 taken"


class Mailbox:
    """A real SMTP server on this machine."""

    def __init__(self) -> None:
        self._taking = _Taking()
        self.received = self._taking.received
        self._read: list[EmailMessage] = []
        self.port = free_port()
        self._controller = Controller(
            self._taking, hostname="127.0.0.1", port=self.port, server_hostname="mail.example.org"
        )
        self._controller.start()
        self._runs = True

    def answer(self, *codes: str) -> None:
        """Give these before mail is taken again."""
        self._taking.answers += codes

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived; read when it is asked for, which takes longer than to receive it."""
        for content in self.received[len(self._read) :]:
            message = message_from_bytes(content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self._read.append(message)
        return self._read

    @property
    def channel(self) -> str:
        """Its address as a channel, with a secret that nobody is to see."""
        return self.channel_of("anne@example.org")

    def channel_of(self, reader: str) -> str:
        """The channel of another reader."""
        return f"mailto://127.0.0.1:{self.port}/{reader}?from=agro@example.org&mode=insecure"

    @property
    def bodies(self) -> list[str]:
        """What the messages say."""
        return [str(one.get_content()) for one in self.messages]

    def stop(self) -> None:
        if self._runs:
            self._controller.stop()
        self._runs = False


@dataclass
class Sending:
    """Processes that send the alerts of one store."""

    url: str
    var: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {"AGRO_DATABASE_URL": self.url, "AGRO_VAR": str(self.var)}
        process = subprocess.Popen([sys.executable, "-c", _SENDER], env=environment)
        self.started.append(process)
        return process

    def stop(self) -> None:
        for process in self.started:
            process.kill()
            process.wait(10)


def endure(store: Engine, sending: Sending, mailbox: Mailbox, count: int) -> float:
    """Tell `count` events under three kills; the seconds it took."""
    subscribe(store, mailbox.channel, kinds=(REPORT_NEARBY,), sites=(SITE,))
    happen(store, count)
    began = time.monotonic()
    process = sending.start()
    for share in (0.2, 0.5, 0.8):
        wait_until(lambda least=share * count: len(mailbox.received) >= least)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process = sending.start()
    wait_until(lambda: _settled(store, count), every=0.2)
    took = time.monotonic() - began
    time.sleep(1.0)  # for what would come twice
    arrived = [message_from_bytes(one) for one in mailbox.received]  # the quick way to read many
    told = Counter(number for one in arrived for number in _numbers(_body(one)))
    assert told == Counter({f"n{number}" for number in range(count)})
    names = Counter(str(one["Message-ID"]) for one in arrived)
    assert len(names) == count
    with store.connect() as c:
        states = deliveries.counts(c)
    # What was cut off after its last word arrived, and says that nobody heard so.
    assert states.get("sent", 0) + states.get("unclear", 0) == count
    assert states.get("unclear", 0) <= 3
    return took


def _settled(store: Engine, count: int) -> bool:
    with store.connect() as c:
        states = deliveries.counts(c)
    return states.get("sent", 0) + states.get("unclear", 0) >= count


def _body(message: Message) -> str:
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def _numbers(body: str) -> list[str]:
    return [word.rstrip(".") for word in body.split() if word[:1] == "n" and word[1:].isdigit()]


def happen(store: Engine, count: int) -> None:
    """So many reports of today, each at its own address near the garden."""
    at = datetime.now(UTC)
    with writing(store) as c:
        site = next(one for one in farms.sites(c) if one.slug == SITE)
        for number in range(count):
            place = {"latitude": site.latitude, "longitude": site.longitude}
            asked = at - timedelta(seconds=count - number)
            told = {"address": f"n{number}", "requested_at": asked}
            reports.add(c, Report("agro", f"r{number}", "tree", at, **place, **told))


def subscribe(store: Engine, channel: str, **told: Any) -> int:
    """A subscription by this channel."""
    told.setdefault("created_at", datetime.now(UTC))
    with writing(store) as c:
        return subscriptions.add(c, AlertSubscription("anne@example.org", channel, **told))


def wait_until(true: Callable[[], object], *, seconds: float = 300.0, every: float = 0.01) -> None:
    """Wait until something is so, looking every so many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(every)
