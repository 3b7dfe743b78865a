"""Files that were imported, each of which can be taken back as a whole, and brought again."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from agro.config import now
from agro.records import Batch
from agro.store import schema
from agro.store.logbook.changes import REDONE, UNDONE, bring_back, strike_all, struck_by_undoing
from agro.store.values import from_epoch, to_epoch


def open_batch(c: Connection, batch: Batch) -> int:
    """Store a batch and return its number; `number` and `undone_at` of it say nothing.

    Raises
    ------
    ValueError  Its site does not exist.
    """
    site = c.scalar(select(schema.site.c.id).where(schema.site.c.slug == batch.site))
    if site is None:
        raise ValueError(f"no site {batch.site!r}")
    values = {
        "site_id": site,
        "file": batch.file,
        "sha256": batch.sha256,
        "imported_at": to_epoch(batch.imported_at),
        "who": batch.who,
        "new": batch.new,
        "refused": batch.refused,
    }
    own = schema.log_batch.c.id
    return int(c.execute(insert(schema.log_batch).values(values).returning(own)).scalar_one())


def close_batch(c: Connection, number: int, *, new: int, refused: int) -> Batch | None:
    """Say how many entries of a batch were new, and how many rows were refused.

    One that brought nothing new is forgotten: None.
    """
    own = schema.log_batch.c.id == number
    if not new:
        c.execute(delete(schema.log_batch).where(own))
        return None
    c.execute(update(schema.log_batch).where(own).values(new=new, refused=refused))
    return batch_of(c, number)


def batches(c: Connection, *, site: str | None = None) -> list[Batch]:
    """The files that were imported, newest first."""
    return _batches(c, site=site)


def batch_of(c: Connection, number: int) -> Batch:
    """The batch of this number.

    Raises
    ------
    ValueError  There is none.
    """
    found = _batches(c, number=number)
    if not found:
        raise ValueError(f"no import {number}; agro logbook batches lists them")
    return found[0]


def undo_batch(c: Connection, number: int, *, who: str, at: datetime | None = None) -> int:
    """Strike every standing entry that an import brought; how many were. Twice is once.

    Raises
    ------
    ValueError  There is no such import.
    """
    if batch_of(c, number).undone_at is not None:
        return 0
    when = at or now()
    _undone(c, number, to_epoch(when))
    return strike_all(c, schema.log.c.batch_id == number, who, UNDONE, at=when)


def redo_batch(c: Connection, number: int, *, who: str, at: datetime | None = None) -> int:
    """Bring back what the undoing of an import struck; how many entries.

    What was struck by hand before stays struck.

    Raises
    ------
    ValueError  There is no such import.
    """
    if batch_of(c, number).undone_at is None:
        return 0
    its = (schema.log.c.batch_id == number) & struck_by_undoing()
    back = bring_back(c, its, who, REDONE, at=at)
    _undone(c, number, None)
    return back


def _undone(c: Connection, number: int, at: int | None) -> None:
    own = update(schema.log_batch).where(schema.log_batch.c.id == number)
    c.execute(own.values(undone_at=at))


def _batches(c: Connection, *, site: str | None = None, number: int | None = None) -> list[Batch]:
    own = schema.log_batch.c
    asked = select(schema.log_batch, schema.site.c.slug.label("site")).join_from(
        schema.log_batch, schema.site, schema.site.c.id == own.site_id
    )
    if site is not None:
        asked = asked.where(schema.site.c.slug == site)
    if number is not None:
        asked = asked.where(own.id == number)
    return [
        Batch(
            number=row["id"],
            imported_at=from_epoch(row["imported_at"]),
            undone_at=None if row["undone_at"] is None else from_epoch(row["undone_at"]),
            **{name: row[name] for name in ("site", "file", "sha256", "who", "new", "refused")},
        )
        for row in c.execute(asked.order_by(own.id.desc())).mappings()
    ]
