"""The logbook, in farmOS's types: what people and machines did, once each."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, select

from agro.records import LogEntry
from agro.store import schema
from agro.store.marks import day_start, mark_moisture
from agro.store.values import from_epoch, from_null, insert_new, to_epoch, to_null


def write(c: Connection, entries: Sequence[LogEntry]) -> int:
    """Store entries and return how many were new; the same entry again changes nothing.

    Raises
    ------
    ValueError  A site or plot does not exist.
    """
    sites = dict(c.execute(select(schema.site.c.slug, schema.site.c.id)).all())
    plots = {
        (site_id, slug): id_
        for site_id, slug, id_ in c.execute(
            select(schema.plot.c.site_id, schema.plot.c.slug, schema.plot.c.id)
        )
    }
    rows = []
    for entry in entries:
        site_id = sites.get(entry.site)
        plot_id = plots.get((site_id or 0, entry.plot))
        if site_id is None or (entry.plot and plot_id is None):
            raise ValueError(f"no plot {entry.plot!r} on site {entry.site!r}")
        rows.append(
            {
                "key": _key(entry),
                "site_id": site_id,
                "plot_id": plot_id,
                "type": entry.type,
                "time": to_epoch(entry.time),
                "quantity": to_null(entry.quantity),
                "unit": entry.unit,
                "crop": entry.crop,
                "variety": entry.variety,
                "notes": entry.notes,
                "source": entry.source,
            }
        )
    new = insert_new(c, schema.log, rows, ("key",))
    watered: dict[int, list[int]] = {}
    for row in rows:
        if new and row["type"] == "irrigation":
            watered.setdefault(row["site_id"], []).append(row["time"])
    for site_id, times in watered.items():
        # A watering explains what a probe says from that day on.
        mark_moisture(c, day_start(c, times), (site_id,))
    return new


def _key(entry: LogEntry) -> str:
    """What makes two entries the same statement: everything said, and who says it."""
    said = asdict(entry) | {"time": to_epoch(entry.time)}
    return sha256("\x1f".join(str(part) for part in said.values()).encode()).hexdigest()


def size(c: Connection) -> tuple[int, int]:
    """How many entries there are, and the number of the newest: what differs once one is noted."""
    count, newest = c.execute(select(func.count(), func.max(schema.log.c.id))).one()
    return int(count), int(newest or 0)


def entries(
    c: Connection,
    *,
    site: str | None = None,
    plot: str | None = None,
    types: Iterable[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[LogEntry]:
    """Entries in [start, end), oldest first."""
    log = schema.log.c
    query = (
        select(
            schema.site.c.slug,
            schema.plot.c.slug,
            log.type,
            log.time,
            log.quantity,
            log.unit,
            log.crop,
            log.variety,
            log.notes,
            log.source,
        )
        .join_from(schema.log, schema.site, schema.site.c.id == log.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == log.plot_id)
        .order_by(log.time, log.id)
    )
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    if plot is not None:
        query = query.where(schema.plot.c.slug == plot)
    if types is not None:
        query = query.where(log.type.in_(list(types)))
    if start is not None:
        query = query.where(log.time >= to_epoch(start))
    if end is not None:
        query = query.where(log.time < to_epoch(end))
    return [_entry(row) for row in c.execute(query)]


def _entry(row: Any) -> LogEntry:
    site, plot, type_, time, quantity, *said = row
    return LogEntry(site, plot or "", type_, from_epoch(time), from_null(quantity), *said)
