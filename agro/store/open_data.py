"""What open data is made of, read in bounded parts: newest values, daily sums, city equipment."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import nan
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from agro.store import deployments, schema
from agro.store.buckets import LONGEST_DAY
from agro.store.readings import NO_DEPTH
from agro.store.values import from_epoch, from_null, to_epoch

_END = 1 << 40  # epoch s, after all times
_DAY_COLUMNS = (
    *("start", "count", "total", "minimum", "maximum"),
    *("suspect", "failed", "missing"),
)


class NewestRow(NamedTuple):
    """The newest observation of a datastream; `depth_cm` NaN = none."""

    device: str
    quantity: str
    depth_cm: float
    time: datetime
    value: float
    flag: int


class Asset(NamedTuple):
    """A piece of the city's own equipment, where it stands and how its values come."""

    device: str
    name: str
    kind: str
    commune: str
    latitude: float
    longitude: float
    mode: str
    source: str
    licence: str
    details: Mapping[str, Any]


class DayRow(NamedTuple):
    """A local day of one series; its sums are of the believable values."""

    device: str
    site: str
    plot: str
    quantity: str
    depth_cm: float
    start: int
    values: int
    total: float
    minimum: float
    maximum: float
    suspect: int
    failed: int
    missing: int


def newest(c: Connection, *, of_assets: bool = False) -> list[NewestRow]:
    """The newest observation of every series whose device stands somewhere.

    Of the farms' devices, or of the city's own equipment.
    """
    stream, thing = schema.datastream, schema.thing
    theirs = thing.c.id.in_(select(schema.asset.c.thing_id))
    query = (
        select(
            thing.c.device,
            stream.c.quantity,
            stream.c.depth_cm,
            stream.c.latest_time,
            stream.c.latest_value,
            stream.c.latest_flag,
        )
        .join_from(stream, thing)
        .where(stream.c.latest_time.is_not(None))
        .where(theirs if of_assets else deployments.is_standing())
        .order_by(thing.c.device, stream.c.quantity, stream.c.depth_cm)
    )
    return [
        NewestRow(device, quantity, _depth(depth), from_epoch(time), from_null(value), flag)
        for device, quantity, depth, time, value, flag in c.execute(query)
    ]


def _depth(depth: float) -> float:
    return nan if depth == NO_DEPTH else float(depth)


def assets(c: Connection) -> list[Asset]:
    """The city's own equipment, by name of its device."""
    asset, thing = schema.asset.c, schema.thing
    names = ("kind", "commune", "latitude", "longitude", "mode", "source", "licence", "details")
    query = (
        select(thing.c.device, thing.c.name, *(asset[name] for name in names))
        .join_from(schema.asset, thing, thing.c.id == asset.thing_id)
        .order_by(thing.c.device)
    )
    found = []
    for row in c.execute(query).mappings():
        told = dict(row) | {"details": row["details"] or {}}
        told |= {name: from_null(row[name]) for name in ("latitude", "longitude")}
        found.append(Asset(**told))
    return found


def hour_totals(c: Connection, quantity: str, start: int) -> dict[str, float]:
    """Device → what it added up in the hour that starts at `start` (epoch s)."""
    hour, stream, thing = schema.rollup_hour.c, schema.datastream, schema.thing
    query = (
        select(thing.c.device, func.sum(hour.total))
        .join_from(stream, thing)
        .join(schema.rollup_hour, hour.datastream_id == stream.c.id)
        .where(stream.c.quantity == quantity, hour.start == start, hour.count > 0)
        .group_by(thing.c.device)
    )
    return {device: float(total) for device, total in c.execute(query)}


def days(
    c: Connection,
    quantities: tuple[str, ...],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    site: str = "",
    plots_only: bool = False,
) -> Iterator[DayRow]:
    """Local days that start in [start, end), series by series, each where its device stood then.

    Ask for a garden's year at a time: what is asked for is read at once, as a server-side cursor
    makes PostgreSQL plan for its first rows and takes three times as long.
    """
    day, stream, thing, stay = (
        schema.rollup_day,
        schema.datastream,
        schema.thing,
        schema.deployment,
    )
    span = (0 if start is None else to_epoch(start), _END if end is None else to_epoch(end))
    query = (
        select(
            thing.c.device,
            schema.site.c.slug,
            schema.plot.c.slug.label("plot"),
            stream.c.quantity,
            stream.c.depth_cm,
            *(day.c[name] for name in _DAY_COLUMNS),
        )
        .join_from(stay, thing, thing.c.id == stay.c.thing_id)
        .join(stream, stream.c.thing_id == thing.c.id)
        .join(
            day,
            (day.c.datastream_id == stream.c.id)
            & deployments.holds_bucket(day.c.start, span, LONGEST_DAY),
        )
        .join(schema.site, schema.site.c.id == stay.c.site_id)
        .join(schema.plot, schema.plot.c.id == stay.c.plot_id, isouter=not plots_only)
        .where(stream.c.quantity.in_(quantities), deployments.is_of_farms())
        .order_by(thing.c.device, stream.c.quantity, stream.c.depth_cm, day.c.start)
    )
    if site:
        query = query.where(schema.site.c.slug == site)
    for row in c.execute(query):
        device, own, plot, quantity, depth, at, values, total, low, high, *counts = row
        sums = (from_null(total), from_null(low), from_null(high))
        where = (device, own, plot or "", quantity, _depth(depth))
        yield DayRow(*where, int(at), int(values), *sums, *counts)


def day_span(c: Connection, quantities: tuple[str, ...]) -> tuple[int, int] | None:
    """The starts (epoch s) of the first and the last day of these; None where there is none."""
    day, stream = schema.rollup_day.c, schema.datastream.c
    # Two short ways down the key for each series, however long it is.
    own = [
        select(most(day.start)).where(day.datastream_id == stream.id).scalar_subquery()
        for most in (func.min, func.max)
    ]
    first, last = c.execute(
        select(func.min(own[0]), func.max(own[1])).where(stream.quantity.in_(quantities))
    ).one()
    return None if first is None else (int(first), int(last))


class Harvest(NamedTuple):
    """An amount of a garden's harvest; `quantity` NaN = none was noted."""

    site: str
    time: int
    quantity: float
    unit: str
    source: str


def harvests(c: Connection) -> Iterator[Harvest]:
    """Every harvest that stands, oldest first, without who noted it and what was written."""
    log = schema.log.c
    query = (
        select(schema.site.c.slug, log.time, log.quantity, log.unit, log.source)
        .join_from(schema.log, schema.site, schema.site.c.id == log.site_id)
        .where(log.type == "harvest", log.struck_at.is_(None))
        .order_by(log.time, log.id)
    )
    for site, time, quantity, unit, source in c.execute(query):
        yield Harvest(site, int(time), from_null(quantity), unit, source)


def log_span(c: Connection, type_: str) -> tuple[int, int] | None:
    """The times (epoch s) of the first and the last entry of a type; None where there is none."""
    log = schema.log.c
    own = select(func.min(log.time), func.max(log.time))
    first, last = c.execute(own.where(log.type == type_, log.struck_at.is_(None))).one()
    return None if first is None else (int(first), int(last))
