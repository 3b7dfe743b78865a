"""What is kept for so long, and goes then: months to the archive, old audits, sessions that ended.

Alerts and the contacts of reports are forgotten where they are made, by `agro.notify` and
`agro.schedule`.
"""

import logging
import threading
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.config import now
from agro.errors import AgroError
from agro.store import archive, writing
from agro.store.access import audit, sessions
from agro.store.archive.months import limit

log = logging.getLogger(__name__)

LOOK_EVERY_S = 6 * 3600.0


def run(engine: Engine, stop: threading.Event, keep: int, keep_audit: int = 0) -> None:
    """Archive and forget what is too old, now and every few hours, until `stop` is set.

    What fails is logged with its reason and tried again; nothing left the database then.

    Parameters
    ----------
    engine : Of the store.
    stop : Ends it.
    keep, keep_audit : Full months of observations that stay in the database, and of the audit log
        that stay at all; 0: every one (`AGRO_KEEP_MONTHS`, `AGRO_AUDIT_MONTHS`).
    """
    while not stop.is_set():
        try:
            forget(engine, keep_audit)
            if keep:
                _archive(engine, stop, keep)
        except (SQLAlchemyError, AgroError, OSError) as error:
            log.error("cannot archive: %s", str(error).strip().partition("\n")[0])
        stop.wait(LOOK_EVERY_S)


def forget(engine: Engine, keep_audit: int) -> None:
    """Delete the sessions that are over and what the audit log has kept for long enough."""
    at = now()
    with writing(engine) as c:
        sessions.prune(c, at)
        if keep_audit:
            first = datetime.fromisoformat(f"{limit(at, keep_audit)}-01").replace(tzinfo=UTC)
            audit.forget(c, first)


def _archive(engine: Engine, stop: threading.Event, keep: int) -> None:
    for month in archive.archivable(engine, limit(now(), keep)):
        if stop.is_set():
            return
        with archive.exclusive(engine):
            done = archive.archive_month(engine, month)
        log.info("archived %s: %d rows in %d bytes", month, done.rows, done.bytes)
