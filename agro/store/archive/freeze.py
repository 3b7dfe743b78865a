"""A month goes into the archive, or comes back: in steps, each of which may be the last.

1. announce   from here on writers note what they write to the month
2. write      a snapshot of it, under another name; read back and compared; then under its name
3. settle     one small transaction: what was not written to meanwhile is read from the archive
4. clear      its rows leave the database, if they are as many as the archive has

Killed after 1 or 2, everything is in the database; after 3 or in 4, some rows are in both places,
and equal. The next run goes on from there.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, Engine, RowMapping, delete, select, update

from agro.config import now
from agro.errors import AgroError
from agro.store import schema
from agro.store.archive import layout, rows
from agro.store.archive.clear import clear, months_in_partitions, wait_for_writers
from agro.store.archive.guard import folder
from agro.store.archive.months import bounds, month_of
from agro.store.archive.streams import dictionary
from agro.store.archive.thaw import forget, note, put_back, thawed_count
from agro.store.archive.writer import write_month
from agro.store.engine import writing
from agro.store.values import insert_new, time_zone, to_epoch

Told = Callable[[str, int, int], None]  # what is done, rows or series so far, of how many


@dataclass(frozen=True, slots=True)
class Archived:
    """A month in the archive. `left` rows were removed from the database, `kept` series stay."""

    month: str
    file: str
    rows: int
    bytes: int
    left: int
    kept: int


def archivable(engine: Engine, before: str) -> list[str]:
    """The months before this one (2026-07) with rows in the database, oldest first."""
    with engine.connect() as c:
        own = schema.archived_month.c
        announced = c.scalars(select(own.month).where(own.month < before, own.file == ""))
        there = {*announced, *_months_there(c, before)}
    return sorted(there)


def _months_there(c: Connection, before: str) -> set[str]:
    if c.dialect.name == "postgresql":
        return months_in_partitions(c, before)
    end, found = bounds(before)[0], set[str]()
    query = "SELECT min(time) FROM observation WHERE datastream_id = ? AND time >= ? AND time < ?"
    for id_ in rows.datastreams(c):
        time: int | None = -(2**62)
        while (time := c.exec_driver_sql(query, (id_, time, end)).scalar()) is not None:
            month = month_of(time)
            found.add(month)
            time = bounds(month)[1]
    return found


def archive_month(engine: Engine, month: str, told: Told | None = None) -> Archived:
    """Move a month into the archive; one that lies there already takes up what came since.

    Call it within `exclusive`.

    Raises
    ------
    StoreError  What was written cannot be read back as it was; nothing left the database.
    """
    tell = told or (lambda *_: None)
    before = _announce(engine, month)
    left = clear(engine, month, tell) if before["file"] else 0  # of a run that was ended
    if before["file"] and not _is_thawed(engine, month):
        return _archived(engine, month, left)
    wait_for_writers(engine, month)
    file, manifest, marks = _write(engine, month, before, tell)
    _settle(engine, month, file, manifest, marks)
    left += clear(engine, month, tell)
    if before["file"]:
        shutil.rmtree(folder() / before["file"])
    return _archived(engine, month, left)


def _archived(engine: Engine, month: str, left: int) -> Archived:
    with engine.connect() as c:
        found = _entry(c, month)
        kept = thawed_count(c, month)
    return Archived(month, found["file"], found["rows"], found["bytes"], left, kept)


def _announce(engine: Engine, month: str) -> RowMapping:
    with writing(engine) as c:
        row = {"month": month, "rows": 0, "bytes": 0, "archived_at": to_epoch(now())}
        insert_new(c, schema.archived_month, [row], ("month",))
        return _entry(c, month)


def _entry(c: Connection, month: str) -> RowMapping:
    table = schema.archived_month
    return c.execute(select(table).where(table.c.month == month)).mappings().one()


def _is_thawed(engine: Engine, month: str) -> bool:
    with engine.connect() as c:
        return thawed_count(c, month) > 0


def _marks(c: Connection, month: str) -> dict[int, int]:
    own = schema.thawed_month.c
    query = select(own.datastream_id, own.writes).where(own.month == month)
    return dict(c.execute(query).all())


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one moment of the store, however long it reads."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as c, c.begin():
        yield c


def _write(
    engine: Engine, month: str, before: RowMapping, tell: Told
) -> tuple[str, layout.Manifest, dict[int, int]]:
    """Write the month as it is now, compare, and give the folder its name."""
    file = _new_name(month)
    hidden = folder() / f".{file}.{os.getpid()}"
    try:
        with snapshot(engine) as c:
            marks = _marks(c, month)
            written = write_month(
                hidden,
                month,
                str(time_zone(c)),
                _counted(_pieces(c, month, before, marks), month, tell),
                dictionary(c, month),
            )
        tell(f"{month}: reading back", 0, written.rows)
        layout.check(hidden)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    hidden.rename(folder() / file)
    layout.sync(folder())
    return file, written, marks


def _pieces(
    c: Connection, month: str, before: RowMapping, marks: Mapping[int, int]
) -> Iterator[pa.Table]:
    if not before["file"]:
        yield from rows.stored(c, month)
        return
    place = folder() / before["file"]
    manifest = layout.read_manifest(place, before["sha256"])
    cold = layout.series_counts(place).keys() - marks.keys()
    archived = layout.read(place, manifest, sorted(cold)) if cold else iter(())
    yield from rows.merged(archived, rows.stored(c, month, sorted(marks)))


def _counted(pieces: Iterator[pa.Table], month: str, tell: Told) -> Iterator[pa.Table]:
    done = 0
    for piece in pieces:
        done += piece.num_rows
        tell(f"{month}: writing", done, 0)
        yield piece


def _new_name(month: str) -> str:
    """A folder's name that was not used: what others still point to stays what it was."""
    remove_unfinished(month)
    used = [int(path.suffix[1:] or 0) for path in folder().glob(f"{month}.*")]
    return f"{month}.{max(used, default=0) + 1}"


