"""Opening a store: one URL, migrated, with what each database needs to keep its promises."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from agro.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
COLLECTOR_WAITS_S = 30.0
"""How long who cannot come back waits for another writer of an SQLite file."""
VISITOR_WAITS_S = 5.0
"""How long somebody who looks on does: then they are told, and try again."""


def open_store(url: str, *, wait_s: float = COLLECTOR_WAITS_S) -> Engine:
    """Open the database at `url`, bring its tables up to date and return its engine.

    Parameters
    ----------
    url : Of SQLite or PostgreSQL.
    wait_s : How long a write waits for that of another process (SQLite). [s]

    Raises
    ------
    StoreError  The URL cannot be read, or the database cannot be reached or migrated.
    """
    parsed = _parse(url)
    try:
        engine = _create(parsed, wait_s)
        migrate(engine)
    except (SQLAlchemyError, OSError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        hidden = parsed.render_as_string(hide_password=True)
        raise StoreError(f"cannot open the database {hidden}: {reason}") from error
    except CommandError as error:
        hidden = parsed.render_as_string(hide_password=True)
        raise StoreError(
            f"the tables of {hidden} are of another version of this program ({error}); "
            "install the one that wrote them, or a newer one"
        ) from error
    return engine


def create_unmigrated(url: str) -> Engine:
    """An engine for the database at `url`, whose tables stay as they are.

    Raises
    ------
    StoreError  The URL cannot be read.
    """
    return _create(_parse(url))


def _create(url: URL, wait_s: float = COLLECTOR_WAITS_S) -> Engine:
    return _sqlite(url, wait_s) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            f"AGRO_DATABASE_URL is not a database URL: {url!r}; "
            "write sqlite:///var/agro.sqlite or postgresql://user:password@host/database"
        ) from error
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return parsed
    raise StoreError(f"the store runs on SQLite or PostgreSQL, not {parsed.get_backend_name()!r}")


def _postgresql(url: URL) -> Engine:
    # Server-side prepared statements break after a schema change, so they are off.
    options: dict[str, Any] = {"prepare_threshold": None, "connect_timeout": 5}
    return create_engine(url, connect_args=options, pool_pre_ping=True)


def _sqlite(url: URL, wait_s: float) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": wait_s})

    @event.listens_for(engine, "connect")
    def _prepare(connection: SQLiteConnection, _record: object) -> None:
        connection.isolation_level = None  # the BEGIN below is ours, not the driver's
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a message acknowledged after the commit survives a power cut too.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # what a batch is staged in

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its lock at once: upgrading a read later fails when another has written.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: committed when the block ends, rolled back when it raises."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to `revision`; one process at a time, the others wait and find it done."""
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(724210410)")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
