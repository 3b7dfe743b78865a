"""The server's own way to the database: opened when first asked for, and asked for again after."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine

from agro.config import settings
from agro.store import open_store


class Source:
    """An engine that survives a database which is not there yet."""

    def __init__(self, url: str | None = None) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._lock = Lock()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection to read with.

        Raises
        ------
        StoreError  The database cannot be opened or migrated.
        """
        with self._lock:
            if self._engine is None:
                self._engine = open_store(self._url or settings().database)
        with self._engine.connect() as connection:
            yield connection
