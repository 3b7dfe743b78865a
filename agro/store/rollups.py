"""Hourly and local-day sums of the believable values; always equal to a recomputation.

A write does not add to a bucket: it recomputes the buckets it touched from what lies under them
(hours from observations, days from hours), so late, repeated and corrected data are right by
construction. Means are total ÷ count, recomputed at every level.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import nan

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, Table, bindparam, delete, insert, select

from agro.store import archive, deployments, schema, sums
from agro.store.buckets import HOUR, LONGEST_DAY, day_bounds, hour_start
from agro.store.readahead import ReadAhead, ahead_of, cut, within
from agro.store.staging import Source, source
from agro.store.values import read_frame, time_zone, to_epoch

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
    'SUM(s."count"), SUM(s.total), MIN(s.minimum), MAX(s.maximum), '
    "SUM(s.suspect), SUM(s.failed), SUM(s.missing)"
)
_TARGET = 'datastream_id, start, "count", total, minimum, maximum, suspect, failed, missing'
_REPLACE = (
    "ON CONFLICT (datastream_id, start) DO UPDATE SET "
    '"count" = excluded."count", total = excluded.total, minimum = excluded.minimum, '
    "maximum = excluded.maximum, suspect = excluded.suspect, failed = excluded.failed, "
    "missing = excluded.missing"
)


_Bucket = tuple[int, int, int]  # datastream id, start and end in epoch s


def _statement(table: str, buckets: str, source: str, time: str, columns: str) -> str:
    """The upsert that recomputes the staged `buckets` of `table` from `source`."""
    return (
        f"INSERT INTO {table} ({_TARGET}) SELECT b.datastream_id, b.start, {columns} "
        f"FROM {buckets} AS b CROSS JOIN {source} AS s "
        f"WHERE s.datastream_id = b.datastream_id AND s.{time} >= b.start AND s.{time} < b.stop "
        f"GROUP BY b.datastream_id, b.start {_REPLACE}"
    )


_HOURS = _statement("rollup_hour", "staged_hour", "observation", "time", _HOUR_COLUMNS)
_DAYS = _statement("rollup_day", "staged_day", "rollup_hour", "start", _DAY_COLUMNS)


def touch(c: Connection, keys: Iterable[tuple[int, int]]) -> None:
    """Recompute the hours and local days that hold these (datastream id, epoch s)."""
    recompute(c, prepare(c, keys))


@dataclass(frozen=True, slots=True)
class Touched:
    """Hours and local days to recompute, and the hours laid out beside the days."""

    hours: list[_Bucket]
    hour_source: Source
    day_source: Source


def prepare(c: Connection, keys: Iterable[tuple[int, int]]) -> Touched:
    """Lay out what `recompute` recomputes: the part of `touch` that may go before any lock."""
    return _laid_out(c, *_of(c, keys))


def _laid_out(c: Connection, hours: list[_Bucket], days: list[_Bucket]) -> Touched:
    return Touched(hours, source(c, "staged_hour", hours), source(c, "staged_day", days))


def recompute(c: Connection, touched: Touched) -> None:
    """Recompute the hours and days that `prepare` gave."""
    if touched.hours:
        # An hour of an archived month is summed from all its rows, so they come back first.
        archive.thaw(c, touched.hours)
        touched.hour_source.execute(c, _HOURS)
        touched.day_source.execute(c, _DAYS)


def retouch(c: Connection, keys: Iterable[tuple[int, int]]) -> None:
    """As `touch`, where observations may have gone: buckets that hold none any more go, too."""
    hours, days = _of(c, keys)
    for table, buckets in ((schema.rollup_hour, hours), (schema.rollup_day, days)):
        gone = (table.c.datastream_id == bindparam("id")) & (table.c.start == bindparam("at"))
        if buckets:
            c.execute(delete(table).where(gone), [{"id": b[0], "at": b[1]} for b in buckets])
    recompute(c, _laid_out(c, hours, days))


def add_days(c: Connection, keys: Iterable[tuple[int, int]]) -> None:
    """Add the local days that hold these up again from their hours, as they stand."""
    days, own = _of(c, keys)[1], schema.rollup_day
    if days:
        gone = (own.c.datastream_id == bindparam("id")) & (own.c.start == bindparam("at"))
        c.execute(delete(own).where(gone), [{"id": day[0], "at": day[1]} for day in days])
        source(c, "staged_day", days).execute(c, _DAYS)


def _of(c: Connection, keys: Iterable[tuple[int, int]]) -> tuple[list[_Bucket], list[_Bucket]]:
    """The hours and the local days that hold these keys, in order."""
    zone = time_zone(c)
    by_hour: dict[int, int] = {}
    hours: set[tuple[int, int]] = set()
    for id_, time in keys:
        block = time // 900
        if block not in by_hour:  # offsets are multiples of 15 minutes
            by_hour[block] = hour_start(time, zone)
        hours.add((id_, by_hour[block]))
    bounds = {start: day_bounds(start, zone) for start in by_hour.values()}
    days = {(id_, *bounds[start]) for id_, start in hours}
    return [(id_, start, start + HOUR) for id_, start in sorted(hours)], sorted(days)


def rebuild(c: Connection) -> None:
    """Throw every rollup away and compute it again from the observations, archived or not."""
    c.execute(delete(schema.rollup_hour))
    c.execute(delete(schema.rollup_day))
    zone = time_zone(c)
    for id_ in c.scalars(select(schema.datastream.c.id)).all():
        hours = sums.hours(_observed(c, id_), zone)
        for table, found in (
            (schema.rollup_hour, hours),
            (schema.rollup_day, sums.days(hours, zone)),
        ):
            if found.num_rows:
                c.execute(insert(table), found.to_pylist())


def _observed(c: Connection, id_: int) -> sums.Observed:
    """Every observation of a datastream, in order of time."""
    seen = schema.observation.c
    query = select(seen.time, seen.value, seen.flag).where(seen.datastream_id == id_)
    names = ["time", "value", "flag"]
    stored = read_frame(c, query).astype({"value": float})
    cold = [table.select(names).to_pandas() for table in archive.cold_rows(c, id_)]
    together = pd.concat([stored, *cold]) if cold else stored
    frame = together.drop_duplicates("time").sort_values("time")
    times, flags = (frame[name].to_numpy(dtype="int64") for name in ("time", "flag"))
    return sums.Observed(np.full(len(frame), id_), times, frame["value"].to_numpy(), flags)


def _buckets(
    table: Table,
    quantity: str,
    span: tuple[int, int],
    site: str | None,
    devices: Collection[str] | None,
    plot: str | None = None,
) -> Select[tuple[object, ...]]:
    """Buckets that start in `span` (epoch s), each with where its device stood then."""
    stream, thing, stay = schema.datastream, schema.thing, schema.deployment
    longest = HOUR if table is schema.rollup_hour else LONGEST_DAY
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
        .join_from(stay, thing, thing.c.id == stay.c.thing_id)
        .join(stream, stream.c.thing_id == thing.c.id)
        .join(
            table,
            (table.c.datastream_id == stream.c.id)
            & deployments.holds_bucket(table.c.start, span, longest),
        )
        .join(schema.site, schema.site.c.id == stay.c.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == stay.c.plot_id)
        .where(stream.c.quantity == quantity)
        .order_by(thing.c.device, stream.c.depth_cm, table.c.start)
    )
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    if plot is not None:
        query = query.where(schema.plot.c.slug == plot)
    if devices is not None:
        query = query.where(thing.c.device.in_(devices))
    return query


def _read(c: Connection, query: Select[tuple[object, ...]]) -> pd.DataFrame:
    frame = read_frame(c, query)
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
    plot: str | None = None,
    device: str | None = None,
) -> pd.DataFrame:
    """Hours starting in [start, end), those of a `plot` while the device stood there.

    Returns
    -------
    Columns time (UTC), device, plot (where the device stood then), depth_cm, count, mean, total,
    minimum, maximum, suspect, failed, missing. Values in the quantity's unit; NaN where no
    believable value is in the hour.
    """
    span = (to_epoch(start), to_epoch(end))
    one = None if device is None else [device]
    frame = _read(c, _buckets(schema.rollup_hour, quantity, span, site, one, plot))
    return frame.rename(columns={"start": "time"})


def daily(
    c: Connection,
    *,
    quantity: str,
    start: datetime,
    end: datetime,
    site: str | None = None,
    devices: Collection[str] | None = None,
) -> pd.DataFrame:
    """Local days starting in [start, end): as `hourly`, with `day` (the local date) for `time`."""
    ahead = ahead_of(c)
    if ahead is not None and devices is None and ahead.holds_days(start, end):
        found = _ahead(c, ahead, quantity, site)
        if found is not None:
            return within(found, "start", start, end).drop(columns="start")
    span = (to_epoch(start), to_epoch(end))
    query = _buckets(schema.rollup_day, quantity, span, site, devices)
    return _local(c, _read(c, query)).drop(columns="start")


def _local(c: Connection, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(day=frame["start"].dt.tz_convert(str(time_zone(c))).dt.date)


def _ahead(c: Connection, ahead: ReadAhead, quantity: str, site: str | None) -> pd.DataFrame | None:
    """The days of a quantity for the whole city, or for one site of the block at hand."""
    span = (to_epoch(ahead.first), to_epoch(ahead.end))
    query = _buckets(schema.rollup_day, quantity, span, None, None)
    if site is None:
        return ahead.of_city(("days", quantity), lambda: _local(c, _read(c, query)))
    if site not in ahead.sites:
        return None
    own = query.add_columns(schema.site.c.slug.label("site"))
    own = own.where(schema.site.c.slug.in_(ahead.sites))
    order = (schema.site.c.slug, schema.thing.c.device, schema.datastream.c.depth_cm)
    own = own.order_by(None).order_by(*order, schema.rollup_day.c.start)
    parts = ahead.of_block(("days", quantity), lambda: cut(_local(c, _read(c, own)), "site"))
    return parts.part(site)
