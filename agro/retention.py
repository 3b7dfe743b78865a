"""The database keeps so many months (`AGRO_KEEP_MONTHS`); older ones go to the archive."""

import logging
import threading

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.config import now
from agro.errors import AgroError
from agro.store import archive
from agro.store.archive.months import limit

log = logging.getLogger(__name__)

LOOK_EVERY_S = 6 * 3600.0


def run(engine: Engine, stop: threading.Event, keep: int) -> None:
    """Archive what is older than `keep` full months, now and every few hours, until `stop` is set.

    What fails is logged with its reason and tried again; nothing left the database then.
    """
    while not stop.is_set():
        try:
            for month in archive.archivable(engine, limit(now(), keep)):
                with archive.exclusive(engine):
                    done = archive.archive_month(engine, month)
                log.info("archived %s: %d rows in %d bytes", month, done.rows, done.bytes)
                if stop.is_set():
                    return
        except (SQLAlchemyError, AgroError, OSError) as error:
            log.error("cannot archive: %s", str(error).strip().partition("\n")[0])
        stop.wait(LOOK_EVERY_S)
