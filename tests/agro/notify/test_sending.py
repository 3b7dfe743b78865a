"""When and how often somebody is told: retries, doubt, digests, quiet hours, second channels."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from agro.notify.kinds import FROST, SENSOR_SILENT, VALVE_STUCK
from agro.notify.mark import Mark
from agro.notify.outcome import Outcome
from agro.notify.sending import CUT_AFTER, MOST_TRIES, escalate, queue, recover, send_due
from agro.store import writing
from agro.store.alerts import deliveries, events, subscriptions
from agro.store.alerts.events import AlertEvent
from agro.words.alerts import AlertText
from tests.alerting import SITE, subscribe

NOW = datetime(2026, 7, 3, 8, 0, tzinfo=UTC)  # 10:00 in Dijon
SOON = timedelta(minutes=1)


class Post:
    """In place of the channels: keeps what was handed over, answers what it was told to."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.sent = list(answers), list[tuple[str, AlertText, str]]()

    def __call__(self, url: str, text: AlertText, name: str, reach: Callable[[], None]) -> Outcome:
        reach()
        state = self.answers.pop(0) if self.answers else "sent"
        if state == "sent":
            self.sent.append((url, text, name))
        return Outcome(state, "" if state == "sent" else "told so")  # type: ignore[arg-type]

    @property
    def titles(self) -> list[str]:
        return [text.title for _, text, _ in self.sent]


def silence(device: str = "probe-1", **changed: object) -> AlertEvent:
    facts = {"name": device, "seen": NOW.isoformat()}
    return AlertEvent(SENSOR_SILENT, SITE, "1", device=device, facts=facts, **changed)  # type: ignore[arg-type]


def happens(store: Engine, *found: AlertEvent, at: datetime = NOW) -> int:
    """What a look at this moment finds; how many deliveries are new."""
    looked = {SENSOR_SILENT, FROST, VALVE_STUCK}
    with writing(store) as c:
        events.take(c, found, looked, at)
        return queue(c, at) + escalate(c, at)


def states(store: Engine) -> dict[str, int]:
    with store.connect() as c:
        return deliveries.counts(c)


def send(store: Engine, mark: Mark, post: Post, at: datetime = NOW) -> int:
    return send_due(store, mark, "https://fermes.example", at, Event(), send=post)


def test_an_event_is_told_once_to_each_who_wants_it(store: Engine, mark: Mark) -> None:
    post = Post()
    subscribe(store, "one://")
    subscribe(store, "two://", sites=(SITE,), kinds=(SENSOR_SILENT,))
    subscribe(store, "other-kind://", kinds=(FROST,))
    subscribe(store, "other-site://", sites=("domaine-de-la-cras",))
    assert happens(store, silence()) == 2
    for minute in range(4):  # found again and again
        happens(store, silence(), at=NOW + minute * SOON)
        send(store, mark, post, NOW + minute * SOON)
    assert sorted(url for url, _, _ in post.sent) == ["one://", "two://"]
    assert "https://fermes.example/stations?site=potager-des-ducs" in post.sent[0][1].body
    assert "probe-1" in post.sent[0][1].body


def test_a_new_reader_is_told_of_what_holds_and_not_of_what_is_over(
    store: Engine, mark: Mark
) -> None:
    post = Post()
    subscribe(store, "one://")
    happens(store, silence("a"), silence("b"))
    send(store, mark, post)
    subscribe(store, "late://")
    happens(store, silence("b"), at=NOW + SOON)
    send(store, mark, post, NOW + SOON)
    assert [url for url, _, _ in post.sent] == ["one://", "one://", "late://"]
    happens(store, silence("a"), silence("b"), at=NOW + 2 * SOON)  # silent again, as before
    send(store, mark, post, NOW + 2 * SOON)
    assert [url for url, _, _ in post.sent[3:]] == ["late://"]


def test_what_surely_did_not_arrive_is_tried_again_with_growing_pauses(
    store: Engine, mark: Mark
) -> None:
    post = Post("again", "again")
    subscribe(store, "one://")
    happens(store, silence())
    assert send(store, mark, post) == 0
    assert send(store, mark, post, NOW + timedelta(seconds=59)) == 0
    assert send(store, mark, post, NOW + SOON) == 0
    assert send(store, mark, post, NOW + 2 * SOON) == 0  # two minutes after the second try
    assert send(store, mark, post, NOW + 3 * SOON) == 1
    assert states(store) == {"sent": 1}


def test_it_is_given_up_in_the_end(store: Engine, mark: Mark) -> None:
    post, at = Post(*["again"] * 50), NOW
    subscribe(store, "one://")
    happens(store, silence())
    for _ in range(2 * MOST_TRIES):
        send(store, mark, post, at)
        at += timedelta(hours=1)
    assert states(store) == {"failed": 1}
    assert len(post.answers) == 50 - MOST_TRIES


