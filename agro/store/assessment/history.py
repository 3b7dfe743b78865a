"""What the quality tests said of one device, day by day, for the pages."""

from collections.abc import Collection
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, func, select

from agro.store import schema
from agro.store.buckets import LONGEST_DAY
from agro.store.readings import NO_DEPTH
from agro.store.values import read_frame, time_zone, to_epoch
from sensors.quality import FAIL, MISSING, SUSPECT, Test

TESTS = tuple(str(test.name).lower() for test in Test)
"""The tests by name, as the columns of `flag_history`: "range", "season", …, "clock"."""

_KEY = ["day", "quantity", "depth_cm"]
_COUNTS = ["count", "suspect", "failed", "missing"]


def flag_history(c: Connection, device: str, start: datetime, end: datetime) -> pd.DataFrame:
    """How many values of a device were flagged on each local day that starts in [start, end).

    Returns
    -------
    One row for each day, quantity and depth with observations, in this order: day (local date),
    quantity, depth_cm (NaN = none), count (believable values), suspect, failed, missing, and a
    column for each of `TESTS`: the values whose flag it set. A value with one flag from two tests
    counts for both.
    """
    days = _days(c, device, start, end)
    tests = _tests(c, device, start, end)
    found = days.merge(tests, how="left", on=_KEY)
    found[list(TESTS)] = found[list(TESTS)].fillna(0).astype("int64")
    found["depth_cm"] = found["depth_cm"].replace(NO_DEPTH, float("nan"))
    return found.sort_values(["quantity", "depth_cm", "day"], ignore_index=True)[
        [*_KEY, *_COUNTS, *TESTS]
    ]


def flag_counts(
    c: Connection, devices: Collection[str], start: datetime, end: datetime
) -> pd.DataFrame:
    """What the flags of these devices in [start, end) come to.

    Returns
    -------
    One row for each device, quantity and depth with observations, in this order: device, quantity,
    depth_cm (NaN = none), observations, suspect, failed, missing, and a column for each of `TESTS`
    as in `flag_history`.
    """
    seen, stream, thing = schema.observation.c, schema.datastream, schema.thing.c
    query = (
        select(
            thing.device,
            stream.c.quantity,
            stream.c.depth_cm,
            seen.flag,
            seen.tests,
            func.count().label("observations"),
        )
        .join_from(stream, schema.observation, stream.c.id == seen.datastream_id)
        .join(schema.thing, thing.id == stream.c.thing_id)
        .where(thing.device.in_(list(devices)))
        .where(seen.time >= to_epoch(start), seen.time < to_epoch(end))
        .group_by(thing.device, stream.c.quantity, stream.c.depth_cm, seen.flag, seen.tests)
    )
    frame = read_frame(c, query).astype({"depth_cm": float})
    count, bits = frame["observations"].astype("int64"), frame.pop("tests").astype("int64")
    flags = frame.pop("flag").astype("int64")
    for name, flag in (("suspect", SUSPECT), ("failed", FAIL), ("missing", MISSING)):
        frame[name] = count.where(flags == flag, 0)
    for name, test in zip(TESTS, Test, strict=True):
        frame[name] = count.where((bits & int(test)) > 0, 0)
    found = frame.groupby(["device", "quantity", "depth_cm"], as_index=False).sum()
    found["depth_cm"] = found["depth_cm"].replace(NO_DEPTH, float("nan"))
    return found


def _days(c: Connection, device: str, start: datetime, end: datetime) -> pd.DataFrame:
    """Counts of the local days, from the rollups."""
    own, stream, thing = schema.rollup_day.c, schema.datastream, schema.thing.c
    query = (
        select(own.start, stream.c.quantity, stream.c.depth_cm, *(own[name] for name in _COUNTS))
        .join_from(schema.rollup_day, stream, stream.c.id == own.datastream_id)
        .join(schema.thing, thing.id == stream.c.thing_id)
        .where(thing.device == device, own.start >= to_epoch(start), own.start < to_epoch(end))
    )
    return _dated(c, read_frame(c, query), "start")


def _tests(c: Connection, device: str, start: datetime, end: datetime) -> pd.DataFrame:
    """How often each test set a flag, on the days on which one did."""
    seen, stream, thing = schema.observation.c, schema.datastream, schema.thing.c
    query = (
        select(seen.time, stream.c.quantity, stream.c.depth_cm, seen.tests)
        .join_from(stream, schema.observation, stream.c.id == seen.datastream_id)
        .join(schema.thing, thing.id == stream.c.thing_id)
        .where(thing.device == device, seen.tests != 0)
        .where(seen.time >= to_epoch(start), seen.time < to_epoch(end) + LONGEST_DAY)
    )
    frame = _dated(c, read_frame(c, query), "time")
    bits = frame.pop("tests").astype("int64")
    for name, test in zip(TESTS, Test, strict=True):
        frame[name] = (bits & int(test)) > 0
    return frame.groupby(_KEY, as_index=False)[list(TESTS)].sum()


def _dated(c: Connection, frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The frame with the local `day` of its epoch seconds in their place."""
    times = pd.to_datetime(frame.pop(column).astype("int64"), unit="s", utc=True)
    frame.insert(0, "day", times.dt.tz_convert(str(time_zone(c))).dt.date)
    frame["depth_cm"] = frame["depth_cm"].astype(float)
    return frame
