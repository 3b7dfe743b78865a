"""Observations: written in batches, once each, with their rollups, in the caller's transaction."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan, nan
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, Select, func, select, text

from agro.config import now
from agro.store import archive, deployments, marks, rollups, schema
from agro.store.observations import Observation, upsert
from agro.store.readahead import Parts, ReadAhead, ahead_of, cut, within
from agro.store.values import from_null, insert_new, read_frame, to_epoch, to_null
from sensors.quantities import QUANTITIES

NO_DEPTH = -1.0


class Row(NamedTuple):
    """One observation on its way in. `depth_cm` and `value` NaN = none; `time` epoch seconds.

    `tests` are the `sensors.quality.Test` bits that set the flag; `uncalibrated` is what the
    device said where a calibration made `value` of it, else NaN.
    """

    device: str
    quantity: str
    depth_cm: float
    time: int
    value: float
    flag: int
    tests: int = 0
    uncalibrated: float = nan


class Stream(NamedTuple):
    """What identifies a datastream outside the database."""

    device: str
    quantity: str
    depth_cm: float


_Key = tuple[str, str, float]  # as `Stream`


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
    c: Connection,
    rows: Sequence[Row],
    known: Mapping[Stream, Known] | None = None,
    *,
    written_at: datetime | None = None,
    said: bool = False,
) -> Written:
    """Store observations once each; touch their rollups; move `latest` forward.

    `known` spares reading the datastreams of these devices again. `written_at` is what the
    datastreams remember as their last writing: by the application's clock unless given. `said`:
    by the devices themselves, so that another value than before for one time is suspect; else a
    correction is believed.

    Raises
    ------
    ValueError  A device is not in the register.
    """
    if not rows:
        return Written(0, 0)
    streams = [_key(row) for row in rows]
    found = ensure(c, streams, known)
    batch: dict[tuple[int, int], Observation] = {}
    for stream, row in zip(streams, rows, strict=True):
        id_, (time, value, flag, tests, uncalibrated) = found[stream][0], row[3:]
        seen = Observation(id_, time, to_null(value), flag, tests, to_null(uncalibrated))
        batch[id_, time] = seen
    at = to_epoch(now() if written_at is None else written_at)
    # Before the first lock, which another collector may wait for.
    touched = rollups.prepare(c, batch)
    upsert(c, [batch[key] for key in sorted(batch)], written_at=at, said=said)
    rollups.recompute(c, touched)
    water = [
        (found[key][0], row.time)
        for key, row in zip(streams, rows, strict=True)
        if row[1] in marks.WATER
    ]
    if water:
        ids = {id_ for id_, _ in water}
        marks.mark_water(c, schema.datastream.c.id.in_(ids), min(time for _, time in water))
    rain = [row.time for row in rows if row.quantity == marks.RAIN] if not said else ()
    if rain:
        # It may have rained where it is now told that it did not: no trace of that is left.
        marks.mark_moisture(c, min(rain))
    return Written(len(batch), len({id_ for id_, _ in batch}))


def stream_of(row: Row) -> Stream:
    """The datastream a row belongs to."""
    return Stream(*_key(row))


def _key(row: Row) -> _Key:
    """Equal to `stream_of` and cheaper to make."""
    depth = row[2]
    return row[0], row[1], NO_DEPTH if isnan(depth) else depth


def ensure(
    c: Connection, streams: Sequence[_Key], known: Mapping[Stream, Known] | None
) -> Mapping[Any, Known]:
    """These datastreams, making those seen for the first time."""
    found: Mapping[Any, Known] = datastreams(c, _devices(streams)) if known is None else known
    missing = {Stream(*key) for key in streams if key not in found}
    if missing:
        _make_datastreams(c, missing)
        found = {**found, **datastreams(c, _devices(missing))}
    return found


def _devices(streams: Iterable[tuple[str, str, float]]) -> set[str]:
    return {device for device, _, _ in streams}


def _make_datastreams(c: Connection, missing: set[Stream]) -> None:
    thing = schema.thing.c
    query = select(thing.device, thing.id).where(thing.device.in_(_devices(missing)))
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
    names = list(devices)
    # One parameter for all names: naming each costs more than the search.
    if c.dialect.name == "postgresql":
        rows = c.execute(_STREAMS_OF_ARRAY, {"names": names}).all()
    else:
        rows = c.exec_driver_sql(_STREAMS_OF_JSON, (json.dumps(names),)).all()
    return {
        Stream(device, quantity, depth_cm): Known(id_, time, value)
        for device, quantity, depth_cm, id_, time, value in rows
    }


_STREAMS = (
    "SELECT thing.device, own.quantity, own.depth_cm, own.id, own.latest_time, own.latest_value "
    "FROM thing JOIN datastream AS own ON own.thing_id = thing.id WHERE thing.device"
)
_STREAMS_OF_ARRAY = text(f"{_STREAMS} = ANY(:names)")
_STREAMS_OF_JSON = f"{_STREAMS} IN (SELECT value FROM json_each(?1))"


def written(c: Connection) -> tuple[int, ...]:
    """What differs once an observation of the farms was written, however old it is."""
    own = schema.datastream.c
    query = select(func.count(), func.sum(own.written_at), func.sum(own.latest_time))
    query = query.where(own.thing_id.not_in(select(schema.asset.c.thing_id)))
    return tuple(int(number or 0) for number in c.execute(query).one())


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
    """The newest observation of every datastream whose device stands somewhere.

    Returns
    -------
    Columns device, site, plot (where the device stands now), quantity, depth_cm (NaN = none),
    unit, time (UTC), value, flag.
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
        .where(stream.c.latest_time.is_not(None), deployments.is_standing())
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
    """Observations of one device and quantity in [start, end): time, depth_cm, value, flag.

    Those of archived months are read from the archive.
    """
    ahead = ahead_of(c)
    if ahead and depth_cm is None and ahead.holds_recent(start, end):
        found = _ahead(c, ahead, device, quantity)
        if found is not None:
            return within(found, "time", start, end)
    stream = schema.datastream
    query = _observed(quantity, start, end).where(schema.thing.c.device == device)
    if depth_cm is not None:
        query = query.where(stream.c.depth_cm == depth_cm)
    frame = archive.with_archived(
        c,
        lambda c: read_frame(c, query),
        device=device,
        quantity=quantity,
        span=(to_epoch(start), to_epoch(end)),
        depth_cm=depth_cm,
    )
    return with_times(frame)


