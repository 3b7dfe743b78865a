"""Hourly and local-day sums of the believable values; always equal to a recomputation.

A write does not add to a bucket: it recomputes the buckets it touched from what lies under them
(hours from observations, days from hours), so late, repeated and corrected data are right by
construction. Means are total ÷ count, recomputed at every level.
"""

from collections.abc import Iterable
from datetime import datetime
from math import nan

import pandas as pd
from sqlalchemy import Connection, Select, Table, delete, select, text

from agro.store import schema
from agro.store.buckets import HOUR, day_bounds, hour_start
from agro.store.values import execute_many, read_frame, time_zone, to_epoch

_HOUR_COLUMNS = (
    "COUNT(CASE WHEN flag <= 2 THEN value END), "
    "SUM(CASE WHEN flag <= 2 THEN value END), "
    "MIN(CASE WHEN flag <= 2 THEN value END), "
    "MAX(CASE WHEN flag <= 2 THEN value END), "
    "COUNT(CASE WHEN flag = 3 THEN 1 END), "
    "COUNT(CASE WHEN flag = 4 THEN 1 END), "
    "COUNT(CASE WHEN flag = 9 THEN 1 END)"
)
_DAY_COLUMNS = (
    'SUM("count"), SUM(total), MIN(minimum), MAX(maximum), SUM(suspect), SUM(failed), SUM(missing)'
)
_TARGET = 'datastream_id, start, "count", total, minimum, maximum, suspect, failed, missing'
_REPLACE = (
    "ON CONFLICT (datastream_id, start) DO UPDATE SET "
    '"count" = excluded."count", total = excluded.total, minimum = excluded.minimum, '
    "maximum = excluded.maximum, suspect = excluded.suspect, failed = excluded.failed, "
    "missing = excluded.missing"
)


def _statement(dialect: str, table: str, source: str, time: str, columns: str) -> str:
    """The upsert that recomputes given buckets of `table` from `source`."""
    if dialect == "postgresql":
        return (
            f"INSERT INTO {table} ({_TARGET}) "
            f"SELECT bucket.id, bucket.start, {columns} "
            "FROM unnest(CAST(:ids AS integer[]), CAST(:starts AS bigint[]), "
            "CAST(:ends AS bigint[])) AS bucket(id, start, stop) "
            f"JOIN {source} AS s ON s.datastream_id = bucket.id "
            f"AND s.{time} >= bucket.start AND s.{time} < bucket.stop "
            f"GROUP BY bucket.id, bucket.start {_REPLACE}"
        )
    return (
        f"INSERT INTO {table} ({_TARGET}) SELECT ?1, ?2, {columns} FROM {source} "
        f"WHERE datastream_id = ?1 AND {time} >= ?2 AND {time} < ?3 {_REPLACE}"
    )


def touch(c: Connection, keys: Iterable[tuple[int, int]]) -> None:
    """Recompute the hours and local days that hold these (datastream id, epoch s)."""
    zone = time_zone(c)
    by_hour: dict[int, int] = {}
    hours: set[tuple[int, int, int]] = set()
    for id_, time in keys:
        block = time // 900
        if block not in by_hour:  # offsets are multiples of 15 minutes
            by_hour[block] = hour_start(time, zone)
        hours.add((id_, by_hour[block], by_hour[block] + HOUR))
    bounds = {start: day_bounds(start, zone) for start in {start for _, start, _ in hours}}
    days = {(id_, *bounds[start]) for id_, start, _ in hours}
    _recompute(c, "rollup_hour", "observation", "time", _HOUR_COLUMNS, sorted(hours))
    _recompute(c, "rollup_day", "rollup_hour", "start", _DAY_COLUMNS, sorted(days))


def _recompute(
    c: Connection,
    table: str,
    source: str,
    time: str,
    columns: str,
    buckets: list[tuple[int, int, int]],
) -> None:
    statement = _statement(c.dialect.name, table, source, time, columns)
    if c.dialect.name == "postgresql":
        ids, starts, ends = (list(column) for column in zip(*buckets, strict=True))
        c.execute(text(statement), {"ids": ids, "starts": starts, "ends": ends})
    else:
        execute_many(c, statement, buckets)


def rebuild(c: Connection) -> None:
    """Throw every rollup away and compute it again from the observations."""
    c.execute(delete(schema.rollup_hour))
    c.execute(delete(schema.rollup_day))
    seen = schema.observation.c
    for id_ in c.scalars(select(schema.datastream.c.id)).all():
        times = c.scalars(select(seen.time).where(seen.datastream_id == id_)).all()
        if times:
            touch(c, [(id_, time) for time in times])


def _buckets(
    table: Table, quantity: str, site: str | None, device: str | None
) -> Select[tuple[object, ...]]:
    stream, thing = schema.datastream, schema.thing
    query = (
        select(
            table.c.start,
            thing.c.device,
            schema.plot.c.slug.label("plot"),
            stream.c.depth_cm,
            table.c.count,
            table.c.total,
            table.c.minimum,
            table.c.maximum,
            table.c.suspect,
            table.c.failed,
            table.c.missing,
        )
        .join_from(table, stream, stream.c.id == table.c.datastream_id)
        .join(thing, thing.c.id == stream.c.thing_id)
        .join(schema.site, schema.site.c.id == thing.c.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == thing.c.plot_id)
        .where(stream.c.quantity == quantity)
        .order_by(thing.c.device, stream.c.depth_cm, table.c.start)
    )
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    if device is not None:
        query = query.where(thing.c.device == device)
    return query


def _read(
    c: Connection, query: Select[tuple[object, ...]], table: Table, start: datetime, end: datetime
) -> pd.DataFrame:
    bounded = query.where(table.c.start >= to_epoch(start), table.c.start < to_epoch(end))
    frame = read_frame(c, bounded)
    for name in ("depth_cm", "total", "minimum", "maximum"):
        frame[name] = frame[name].astype(float)
    frame["depth_cm"] = frame["depth_cm"].replace(-1.0, nan)
    frame["plot"] = frame["plot"].fillna("")
    frame["mean"] = frame["total"] / frame["count"].astype(float).replace(0.0, nan)
    frame["start"] = pd.to_datetime(frame["start"].astype("int64"), unit="s", utc=True)
    return frame


def hourly(
    c: Connection,
    *,
    quantity: str,
    start: datetime,
    end: datetime,
    site: str | None = None,
    device: str | None = None,
) -> pd.DataFrame:
    """Hours starting in [start, end).

    Returns
    -------
    Columns time (UTC), device, plot, depth_cm, count, mean, total, minimum, maximum, suspect,
    failed, missing. Values in the quantity's unit; NaN where no believable value is in the hour.
    """
    table = schema.rollup_hour
    frame = _read(c, _buckets(table, quantity, site, device), table, start, end)
    return frame.rename(columns={"start": "time"})


def daily(
    c: Connection,
    *,
    quantity: str,
    start: datetime,
    end: datetime,
    site: str | None = None,
    device: str | None = None,
) -> pd.DataFrame:
    """Local days starting in [start, end): as `hourly`, with `day` (the local date) for `time`."""
    table = schema.rollup_day
    frame = _read(c, _buckets(table, quantity, site, device), table, start, end)
    local = frame["start"].dt.tz_convert(str(time_zone(c)))
    frame["day"] = local.dt.date
    return frame.drop(columns="start")
