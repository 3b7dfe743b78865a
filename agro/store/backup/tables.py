"""Rows of any of our tables between a database and Parquet, so that either database reads them."""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Double,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    cast,
    func,
    select,
    text,
)

from agro.errors import StoreError
from agro.store.observations import make_partitions
from agro.store.values import execute_many

BATCH = 100_000  # rows in memory at once
_TYPES = (
    (JSON, pa.string()),  # as its text
    (SmallInteger, pa.int16()),
    (BigInteger, pa.int64()),
    (Integer, pa.int64()),
    (Double, pa.float64()),
    (Boolean, pa.bool_()),
    (Date, pa.date32()),
    (LargeBinary, pa.binary()),
    (Text, pa.string()),
)


def arrow_schema(table: Table) -> pa.Schema:
    """The columns of a table as Parquet keeps them."""
    return pa.schema([(column.name, _arrow_type(column)) for column in table.columns])


def _arrow_type(column: Column[Any]) -> pa.DataType:
    for kind, arrow in _TYPES:
        if isinstance(column.type, kind):
            return arrow
    raise TypeError(f"column {column} has a type that a backup does not know: {column.type!r}")


def read(c: Connection, table: Table) -> Iterator[pa.Table]:
    """A table's rows in the order of its key, in batches."""
    wanted = arrow_schema(table)
    columns = [
        cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column
        for column in table.columns
    ]
    query = select(*columns).order_by(*table.primary_key)
    with c.execute(query.execution_options(stream_results=True)) as found:
        for rows in found.partitions(BATCH):
            yield _batch(table, wanted, rows)


def _batch(table: Table, wanted: pa.Schema, rows: Sequence[Any]) -> pa.Table:
    arrays = []
    for field, values in zip(wanted, zip(*rows, strict=True), strict=True):
        try:
            arrays.append(pa.array(values, field.type))
        except (pa.ArrowException, OverflowError, TypeError) as error:
            told = f"{table.name}.{field.name} holds what its column may not: {error}"
            raise StoreError(told) from error
    return pa.Table.from_arrays(arrays, schema=wanted)


def to_parquet(rows: pa.Table) -> bytes:
    """A batch as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(content: bytes) -> pa.Table:
    """A batch out of a Parquet file."""
    return pq.read_table(io.BytesIO(content), use_threads=False)


def write(c: Connection, table: str, rows: pa.Table) -> None:
    """Insert a batch, as it is, into a table that does not have these rows."""
    if c.dialect.name == "postgresql":
        if table == "observation":
            days = np.unique(rows.column("time").to_numpy() // 86_400)
            make_partitions(c, {int(day) * 86_400 for day in days})
        _copy(c, table, rows)
        return
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    marks = ", ".join("?" * rows.num_columns)
    values = [tuple(map(_plain, row)) for row in _tuples(rows)]
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - our own names
    execute_many(c, statement, values)


def _plain(value: Any) -> Any:
    """As SQLite keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def _tuples(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _copy(c: Connection, table: str, rows: pa.Table) -> None:
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    driver: psycopg.Connection = c.connection.driver_connection  # type: ignore[assignment]
    try:
        with (
            closing(driver.cursor()) as cursor,
            cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy,
        ):
            for row in _tuples(rows):
                copy.write_row(row)
    except psycopg.Error as error:
        told = str(error).partition("\n")[0]
        raise StoreError(f"table {table} refuses a row: {told}") from error


def count(c: Connection, table: Table) -> int:
    """How many rows a table has."""
    return c.scalar(select(func.count()).select_from(table)) or 0


def set_sequence(c: Connection, table: Table) -> None:
    """New rows of PostgreSQL get numbers after those that were inserted with theirs."""
    if c.dialect.name != "postgresql" or "id" not in table.columns:
        return
    c.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
            f"(SELECT max(id) FROM {table.name})) WHERE EXISTS (SELECT FROM {table.name})"
        )
    )
