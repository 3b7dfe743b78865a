"""Observations of a month out of the database, in order of datastream and time, in pieces."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from agro.store.archive import layout
from agro.store.archive.months import bounds

_PIECE = 50_000  # rows
_COLUMNS = ", ".join(layout.SCHEMA.names)
_RANGE = f"SELECT {_COLUMNS} FROM observation WHERE "  # noqa: S608 - our own names
_ONE = f"{_RANGE} datastream_id = ? AND time >= ? AND time < ? ORDER BY time"
_ALL = f"{_RANGE} time >= :start AND time < :end"
_NEXT = "SELECT min(datastream_id) FROM observation WHERE datastream_id > ?"
_ANY = "SELECT 1 FROM observation WHERE datastream_id = ? AND time >= ? AND time < ? LIMIT 1"


def datastreams(c: Connection) -> Iterator[int]:
    """The ids under which SQLite has observations: jumping from one to the next by the key."""
    last: int | None = -(2**31)
    while True:
        last = c.exec_driver_sql(_NEXT, (last,)).scalar()
        if last is None:
            return
        yield last


def is_there(c: Connection, id_: int, month: str) -> bool:
    """Whether SQLite has an observation of this datastream in this month."""
    return c.exec_driver_sql(_ANY, (id_, *bounds(month))).first() is not None


def stored(c: Connection, month: str, ids: Sequence[int] | None = None) -> Iterator[pa.Table]:
    """The rows of a month in the database, of these datastreams or all, in order."""
    if c.dialect.name == "postgresql":
        yield from _streamed(c, month, ids)
        return
    waiting: list[Any] = []
    for id_ in datastreams(c) if ids is None else sorted(ids):
        waiting += c.exec_driver_sql(_ONE, (id_, *bounds(month))).all()
        if len(waiting) >= _PIECE:
            yield _table(waiting)
            waiting = []
    if waiting:
        yield _table(waiting)


def _streamed(c: Connection, month: str, ids: Sequence[int] | None) -> Iterator[pa.Table]:
    start, end = bounds(month)
    which = "" if ids is None else " AND datastream_id = ANY(:ids)"
    values = {"start": start, "end": end} | ({} if ids is None else {"ids": sorted(ids)})
    query = text(f"{_ALL}{which} ORDER BY datastream_id, time")
    with c.execute(query.execution_options(stream_results=True), values) as found:
        for rows in found.partitions(_PIECE):
            yield _table(rows)


def _table(rows: Iterable[Any]) -> pa.Table:
    columns = zip(*rows, strict=True)
    arrays = [
        pa.array(column, field.type) for column, field in zip(columns, layout.SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=layout.SCHEMA)


def merged(cold: Iterable[pa.Table], warm: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Two streams in order, of different datastreams, as one.

    `warm` is cut at every datastream; it has few.
    """
    waiting = _by_datastream(warm)
    following = next(waiting, None)
    for table in cold:
        ids, done = table.column("datastream_id").to_numpy(), 0
        while following is not None and following[0] < int(ids[-1]):
            place = int(np.searchsorted(ids, following[0]))
            if place > done:
                yield table.slice(done, place - done)
            yield following[1]
            done, following = place, next(waiting, None)
        yield table.slice(done)
    while following is not None:
        yield following[1]
        following = next(waiting, None)


def _by_datastream(tables: Iterable[pa.Table]) -> Iterator[tuple[int, pa.Table]]:
    for table in tables:
        ids = table.column("datastream_id").to_numpy()
        cuts = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)]
        for first, last in pairwise(cuts):
            yield int(ids[first]), table.slice(first, last - first)
