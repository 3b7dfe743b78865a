"""Bringing back what is about to be changed: a datastream of an archived month, all of it.

On PostgreSQL the order of steps is what makes this hold beside an archiver at work. A writer
inserts first (its lock on the month's table keeps rows from leaving) and looks for archived months
then; the archiver announces a month, waits for writers under way, and only then reads it. Whatever
was written in between is noted in `thawed_month` in the writer's own transaction, and what is noted
stays. Between an archived and a written row of the same time the written one wins.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, delete, func, select, text

from agro.store import schema
from agro.store.archive import layout
from agro.store.archive.guard import folder
from agro.store.archive.months import bounds, spanned
from agro.store.staging import stage
from agro.store.values import execute_many, insert

Span = tuple[int, int, int]  # datastream id, start and end in epoch s

_COLUMNS = ", ".join(layout.SCHEMA.names)
_PUT_BACK = f"INSERT INTO observation ({_COLUMNS}) "
_EVER = 2**62


def thaw_first(c: Connection, spans: Iterable[tuple[int, int, float]]) -> None:
    """Bring back what these spans touch (end may be infinite), before it is read and changed."""
    if c.dialect.name == "postgresql":
        # Rows of no month leave the database until this transaction ends.
        c.execute(text("LOCK TABLE observation IN ACCESS SHARE MODE"))
    thaw(c, [(id_, start, int(min(end, _EVER))) for id_, start, end in spans])


def thaw(c: Connection, spans: Sequence[Span]) -> None:
    """Bring back what these spans touch, and note that it was written to.

    Raises
    ------
    StoreError  The archive cannot be read.
    """
    touched = _touched(c, spans)
    if not touched:
        return
    months, thawed = schema.archived_month.c, schema.thawed_month
    query = select(months.month, months.file, months.sha256).where(months.month.in_(touched))
    if c.dialect.name == "postgresql":
        ids = {id_ for some in touched.values() for id_ in some}
        own = schema.datastream.c.id
        c.execute(select(own).where(own.in_(ids)).order_by(own).with_for_update()).all()
        query = query.order_by(months.month).with_for_update(read=True)
    for month, file, digest in c.execute(query).all():
        here = thawed.c.month == month
        noted = set(c.scalars(select(thawed.c.datastream_id).where(here)))
        if file:
            put_back(c, month, file, digest, touched[month] - noted)
        note(c, month, touched[month])


def _touched(c: Connection, spans: Sequence[Span]) -> dict[str, set[int]]:
    """Archived month → datastreams whose spans meet it."""
    if not spans:
        return {}
    archived = set(c.scalars(select(schema.archived_month.c.month)))
    if not archived:
        return {}
    first, last = bounds(min(archived))[0], bounds(max(archived))[1]
    found: dict[str, set[int]] = {}
    of_span: dict[tuple[int, int], list[str]] = {}
    for id_, start, stop in spans:
        if start >= last or stop <= first:
            continue
        key = (max(start, first), min(stop, last))
        if key not in of_span:
            of_span[key] = [month for month in spanned(*key) if month in archived]
        for month in of_span[key]:
            found.setdefault(month, set()).add(id_)
    return found


def note(c: Connection, month: str, ids: Collection[int]) -> None:
    """Say that these datastreams of a month are in the database and were written to."""
    table = schema.thawed_month
    statement = insert(c, table)
    again = statement.on_conflict_do_update(
        index_elements=["month", "datastream_id"], set_={"writes": table.c.writes + 1}
    )
    rows = [{"month": month, "datastream_id": id_, "writes": 1} for id_ in sorted(ids)]
    if rows:
        c.execute(again, rows)


def put_back(c: Connection, month: str, file: str, digest: str, ids: Collection[int]) -> None:
    """Insert the archived rows of these datastreams that the database does not have."""
    if not ids:
        return
    place = folder() / file
    manifest = layout.read_manifest(place, digest)
    for table in layout.read(place, manifest, sorted(ids)):
        _insert(c, list(_rows(table)), month)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(table.column(name).to_pylist() for name in layout.SCHEMA.names), strict=True)


def _insert(c: Connection, rows: list[tuple[Any, ...]], month: str) -> None:
    if c.dialect.name != "postgresql":
        execute_many(c, f"{_PUT_BACK} VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
        return
    # Late: it looks for archived months after every write.
    from agro.store.observations import make_partitions

    make_partitions(c, {bounds(month)[0]})
    stage(c, "staged_observation", rows)
    told = f"{_PUT_BACK} SELECT {_COLUMNS} FROM staged_observation ON CONFLICT DO NOTHING"  # noqa: S608
    c.execute(text(told))


def forget(c: Connection, month: str) -> None:
    """The month is in the database as any other."""
    # In the order in which `thaw` takes them, so that the two cannot wait in a circle.
    for table in (schema.archived_month, schema.thawed_month):
        c.execute(delete(table).where(table.c.month == month))


def thawed_count(c: Connection, month: str) -> int:
    """How many datastreams of an archived month are in the database."""
    table = schema.thawed_month
    return c.scalar(select(func.count()).where(table.c.month == month)) or 0
