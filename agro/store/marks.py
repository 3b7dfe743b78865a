"""Which datastreams wait for an assessment, and from when on.

`datastream.unassessed_from` is the only memory of it: whoever writes what a flag depends on lowers
it in the same transaction, and the assessment raises or clears it with the rows it locked. So
nothing is forgotten when a process is killed, and any number of writers may be at work.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from agro.store import schema
from agro.store.buckets import day_bounds
from agro.store.values import time_zone

MOISTURE, RAIN = "soil_moisture", "rain"
VOLUME, PULSES, VALVE = "water_volume", "pulse_total", "valve_open"
WATER = frozenset((VOLUME, PULSES, VALVE))
"""What tells of watering: see `agro.store.meters`."""


class Waiting(NamedTuple):
    """A datastream with observations that wait: from `since` on, last written at `written_at`."""

    id: int
    thing: int
    quantity: str
    since: int
    written_at: int


class Backlog(NamedTuple):
    """How many datastreams wait, and when the one that waits longest was last written (epoch s)."""

    datastreams: int
    written_at: int | None


def waiting(c: Connection) -> list[Waiting]:
    """All that waits, the one that waits longest first."""
    own = schema.datastream.c
    query = (
        select(own.id, own.thing_id, own.quantity, own.unassessed_from, own.written_at)
        .where(own.unassessed_from.is_not(None))
        .order_by(func.coalesce(own.written_at, 0), own.id)
    )
    return [Waiting(*row[:4], row[4] or 0) for row in c.execute(query)]


def backlog(c: Connection) -> Backlog:
    """What waits, in numbers."""
    own = schema.datastream.c
    query = select(func.count(), func.min(own.written_at)).where(own.unassessed_from.is_not(None))
    return Backlog(*c.execute(query).one())


def lock(c: Connection, ids: Iterable[int]) -> dict[int, int | None]:
    """Hold these datastreams against other writers until the end; from when on each waits.

    In order of their ids, as every writer does, so that none wait in a circle.
    """
    own = schema.datastream.c
    query = select(own.id, own.unassessed_from).where(own.id.in_(sorted(ids))).order_by(own.id)
    return dict(c.execute(query.with_for_update()).all())


def mark(c: Connection, which: ColumnElement[bool], since: int) -> None:
    """Let the datastreams of this condition on `datastream` wait from `since` on (epoch s)."""
    own = schema.datastream.c
    later = which & or_(own.unassessed_from.is_(None), own.unassessed_from > since)
    ids = list(c.scalars(select(own.id).where(later).order_by(own.id).with_for_update()))
    if ids:
        again = update(schema.datastream).where(own.id.in_(ids), later)
        c.execute(again.values(unassessed_from=since))


def mark_water(c: Connection, which: ColumnElement[bool], since: int) -> None:
    """Let the meters and valves of this condition on `datastream` be noted again from `since`."""
    own = schema.datastream.c
    later = which & own.quantity.in_(sorted(WATER))
    later &= or_(own.unmetered_from.is_(None), own.unmetered_from > since)
    ids = list(c.scalars(select(own.id).where(later).order_by(own.id).with_for_update()))
    if ids:
        again = update(schema.datastream).where(own.id.in_(ids), later)
        c.execute(again.values(unmetered_from=since))


def of_thing(device: str) -> ColumnElement[bool]:
    """The condition on `datastream` that it is of this device."""
    thing = schema.thing.c
    return schema.datastream.c.thing_id.in_(select(thing.id).where(thing.device == device))


def mark_thing(c: Connection, device: str, since: int) -> None:
    """A device stands elsewhere, or is another: what it measured from `since` on waits."""
    own, its = schema.datastream.c, of_thing(device)
    mark(c, its, since)
    mark_water(c, its, since)
    if c.execute(select(own.id).where(its, own.quantity == RAIN).limit(1)).first():
        mark_moisture(c, since)


def mark_moisture(c: Connection, since: int, sites: Iterable[int] | None = None) -> None:
    """Rain or water came, or is told differently, from `since` on: soil moisture waits.

    `sites` (ids) bound it to the devices that stand there now or ever did; else all.
    """
    own, stay = schema.datastream.c, schema.deployment.c
    which = own.quantity == MOISTURE
    if sites is not None:
        there = select(stay.thing_id).where(stay.site_id.in_(list(sites)))
        which &= own.thing_id.in_(there)
    mark(c, which, since)


def settle(c: Connection, ids: Iterable[int], since: int | None) -> None:
    """Locked datastreams are assessed until `since`; None: to their end."""
    own = schema.datastream.c
    done = update(schema.datastream).where(own.id.in_(list(ids)), own.unassessed_from.is_not(None))
    c.execute(done.values(unassessed_from=since))


def day_start(c: Connection, times: Iterable[int]) -> int:
    """The start of the local day of the earliest of these times. [epoch s]"""
    return day_bounds(min(times), time_zone(c))[0]


def what_flags_know(c: Connection) -> list[tuple[Any, ...]]:
    """What flags look at of the register, devices apart: where it differs, they may, too."""
    site, plot, soil = schema.site.c, schema.plot.c, schema.soil.c
    queries = (
        select(schema.city.c.slug, schema.city.c.timezone, schema.city.c.normals),
        select(site.slug, site.latitude, site.longitude).order_by(site.slug),
        select(
            plot.site_id,
            plot.slug,
            plot.kind,
            plot.depth,
            plot.area,
            soil.texture,
            soil.field_capacity,
            soil.wilting_point,
            schema.irrigation_system.c.method,
        )
        .join_from(schema.plot, schema.soil, soil.id == plot.soil_id)
        .join(schema.irrigation_system, schema.irrigation_system.c.id == plot.irrigation_system_id)
        .order_by(plot.site_id, plot.slug),
    )
    return [tuple(row) for query in queries for row in c.execute(query)]
