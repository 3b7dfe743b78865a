"""No question may cost more than this, whoever asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import text as sql_text
from sqlalchemy.exc import DataError, OperationalError

from agro.api.sensor_things.errors import ApiError, bad

PAGE = 100
"""Entities in an answer unless the client asks otherwise."""
LARGEST_PAGE = 1_000
DEEPEST_EXPAND = 5
MOST_ENTITIES = 20_000
"""Entities in one answer, with those that `$expand` brings."""
MOST_SKIPPED = 1_000_000
SECONDS = 10.0
"""So long the database may work on one request."""
_STEPS = 20_000  # of SQLite's machine between two looks at the clock


@contextmanager
def limited(c: Connection, seconds: float | None = None) -> Iterator[None]:
    """Everything in this block within so many seconds, `SECONDS` unless given.

    Raises
    ------
    ApiError  It took longer, or the database cannot compute what was asked.
    """
    seconds = SECONDS if seconds is None else seconds
    until = monotonic() + seconds
    try:
        with _stopped(c, until, seconds):
            yield
    except DataError as error:
        raise bad("the database cannot compute this; a number or a time is too large") from error
    except OperationalError as error:
        if monotonic() < until:
            raise
        raise ApiError(
            503,
            f"this took longer than {seconds:g} s and was stopped; ask one Datastream's "
            "Observations, a shorter time, or without $count and $orderby",
        ) from error


@contextmanager
def _stopped(c: Connection, until: float, seconds: float) -> Iterator[None]:
    if c.dialect.name == "postgresql":
        c.execute(sql_text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        yield
        return
    raw: Any = c.connection.driver_connection
    raw.set_progress_handler(lambda: monotonic() > until, _STEPS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)


class Budget:
    """Counts the entities of one answer."""

    def __init__(self, most: int = MOST_ENTITIES) -> None:
        self._left = most
        self._most = most

    def spend(self, entities: int) -> None:
        """Count so many.

        Raises
        ------
        ApiError  They are too many.
        """
        self._left -= entities
        if self._left < 0:
            raise bad(f"more than {self._most} entities in one answer; lower $top or expand less")
