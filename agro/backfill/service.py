"""The service beside the collector: fills gaps as they become due."""

import logging
import os
from dataclasses import asdict, replace
from datetime import timedelta
from threading import Event

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.backfill.fill import KEPT, Filled, fill
from agro.backfill.storages import Storages
from agro.config import Settings, now
from agro.store import frame_gaps, heartbeat, writing
from agro.store.values import to_epoch

log = logging.getLogger(__name__)

NAME = "backfill"
LOOK_EVERY_S = 30.0
BEAT_EVERY = timedelta(minutes=5)
_LONGEST_PAUSE_S = 120.0  # between two looks while the database is away


def run(
    engine: Engine, settings: Settings, stop: Event, *, look_every_s: float = LOOK_EVERY_S
) -> None:
    """Fill gaps as they become due, until `stop` is set; at start all that are open.

    A server or a database that is away is waited for; nothing else waits.

    Raises
    ------
    ValueError  The server's address or a key cannot be used.
    """
    total, pause, beat_at, at = Filled(), look_every_s, now(), None
    with Storages(settings) as storages:
        while not stop.is_set():
            try:
                with engine.connect() as c:
                    due = frame_gaps.due(c, at)
                done = fill(engine, storages, due, stop=stop)
                total = _added(total, done)
                if due or now() >= beat_at:
                    _beat(engine, storages.url, total)
                    beat_at = now() + BEAT_EVERY
                pause = look_every_s
            except SQLAlchemyError as error:
                pause = min(2.0 * pause, _LONGEST_PAUSE_S)
                log.warning("gaps wait %.0f s for the database: %s", pause, _brief(error))
            stop.wait(pause)
            at = to_epoch(now())


def _added(total: Filled, done: Filled) -> Filled:
    """The totals with this round; what is missing and troubles are those of the last that asked."""
    counted = asdict(done)
    del counted["trouble"], counted["missing"]
    last = done if done.questions else total
    return replace(total.plus(**counted), missing=last.missing, trouble=last.trouble)


def _beat(engine: Engine, url: str, total: Filled) -> None:
    """Leave a sign of life, and forget what is done with."""
    facts = {"running": True, "process": os.getpid(), "server": url, **asdict(total)}
    with writing(engine) as c:
        heartbeat.beat(c, NAME, now(), facts)
        frame_gaps.forget(c, to_epoch(now() - KEPT))


def _brief(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