def test_a_channel_that_fails_is_not_asked_for_each_message(store: Engine, mark: Mark) -> None:
    post = Post("again")
    subscribe(store, "bad://")
    subscribe(store, "good://")
    happens(store, silence("a"), silence("b"), silence("c"))
    send(store, mark, post)
    assert [url for url, _, _ in post.sent] == ["good://"] * 3
    assert states(store) == {"due": 3, "sent": 3}


@pytest.mark.parametrize(("answer", "state"), [("unclear", "unclear"), ("refused", "failed")])
def test_what_may_have_arrived_or_is_refused_is_not_sent_again(
    store: Engine, mark: Mark, answer: str, state: str
) -> None:
    post = Post(answer)
    subscribe(store, "one://")
    happens(store, silence())
    for hour in range(5):
        send(store, mark, post, NOW + timedelta(hours=hour))
    assert (states(store), post.sent) == ({state: 1}, [])


def cut(store: Engine, mark: Mark, *, reached: bool) -> None:
    """A process was killed while it sent, before or after the message was handed over."""

    def killed(_url: str, _text: AlertText, _name: str, reach: Callable[[], None]) -> Outcome:
        if reached:
            reach()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_due(store, mark, "", NOW, Event(), send=killed)
    assert states(store)["sending"] == 1


@pytest.mark.parametrize("reached", [False, True])
def test_the_mark_tells_what_was_handed_over(store: Engine, mark: Mark, reached: bool) -> None:
    post = Post()
    subscribe(store, "one://")
    happens(store, silence("a"), silence("b"))
    cut(store, mark, reached=reached)
    with writing(store) as c:
        assert recover(c, mark, NOW) == 1
    send(store, mark, post, NOW + SOON)
    assert len(post.sent) == (1 if reached else 2)
    assert states(store) == ({"unclear": 1, "sent": 1} if reached else {"sent": 2})


def test_what_another_machine_was_sending_is_in_doubt_after_a_while(
    store: Engine, mark: Mark, tmp_path: Path
) -> None:
    subscribe(store, "one://")
    happens(store, silence())
    with Mark(tmp_path / "other") as other:
        other.hold()
        cut(store, other, reached=False)
        assert other.sender != mark.sender
    with writing(store) as c:
        assert recover(c, mark, NOW + CUT_AFTER / 2) == 0  # it may still be at it
        assert recover(c, mark, NOW + CUT_AFTER + SOON) == 1
    assert states(store) == {"unclear": 1}


def test_one_process_sends_from_a_machine(tmp_path: Path) -> None:
    with Mark(tmp_path) as first, Mark(tmp_path) as second:
        assert first.hold()
        assert first.hold()
        assert not second.hold()
    with Mark(tmp_path) as third:
        assert third.hold()
        third.reach(2**40)
        assert third.reached == 2**40


def test_a_claim_is_granted_once(store: Engine) -> None:
    subscribe(store, "one://")
    happens(store, silence("a"), silence("b"))
    with writing(store) as c:
        numbers = [one.number for one in deliveries.due(c, NOW, 10)]
        assert deliveries.claim(c, numbers[:1], "me", NOW)
    with writing(store) as c:
        assert not deliveries.claim(c, numbers, "you", NOW)
    assert states(store) == {"due": 1, "sending": 1}


def test_what_is_over_before_it_is_told_is_told_no_more(store: Engine, mark: Mark) -> None:
    post = Post()
    subscribe(store, "quiet://", quiet_from=0, quiet_until=18 * 60)
    happens(store, silence("ends"), silence("until", until=NOW + timedelta(hours=2)))
    happens(store, silence("until", until=NOW + timedelta(hours=2)), at=NOW + SOON)
    assert send(store, mark, post) == 0
    assert send(store, mark, post, NOW + timedelta(hours=9)) == 0
    assert states(store) == {"over": 2}


def test_quiet_hours_wait_and_what_wakes_does_not(store: Engine, mark: Mark) -> None:
    post = Post()
    night = datetime(2026, 7, 3, 21, 0, tzinfo=UTC)  # 23:00 in Dijon
    subscribe(store, "one://", quiet_from=22 * 60, quiet_until=7 * 60, wake=(FROST,))
    frost = AlertEvent(FROST, SITE, "d", facts={"day": "2026-07-04", "temperature": -1.0})
    happens(store, silence(), frost, at=night)
    send(store, mark, post, night)
    assert post.titles == ["Risque de gel : Potager des Ducs".replace(" :", "\u00a0:")]
    send(store, mark, post, datetime(2026, 7, 4, 4, 59, tzinfo=UTC))
    assert len(post.sent) == 1
    send(store, mark, post, datetime(2026, 7, 4, 5, 0, tzinfo=UTC))
    assert len(post.sent) == 2


