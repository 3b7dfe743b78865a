"""`agro alert …`: subscribing, trying, reading the log; no secret on any line."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.alerting import Mailbox

Agro = Callable[..., Any]
SITE, SECRET = "potager-des-ducs", "s3cret"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    started = Mailbox()
    yield started
    started.stop()


def test_a_person_is_subscribed_tried_listed_and_removed(dijon: Agro, mailbox: Mailbox) -> None:
    done = dijon(
        *("alert", "add", "anne@example.org", "--channel", mailbox.channel, "--site", SITE),
        *("--kind", "frost", "--kind", "irrigation", "--quiet", "22:00-07:00", "--wake", "frost"),
        *("--language", "en", "--escalate-to", f"ntfys://{SECRET}", "--escalate-after", "30"),
    )
    assert (done.code, done.out.strip()) == (0, "1"), done.lines
    (told,) = dijon("alert", "list", "--json").json
    assert told["channel"] == "mailto://127.0.0.1"
    assert told["escalates"] == "ntfys://… after 30 min"
    assert (told["kinds"], told["quiet"], told["sites"]) == (
        ["frost", "irrigation"],
        "22:00-07:00",
        [SITE],
    )
    assert SECRET not in dijon("alert", "list").out
    assert dijon("alert", "remove", 1).code == 0
    assert dijon("alert", "list", "--json").json == []
    assert dijon("alert", "remove", 1).code == 2
    assert dijon("alert", "log", "--json").json == []


def test_the_channel_is_read_from_standard_input(
    dijon: Agro, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{mailbox.channel}\n"))
    assert dijon("alert", "add", "anne@example.org").code == 0
    done = dijon("alert", "test", 1)
    assert (done.code, done.out) == (0, "mailto://127.0.0.1: sent\n")
    assert [one["Subject"] for one in mailbox.messages] == ["Message d’essai"]
    mailbox.answer("554 no")
    done = dijon("alert", "test", 1)
    assert done.code == 1
    assert done.lines == ["mailto://127.0.0.1: refused, smtp 554; correct the channel"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--channel", f"nonsense://{SECRET}"), "channel nonsense://…"),
        (("--channel", "ntfys://t", "--quiet", "late"), "--quiet"),
        (("--channel", "ntfys://t", "--kind", "rain"), "kind: 'rain' is unknown"),
        (("--channel", "ntfys://t", "--site", "nowhere"), "site: 'nowhere' is unknown"),
        (("--channel", "ntfys://t", "--escalate-after", "5"), "escalation"),
    ],
)
def test_bad_input_is_one_line(dijon: Agro, words: tuple[str, ...], told: str) -> None:
    done = dijon("alert", "add", "anne@example.org", *words)
    assert (done.code, len(done.lines)) == (2, 1)
    assert done.lines[0].startswith(told)
    assert SECRET not in done.lines[0]
    assert dijon("alert", "test", 7).code == 2


def test_a_calendars_address_is_shown_once(dijon: Agro) -> None:
    first = dijon("alert", "calendar", SITE)
    assert first.code == 0, first.lines
    assert first.out.startswith("http://127.0.0.1:8501/calendar/")
    assert first.out.endswith(".ics\n")
    again = dijon("alert", "calendar", SITE)
    assert (again.code, again.out) == (2, "")
    assert "--renew" in again.lines[0]
    assert dijon("alert", "calendar", SITE, "--renew").out not in ("", first.out)
    assert dijon("alert", "calendar", SITE, "--close").code == 0
    assert dijon("alert", "calendar", "nowhere").code == 2
