"""Between entries and rows: columns, what makes a statement the same, what a change changed."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, select

from agro.records import LogEntry
from agro.store import schema
from agro.store.marks import day_start, mark_moisture
from agro.store.values import from_epoch, from_null, to_epoch, to_null

SAID = tuple(f.name for f in fields(LogEntry) if f.name not in ("site", "plot"))
"""The fields of an entry that are columns under their own names."""
_ALL = tuple(f.name for f in fields(LogEntry))
WRITTEN = "written"  # of `details`: the amount in the unit it was written in, like 250 g
_LATER = ("method", "who", "lot", "hours", "area", "details")
_NUMBERS = ("quantity", "hours", "area")
_WATER = "irrigation"


class Places:
    """The ids of sites and plots, asked once for many entries."""

    def __init__(self, c: Connection) -> None:
        site, plot = schema.site.c, schema.plot.c
        self._sites = dict(c.execute(select(site.slug, site.id)).all())
        plots = select(plot.site_id, plot.slug, plot.id)
        self._plots = {(owner, slug): id_ for owner, slug, id_ in c.execute(plots)}

    def of(self, entry: LogEntry) -> tuple[int, int | None]:
        """The site and plot of an entry.

        Raises
        ------
        ValueError  One of them does not exist.
        """
        site = self._sites.get(entry.site)
        plot = self._plots.get((site or 0, entry.plot))
        if site is None or (entry.plot and plot is None):
            raise ValueError(f"no plot {entry.plot!r} on site {entry.site!r}")
        return site, plot


def columns(entry: LogEntry) -> dict[str, Any]:
    """What of an entry stands in columns of its own."""
    own = {name: getattr(entry, name) for name in SAID}
    own |= {name: to_null(own[name]) for name in _NUMBERS}
    return own | {"time": to_epoch(entry.time), "details": dict(entry.details)}


def key(entry: LogEntry, repeat: int = 0) -> str:
    """What makes two entries the same statement: everything said, and who says it.

    What came into the logbook later counts where it is said: older keys stay what they were.
    An amount counts as it was written: 250 g noted here are the 250 g of a file. `repeat` tells
    apart equal lines of one file: 0 the first, 1 the second, …
    """
    said = {name: getattr(entry, name) for name in _ALL} | {"time": to_epoch(entry.time)}
    details = dict(entry.details)
    said |= _as_written(str(details.pop(WRITTEN, "")))
    later = {name: said.pop(name) for name in _LATER}
    later |= {"details": sorted(details.items()), "repeat": repeat}
    parts = [str(part) for part in said.values()]
    parts += [f"{name}={value}" for name, value in later.items() if value and value == value]
    return sha256("\x1f".join(parts).encode()).hexdigest()


def _as_written(amount: str) -> dict[str, Any]:
    """Quantity and unit of an amount like `250 g`; nothing of anything else."""
    number, _, unit = amount.partition(" ")
    try:
        return {"quantity": float(number), "unit": unit} if unit else {}
    except ValueError:
        return {}


def query() -> Select[Any]:
    """All entries: `site` and `plot` by their slugs, the rest as in the table."""
    log = schema.log.c
    own = (log.id, log.batch_id, log.struck_at, log.recorded_at, *(log[name] for name in SAID))
    return (
        select(schema.site.c.slug.label("site"), schema.plot.c.slug.label("plot"), *own)
        .join_from(schema.log, schema.site, schema.site.c.id == log.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == log.plot_id)
    )


def entry_of(row: Mapping[Any, Any]) -> LogEntry:
    """The entry of a row of `query`."""
    said = {name: row[name] for name in SAID}
    said |= {name: from_null(said[name]) for name in _NUMBERS}
    said |= {"time": from_epoch(said["time"]), "details": said["details"] or {}}
    return LogEntry(site=row["site"], plot=row["plot"] or "", **said)


def changes(before: LogEntry, after: LogEntry) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ, as they were and as they became, as JSON holds them."""
    old, new = _told(before), _told(after)
    changed = [name for name in old if old[name] != new[name]]
    return {name: old[name] for name in changed}, {name: new[name] for name in changed}


def _told(entry: LogEntry) -> dict[str, Any]:
    own = {"plot": entry.plot} | columns(entry)
    return own | {"time": from_epoch(own["time"]).isoformat()}


def fields_of(told: Mapping[str, Any] | None) -> dict[str, Any]:
    """Fields of a change as an entry has them: times aware, missing numbers NaN."""
    read: dict[str, Callable[[Any], Any]] = {"time": datetime.fromisoformat}
    read |= dict.fromkeys(_NUMBERS, from_null)
    return {name: read[name](v) if name in read else v for name, v in (told or {}).items()}


def reopen(c: Connection, rows: list[tuple[int, str, int]]) -> None:
    """What depends on these (site, type, time) waits again: a watering explains a probe."""
    watered: dict[int, list[int]] = {}
    for site, type_, time in rows:
        if type_ == _WATER:
            watered.setdefault(site, []).append(time)
    for site, times in watered.items():
        mark_moisture(c, day_start(c, times), (site,))
