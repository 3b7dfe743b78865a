"""Observations: written in batches, once each, with their rollups, in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan, nan
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, select, text

from agro.store import rollups, schema
from agro.store.values import execute_many, from_null, insert_new, read_frame, to_epoch, to_null
from sensors.quantities import QUANTITIES

NO_DEPTH = -1.0


class Row(NamedTuple):
    """One observation on its way in. `depth_cm` and `value` NaN = none; `time` epoch seconds."""

    device: str
    quantity: str
    depth_cm: float
    time: int
    value: float
    flag: int


class Stream(NamedTuple):
    """What identifies a datastream outside the database."""

    device: str
    quantity: str
    depth_cm: float


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch became: observations stored and datastreams touched."""

    rows: int
    datastreams: int


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest observation of a datastream."""

    time: int
    value: float
    flag: int


class Known(NamedTuple):
    """A datastream in the store: its id, and time and value of its newest observation."""

    id: int
    time: int | None
    value: float | None


def write(
    c: Connection, rows: Sequence[Row], known: Mapping[Stream, Known] | None = None
) -> Written:
    """Store observations once each; touch their rollups; move `latest` forward.

    `known` spares reading the datastreams of these devices again.

    Raises
    ------
    ValueError  A device is not in the register.
    """
    if not rows:
        return Written(0, 0)
    placed = [(stream_of(row), row) for row in rows]
    ids = _ids(c, {stream for stream, _ in placed}, known)
    observations = {
        (ids[stream], row.time): (to_null(row.value), row.flag) for stream, row in placed
    }
    _upsert_observations(c, observations)
    rollups.touch(c, observations.keys())
    _move_latest(c, observations)
    return Written(len(observations), len(set(ids.values())))


def stream_of(row: Row) -> Stream:
    """The datastream a row belongs to."""
    return Stream(row.device, row.quantity, _depth_key(row.depth_cm))


def _depth_key(depth_cm: float) -> float:
    return NO_DEPTH if isnan(depth_cm) else depth_cm


def _ids(
    c: Connection, streams: set[Stream], known: Mapping[Stream, Known] | None
) -> dict[Stream, int]:
    """Ids of these datastreams, making those seen for the first time."""
    devices = {stream.device for stream in streams}
    known = datastreams(c, devices) if known is None else known
    missing = streams - known.keys()
    if missing:
        _make_datastreams(c, missing)
        known = datastreams(c, devices)
    return {stream: known[stream].id for stream in streams}


def _make_datastreams(c: Connection, missing: set[Stream]) -> None:
    devices = {stream.device for stream in missing}
    thing = schema.thing.c
    query = select(thing.device, thing.id).where(thing.device.in_(devices))
    things = dict(c.execute(query).all())
    for stream in missing:
        if stream.device not in things:
            raise ValueError(f"device {stream.device!r} is not registered; add it to the register")
    new = [
        {"thing_id": things[s.device], "quantity": s.quantity, "depth_cm": s.depth_cm}
        for s in sorted(missing)
    ]
    insert_new(c, schema.datastream, new, ("thing_id", "quantity", "depth_cm"))


def datastreams(c: Connection, devices: Iterable[str]) -> dict[Stream, Known]:
    """The datastreams of these devices."""
    own, thing = schema.datastream.c, schema.thing.c
    query = (
        select(thing.device, own.quantity, own.depth_cm, own.id, own.latest_time, own.latest_value)
        .join_from(schema.datastream, schema.thing)
        .where(thing.device.in_(list(devices)))
    )
    return {Stream(*row[:3]): Known(*row[3:]) for row in c.execute(query)}


_Observations = dict[tuple[int, int], tuple[float | None, int]]


def _upsert_observations(c: Connection, observations: _Observations) -> None:
    if c.dialect.name == "postgresql":
        # Two collectors that write the same hour wait here for each other: each recomputes it
        # with the other's rows. In order of id, so that they cannot wait in a circle.
        c.execute(_LOCK, {"ids": sorted({id_ for id_, _ in observations})})
        _make_partitions(c, {time for _, time in observations})
        c.execute(_UNNEST, _columns(observations))
        return
    execute_many(c, _UPSERT, [(*key, *seen) for key, seen in sorted(observations.items())])


_UPSERT = (
    "INSERT INTO observation (datastream_id, time, value, flag) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (datastream_id, time) "
    "DO UPDATE SET value = excluded.value, flag = excluded.flag"
)

_LOCK = text("SELECT id FROM datastream WHERE id = ANY(:ids) ORDER BY id FOR UPDATE")

# One statement and one round trip for the whole batch: the fastest upsert measured beside COPY.
_UNNEST = text(
    "INSERT INTO observation (datastream_id, time, value, flag) "
    "SELECT * FROM unnest(CAST(:ids AS integer[]), CAST(:times AS bigint[]), "
    "CAST(:values AS double precision[]), CAST(:flags AS smallint[])) "
    "ON CONFLICT (datastream_id, time) "
    "DO UPDATE SET value = excluded.value, flag = excluded.flag"
)


def _columns(observations: _Observations) -> dict[str, list[int] | list[float | None]]:
    ids, times = zip(*observations.keys(), strict=True)
    values, flags = zip(*observations.values(), strict=True)
    return {"ids": list(ids), "times": list(times), "values": list(values), "flags": list(flags)}


def _make_partitions(c: Connection, times: set[int]) -> None:
    """Make the month partitions that these times need; PostgreSQL keeps one table a month."""
    months = {datetime.fromtimestamp(time, UTC).strftime("%Y%m") for time in times}
    there = set(
        c.scalars(
            text("SELECT relname FROM pg_class WHERE relname = ANY(:names)"),
            {"names": [f"observation_{month}" for month in months]},
        )
    )
    for month in sorted(months):
        if f"observation_{month}" not in there:
            _make_partition(c, int(month[:4]), int(month[4:]))


def _make_partition(c: Connection, year: int, month: int) -> None:
    start = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp())
    # Two collectors may meet a new month at once: the second waits here and finds it made.
    c.execute(text("SELECT pg_advisory_xact_lock(724210411)"))
    c.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS observation_{year:04d}{month:02d} "
            f"PARTITION OF observation FOR VALUES FROM ({start}) TO ({end})"
        )
    )


def _move_latest(c: Connection, observations: _Observations) -> None:
    """Set `latest` of each touched datastream, never back in time."""
    newest: dict[int, tuple[int, float | None, int]] = {}
    for (id_, time), (value, flag) in observations.items():
        if id_ not in newest or time >= newest[id_][0]:
            newest[id_] = (time, value, flag)
    if c.dialect.name == "postgresql":
        c.execute(_MOVE, _columns({(id_, t): (v, f) for id_, (t, v, f) in newest.items()}))
        return
    execute_many(c, _MOVE_ONE, [(id_, *seen) for id_, seen in sorted(newest.items())])


_MOVE_ONE = (
    "UPDATE datastream SET latest_time = ?2, latest_value = ?3, latest_flag = ?4 "
    "WHERE id = ?1 AND (latest_time IS NULL OR latest_time <= ?2)"
)


_MOVE = text(
    "UPDATE datastream SET latest_time = new.time, latest_value = new.value, "
    "latest_flag = new.flag "
    "FROM unnest(CAST(:ids AS integer[]), CAST(:times AS bigint[]), "
    "CAST(:values AS double precision[]), CAST(:flags AS smallint[])) "
    "AS new(id, time, value, flag) "
    "WHERE datastream.id = new.id "
    "AND (datastream.latest_time IS NULL OR datastream.latest_time <= new.time)"
)


def latest_of(c: Connection, devices: Iterable[str]) -> dict[Stream, Latest]:
    """The newest observation of each datastream of these devices (`depth_cm` −1 = no depth)."""
    stream, thing = schema.datastream, schema.thing
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
        .where(thing.c.device.in_(list(devices)), stream.c.latest_time.is_not(None))
    )
    return {
        Stream(row[0], row[1], row[2]): Latest(row[3], from_null(row[4]), row[5])
        for row in c.execute(query)
    }


def latest(c: Connection, site: str | None = None) -> pd.DataFrame:
    """The newest observation of every datastream.

    Returns
    -------
    Columns device, site, plot, quantity, depth_cm (NaN = none), unit, time (UTC), value, flag.
    """
    stream, thing, plot = schema.datastream, schema.thing, schema.plot
    query = (
        select(
            thing.c.device,
            schema.site.c.slug.label("site"),
            plot.c.slug.label("plot"),
            stream.c.quantity,
            stream.c.depth_cm,
            stream.c.latest_time.label("time"),
            stream.c.latest_value.label("value"),
            stream.c.latest_flag.label("flag"),
        )
        .join_from(stream, thing)
        .join(schema.site, schema.site.c.id == thing.c.site_id)
        .outerjoin(plot, plot.c.id == thing.c.plot_id)
        .where(stream.c.latest_time.is_not(None))
        .order_by(thing.c.device, stream.c.quantity, stream.c.depth_cm)
    )
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    frame = read_frame(c, query)
    frame["plot"] = frame["plot"].fillna("")
    frame["unit"] = [
        QUANTITIES[name].unit if name in QUANTITIES else "" for name in frame["quantity"]
    ]
    return with_times(frame)


def series(
    c: Connection,
    *,
    device: str,
    quantity: str,
    start: datetime,
    end: datetime,
    depth_cm: float | None = None,
) -> pd.DataFrame:
    """Observations of one device and quantity in [start, end): time, depth_cm, value, flag."""
    stream, seen = schema.datastream, schema.observation
    query = (
        select(seen.c.time, stream.c.depth_cm, seen.c.value, seen.c.flag)
        .join_from(seen, stream, stream.c.id == seen.c.datastream_id)
        .join(schema.thing, schema.thing.c.id == stream.c.thing_id)
        .where(schema.thing.c.device == device, stream.c.quantity == quantity)
        .where(seen.c.time >= to_epoch(start), seen.c.time < to_epoch(end))
        .order_by(stream.c.depth_cm, seen.c.time)
    )
    if depth_cm is not None:
        query = query.where(stream.c.depth_cm == depth_cm)
    frame = read_frame(c, query)
    return with_times(frame)


def with_times(frame: pd.DataFrame, column: str = "time") -> pd.DataFrame:
    """Epoch seconds become aware UTC times, −1 depths NaN and values floats."""
    frame[column] = pd.to_datetime(frame[column].astype("int64"), unit="s", utc=True)
    if "depth_cm" in frame:
        frame["depth_cm"] = frame["depth_cm"].astype(float).replace(NO_DEPTH, nan)
    if "value" in frame:
        frame["value"] = frame["value"].astype(float)
    return frame
