"""Each event to each who wants it, once, whatever is stopped in between.

A delivery is written as `due`, claimed as `sending` and committed before a channel is opened; then
it is handed over, then settled. What is found `sending` after a stop goes out again only where the
mark of this machine tells that it had not been handed over.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from threading import Event

from sqlalchemy import Connection, Engine

from agro.notify import channels
from agro.notify.kinds import ANSWERABLE
from agro.notify.mark import Mark
from agro.notify.outcome import Outcome
from agro.notify.readers import told_of
from agro.notify.saying import Known, told
from agro.notify.times import due_at
from agro.store import writing
from agro.store.alerts import deliveries, events, subscriptions
from agro.store.alerts.deliveries import FIRST, SECOND, Delivery
from agro.store.alerts.events import AlertEvent
from agro.store.alerts.subscriptions import AlertSubscription
from agro.store.values import time_zone
from agro.words.alerts import AlertText, alert_again, alert_digest

log = logging.getLogger(__name__)

AT_ONCE = 50  # deliveries in one look
CUT_AFTER = timedelta(minutes=30)  # longer than all the channels of one look take
MOST_TRIES = 12
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)

Send = Callable[[str, AlertText, str, Callable[[], None]], Outcome]
_Given = Mapping[int, AlertSubscription]


@dataclass(frozen=True, slots=True)
class _Message:
    """What goes out at once: one event, or those of a digest."""

    to: AlertSubscription
    step: int
    parts: Sequence[Delivery]

    @property
    def numbers(self) -> list[int]:
        """The deliveries in it."""
        return [one.number for one in self.parts]

    @property
    def number(self) -> int:
        """By which the mark knows it."""
        return min(self.numbers)


@dataclass(frozen=True, slots=True)
class _Round:
    """What is due: messages, and the deliveries of what is over, or nobody wants any more."""

    known: Known
    about: Mapping[int, AlertEvent]
    over: Collection[int]
    ended: Collection[int]
    messages: Sequence[_Message]


def queue(c: Connection, at: datetime) -> int:
    """Let every event that holds wait for each who wants it; how many deliveries are new."""
    zone, standing = time_zone(c), _to_be_told(c, at)
    known = {
        (one.event, one.subscription)
        for one in deliveries.of_events(c, [event.number for event in standing])
    }
    is_told = told_of(c)
    rows = [
        Delivery(event.number, one.number, FIRST, when, when)
        for one in subscriptions.subscriptions(c)
        for event in standing
        if (event.number, one.number) not in known and is_told(one, event.kind, event.site)
        for when in (due_at(one, event.kind, at, zone),)
    ]
    return deliveries.queue(c, rows)


def _to_be_told(c: Connection, at: datetime) -> list[AlertEvent]:
    return [one for one in events.standing(c) if one.until is None or one.until > at]


def escalate(c: Connection, at: datetime) -> int:
    """Give to the second channel what did not arrive, or was not acted upon, in time; how many."""
    zone, standing = time_zone(c), {one.number: one for one in _to_be_told(c, at)}
    given = {one.number: one for one in subscriptions.subscriptions(c) if one.escalate_to}
    known = deliveries.of_events(c, standing) if given else []
    already = {(one.event, one.subscription) for one in known if one.step == SECOND}
    is_told = told_of(c)
    late = [
        one
        for one in known
        if one.step == FIRST
        and one.subscription in given
        and (one.event, one.subscription) not in already
        and _is_late(one, given[one.subscription], standing[one.event], at)
        and is_told(given[one.subscription], standing[one.event].kind, standing[one.event].site)
    ]
    rows = [
        Delivery(one.event, one.subscription, SECOND, when, when)
        for one in late
        for kind in (standing[one.event].kind,)
        for when in (due_at(given[one.subscription], kind, at, zone, in_digest=False),)
    ]
    undelivered = [one.number for one in late if one.state in ("failed", "unclear", "due")]
    deliveries.settle(c, undelivered, "escalated", reason="escalated")
    return deliveries.queue(c, rows)


def _is_late(one: Delivery, to: AlertSubscription, event: AlertEvent, at: datetime) -> bool:
    """Whether the second channel's time has come: unanswered, undelivered, or in doubt."""
    after = timedelta(minutes=to.escalate_after or 0)
    if one.state == "sent" and one.sent_at is not None:
        return event.kind in ANSWERABLE and at - one.sent_at >= after
    has_failed = one.state in ("failed", "unclear") or (one.state == "due" and one.tries > 0)
    return has_failed and at - one.planned_at >= after


