"""Between Python and the database: NaN and NULL, aware times and epoch seconds."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from math import isnan, nan
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection, Insert, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from agro.store import schema


def to_null(value: float | None) -> float | None:
    """NaN is stored as NULL."""
    return None if value is None or isnan(value) else float(value)


def from_null(value: float | None) -> float:
    """NULL is read as NaN."""
    return nan if value is None else float(value)


def to_epoch(time: datetime) -> int:
    """Whole epoch seconds of an aware time.

    Raises
    ------
    ValueError  The time is naive.
    """
    if time.tzinfo is None:
        raise ValueError(f"time must be aware: {time.isoformat()}; give it a time zone")
    return int(time.timestamp())


def from_epoch(seconds: int) -> datetime:
    """Aware UTC time of epoch seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def insert(c: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert of this database's dialect, the one that knows `on_conflict_…`."""
    return postgresql.insert(table) if c.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(c: Connection, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert rows; a row whose `key` exists is overwritten by the new one."""
    if not rows:
        return
    statement = insert(c, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    if changed:
        c.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), rows)
    else:
        c.execute(statement.on_conflict_do_nothing(index_elements=list(key)), rows)


def read_frame(c: Connection, query: Select[Any]) -> pd.DataFrame:
    """What a query gives, a column for each of its own, by their names."""
    names = list(query.selected_columns.keys())
    columns = list(zip(*c.execute(query).all(), strict=True)) or [()] * len(names)
    return pd.DataFrame(dict(zip(names, columns, strict=True)), columns=names)


def execute_many(c: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a SQLite statement with ?1, ?2, … for each row.

    The driver takes the rows as they are: preparing each for SQLAlchemy costs more than the
    database's own work on it.
    """
    c.exec_driver_sql(statement, list(rows))


def insert_new(
    c: Connection, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str]
) -> int:
    """Insert the rows whose `key` is new and return how many there were."""
    if not rows:
        return 0
    statement: Insert = insert(c, table).on_conflict_do_nothing(index_elements=list(key))
    return len(c.execute(statement.returning(*table.primary_key), list(rows)).all())


def time_zone(c: Connection) -> tzinfo:
    """The city's time zone, in which a `day` is a local date; UTC before a city is loaded."""
    name = c.execute(select(schema.city.c.timezone)).scalar()
    return ZoneInfo(name) if name else UTC
