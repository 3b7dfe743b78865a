"""Rows leave the database once the archive is read in their place.

SQLite deletes in small transactions, so that writers get their turn. PostgreSQL empties the month's
table, which gives its space back at once; what is to stay is put back in the same transaction. The
empty table remains: a writer that has just seen it finds it.
"""

import time
from collections.abc import Callable, Iterator

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import OperationalError

from agro.store import schema
from agro.store.archive import layout, rows
from agro.store.archive.guard import folder
from agro.store.archive.months import bounds
from agro.store.archive.thaw import note, put_back
from agro.store.engine import writing

_LOT = 20_000  # rows in one transaction
_BREATH_S = 0.01  # in which a waiting writer takes its turn
_TRIES, _PAUSE_S = 240, 0.5
_HERE = "datastream_id = ? AND time >= ? AND time < ?"
_COUNT_ONE = f"SELECT count(*) FROM observation WHERE {_HERE}"  # noqa: S608 - our own words
_DELETE_ONE = f"DELETE FROM observation WHERE {_HERE}"  # noqa: S608


def clear(engine: Engine, month: str, tell: Callable[[str, int, int], None]) -> int:
    """Remove a settled month's rows that are read from the archive; how many they were.

    A datastream of which the database has not as many rows as the archive was written to past us:
    it is brought back whole and stays.
    """
    with engine.connect() as c:
        own = schema.archived_month.c
        file = c.execute(select(own.file).where(own.month == month)).scalar_one()
    counts = layout.series_counts(folder() / file)
    if engine.dialect.name == "postgresql":
        return _empty(engine, month, counts)
    return _delete(engine, month, counts, tell)


def _delete(
    engine: Engine, month: str, counts: dict[int, int], tell: Callable[[str, int, int], None]
) -> int:
    left = done = 0
    with engine.connect() as c:
        there = [id_ for id_ in rows.datastreams(c) if rows.is_there(c, id_, month)]
    for lot in _lots(there, counts):
        with writing(engine) as c:
            thawed = _thawed(c, month)
            for id_ in lot:
                if id_ not in thawed:
                    left += _delete_one(c, month, id_, counts.get(id_, 0))
        done += len(lot)
        tell(f"{month}: clearing", done, len(there))
        time.sleep(_BREATH_S)
    return left


def _lots(ids: list[int], counts: dict[int, int]) -> Iterator[list[int]]:
    lot, size = list[int](), 0
    for id_ in ids:
        lot.append(id_)
        size += counts.get(id_, 0)
        if size >= _LOT:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _delete_one(c: Connection, month: str, id_: int, archived: int) -> int:
    key = (id_, *bounds(month))
    if c.exec_driver_sql(_COUNT_ONE, key).scalar() == archived:
        return c.exec_driver_sql(_DELETE_ONE, key).rowcount
    _stays(c, month, {id_})
    return 0


def _stays(c: Connection, month: str, ids: set[int]) -> None:
    own = schema.archived_month
    found = c.execute(select(own).where(own.c.month == month)).mappings().one()
    put_back(c, month, found["file"], found["sha256"], ids)
    note(c, month, ids)


def _thawed(c: Connection, month: str) -> set[int]:
    own = schema.thawed_month.c
    return set(c.scalars(select(own.datastream_id).where(own.month == month)))


# PostgreSQL


def _partition(month: str) -> str:
    return f"observation_{month.replace('-', '')}"


def months_in_partitions(c: Connection, before: str) -> set[str]:
    """The months before this one whose table is there and has rows."""
    there = c.scalars(
        text(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
            "WHERE inhparent = 'observation'::regclass"
        )
    ).all()
    months = {f"{name[-6:-2]}-{name[-2:]}": name for name in there}
    any_ = "SELECT EXISTS (SELECT FROM {})"
    return {
        month
        for month, name in months.items()
        if month < before and c.scalar(text(any_.format(name)))
    }


def _exists(c: Connection, month: str) -> bool:
    return c.scalar(text("SELECT to_regclass(:name)"), {"name": _partition(month)}) is not None


def wait_for_writers(engine: Engine, month: str) -> None:
    """Return when every transaction has ended that wrote to the month and may not have noted it.

    SQLite has one writer at a time, so none.
    """
    if engine.dialect.name == "postgresql":
        _patiently(engine, lambda c: _lock(c, month, "SHARE"))


def _lock(c: Connection, month: str, mode: str) -> bool:
    if not _exists(c, month):
        return False
    c.execute(text(f"LOCK TABLE {_partition(month)} IN {mode} MODE"))
    return True


_IN_THE_WAY = ("55P03", "40P01")  # lock_not_available, deadlock_detected


def _patiently(engine: Engine, act: Callable[[Connection], object]) -> None:
    """Do something that needs a lock without making others wait behind us for long."""
    for number in range(1, _TRIES + 1):
        try:
            with writing(engine) as c:
                c.execute(text("SET LOCAL lock_timeout = '400ms'"))
                act(c)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in _IN_THE_WAY or number == _TRIES:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _empty(engine: Engine, month: str, counts: dict[int, int]) -> int:
    left = 0

    def act(c: Connection) -> None:
        nonlocal left
        if _lock(c, month, "ACCESS EXCLUSIVE"):
            left = _empty_locked(c, month, counts)

    _patiently(engine, act)
    return left


def _empty_locked(c: Connection, month: str, counts: dict[int, int]) -> int:
    table = _partition(month)
    query = f"SELECT datastream_id, count(*) FROM {table} GROUP BY 1"  # noqa: S608
    there: dict[int, int] = dict(c.execute(text(query)).all())
    thawed = _thawed(c, month)
    grown = {
        id_ for id_, count in there.items() if id_ not in thawed and count != counts.get(id_, 0)
    }
    kept = sorted((thawed | grown) & there.keys())
    c.execute(
        text(
            f"CREATE TEMP TABLE kept_rows ON COMMIT DROP AS "  # noqa: S608
            f"SELECT * FROM {table} WHERE datastream_id = ANY(:kept)"
        ),
        {"kept": kept},
    )
    c.execute(text(f"TRUNCATE {table}"))
    c.execute(text(f"INSERT INTO {table} SELECT * FROM kept_rows"))  # noqa: S608
    if grown:
        _stays(c, month, grown)
    return sum(count for id_, count in there.items() if id_ not in thawed and id_ not in grown)
