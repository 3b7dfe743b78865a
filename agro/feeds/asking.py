"""One source asked for one site: the answer, or what it said last, and a row that tells which."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Generic, Literal, TypeVar

from sqlalchemy import Engine

from agro.records import Site
from agro.store import feeds, problems, writing
from agro.store.feeds import Source
from agro.store.problems import ProblemRow
from sensors.errors import FeedError
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import Answer, Feed, Known, Observed, Place, observed

log = logging.getLogger(__name__)
T = TypeVar("T")

KEPT_FOR = timedelta(hours=12)  # so long the last answer may stand for one that did not come
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)
_SLACK = timedelta(seconds=30)

State = Literal["new", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What asking came to. `age_h` is that of the last good answer (None: there is none)."""

    site: str
    source: str
    state: State
    age_h: float | None
    licence: str
    reason: str = ""
    days: int = 0
    members: int = 0


@dataclass(frozen=True)
class Asked(Generic[T]):
    """The newest values there are, `is_new` if they came just now; None where there are none."""

    found: Observed[T] | None
    outcome: Outcome

    @property
    def is_new(self) -> bool:
        """Whether they came just now."""
        return self.outcome.state == "new"


def place_of(site: Site, zone: tzinfo) -> Place:
    """Where a site lies, for whoever is asked about it."""
    return Place(site.latitude, site.longitude, site.elevation, zone, site.commune)


def ask(
    engine: Engine,
    fetcher: Fetcher,
    feed: Feed[T],
    site: Site,
    zone: tzinfo,
    *,
    at: datetime,
    every: timedelta,
    conditional: bool = True,
) -> Asked[T]:
    """Ask one source for one site, write how it went, and give the newest that is known.

    A question that differs from time to time is not `conditional` on its last answer.
    """
    place = place_of(site, zone)
    with engine.connect() as c:
        was = feeds.source(c, feed.key, site.slug) or _unasked(feed, site)
        kept = feeds.newest_answer(c, feed.key, site.slug)
    answer: Answer | None = None
    try:
        request = feed.ask(place)
        was = replace(was, url=request.url, asked_at=at)
        # Without the last answer at hand, being told that it still holds would be of no use.
        known = Known(was.etag, was.last_modified) if kept and conditional else None
        answer = fetcher.get(feed.key, request, known)
        body = kept[1] if answer.is_unchanged and kept else answer.body
        found = observed(feed, body, place, fetched_at=at)
    except FeedError as error:
        body = answer.body if answer else b""
        return _failed(engine, feed, place, was, kept, error, body, at)
    now = _good(was, found, answer, at + every)
    with writing(engine) as c:
        feeds.answered(c, now, None if answer.is_unchanged else answer.body)
        problems.count_up(c, _faults(found, site, at))
    state: State = "unchanged" if answer.is_unchanged else "new"
    return Asked(found, _outcome(now, state, at))


def kept_values(
    engine: Engine, feed: Feed[T], site: Site, zone: tzinfo, at: datetime
) -> Observed[T] | None:
    """The newest kept answer of a source read again; None where none is kept or it is too old."""
    with engine.connect() as c:
        kept = feeds.newest_answer(c, feed.key, site.slug)
    return _read_again(feed, kept, place_of(site, zone), at)


def _read_again(
    feed: Feed[T], kept: tuple[datetime, bytes] | None, place: Place, at: datetime
) -> Observed[T] | None:
    if kept is None or at - kept[0] > KEPT_FOR:
        return None
    try:
        return observed(feed, kept[1], place, fetched_at=kept[0])
    except FeedError as error:
        log.warning("feed %s: the kept answer cannot be read: %s", feed.key, error.reason)
        return None


def is_due(was: Source | None, at: datetime) -> bool:
    """Whether a source may and should be asked now."""
    return was is None or was.next_try is None or was.next_try <= at + _SLACK


def _unasked(feed: Feed[T], site: Site) -> Source:
    terms = feed.licence
    return Source(
        feed.key,
        site.slug,
        mode="live",
        licence=terms.name,
        attribution=terms.attribution,
        link=terms.link,
    )


def _good(was: Source, found: Observed[T], answer: Answer, next_try: datetime) -> Source:
    known, terms = answer.known, found.licence
    return replace(
        was,
        mode=found.mode,
        licence=terms.name,
        attribution=terms.attribution,
        link=terms.link,
        # A server that says "unchanged" need not repeat by what it knows that.
        etag=known.etag or (was.etag if answer.is_unchanged else ""),
        last_modified=known.last_modified or (was.last_modified if answer.is_unchanged else ""),
        fetched_at=found.fetched_at,
        observed_at=found.observed_at,
        failures=0,
        next_try=next_try,
        reason="",
    )


def _failed(
    engine: Engine,
    feed: Feed[T],
    place: Place,
    was: Source,
    kept: tuple[datetime, bytes] | None,
    error: FeedError,
    body: bytes,
    at: datetime,
) -> Asked[T]:
    pause = min(_FIRST_PAUSE * 2 ** min(was.failures, 10), _LONGEST_PAUSE)
    if error.wait_s:
        pause = max(pause, timedelta(seconds=error.wait_s + 1.0))
    now = replace(
        was, asked_at=at, failures=was.failures + 1, next_try=at + pause, reason=error.reason
    )
    log.warning("feed %s for %s failed: %s", feed.key, was.site, error.reason)
    payload = body.decode("utf-8", "replace")
    row = ProblemRow(
        at,
        feed.key,
        was.site,
        "feed_failed",
        value=error.reason.partition(":")[0],
        detail=error.reason,
        payload=payload,
    )
    with writing(engine) as c:
        feeds.failed(c, now)
        problems.count_up(c, [row])
    found = _read_again(feed, kept, place, at)
    return Asked(found, _outcome(now, "failed", at))


def _faults(found: Observed[T], site: Site, at: datetime) -> list[ProblemRow]:
    """Values of an answer that were left out, counted by their field."""
    return [
        ProblemRow(
            at,
            found.source,
            site.slug,
            "feed_value",
            field=fault.field,
            detail=f"row {fault.row}: {fault.value} {fault.reason}; {fault.remedy}",
        )
        for fault in found.problems
    ]


def _outcome(now: Source, state: State, at: datetime) -> Outcome:
    age = None if now.fetched_at is None else (at - now.fetched_at) / timedelta(hours=1)
    return Outcome(now.site, now.source, state, age, now.licence, now.reason)
