"""What every piece of the city's equipment said at a moment, now or then; what the soils were."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, Select, func, select

from agro.store import schema
from agro.store.buckets import hour_start
from agro.store.values import read_frame, time_zone, to_epoch
from sensors.quality import SUSPECT
from sensors.quantities import QUANTITIES

BACK = timedelta(hours=3)
"""So far back an hour is looked for that tells of a moment in the past."""


class Said(NamedTuple):
    """A believable value of a piece of equipment, in the quantity's unit, at `time` (epoch s)."""

    device: str
    kind: str
    commune: str
    mode: str
    source: str
    details: Mapping[str, Any]
    quantity: str
    time: int
    value: float


def known_at(
    c: Connection, at: datetime, quantities: Collection[str] | None = None
) -> pd.DataFrame:
    """As `said_at`, a row for each: the columns are the fields of `Said`."""
    return pd.DataFrame(said_at(c, at, quantities), columns=list(Said._fields))


def said_at(c: Connection, at: datetime, quantities: Collection[str] | None = None) -> list[Said]:
    """The newest believable value of each datastream (of some quantities) as known at a time.

    A datastream that was heard later than `at` is told by the mean of its last hour until then
    (its highest value, where a mean says nothing), whose `time` is the hour's start.
    """
    last = to_epoch(at)
    found, later = list[Said](), dict[int, Said]()
    for id_, flag, one in _newest(c, quantities):
        if one.time > last:
            later[id_] = one
        elif one.value is not None and flag < SUSPECT:
            found.append(one)
    hours = _hours(c, last) if later else {}
    return found + [_summed(one, *hours[id_]) for id_, one in later.items() if id_ in hours]


def said_on(c: Connection, day: datetime) -> list[Said]:
    """The mean of each datastream over a local day (its highest value, where a mean says nothing).

    `day` is its first moment, and the `time` of what is told.
    """
    own, start = schema.rollup_day.c, to_epoch(day)
    query = (
        select(own.datastream_id, own.start, own.total / own.count, own.maximum)
        .where(own.datastream_id.in_(_streams()), own.start == start, own.count > 0)
        .order_by(own.datastream_id)
    )
    days = {id_: told for id_, *told in c.execute(query)}
    return [_summed(one, *days[id_]) for id_, _, one in _newest(c) if id_ in days]


def _newest(
    c: Connection, quantities: Collection[str] | None = None
) -> Iterator[tuple[int, int, Said]]:
    """Each datastream that was ever heard: its id, the flag of its newest value, and that value."""
    stream, own, thing = schema.datastream.c, schema.asset.c, schema.thing.c
    query = (
        select(stream.id, stream.latest_time, stream.latest_value, stream.latest_flag)
        .add_columns(thing.device, own.kind, own.commune, own.mode, own.source, own.details)
        .add_columns(stream.quantity)
        .join_from(schema.asset, schema.thing)
        .join(schema.datastream, stream.thing_id == thing.id)
        .where(stream.latest_time.is_not(None))
        .order_by(stream.id)
    )
    if quantities is not None:
        query = query.where(stream.quantity.in_(list(quantities)))
    for row in c.execute(query):
        id_, time, value, flag, device, kind, commune, mode, source, details, quantity = row
        known = details or {}
        yield id_, flag, Said(device, kind, commune, mode, source, known, quantity, time, value)


def _summed(one: Said, start: int, mean: float, highest: float) -> Said:
    """What a datastream said over a bucket."""
    is_status = QUANTITIES[one.quantity].kind == "status"
    return one._replace(time=start, value=highest if is_status else mean)


def _streams() -> Select[tuple[int]]:
    """The datastreams of the city's equipment.

    Named first, so that buckets are read by their key and never all of them.
    """
    asset, stream = schema.asset, schema.datastream
    return select(stream.c.id).join_from(asset, stream, stream.c.thing_id == asset.c.thing_id)


def _hours(c: Connection, at: int) -> dict[int, tuple[int, float, float]]:
    """The last hour until a time (epoch s) of each datastream: its start, mean and highest."""
    own, last = schema.rollup_hour.c, hour_start(at, time_zone(c))
    query = (
        select(own.datastream_id, own.start, own.total / own.count, own.maximum)
        .where(own.datastream_id.in_(_streams()), own.count > 0)
        .where(own.start > last - int(BACK.total_seconds()), own.start <= last)
        .order_by(own.start)
    )
    rows = c.execute(query)
    return {id_: (start, mean, highest) for id_, start, mean, highest in rows}  # the newest is last


def soils_at(c: Connection, at: datetime) -> pd.DataFrame:
    """The soils of the farms by commune, from the newest advice of each plot until a time.

    Returns
    -------
    Columns commune (code), plots, depletion and taw (the plots' water, weighted by their areas)
    [L], issued_at (the oldest of these; epoch s).
    """
    advice, plot, site = schema.advice.c, schema.plot, schema.site
    newest = (
        select(advice.plot_id, func.max(advice.issued_at).label("issued_at"))
        .where(advice.issued_at <= to_epoch(at))
        .group_by(advice.plot_id)
        .subquery()
    )
    is_newest = (newest.c.plot_id == advice.plot_id) & (newest.c.issued_at == advice.issued_at)
    query = (
        select(
            schema.commune.c.code.label("commune"),
            func.count().label("plots"),
            func.sum(advice.depletion_mm * plot.c.area).label("depletion"),
            func.sum(advice.taw_mm * plot.c.area).label("taw"),
            func.min(advice.issued_at).label("issued_at"),
        )
        .join_from(schema.advice, newest, is_newest)
        .join(plot, plot.c.id == advice.plot_id)
        .join(site, site.c.id == plot.c.site_id)
        .join(schema.commune, schema.commune.c.id == site.c.commune_id)
        .where(advice.depletion_mm.is_not(None), advice.taw_mm > 0.0, plot.c.area.is_not(None))
        .group_by(schema.commune.c.code)
    )
    return read_frame(c, query)
