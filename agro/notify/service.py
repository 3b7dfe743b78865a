"""The service beside the advice: looks for events, tells who wants to know, keeps calendars."""

import logging
from datetime import datetime, timedelta
from threading import Event
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.config import Settings, now
from agro.notify.calendar import renew_all
from agro.notify.finding import find
from agro.notify.mark import Mark
from agro.notify.sending import escalate, queue, recover, send_due
from agro.store import heartbeat, writing
from agro.store.alerts import calendars, deliveries, events, subscriptions

log = logging.getLogger(__name__)

NAME = "alerts"
SEND_EVERY_S = 2.0
LOOK_EVERY_S = 60.0  # how often the store is searched for events
KEPT = timedelta(days=180)  # what ended, with how it was told
_BEAT_EVERY_S = 30.0
_LONGEST_PAUSE_S = 120.0  # while the database is away


def run(
    engine: Engine,
    settings: Settings,
    stop: Event,
    *,
    look_every_s: float = LOOK_EVERY_S,
    send_every_s: float = SEND_EVERY_S,
) -> None:
    """Look and tell, again and again, until `stop` is set; a second process here stands by."""
    pause, look_at, beat_at = send_every_s, 0.0, 0.0
    with Mark(settings.var) as mark:
        while not stop.is_set():
            try:
                sent = 0
                if mark.hold() and monotonic() >= look_at:
                    _settle_cut(engine, mark)
                    look(engine, now())
                    look_at = monotonic() + look_every_s
                if mark.hold():
                    sent = send_due(engine, mark, settings.origin, now(), stop)
                    if sent or monotonic() >= beat_at:
                        _beat(engine, sent)
                        beat_at = monotonic() + _BEAT_EVERY_S
                pause = 0.0 if sent else send_every_s
            except SQLAlchemyError as error:
                look_at = 0.0  # what was being sent is settled before anything else is
                pause = min(max(2.0 * pause, send_every_s), _LONGEST_PAUSE_S)
                told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
                log.warning("alerts wait %.0f s for the database: %s", pause, told)
            stop.wait(pause)


def _settle_cut(engine: Engine, mark: Mark) -> None:
    with writing(engine) as c:
        recover(c, mark, now())


def look(engine: Engine, at: datetime) -> int:
    """Find what holds, let it wait for who wants it, renew the calendars; new deliveries.

    Where nobody subscribes nothing is looked for.
    """
    with engine.connect() as c:
        is_wanted, has_calendar = subscriptions.count(c) > 0, bool(calendars.calendars(c))
        found = find(c, at) if is_wanted else None
    new = 0
    if found is not None:
        with writing(engine) as c:
            events.take(c, found.events, found.looked, at)
            new = queue(c, at) + escalate(c, at)
            events.forget(c, at - KEPT)
    if has_calendar:
        with writing(engine) as c:
            renew_all(c, at)
    return new


def _beat(engine: Engine, sent: int) -> None:
    with writing(engine) as c:
        heartbeat.beat(c, NAME, now(), {"sent": sent, "states": deliveries.counts(c)})
