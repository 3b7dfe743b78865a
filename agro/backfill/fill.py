"""One round: ask a storage for what is wanted, store it, write what came of each gap."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Event

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError

from agro.backfill.questions import Question, questions
from agro.backfill.storages import Storages
from agro.config import now
from agro.store import frame_gaps, problems, writing
from agro.store.frame_gaps import Tried, Wanted
from agro.store.frames import GIVEN_UP, NO_STORAGE, STORING
from agro.store.ingest import Message, ingest, refused
from agro.store.values import from_epoch, to_epoch
from sensors.backfill import Stored
from sensors.errors import FeedError

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)  # no storage keeps longer; nor do we keep gaps that are done with
MOST_TRIES = 5  # answers that neither had the frames nor showed that they were never received
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 300, 6 * 3600
_KEYLESS_PAUSE_S = 3600

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """What filling came to.

    `gaps` were looked into by `questions`; `messages` were fetched, `rows` observations written
    and `problems` new; `found` frames of these gaps came, `missing` did not, of which `given_up`
    will not be looked for any more. `trouble` says what kept a server from answering.
    """

    gaps: int = 0
    questions: int = 0
    messages: int = 0
    rows: int = 0
    problems: int = 0
    found: int = 0
    missing: int = 0
    given_up: int = 0
    trouble: tuple[str, ...] = ()

    def plus(self, **more: int) -> "Filled":
        """These counts with more."""
        return replace(self, **{name: getattr(self, name) + n for name, n in more.items()})


def fill(
    engine: Engine,
    storages: Storages,
    wanted: Sequence[Wanted],
    *,
    stop: Event | None = None,
    tell: Tell = lambda _line: None,
) -> Filled:
    """Fetch what is wanted, store it and write what came of each gap.

    A server that does not answer leaves its gaps open; the others go on.

    Raises
    ------
    SQLAlchemyError  The database is away; what was stored before stays.
    """
    this = _Round(engine, storages, stop or Event(), tell)
    why = {one: _hopeless(one) for one in wanted}
    hopeless = [one for one in wanted if why[one]]
    if hopeless:
        this.conclude(hopeless, [Tried(one.gap, None, why[one]) for one in hopeless])
    for question in questions(engine, [one for one in wanted if not why[one]]):
        if this.stop.is_set():
            break
        this.conclude(question.wanted, this.ask(question))
    return this.done


def _hopeless(one: Wanted) -> str:
    """Why nobody can be asked for this, if so."""
    if one.network not in STORING or not one.network_device:
        return NO_STORAGE
    return "too_old" if one.gap and from_epoch(one.before) < now() - KEPT else ""


@dataclass
class _Round:
    """What was asked and what came; `silent` are the applications that do not answer now."""

    engine: Engine
    storages: Storages
    stop: Event
    tell: Tell
    done: Filled = field(default_factory=Filled)
    silent: dict[str, Tried] = field(default_factory=dict)

    def ask(self, question: Question) -> list[Tried]:
        """Fetch and store; what that says of each gap."""
        storage = self.storages.of(question.application)
        if storage is None:
            unasked = Tried(0, _later(_KEYLESS_PAUSE_S), "no_key", asked=False)
            return [replace(unasked, gap=one.gap) for one in question.wanted]
        if question.application in self.silent:
            unasked = self.silent[question.application]
            return [replace(unasked, gap=one.gap) for one in question.wanted]
        self.done = self.done.plus(questions=1)
        newest: dict[str, int] = {}
        try:
            for page in storage.pages(
                question.application,
                question.device,
                from_epoch(question.after),
                # Our seconds are whole ones: the frame that showed the gap is to be among them.
                from_epoch(question.before + 2),
            ):
                self._take(question, page, newest)
                if self.stop.is_set():
                    return []
                if all(newest.get(one.network_device, 0) >= one.before for one in question.wanted):
                    break  # they come in order: what follows is not wanted
        except FeedError as error:
            return self._not_answered(question, error)
        return [_answered(one, newest.get(one.network_device, 0)) for one in question.wanted]

    def _take(self, question: Question, page: Sequence[Stored], newest: dict[str, int]) -> None:
        """Store the messages of a page that are wanted; note how far each device's go."""
        spans: dict[str, list[tuple[int, int]]] = {}
        for one in question.wanted:
            spans.setdefault(one.network_device, []).append((one.after, one.before))
        messages = []
        for stored in page:
            time = to_epoch(stored.time)
            newest[stored.device] = max(time, newest.get(stored.device, 0))
            if any(start <= time <= end for start, end in spans.get(stored.device, ())):
                messages.append(Message(stored.topic, stored.body, stored.time))
        rows, faults = _store(self.engine, messages)
        self.done = self.done.plus(messages=len(messages), rows=rows, problems=faults)

    def _not_answered(self, question: Question, error: FeedError) -> list[Tried]:
        log.warning("gaps of %s wait: %s", question.application, error)
        trouble = f"{question.application}: {error.reason}"
        self.done = replace(self.done, trouble=(*self.done.trouble, trouble))
        pause = _pause(min(one.tries for one in question.wanted))
        next_try = _later(max(pause, int(error.wait_s or 0) + 1))
        if error.reason.startswith("not_found") and question.device:
            # This device is not there, or keeps nothing: no reason to leave the others alone.
            return [
                Tried(one.gap, next_try if one.tries + 1 < MOST_TRIES else None, error.reason)
                for one in question.wanted
            ]
        self.silent[question.application] = Tried(0, next_try, error.reason, asked=False)
        return [Tried(one.gap, next_try, error.reason) for one in question.wanted]

    def conclude(self, wanted: Sequence[Wanted], outcomes: Iterable[Tried]) -> None:
        """Write what came of some gaps, and count it."""
        gaps = [one for one in wanted if one.gap]
        if not gaps:
            self.tell(f"{_named(wanted)}: {self.done.messages} messages stored so far")
            return
        with writing(self.engine) as c:
            frame_gaps.tried(c, outcomes)
            states = frame_gaps.states(c, [one.gap for one in gaps])
        missing = sum(left for _, left in states.values())
        found = sum(one.missing for one in gaps) - missing
        given_up = sum(left for state, left in states.values() if state == GIVEN_UP)
        self.done = self.done.plus(gaps=len(gaps), found=found, missing=missing, given_up=given_up)
        self.tell(f"{_named(gaps)}: {found} of {found + missing} missing frames found")


