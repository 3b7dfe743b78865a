"""The server's own way to the database: opened when first asked for, and asked for again after."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine

from agro.config import settings
from agro.store import VISITOR_WAITS_S, open_store, writing


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
        with self._opened().connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in one transaction, committed at the end of the block.

        Raises
        ------
        StoreError  The database cannot be opened or migrated.
        """
        with writing(self._opened()) as connection:
            yield connection

    def engine(self) -> Engine:
        """The engine, for who writes through a door of their own.

        Raises
        ------
        StoreError  The database cannot be opened or migrated.
        """
        return self._opened()

    def close(self) -> None:
        """Let go of the database; asked for again, it is opened again."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                url = self._url or settings().database
                self._engine = open_store(url, wait_s=VISITOR_WAITS_S)
            return self._engine
