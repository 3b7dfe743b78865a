"""A batch laid out as a table of the transaction, so that one statement takes it whole.

PostgreSQL takes it by a binary COPY into a temporary table: with 500 messages of six rows the
upsert then takes 32 µs a message, 4 of them our CPU, and from arrays (`unnest`) 52 and 24. Below
a dozen messages the arrays are quicker (one message: 1.4 ms, not 2.5), since the temporary tables
must be asked for and emptied; `tests/benchmarks/test_copy.py` measures both. SQLite takes it by a
hundred rows; the one statement then runs without the interpreter's lock, beside the thread that
receives.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any, Final
from weakref import ref

import psycopg
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError

from agro.store.values import execute_many

_BUCKETS: Final = {"datastream_id": "int4", "start": "int8", "stop": "int8"}
_TABLES: Final = {
    "staged_observation": {
        "datastream_id": "int4",
        "time": "int8",
        "value": "float8",
        "flag": "int2",
        "tests": "int2",
        "uncalibrated": "float8",
    },
    "staged_hour": _BUCKETS,
    "staged_day": _BUCKETS,
}
_COPIED_FROM = 100  # rows; fewer come as arrays
_TOGETHER = 100  # rows in one statement of SQLite: 0.4 µs a row; one by one they take 0.9
_USED = "agro staging"  # among the connection's notes


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that a statement finds under the name of one of the tables above."""

    head: str = ""
    arrays: Mapping[str, list[Any]] = field(default_factory=dict)

    def execute(self, c: Connection, statement: str, **parameters: Any) -> None:
        """Run a statement that reads them."""
        c.execute(_text(self.head + statement), {**self.arrays, **parameters})


def source(c: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> Source:
    """These rows under this name, the quickest way; for the statements given to it alone."""
    if c.dialect.name != "postgresql" or len(rows) >= _COPIED_FROM:
        stage(c, table, rows)
        return Source()
    columns = _TABLES[table]
    arrays = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return Source(_HEADS[table], dict(zip(columns, map(list, arrays), strict=True)))


@lru_cache(maxsize=64)
def _text(statement: str) -> TextClause:
    return text(statement)


def stage(c: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Make `rows` the content of one of the tables above, until it is staged again or committed."""
    if c.dialect.name == "postgresql":
        _make_ready(c, table)
        _copy(c, table, rows)
        return
    # Ordered as the statements want it, so that they need not sort.
    key = ", ".join(list(_TABLES[table])[:2])
    c.exec_driver_sql(
        f"CREATE TEMP TABLE IF NOT EXISTS {table} "
        f"({_typed(table)}, PRIMARY KEY ({key})) WITHOUT ROWID"
    )
    c.exec_driver_sql(f"DELETE FROM {table}")
    _insert(c, table, rows)


def _typed(table: str) -> str:
    """The columns with their types, which SQLite needs to search by them."""
    return ", ".join(f"{name} {kind}" for name, kind in _TABLES[table].items())


def _insert(c: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    one = f"({', '.join('?' * len(_TABLES[table]))})"
    whole = len(rows) - len(rows) % _TOGETHER
    together = f"INSERT INTO {table} VALUES {', '.join([one] * _TOGETHER)}"
    for first in range(0, whole, _TOGETHER):
        values = chain.from_iterable(rows[first : first + _TOGETHER])
        c.exec_driver_sql(together, tuple(values))
    if whole < len(rows):
        execute_many(c, f"INSERT INTO {table} VALUES {one}", rows[whole:])


def _make_ready(c: Connection, table: str) -> None:
    """See to it that the tables are there and this one is empty.

    They are asked for in every transaction, since one that was rolled back may have taken them
    along; a commit empties them, so only a second batch of a transaction finds the first.
    """
    transaction = c.get_transaction()
    before, used = c.info.get(_USED, (None, frozenset()))
    if before is None or before() is not transaction:
        c.execute(_MAKE)
        used = frozenset()
    elif table in used:
        c.execute(text(f"TRUNCATE {table}"))
    # Held weakly: the notes outlive the transaction and must not keep its connection.
    c.info[_USED] = (ref(transaction), used | {table})


def _copy(c: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    driver: psycopg.Connection = c.connection.driver_connection  # type: ignore[assignment]
    statement = f"COPY {table} FROM STDIN (FORMAT BINARY)"
    try:
        with closing(driver.cursor()) as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(_TABLES[table].values()))
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        # Past SQLAlchemy's own execution its errors have to be made by hand.
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, dialect=c.dialect
        ) from error


_MAKE = text(
    "; ".join(
        f"CREATE TEMP TABLE IF NOT EXISTS {table} ({_typed(table)}) ON COMMIT DELETE ROWS"
        for table in _TABLES
    )
)

_HEADS = {
    table: f"WITH {table} ({', '.join(columns)}) AS (SELECT * FROM unnest("
    + ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in columns.items())
    + ")) "
    for table, columns in _TABLES.items()
}