def remove_unfinished(month: str) -> None:
    """Remove what a killed run wrote and did not name."""
    for path in folder().glob(f".{month}.*"):
        shutil.rmtree(path)


def _settle(
    engine: Engine, month: str, file: str, manifest: layout.Manifest, marks: Mapping[int, int]
) -> None:
    """From here on the archive is read, but for what was written to since the snapshot."""
    digest = sha256((folder() / file / layout.MANIFEST).read_bytes()).hexdigest()
    own, thawed = schema.archived_month, schema.thawed_month
    facts = {"file": file, "rows": manifest.rows, "bytes": manifest.bytes, "sha256": digest}
    with writing(engine) as c:
        # Waits for writers under way: they hold a share of this row.
        c.execute(
            update(own).where(own.c.month == month).values(**facts, archived_at=to_epoch(now()))
        )
        for id_, writes in marks.items():
            c.execute(
                delete(thawed).where(
                    thawed.c.month == month,
                    thawed.c.datastream_id == id_,
                    thawed.c.writes == writes,
                )
            )


def restore_month(engine: Engine, month: str, told: Told | None = None) -> int:
    """Bring a month back into the database, whole, and remove it from the archive; its rows.

    Call it within `exclusive`.

    Raises
    ------
    AgroError  It is not in the archive.
    StoreError  The archive cannot be read; nothing was removed.
    """
    with engine.connect() as c:
        own = schema.archived_month
        found = c.execute(select(own).where(own.c.month == month)).mappings().first()
    if found is None or not found["file"]:
        raise AgroError(f"month {month} is not in the archive; see agro archive --list")
    place = folder() / found["file"]
    layout.check(place, found["sha256"])
    counts = layout.series_counts(place)
    for number, id_ in enumerate(sorted(counts)):
        _bring_back(engine, month, found, id_)
        if told:
            told(f"{month}: bringing back", number + 1, len(counts))
    with writing(engine) as c:
        forget(c, month)
    shutil.rmtree(place)
    return int(found["rows"])


def _bring_back(engine: Engine, month: str, found: RowMapping, id_: int) -> None:
    with writing(engine) as c:
        if id_ not in _marks(c, month):
            put_back(c, month, found["file"], found["sha256"], {id_})
            note(c, month, {id_})


def unreferenced(engine: Engine) -> list[Path]:
    """Folders in the archive that this database does not know: of a killed run, or another's."""
    with engine.connect() as c:
        known = set(c.scalars(select(schema.archived_month.c.file)))
    return sorted(
        path for path in folder().glob("[0-9]*") if path.is_dir() and path.name not in known
    )
