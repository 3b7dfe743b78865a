"""Citizens' reports of another system, read page by page; their status follows it.

A round asks for what changed since the last round that was read to its end (less an overlap), so
an answer that failed or was cut is asked for again and nothing is lost. Reports that are open here
and of which the source has not told lately are asked for by their names, so that one that was
closed long after it was made is closed here too.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection, Engine

from agro.config import Settings
from agro.feeds.asking import Outcome, ask, is_due
from agro.records import Site
from agro.store import (
    farms,
    feeds,
    problems,
    report_forwards,
    report_sources,
    reports,
    writing,
)
from agro.store.problems import ProblemRow
from agro.store.report_forwards import Forward
from agro.store.report_reading import Reading, reading
from agro.store.reports import Change
from agro.store.values import time_zone
from sensors.feeds import open311
from sensors.feeds.fetching import Fetcher
from sensors.feeds.open311 import Endpoint, Service, ServiceRequest
from sensors.feeds.source import Feed

log = logging.getLogger(__name__)

OVERLAP = timedelta(hours=1)  # clocks differ, and what is updated may show late
MOST_PAGES = 200  # in one round
UNHEARD = timedelta(days=1)


@dataclass(frozen=True)
class Round:
    """One round over one system: who is asked, for whose city, when."""

    engine: Engine
    fetcher: Fetcher
    endpoint: Endpoint
    site: Site
    zone: tzinfo
    at: datetime
    every: timedelta
    reading: Reading


def is_asked(settings: Settings) -> bool:
    """Whether the operator named a system whose reports are read."""
    return bool(settings.open311_url)


def endpoint_of(settings: Settings) -> Endpoint | None:
    """Whose reports are read; None where the operator named nobody."""
    if not settings.open311_url:
        return None
    return Endpoint(
        settings.open311_url,
        settings.open311_key.get_secret_value(),
        settings.open311_jurisdiction,
        settings.open311_format,
        settings.open311_licence,
    )


def fetch_reports(
    engine: Engine, fetcher: Fetcher, settings: Settings, at: datetime, *, only_due: bool = True
) -> list[Outcome]:
    """Read what changed at the other system, when it is due; one outcome of the round."""
    endpoint = endpoint_of(settings)
    if endpoint is None:
        return []
    with engine.connect() as c:
        site = city_site(farms.sites(c))
        known = None if site is None else feeds.source(c, open311.KEY, site.slug)
        zone, by = time_zone(c), reading(c)
    if site is None or (only_due and not is_due(known, at)):
        return []
    every = timedelta(seconds=settings.feed_every)
    asking = Round(engine, fetcher, endpoint, site, zone, at, every, by)
    try:
        asking = replace(asking, reading=replace(by, kinds=_kinds(asking)))
        return [_pages(asking), *_open_ones(asking)]
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # What nobody foresaw in an answer stops nothing else, and is asked again later.
        log.error("reports of %s: %s", endpoint.base, error, exc_info=error)
        with writing(engine) as c:
            feeds.postpone(c, site.slug, at + every)
        return []


def city_site(sites: Sequence[Site]) -> Site | None:
    """Where what is of the whole city is written down: its control post, else its first site."""
    return next((one for one in sites if one.kind == "control_post"), next(iter(sites), None))


def _kinds(asking: Round) -> dict[str, Service]:
    """The services of the other system by their code; without them a report names its own."""
    found = _ask_services(asking)
    return {} if found is None else {one.code: one for one in found}


def _ask_services(asking: Round) -> tuple[Service, ...] | None:
    asked = ask(
        asking.engine,
        asking.fetcher,
        open311.services(asking.endpoint),
        asking.site,
        asking.zone,
        at=asking.at,
        every=asking.every,
    )
    return None if asked.found is None else asked.found.value


def _pages(asking: Round) -> Outcome:
    """Every page of what changed; a page without anything new is the last."""
    with asking.engine.connect() as c:
        until = report_sources.read_until(c, open311.KEY)
    since = None if until is None else until - OVERLAP
    seen, newest = set[str](), until
    for page in range(1, MOST_PAGES + 1):
        feed = open311.requests(asking.endpoint, updated_after=since, page=page)
        # Answers are kept by the second in which they came.
        outcome, found = _ask(asking, feed, asking.at + timedelta(seconds=page - 1))
        if found is None:
            return outcome
        new = [one for one in found if one.reference not in seen]
        if not new:
            _read(asking, newest)
            return outcome
        seen |= {one.reference for one in new}
        _take(asking, new)
        times = [one.updated_at or one.requested_at for one in new]
        newest = max((at for at in (newest, *times) if at is not None), default=None)
    return _too_many(asking, outcome)


def _ask(
    asking: Round, feed: Feed[tuple[ServiceRequest, ...]], at: datetime
) -> tuple[Outcome, tuple[ServiceRequest, ...] | None]:
    """An answer, or None where it failed: what was kept of another page is none of this one."""
    asked = ask(
        asking.engine,
        asking.fetcher,
        feed,
        asking.site,
        asking.zone,
        at=at,
        every=asking.every,
        conditional=False,
    )
    if asked.outcome.state == "failed" or asked.found is None:
        return asked.outcome, None
    return asked.outcome, asked.found.value


def _read(asking: Round, newest: datetime | None) -> None:
    """The round was whole; a time that is still to come does not hide what comes before it."""
    if newest is not None:
        with writing(asking.engine) as c:
            report_sources.has_read(c, open311.KEY, min(newest, asking.at))


def _take(asking: Round, told: Sequence[ServiceRequest]) -> None:
    with writing(asking.engine) as c:
        ours = report_forwards.by_reference(c, open311.KEY, [one.reference for one in told])
        theirs = [one for one in told if one.reference not in ours]
        reports.take(c, [asking.reading.report(one, asking.at) for one in theirs])
        for one in told:
            if one.reference in ours:
                _follow(c, one, *ours[one.reference], asking.at)


def _follow(c: Connection, one: ServiceRequest, was: Forward, ours: str, at: datetime) -> None:
    """A report of ours that was handed on stands as the other system says, when that changes."""
    report = reports.report(c, reports.OWN, ours)
    if report is None or (one.status, one.status_notes) == (was.status, was.status_notes):
        return
    told = {"status": one.status, "status_notes": one.status_notes}
    report_forwards.settle(c, was.report_id, "taken", **told)
    if (one.status, one.status_notes) != (report.status, report.status_notes):
        when = min(one.updated_at or at, at)
        reports.settle(c, report, Change(when, one.status, one.status_notes, open311.KEY))


def _open_ones(asking: Round) -> list[Outcome]:
    """How those stand that are open here and were not told of lately."""
    with asking.engine.connect() as c:
        known = feeds.source(c, open311.NAMED_KEY, asking.site.slug)
        since = asking.at - UNHEARD
        names = report_sources.unheard(c, open311.KEY, since, open311.MOST_NAMED)
        room = open311.MOST_NAMED - len(names)
        names += report_forwards.unheard(c, open311.KEY, since, room) if room else []
    if not names or not is_due(known, asking.at):
        return []
    outcome, found = _ask(asking, open311.named(asking.endpoint, names), asking.at)
    _take(asking, found or ())
    with writing(asking.engine) as c:  # answered or not, the next question is of others
        report_sources.asked(c, open311.KEY, names, asking.at)
        report_forwards.asked(c, open311.KEY, names, asking.at)
    return [outcome]


def _too_many(asking: Round, outcome: Outcome) -> Outcome:
    """More pages than one round reads: the next begins where this one did, and it is told."""
    told = f"more than {MOST_PAGES} pages of {open311.PAGE_SIZE} reports"
    row = ProblemRow(asking.at, open311.KEY, asking.site.slug, "feed_value", "page", detail=told)
    with writing(asking.engine) as c:
        problems.count_up(c, [row])
    return replace(outcome, reason=told)
