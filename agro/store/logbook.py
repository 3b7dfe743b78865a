"""The logbook, in farmOS's types: what people and machines did, once each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, select

from agro.config import now
from agro.records import LogEntry
from agro.store import schema
from agro.store.marks import day_start, mark_moisture
from agro.store.values import from_epoch, from_null, insert_new, to_epoch, to_null

_SAID = tuple(f.name for f in fields(LogEntry) if f.name not in ("site", "plot"))
_LATER = ("method", "who", "lot", "hours", "area", "details")


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
                "method": entry.method,
                "who": entry.who,
                "lot": entry.lot,
                "hours": to_null(entry.hours),
                "area": to_null(entry.area),
                "details": dict(entry.details),
                "recorded_at": to_epoch(now()),
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
    """What makes two entries the same statement: everything said, and who says it.

    What came into the logbook later counts where it is said: older keys stay what they were.
    """
    said = asdict(entry) | {"time": to_epoch(entry.time)}
    later = {name: said.pop(name) for name in _LATER}
    parts = [str(part) for part in said.values()]
    parts += [f"{name}={value}" for name, value in later.items() if value and value == value]
    return sha256("\x1f".join(parts).encode()).hexdigest()


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
    said = (log[name] for name in _SAID)
    query = (
        select(schema.site.c.slug.label("site"), schema.plot.c.slug.label("plot"), *said)
        .where(log.struck_at.is_(None))
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
    return [_entry(row) for row in c.execute(query).mappings()]


def _entry(row: Mapping[Any, Any]) -> LogEntry:
    read: dict[str, Callable[[Any], Any]] = {
        "time": from_epoch,
        "quantity": from_null,
        "hours": from_null,
        "area": from_null,
    }
    told = {name: read[name](value) if name in read else value for name, value in row.items()}
    return LogEntry(**told | {"plot": row["plot"] or "", "details": row["details"] or {}})
