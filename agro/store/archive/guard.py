"""One at a time: archiving, bringing back, backup and restore exclude each other, not writers."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from agro.config import settings
from agro.errors import AgroError

_KEY = 724210412
_BUSY = "an archive, backup or restore of this store is running; wait until it has ended"


def folder() -> Path:
    """Where archived months lie. Collectors on several machines must share it."""
    return settings().var / "archive"


@contextmanager
def exclusive(engine: Engine) -> Iterator[None]:
    """Hold the archive of this store, on whatever machine.

    Raises
    ------
    AgroError  Somebody else holds it.
    """
    with locked_folder(), _locked_database(engine):
        yield


@contextmanager
def locked_folder() -> Iterator[None]:
    """Hold the archive's folder; enough where one machine has the store.

    Raises
    ------
    AgroError  Somebody else holds it.
    """
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AgroError(_BUSY) from error
        yield


@contextmanager
def _locked_database(engine: Engine) -> Iterator[None]:
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        if not c.scalar(text(f"SELECT pg_try_advisory_lock({_KEY})")):
            raise AgroError(_BUSY)
        try:
            yield
        finally:
            c.execute(text(f"SELECT pg_advisory_unlock({_KEY})"))