def recover(c: Connection, mark: Mark, at: datetime) -> int:
    """Settle what was being sent when a process was stopped; how many deliveries.

    Only who holds the mark may ask: then no living process sends from this machine.
    """
    cut = defaultdict[str, list[int]](list)
    for one in deliveries.in_state(c, "sending"):
        is_ours = one.sender == mark.sender
        if is_ours and one.message != mark.reached:
            cut["due"].append(one.number)
        elif is_ours or (one.sent_at is not None and at - one.sent_at > CUT_AFTER):
            cut["unclear"].append(one.number)
    deliveries.settle(c, cut["due"], "due", reason="stopped_before")
    deliveries.settle(c, cut["unclear"], "unclear", reason="stopped_during")
    return len(cut["due"]) + len(cut["unclear"])


def send_due(
    engine: Engine,
    mark: Mark,
    origin: str,
    at: datetime,
    stop: Event,
    *,
    send: Send = channels.send,
) -> int:
    """Send what is due; how many messages went out. Of a channel that fails the rest waits."""
    found = _look(engine, origin, at)
    if found is None:
        return 0
    if found.over or found.ended:
        with writing(engine) as c:
            deliveries.settle(c, found.over, "over", reason="over")
            deliveries.settle(c, found.ended, "over", reason="ended")
    sent, failing = 0, set[str]()
    for message in found.messages:
        if stop.is_set():
            break
        channel = message.to.channel_of(message.step)
        if channel in failing:
            _postpone(engine, message, at)
            continue
        with writing(engine) as c:
            if not deliveries.claim(c, message.numbers, mark.sender, at):
                continue
        outcome = send(
            channel,
            _text(found.known, message, found.about, at),
            f"alert-{message.number}-{message.to.number}",
            lambda number=message.number: mark.reach(number),  # type: ignore[misc]
        )
        with writing(engine) as c:
            _settle(c, message, outcome, at)
        sent += outcome.state == "sent"
        if outcome.state in ("again", "unclear"):
            failing.add(channel)
    return sent


def _look(engine: Engine, origin: str, at: datetime) -> _Round | None:
    with engine.connect() as c:
        waiting = deliveries.due(c, at, AT_ONCE)
        if not waiting:
            return None
        given = {one.number: one for one in subscriptions.subscriptions(c)}
        about = events.events(c, {one.event for one in waiting})
        known, is_told = Known.read(c, origin), told_of(c)

    def is_wanted(one: Delivery) -> bool:
        to, event = given.get(one.subscription), about[one.event]
        return to is not None and is_told(to, event.kind, event.site)

    over = {one.number for one in waiting if _is_over(about[one.event], at)}
    left = [one for one in waiting if one.number not in over and is_wanted(one)]
    ended = {one.number for one in waiting} - over - {one.number for one in left}
    return _Round(known, about, over, ended, _messages(left, given, about))


def _is_over(event: AlertEvent, at: datetime) -> bool:
    return event.ended_at is not None or (event.until is not None and event.until <= at)


def _messages(
    waiting: Sequence[Delivery], given: _Given, about: Mapping[int, AlertEvent]
) -> list[_Message]:
    """One for each event; one for all that a digest gathers."""

    def together(one: Delivery) -> tuple[int, int, int]:
        to = given[one.subscription]
        is_gathered = to.digest_hour is not None and about[one.event].kind not in to.wake
        alone = 0 if is_gathered and one.step == FIRST else one.number
        return one.subscription, one.step, alone

    return [
        _Message(given[key[0]], key[1], tuple(parts))
        for key, parts in groupby(sorted(waiting, key=together), together)
    ]


def _text(
    known: Known, message: _Message, about: Mapping[int, AlertEvent], at: datetime
) -> AlertText:
    language = message.to.language
    texts = [told(known, about[one.event], language, at) for one in message.parts]
    words = known.words(language)
    text = texts[0] if len(texts) == 1 else alert_digest(words, texts, words.local(at).date())
    return alert_again(words, text) if message.step == SECOND else text


def _settle(c: Connection, message: _Message, outcome: Outcome, at: datetime) -> None:
    tries = 1 + max(one.tries for one in message.parts)
    if outcome.state == "sent":
        deliveries.settle(c, message.numbers, "sent")
        return
    log.warning(
        "alert %d to subscription %d: %s, %s",
        *(message.number, message.to.number, outcome.state, outcome.reason),
    )
    if outcome.state == "again" and tries < MOST_TRIES:
        pause = min(_FIRST_PAUSE * 2 ** min(tries - 1, 10), _LONGEST_PAUSE)
        deliveries.settle(c, message.numbers, "due", reason=outcome.reason, due_at=at + pause)
        return
    state: deliveries.State = "unclear" if outcome.state == "unclear" else "failed"
    deliveries.settle(c, message.numbers, state, reason=outcome.reason)


def _postpone(engine: Engine, message: _Message, at: datetime) -> None:
    with writing(engine) as c:
        deliveries.settle(c, message.numbers, "due", reason="waits", due_at=at + _FIRST_PAUSE)