def _named(wanted: Sequence[Wanted]) -> str:
    names = sorted({one.device for one in wanted})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _answered(one: Wanted, newest: int) -> Tried:
    """What a whole answer says of frames that were not in it.

    If it has the frame that showed the gap, it has all that the network ever received.
    """
    if newest >= one.before:
        return Tried(one.gap, None, "never_received")
    if one.tries + 1 >= MOST_TRIES:
        return Tried(one.gap, None, "not_stored")
    return Tried(one.gap, _later(_pause(one.tries)), "not_stored")


def _pause(tries: int) -> int:
    """Seconds before the next try: 5 min, 15 min, … 6 h."""
    return int(min(_FIRST_PAUSE_S * 3 ** min(tries, 10), _LONGEST_PAUSE_S))


def _later(seconds: int) -> int:
    return to_epoch(now()) + seconds


def _store(engine: Engine, messages: Sequence[Message]) -> tuple[int, int]:
    """Rows and problems that these messages became; a value the database refuses stops no other."""
    if not messages:
        return 0, 0
    try:
        with writing(engine) as c:
            done = ingest(c, messages)
    except (DataError, IntegrityError) as error:
        if len(messages) > 1:
            each = [_store(engine, [message]) for message in messages]
            return sum(rows for rows, _ in each), sum(faults for _, faults in each)
        detail = str(error.orig).strip().partition("\n")[0]
        with writing(engine) as c:
            return 0, problems.write(c, [refused(messages[0], "refused_by_database", detail)])
    return done.rows, done.problems
