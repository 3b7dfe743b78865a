"""What the logbook says: its entries as they stand, or as they are kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from agro.records import LogEntry, Noted
from agro.store import schema
from agro.store.logbook.rows import entry_of, query
from agro.store.values import from_epoch, to_epoch


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which entries are asked for; None: all."""

    site: str | None = None
    plot: str | None = None
    types: Iterable[str] | None = None
    crop: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    batch: int | None = None
    number: int | None = None
    struck: bool = False

    def of(self, asked: Select[Any]) -> Select[Any]:
        """The rows of a query that are wanted."""
        log = schema.log.c
        conditions = [
            (None if self.struck else True, log.struck_at.is_(None)),
            (self.site, schema.site.c.slug == self.site),
            (self.plot, schema.plot.c.slug == (self.plot or None)),
            (self.types, log.type.in_(list(self.types or ()))),
            (self.crop, log.crop == self.crop),
            (self.batch, log.batch_id == self.batch),
            (self.number, log.id == self.number),
        ]
        asked = asked.where(*(condition for value, condition in conditions if value is not None))
        if self.start is not None:
            asked = asked.where(log.time >= to_epoch(self.start))
        if self.end is not None:
            asked = asked.where(log.time < to_epoch(self.end))
        return asked


def size(c: Connection) -> tuple[int, int, int]:
    """How many entries there are, the newest one and the newest change of one.

    It differs once an entry is noted, corrected, struck or restored.
    """
    log, change = schema.log.c, schema.log_revision.c
    entries, newest = c.execute(select(func.count(), func.max(log.id))).one()
    return int(entries), int(newest or 0), int(c.scalar(select(func.max(change.id))) or 0)


def entries(
    c: Connection,
    *,
    site: str | None = None,
    plot: str | None = None,
    types: Iterable[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[LogEntry]:
    """Entries that stand, in [start, end), oldest first; plot "" = of the whole site."""
    wanted = _Wanted(site=site, plot=plot, types=types, start=start, end=end)
    asked = wanted.of(query()).order_by(schema.log.c.time, schema.log.c.id)
    return [entry_of(row) for row in c.execute(asked).mappings()]


def noted(
    c: Connection,
    *,
    site: str | None = None,
    plot: str | None = None,
    types: Iterable[str] | None = None,
    crop: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    batch: int | None = None,
    number: int | None = None,
    struck: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[Noted]:
    """Entries as they are kept, in [start, end), newest first; with `struck` also those struck."""
    log, change = schema.log.c, schema.log_revision.c
    changed = select(func.count()).where(change.log_id == log.id).scalar_subquery()
    wanted = _Wanted(site, plot, types, crop, start, end, batch, number, struck)
    asked = wanted.of(query().add_columns(changed.label("revisions")))
    asked = asked.order_by(log.time.desc(), log.id.desc()).limit(limit).offset(offset)
    return [_noted(row) for row in c.execute(asked).mappings()]


def one(c: Connection, number: int) -> Noted:
    """The entry of this number, also when it is struck.

    Raises
    ------
    ValueError  There is none.
    """
    found = noted(c, number=number, struck=True)
    if not found:
        raise ValueError(f"no entry {number} in the logbook; agro logbook list shows them")
    return found[0]


def count(
    c: Connection,
    *,
    site: str | None = None,
    plot: str | None = None,
    types: Iterable[str] | None = None,
    crop: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    struck: bool = False,
) -> int:
    """How many entries `noted` gives without a limit."""
    wanted = _Wanted(site, plot, types, crop, start, end, struck=struck)
    found = wanted.of(query()).subquery()
    return int(c.scalar(select(func.count()).select_from(found)) or 0)


def crops(c: Connection, site: str) -> list[str]:
    """The crops that the entries of a site name, in the order of their keys."""
    log = schema.log.c
    asked = select(log.crop).join_from(schema.log, schema.site, schema.site.c.id == log.site_id)
    asked = asked.where(schema.site.c.slug == site, log.crop != "").distinct().order_by(log.crop)
    return list(c.scalars(asked))


def _noted(row: Any) -> Noted:
    recorded = row["recorded_at"] if row["recorded_at"] is not None else row["time"]
    struck = row["struck_at"]
    return Noted(
        number=row["id"],
        entry=entry_of(row),
        recorded_at=from_epoch(recorded),
        batch=row["batch_id"],
        struck_at=None if struck is None else from_epoch(struck),
        revisions=row["revisions"],
    )
