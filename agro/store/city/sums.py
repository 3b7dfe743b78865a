"""What the city's equipment measured, added up by commune from the hourly and daily rollups.

A sum carries how many pieces of equipment it is of, so that every level above is made of the
numbers, never of the means below it.
"""

from collections.abc import Collection
from datetime import datetime
from math import nan
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, func, select

from agro.store import schema
from agro.store.values import read_frame, time_zone, to_epoch

ADDED = frozenset({"power", "energy", "lamps_on", "free_spaces", "vehicle_flow"})
"""Quantities whose sum over equipment means something; of the others the mean does."""


def hourly(
    c: Connection,
    *,
    kind: str,
    quantity: str,
    start: datetime,
    end: datetime,
    commune: str | None = None,
) -> pd.DataFrame:
    """Hours starting in [start, end), by commune.

    Returns
    -------
    Columns time (UTC), commune (code; "" = in none), assets (how many measured), total (the sum of
    their means), minimum, maximum (of any value), value (the total where quantities add up, else
    the mean; in the quantity's unit).
    """
    frame = _sums(c, schema.rollup_hour, kind, quantity, (to_epoch(start), to_epoch(end)), commune)
    return frame.rename(columns={"start": "time"})


def daily(
    c: Connection,
    *,
    kind: str,
    quantity: str,
    start: datetime,
    end: datetime,
    commune: str | None = None,
) -> pd.DataFrame:
    """Local days starting in [start, end): as `hourly`, with `day` (the local date) for `time`."""
    frame = _sums(c, schema.rollup_day, kind, quantity, (to_epoch(start), to_epoch(end)), commune)
    day = frame.pop("start").dt.tz_convert(str(time_zone(c))).dt.date
    frame.insert(0, "day", day)
    return frame


def _sums(
    c: Connection,
    table: Table,
    kind: str,
    quantity: str,
    span: tuple[int, int],
    commune: str | None,
) -> pd.DataFrame:
    own, stream, asset = table.c, schema.datastream, schema.asset
    mean: Any = own.total / own.count
    query = (
        select(
            own.start,
            asset.c.commune,
            func.count().label("assets"),
            func.sum(mean).label("total"),
            func.min(own.minimum).label("minimum"),
            func.max(own.maximum).label("maximum"),
        )
        .join_from(asset, stream, stream.c.thing_id == asset.c.thing_id)
        .join(table, own.datastream_id == stream.c.id)
        .where(asset.c.kind == kind, stream.c.quantity == quantity)
        .where(own.start >= span[0], own.start < span[1], own.count > 0)
        .group_by(own.start, asset.c.commune)
        .order_by(own.start, asset.c.commune)
    )
    if commune is not None:
        query = query.where(asset.c.commune == commune)
    frame = read_frame(c, query)
    for name in ("total", "minimum", "maximum"):
        frame[name] = frame[name].astype(float)
    frame["value"] = valued(frame, quantity)
    frame["start"] = pd.to_datetime(frame["start"].astype("int64"), unit="s", utc=True)
    return frame


def together(
    c: Connection, *, devices: Collection[str], quantity: str, start: datetime, end: datetime
) -> pd.DataFrame:
    """What some pieces of equipment measured in hours starting in [start, end), added up.

    Returns
    -------
    Index start (epoch s); columns assets (how many measured), total (the sum of their means, in the
    quantity's unit).
    """
    own, stream, thing = schema.rollup_hour.c, schema.datastream.c, schema.thing.c
    query = (
        select(
            own.start,
            func.count().label("assets"),
            func.sum(own.total / own.count).label("total"),
        )
        .join_from(schema.rollup_hour, schema.datastream, own.datastream_id == stream.id)
        .join(schema.thing, thing.id == stream.thing_id)
        .where(thing.device.in_(list(devices)), stream.quantity == quantity)
        .where(own.start >= to_epoch(start), own.start < to_epoch(end), own.count > 0)
        .group_by(own.start)
        .order_by(own.start)
    )
    frame = read_frame(c, query)
    return frame.astype({"start": "int64", "assets": int, "total": float}).set_index("start")


def valued(frame: pd.DataFrame, quantity: str) -> "pd.Series[float]":
    """What `total` and `assets` amount to."""
    if quantity in ADDED:
        return frame["total"]
    return frame["total"] / frame["assets"].astype(float).replace(0.0, nan)


def city_wide(frame: pd.DataFrame, quantity: str, when: str = "time") -> pd.DataFrame:
    """The sums of all communes together, by time (or `when`), made again of their numbers."""
    parts = {"assets": "sum", "total": "sum", "minimum": "min", "maximum": "max"}
    whole = frame.groupby(when, as_index=False).agg(parts)
    whole["value"] = valued(whole, quantity)
    return whole
