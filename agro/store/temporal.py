"""What one series measured over time, where its device stood then: for temporal queries."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from agro.store import schema
from agro.store.readings import NO_DEPTH
from agro.store.values import from_epoch, to_epoch


class Instance(NamedTuple):
    """One observation that has a value."""

    time: datetime
    value: float
    flag: int


def instances(
    c: Connection,
    series: tuple[str, str, float | None],
    place: tuple[str, str],
    span: tuple[datetime | None, datetime | None],
    *,
    most: int,
) -> list[Instance]:
    """The newest observations of a series in [start, end) while it stood there, newest first.

    `series` is device, quantity and depth (cm; None = none), `place` its site and plot; an empty
    plot is the site's own ground, an empty site any place.
    """
    device, quantity, depth = series
    seen, stream, thing, stay = (
        schema.observation.c,
        schema.datastream,
        schema.thing,
        schema.deployment,
    )
    query = (
        select(seen.time, seen.value, seen.flag)
        .join_from(schema.observation, stream, stream.c.id == seen.datastream_id)
        .join(thing, thing.c.id == stream.c.thing_id)
        .join(stay, stay.c.thing_id == thing.c.id)
        .join(schema.site, schema.site.c.id == stay.c.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == stay.c.plot_id)
        .where(thing.c.device == device, stream.c.quantity == quantity)
        .where(stream.c.depth_cm == (NO_DEPTH if depth is None else depth))
        .where(stay.c.since <= seen.time, stay.c.until.is_(None) | (stay.c.until > seen.time))
        .where(seen.value.is_not(None))
        .order_by(seen.time.desc())
        .limit(most)
    )
    start, end = span
    if start is not None:
        query = query.where(seen.time >= to_epoch(start))
    if end is not None:
        query = query.where(seen.time < to_epoch(end))
    site, plot = place
    if site:
        query = query.where(schema.site.c.slug == site)
    if plot:
        query = query.where(schema.plot.c.slug == plot)
    return [Instance(from_epoch(int(t)), float(v), int(flag)) for t, v, flag in c.execute(query)]