def test_a_digest_gathers_a_day(store: Engine, mark: Mark) -> None:
    post = Post()
    subscribe(store, "one://", digest_hour=18, language="en")
    happens(store, silence("a"), silence("b"))
    happens(store, silence("a"), silence("b"), silence("c"), at=NOW + timedelta(hours=5))
    assert send(store, mark, post, NOW + timedelta(hours=7, minutes=59)) == 0
    assert send(store, mark, post, NOW + timedelta(hours=8)) == 1
    assert post.titles == ["3 alerts, Friday 3 July"]
    assert [post.sent[0][1].body.count(f" {name} ") for name in "abc"] == [1, 1, 1]
    assert states(store) == {"sent": 3}


def test_a_digest_cut_off_before_its_end_goes_out_whole(store: Engine, mark: Mark) -> None:
    post, evening = Post(), NOW + timedelta(hours=8)
    subscribe(store, "one://", digest_hour=10)
    happens(store, silence("a"), silence("b"))
    with pytest.raises(KeyboardInterrupt):
        send_due(store, mark, "", NOW, Event(), send=_killed)
    assert states(store) == {"sending": 2}
    with writing(store) as c:
        recover(c, mark, evening)
    assert send(store, mark, post, evening) == 1
    assert states(store) == {"sent": 2}


def _killed(_url: str, _text: AlertText, _name: str, _reach: Callable[[], None]) -> Outcome:
    raise KeyboardInterrupt


def test_what_nobody_acted_upon_goes_to_the_second_channel_once(store: Engine, mark: Mark) -> None:
    post = Post()
    subscribe(store, "first://", escalate_to="second://", escalate_after=30, language="en")
    happens(store, silence("a"), silence("b"))
    send(store, mark, post)
    for minutes in (10, 29, 30, 31, 90):
        at = NOW + minutes * SOON
        happens(store, silence("a"), at=at)  # b was mended meanwhile
        send(store, mark, post, at)
    urls = [url for url, _, _ in post.sent]
    assert urls == ["first://", "first://", "second://"]
    assert post.titles[2] == "Reminder: Silent sensor: Potager des Ducs"
    assert states(store) == {"sent": 3}


def test_what_cannot_be_answered_is_not_escalated_once_it_arrived(
    store: Engine, mark: Mark
) -> None:
    post = Post()
    subscribe(store, "first://", escalate_to="second://", escalate_after=30)
    frost = AlertEvent(FROST, SITE, "d", facts={"day": "2026-07-04", "temperature": -1.0})
    happens(store, frost)
    send(store, mark, post)
    happens(store, frost, at=NOW + timedelta(hours=2))
    send(store, mark, post, NOW + timedelta(hours=2))
    assert [url for url, _, _ in post.sent] == ["first://"]


@pytest.mark.parametrize("answer", ["again", "refused", "unclear"])
def test_what_did_not_arrive_goes_to_the_second_channel(
    store: Engine, mark: Mark, answer: str
) -> None:
    post = Post(answer, *["again"] * 20 if answer == "again" else [])
    subscribe(store, "first://", escalate_to="second://", escalate_after=5)
    happens(store, silence())
    send(store, mark, post)
    post.answers = []
    happens(store, silence(), at=NOW + 5 * SOON)
    send(store, mark, post, NOW + 5 * SOON)
    assert [url for url, _, _ in post.sent] == ["second://"]
    assert states(store) == {"escalated": 1, "sent": 1}


def test_who_unsubscribed_is_told_nothing_more_and_the_channel_is_forgotten(
    store: Engine, mark: Mark
) -> None:
    post = Post()
    number = subscribe(store, "one://secret")
    happens(store, silence())
    with writing(store) as c:
        assert subscriptions.remove(c, number)
        assert not subscriptions.remove(c, number)
        ended = subscriptions.find(c, number)
    assert ended is not None
    assert ended.channel == ""
    send(store, mark, post)
    assert (post.sent, states(store)) == ([], {"over": 1})


def test_a_kind_that_could_not_be_looked_for_ends_nothing(store: Engine) -> None:
    subscribe(store, "one://")
    happens(store, silence())
    with writing(store) as c:
        events.take(c, [], {FROST}, NOW)
        assert [one.device for one in events.standing(c)] == ["probe-1"]
        events.take(c, [], {SENSOR_SILENT}, NOW)
        assert events.standing(c) == []
        assert events.forget(c, NOW + SOON) == 1
        assert events.count(c) == 0
