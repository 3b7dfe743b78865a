"""Real channels: a mail server, an HTTP service; secrets stay out of sight."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.access.actor import SYSTEM
from agro.errors import BadInput
from agro.notify.channels import masked, read_channel, send
from agro.notify.kinds import FROST
from agro.notify.subscribing import minutes_of, shown, subscribe
from agro.store.access import audit
from agro.store.alerts.subscriptions import AlertSubscription
from agro.words.alerts import AlertText
from tests.alerting import SITE, Mailbox

NOW = datetime(2026, 7, 3, 8, 0, tzinfo=UTC)
SECRET = "pa55word-of-anne"  # noqa: S105 - it is looked for where it must not be
TEXT = AlertText(
    "Risque de gel : Jardin d’été", "L’air descendra à −1 °C.\n.une ligne à point\n\nFin"
)


class Reached:
    """Counts how often the mark would be set."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    reached = Reached()
    assert send(mailbox.channel, TEXT, "alert-7-1", reached).state == "sent"
    (message,) = mailbox.messages
    assert message["Subject"] == TEXT.title
    assert str(message["To"]) == "anne@example.org"
    assert message["Message-ID"] == "<alert-7-1@127.0.0.1>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert mailbox.bodies[0].splitlines() == TEXT.body.splitlines()
    assert reached.count == 1


@pytest.mark.parametrize(
    ("answer", "state"), [("451 later", "again"), ("554 never", "refused"), ("552 full", "refused")]
)
def test_what_the_server_says_decides(mailbox: Mailbox, answer: str, state: str) -> None:
    mailbox.answer(answer)
    outcome = send(mailbox.channel, TEXT, "alert-7-1", Reached())
    assert (outcome.state, outcome.reason) == (state, f"smtp {answer[:3]}")
    assert mailbox.messages == []


def test_a_server_that_is_away_was_given_nothing(mailbox: Mailbox) -> None:
    mailbox.stop()
    reached = Reached()
    outcome = send(mailbox.channel, TEXT, "alert-7-1", reached)
    assert (outcome.state, reached.count) == ("again", 0)


class Service:
    """An HTTP service in the place of ntfy's, which answers a status."""

    def __init__(self) -> None:
        self.status, self.bodies = 200, list[bytes]()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(service.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture
def service() -> Iterator[Service]:
    started = Service()
    yield started
    started.stop()


def test_other_channels_go_through_apprise(service: Service) -> None:
    reached = Reached()
    channel = f"ntfy://anne:{SECRET}@127.0.0.1:{service.port}/jardin"
    assert send(channel, TEXT, "alert-7-1", reached).state == "sent"
    assert reached.count == 1
    assert json.loads(service.bodies[0])["message"] == TEXT.body


def test_a_refusal_of_theirs_is_tried_again_and_tells_no_secret(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.status = 403
    with caplog.at_level(logging.DEBUG):
        outcome = send(
            f"ntfy://anne:{SECRET}@127.0.0.1:{service.port}/jardin", TEXT, "alert-7-1", Reached()
        )
    assert outcome.state == "again"
    assert SECRET not in outcome.reason + caplog.text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"mailtos://anne:{SECRET}@example.org", "mailtos://example.org"),
        (f"ntfys://{SECRET}", "ntfys://…"),
        (f"matrixs://anne:{SECRET}@matrix.example.org/#jardin", "matrixs://…"),
        ("", ""),
    ],
)
def test_a_channel_is_shown_without_what_opens_it(url: str, shown: str) -> None:
    assert masked(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        *("syslog://", "dbus://", "file:///etc/passwd", f"nonsense://{SECRET}", SECRET, ""),
        "mailto://example.org/a@example.org/b@example.org?from=c@example.org",
    ],
)
def test_what_is_no_channel_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(BadInput, match="channel") as refused:
        read_channel(url)
    assert SECRET not in str(refused.value)


def test_each_fault_of_a_subscription_is_one_line(store: Engine) -> None:
    one = AlertSubscription(
        *("anne", SECRET, NOW, ("rain",), ("nowhere",)),
        wake=("snow",),
        language="xx",
        digest_hour=24,
        escalate_after=5,
    )
    with pytest.raises(BadInput, match="channel") as refused:
        subscribe(store, SYSTEM, one)
    assert [line.partition(":")[0].split()[0] for line in refused.value.lines] == [
        *("kind", "wake", "site", "language", "digest", "escalation", "channel")
    ]
    assert SECRET not in str(refused.value)


def test_a_subscription_is_audited_without_its_secret(store: Engine, mailbox: Mailbox) -> None:
    channel = mailbox.channel.replace("mailto://", f"mailto://anne:{SECRET}@")
    one = AlertSubscription("anne", channel, NOW, (FROST,), (SITE,))
    subscribe(store, SYSTEM, one)
    with store.connect() as c:
        (row,) = audit.audited(c)
    assert (row.action, row.site) == ("alert.write", SITE)
    assert SECRET not in str(row) + repr(one) + str(shown(one).channel)


def test_quiet_hours_are_read_from_clocks() -> None:
    assert minutes_of("22:00-07:30") == (1320, 450)
    assert minutes_of("22-7") == (1320, 420)
    for wrong in ("22:00", "25:00-07:00", "late-early"):
        with pytest.raises(ValueError, match=r"time of the day|invalid literal"):
            minutes_of(wrong)