def _observed(quantity: str, start: datetime, end: datetime) -> Select[Any]:
    stream, seen = schema.datastream, schema.observation
    return (
        select(seen.c.time, stream.c.depth_cm, seen.c.value, seen.c.flag)
        .join_from(seen, stream, stream.c.id == seen.c.datastream_id)
        .join(schema.thing, schema.thing.c.id == stream.c.thing_id)
        .where(stream.c.quantity == quantity)
        .where(seen.c.time >= to_epoch(start), seen.c.time < to_epoch(end))
        .order_by(stream.c.depth_cm, seen.c.time)
    )


def _ahead(c: Connection, ahead: ReadAhead, device: str, quantity: str) -> pd.DataFrame | None:
    """The latest observations of a device that serves a site, or a plot of the block at hand."""
    span = (to_epoch(ahead.recent), to_epoch(ahead.end))
    if ahead.of_city("recent is archived", lambda: archive.has_months(c, span)):
        return None
    site, plot = _place(c, ahead, device)
    if ahead.alone and not plot:
        return None
    thing, query = schema.thing.c, _observed(quantity, ahead.recent, ahead.end)
    query = query.add_columns(thing.device).order_by(None)
    query = query.order_by(thing.device, schema.datastream.c.depth_cm, schema.observation.c.time)
    if not plot:
        own = query.where(thing.plot_id.is_(None))
        parts = ahead.of_city(("recent", quantity), lambda: _cut(c, own))
    elif site in ahead.sites:
        here = select(schema.site.c.id).where(schema.site.c.slug.in_(ahead.sites))
        own = query.where(thing.plot_id.is_not(None), thing.site_id.in_(here))
        parts = ahead.of_block(("recent", quantity), lambda: _cut(c, own))
    else:
        return None
    return parts.part(device)


def _cut(c: Connection, query: Select[Any]) -> Parts:
    return cut(with_times(read_frame(c, query)), "device")


def _place(c: Connection, ahead: ReadAhead, device: str) -> tuple[str, int | None]:
    """A device's site, and its plot where it serves one; of a garden alone only its own."""
    if ahead.alone:
        known = ahead.of_block("places", lambda: _places(c, ahead.sites))
    else:
        known = ahead.of_city("places", lambda: _places(c))
    return known.get(device, ("", None))


def _places(
    c: Connection, sites: Collection[str] | None = None
) -> dict[str, tuple[str, int | None]]:
    thing = schema.thing
    query = select(thing.c.device, schema.site.c.slug, thing.c.plot_id).join_from(
        thing, schema.site, schema.site.c.id == thing.c.site_id
    )
    if sites is not None:
        query = query.where(schema.site.c.slug.in_(sites))
    return {device: (site, plot) for device, site, plot in c.execute(query)}


def with_times(frame: pd.DataFrame, column: str = "time") -> pd.DataFrame:
    """Epoch seconds become aware UTC times, −1 depths NaN and values floats."""
    frame[column] = pd.to_datetime(frame[column].astype("int64"), unit="s", utc=True)
    if "depth_cm" in frame:
        frame["depth_cm"] = frame["depth_cm"].astype(float).replace(NO_DEPTH, nan)
    if "value" in frame:
        frame["value"] = frame["value"].astype(float)
    return frame
