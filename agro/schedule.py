"""Advice at start, as often as asked, and soon after new data: kept up to date by itself.

What came in is assessed first, so that advice and pages see its flags; what meters and valves told
becomes irrigation of the logbook, so that advice credits it.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime
from math import isclose
from time import monotonic

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.advice.city import City, city_at
from agro.advice.morning import advise_site
from agro.config import now
from agro.errors import StoreError
from agro.forecast import forecast_all
from agro.records import Advice
from agro.store import (
    decisions,
    farms,
    heartbeat,
    logbook,
    meters,
    readings,
    report_contacts,
    writing,
)
from agro.store.assessment import Assessor, backlog

log = logging.getLogger(__name__)

NAME, ASSESSMENT = "advice", "assessment"
ASSESS_FOR_S = 5.0  # at most in one look, so that advice is not kept waiting by a long history
FORECAST_FOR_S = 5.0  # likewise, for the yields of a large city
BEAT_EVERY_S = 10.0
LOOK_EVERY_S = 2.0  # how often new data is looked for
REST_S = 8.0  # between two runs, however much data comes in
LONGEST_PAUSE_S = 60.0  # between tries while the database is away
SAME_DEPTH = 0.2  # relative change of the dose below which a card stays as it is
SAME_WATER_MM = 2.0  # change of depletion below which a card stays as it is


def run(engine: Engine, stop: threading.Event, every_s: float) -> None:
    """Advise at start, every `every_s` seconds, and when data came in since; until `stop` is set.

    A database that is away is tried again with growing pauses; a site whose advice fails keeps
    its last one and is logged with the reason, and the others go on.
    """
    pause, due_at, rested_at = LOOK_EVERY_S, 0.0, 0.0
    done_for: object = None
    is_owed = False  # whether yields of some site are still to be foreseen
    flags = Flags(engine)
    while not stop.is_set():
        try:
            has_changed = flags.look()
            meters.keep_up(engine, now())
            newest = newest_data(engine)
            due = monotonic() >= due_at
            if due or ((newest != done_for or has_changed) and monotonic() >= rested_at):
                advise_all(engine, now(), keep_all=due)
                forget_contacts(engine)
                is_owed = True
                done_for, rested_at = newest, monotonic() + REST_S
                due_at = monotonic() + every_s if due else due_at
                flags.seen()
            if is_owed:
                is_owed = forecast_all(engine, now(), within_s=FORECAST_FOR_S).waits
            pause = LOOK_EVERY_S
        except (SQLAlchemyError, StoreError) as error:
            pause = min(2.0 * pause, LONGEST_PAUSE_S)
            log.warning("advice waits %.0f s for the database: %s", pause, _line(error))
        stop.wait(pause)


class Flags:
    """Assesses what waits, look by look, with a sign of life; knows whether flags have changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._assessor = engine, Assessor(engine)
        self._devices = self._changed = 0
        self._beaten, self._has_changed = -BEAT_EVERY_S, False

    def look(self) -> bool:
        """Assess for a while; whether a flag has changed since they were `seen`."""
        done = self._assessor.round(within_s=ASSESS_FOR_S)
        self._devices, self._changed = self._devices + done.devices, self._changed + done.changed
        self._has_changed |= done.changed > 0
        if monotonic() - self._beaten >= BEAT_EVERY_S:
            with writing(self._engine) as c:
                heartbeat.beat(c, ASSESSMENT, now(), self._facts(c))
            self._beaten = monotonic()
        return self._has_changed

    def seen(self) -> None:
        """Whoever reads flags has read them as they are now."""
        self._has_changed = False

    def _facts(self, c: Connection) -> dict[str, int]:
        waits = backlog(c).datastreams
        return {"devices": self._devices, "changed": self._changed, "waiting": waits}


def newest_data(engine: Engine) -> object:
    """What differs once anything was measured, noted or planted, however old what it tells of."""
    with engine.connect() as c:
        return readings.written(c), logbook.size(c), tuple(farms.plantings(c))


def advise_all(engine: Engine, at: datetime, *, keep_all: bool = True) -> int:
    """Advise every site and keep the advice; how many plots were advised.

    Without `keep_all` only what differs from the last advice kept is written, so that a stream of
    readings does not become a stream of equal rows.
    """
    with engine.connect() as c, city_at(c, at) as city:
        count, failed = (0, []) if city is None else _advise_each(engine, city, keep_all=keep_all)
    with writing(engine) as c:
        heartbeat.beat(c, NAME, now(), {"plots": count, "failed": failed})
    return count


def forget_contacts(engine: Engine) -> None:
    """Delete who made reports, once the day has come that they were told."""
    with writing(engine) as c:
        report_contacts.forget(c, now())


def _advise_each(engine: Engine, city: City, *, keep_all: bool) -> tuple[int, list[str]]:
    """How many plots were advised, and the sites that could not be."""
    count, failed = 0, list[str]()
    for site in city.wanted:
        try:
            advices = advise_site(city, site)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            failed.append(site.slug)
            told = {"site": site.slug, "reason": type(error).__name__}
            line = _line(error)
            log.error("no advice for site %s: %s", site.slug, line, exc_info=error, extra=told)
            continue
        _keep(engine, site.slug, advices, keep_all=keep_all)
        count += len(advices)
    return count, failed


def _keep(engine: Engine, site: str, advices: Sequence[Advice], *, keep_all: bool) -> None:
    with engine.connect() as c:
        last = {advice.plot: advice for advice in decisions.latest(c, site)}
    changed = [new for new in advices if keep_all or not says_the_same(new, last.get(new.plot))]
    if changed:
        with writing(engine) as c:
            decisions.write(c, changed)


def says_the_same(new: Advice, old: Advice | None) -> bool:
    """Whether a gardener would read the same on the card."""
    if old is None:
        return False
    codes = (new.decision, new.reason, new.confidence, new.cautions, new.crop)
    if codes != (old.decision, old.reason, old.confidence, old.cautions, old.crop):
        return False
    if new.sources.get("drought_order") != old.sources.get("drought_order"):
        return False
    moved = abs(new.depletion_mm - old.depletion_mm) > SAME_WATER_MM
    return not moved and isclose(new.depth_mm, old.depth_mm, rel_tol=SAME_DEPTH, abs_tol=0.5)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
