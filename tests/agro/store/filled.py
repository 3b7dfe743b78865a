"""Rows for every table that a database has, of whatever release: each column another value."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    select,
)

from agro.store.observations import make_partitions

_START = int(datetime(2026, 5, 30, tzinfo=UTC).timestamp())
_ROWS = 2
_EMPTY = {"file"}  # of an archived month: it has no file, so that none is looked for

Rows = dict[str, list[dict[str, Any]]]


def tables_of(c: Connection) -> MetaData:
    """The tables as they stand, without Alembic's own and the partitions of observations."""
    found = MetaData()
    found.reflect(c, only=lambda name, _: not name.startswith(("alembic", "observation_")))
    return found


def fill_tables(c: Connection) -> Rows:
    """Write rows into every table, those first that others belong to; what was written."""
    found = tables_of(c)
    if c.dialect.name == "postgresql":
        make_partitions(c, {_START})
    for table in found.sorted_tables:
        c.execute(table.insert(), [_row(table, number) for number in range(_ROWS)])
    return {table.name: list(_written(c, table)) for table in found.sorted_tables}


def _written(c: Connection, table: Table) -> Iterator[dict[str, Any]]:
    for row in c.execute(select(table).order_by(*table.primary_key)):
        yield dict(row._mapping)


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> Any:
    """The last row has nothing where nothing may stand."""
    for key in column.foreign_keys:
        if key.column.table is column.table:
            return None
        return _value(key.column, number)
    if column.nullable and number == _ROWS - 1:
        return None
    return _of_kind(column, number)


def _of_kind(column: Column[Any], number: int) -> Any:
    kinds = (
        (JSON, {"é": [1, None, number], "day": "2026-05-30"}),
        (Boolean, number == 0),
        (Date, date(2026, 5, 30) + timedelta(number)),
        (Float, 0.1 + number),
        (BigInteger, _START + number),
        (Integer, 1 + number),
        (LargeBinary, b"\x00\xff%d" % number),
    )
    for kind, value in kinds:
        if isinstance(column.type, kind):
            return value
    return "" if column.name in _EMPTY else f'{column} é "{number}"'
