"""How each device does: heard when, how often, how loud, on what battery, believed how often.

Everything comes from the register, the newest observations and the daily sums: thousands of
devices are looked at without reading a single observation.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from agro.store import deployments, readings, schema
from agro.store.buckets import day_bounds
from agro.store.values import read_frame, time_zone, to_epoch
from sensors import battery
from sensors.quality import FAIL, MISSING, SUSPECT
from sensors.quantities import QUANTITIES

HOUSEKEEPING = ("battery_voltage", "battery_level", "battery_life", "rssi", "snr")
"""What tells of the device itself, not of its garden."""

BATTERY_DAYS = 90
_BATTERY = ("battery_voltage", "battery_level")
SILENT_AFTER = timedelta(hours=6)  # where the usual interval is not known yet
SILENT_INTERVALS = 3.0  # a message or two is lost on the radio now and then
_SOONEST_SILENCE = timedelta(hours=1)
_INTERVAL_DAYS = 14
_FLAGS = {"suspect": SUSPECT, "failed": FAIL, "missing": MISSING}


def overview(c: Connection, site: str | None = None) -> pd.DataFrame:
    """One row for each registered device that stands somewhere.

    Returns
    -------
    Columns device, name, model, site, plot (slugs; "" = none), seen (UTC, NaT = never),
    battery_voltage [V], battery_level [%], rssi [dBm], snr [dB] (the newest; NaN = never told), and
    suspect, failed, missing: how many of its newest values are flagged so.
    """
    thing, stream, plot = schema.thing, schema.datastream, schema.plot
    newest = [
        func.max(_of(stream.c.quantity == name, stream.c.latest_value)).label(name)
        for name in ("battery_voltage", "battery_level", "rssi", "snr")
    ]
    flags = [
        func.sum(case((stream.c.latest_flag == flag, 1), else_=0)).label(name)
        for name, flag in _FLAGS.items()
    ]
    who = (thing.c.device, thing.c.name, thing.c.model, schema.site.c.slug, plot.c.slug)
    query = (
        select(
            *who[:3],
            who[3].label("site"),
            who[4].label("plot"),
            func.max(stream.c.latest_time).label("seen"),
            *newest,
            *flags,
        )
        .join_from(thing, schema.site)
        .outerjoin(plot, plot.c.id == thing.c.plot_id)
        .outerjoin(stream, stream.c.thing_id == thing.c.id)
        .where(deployments.is_standing())
        .group_by(*who)
        .order_by(thing.c.device)
    )
    frame = read_frame(c, _on(query, site))
    frame["plot"] = frame["plot"].fillna("")
    seen = pd.to_numeric(frame["seen"]).astype("Int64")
    frame["seen"] = pd.to_datetime(seen, unit="s", utc=True)
    for name in ("battery_voltage", "battery_level", "rssi", "snr"):
        frame[name] = frame[name].astype(float)
    return frame


def _of(condition: ColumnElement[bool], value: ColumnElement[float]) -> ColumnElement[float]:
    return case((condition, value))


def intervals(c: Connection, at: datetime, site: str | None = None) -> dict[str, float]:
    """Device → how far apart its messages usually are. [s]

    Of the whole local days before `at`'s, the median of what its most talkative datastream sent.
    A device that has not yet had such a day is absent.
    """
    day, stream, thing = schema.rollup_day.c, schema.datastream, schema.thing
    today, _ = day_bounds(to_epoch(at), time_zone(c))
    each = (
        select(
            thing.c.device,
            day.start,
            func.max(day.count + day.suspect + day.failed + day.missing).label("sent"),
        )
        .join_from(schema.rollup_day, stream, stream.c.id == day.datastream_id)
        .join(thing, thing.c.id == stream.c.thing_id)
        .where(day.start >= today - _INTERVAL_DAYS * 86400, day.start < today)
        .group_by(thing.c.device, day.start)
    )
    frame = read_frame(c, _on(each, site))
    sent = frame["sent"].astype(float)
    typical = sent[sent > 0].groupby(frame["device"]).median()
    return {str(device): 86400.0 / count for device, count in typical.items()}


def silent_after(interval_s: float) -> timedelta:
    """How long a device with this usual interval may say nothing (NaN = not known)."""
    if not isfinite(interval_s):
        return SILENT_AFTER
    return max(timedelta(seconds=SILENT_INTERVALS * interval_s), _SOONEST_SILENCE)


def radio_week(c: Connection, at: datetime, site: str | None = None) -> pd.DataFrame:
    """Device → rssi [dBm] and snr [dB]: the medians of its daily means of the last seven days."""
    start = to_epoch(at) - 7 * 86400
    frame = _daily(c, ("rssi", "snr"), start, site=site)
    table = frame.pivot_table(
        index="device", columns="quantity", values="mean", aggfunc="median", observed=True
    )
    return table.reindex(columns=["rssi", "snr"])


def battery_days(c: Connection, at: datetime, device: str) -> pd.DataFrame:
    """The daily means of a device's battery over `BATTERY_DAYS`: quantity, start, mean."""
    start = to_epoch(at) - BATTERY_DAYS * 86400
    return _daily(c, _BATTERY, start, device=device)


def _daily(
    c: Connection,
    quantities: Collection[str],
    start: int,
    *,
    site: str | None = None,
    device: str | None = None,
) -> pd.DataFrame:
    day, stream, thing = schema.rollup_day.c, schema.datastream, schema.thing
    query: Select[Any] = (
        select(
            thing.c.device,
            stream.c.quantity,
            day.start,
            (day.total / day.count).label("mean"),
        )
        .join_from(stream, thing)
        .join(schema.rollup_day, day.datastream_id == stream.c.id)
        .where(stream.c.quantity.in_(quantities), day.start >= start, day.count > 0)
        .order_by(thing.c.device, stream.c.quantity, day.start)
    )
    if device is not None:
        query = query.where(thing.c.device == device)
    frame = read_frame(c, _on(query, site))
    frame["mean"] = frame["mean"].astype(float)
    return frame


def _on(query: Select[Any], site: str | None) -> Select[Any]:
    """The query, of one site's devices only, or of all farms'."""
    if site is None:
        return query.where(deployments.is_of_farms())
    own = select(schema.site.c.id).where(schema.site.c.slug == site).scalar_subquery()
    return query.where(schema.thing.c.site_id == own)


def battery_forecasts(
    c: Connection, at: datetime, site: str | None = None
) -> dict[str, battery.Forecast]:
    """Device → when its battery gets empty; of a device that tells both, by its voltage."""
    stream, thing, day = schema.datastream, schema.thing, schema.rollup_day.c
    batteries = (
        select(stream.c.id, thing.c.device, thing.c.model, stream.c.quantity)
        .join_from(stream, thing)
        .where(stream.c.quantity.in_(_BATTERY))
        # "battery_level" comes before "battery_voltage", which takes its place.
        .order_by(stream.c.quantity, thing.c.device)
    )
    told = c.execute(_on(batteries, site)).all()
    # Numbers only, and all at once: names would be most of what is read.
    ids = _on(select(stream.c.id).join_from(stream, thing), site)
    days = (
        select(day.datastream_id, day.start, (day.total / day.count).label("mean"))
        .where(day.datastream_id.in_(ids.where(stream.c.quantity.in_(_BATTERY))))
        .where(day.start >= to_epoch(at) - BATTERY_DAYS * 86400, day.count > 0)
        .order_by(day.datastream_id, day.start)
    )
    table = read_frame(c, days).to_numpy(dtype=np.float64)
    now, noons = to_epoch(at) / 86400.0, table[:, 1] / 86400.0 + 0.5
    found: dict[str, battery.Forecast] = {}
    for id_, device, model, quantity in told:
        own = slice(*np.searchsorted(table[:, 0], (id_, id_ + 1)))
        marks = battery.supply(model, quantity)
        new = battery.forecast(noons[own], table[own, 2], marks, now=now)
        if device not in found or new.outlook != "unknown":
            found[device] = new
    return found


def newest(c: Connection, devices: Collection[str]) -> pd.DataFrame:
    """The newest value of each datastream of these devices, as `readings.latest` tells it."""
    stream, thing = schema.datastream, schema.thing
    query = (
        select(
            thing.c.device,
            stream.c.quantity,
            stream.c.depth_cm,
            stream.c.latest_time.label("time"),
            stream.c.latest_value.label("value"),
            stream.c.latest_flag.label("flag"),
        )
        .join_from(stream, thing)
        .where(thing.c.device.in_(list(devices)), stream.c.latest_time.is_not(None))
        .order_by(thing.c.device, stream.c.quantity, stream.c.depth_cm)
    )
    frame = read_frame(c, query)
    units = (QUANTITIES.get(name) for name in frame["quantity"])
    frame["unit"] = [quantity.unit if quantity else "" for quantity in units]
    return readings.with_times(frame)


def flag_days(c: Connection, devices: Collection[str], start: datetime) -> pd.DataFrame:
    """How the measured values of these devices were judged, each local day from `start` on.

    Returns
    -------
    Columns device, day (local date), good, suspect, failed, missing: counts of values.
    """
    day, stream, thing = schema.rollup_day.c, schema.datastream, schema.thing
    sums = [
        func.sum(column).label(name)
        for name, column in (
            ("good", day.count),
            ("suspect", day.suspect),
            ("failed", day.failed),
            ("missing", day.missing),
        )
    ]
    query = (
        select(thing.c.device, day.start, *sums)
        .join_from(thing, stream)
        .join(schema.rollup_day, day.datastream_id == stream.c.id)
        .where(thing.c.device.in_(list(devices)), stream.c.quantity.not_in(HOUSEKEEPING))
        .where(day.start >= to_epoch(start))
        .group_by(thing.c.device, day.start)
        .order_by(thing.c.device, day.start)
    )
    frame = read_frame(c, query)
    at = pd.to_datetime(frame.pop("start").astype("int64"), unit="s", utc=True)
    frame["day"] = at.dt.tz_convert(str(time_zone(c))).dt.date
    counts = ["good", "suspect", "failed", "missing"]
    frame[counts] = frame[counts].astype("int64")
    return frame[["device", "day", *counts]]


def lost_frames(c: Connection, since: datetime) -> dict[str, int]:
    """Device → frames that its network counted since then, and that were not found."""
    gap, thing = schema.frame_gap.c, schema.thing
    query = (
        select(thing.c.device, func.sum(gap.missing - gap.found))
        .join_from(schema.frame_gap, thing)
        .where(gap.before >= to_epoch(since))
        .group_by(thing.c.device)
    )
    return {device: int(count) for device, count in c.execute(query) if count > 0}


def problem_counts(c: Connection, since: datetime) -> dict[str, int]:
    """Device → how many of its messages or values were refused since then."""
    own = schema.problem.c
    query = (
        select(own.device, func.sum(own["count"]))
        .where(own.time >= to_epoch(since), own.device != "")
        .group_by(own.device)
    )
    return {device: int(count) for device, count in c.execute(query)}


def problems_of(c: Connection, device: str, limit: int = 30) -> pd.DataFrame:
    """The newest problems of a device: time (UTC), reason, field, value, detail, count."""
    own = schema.problem.c
    names = ("time", "reason", "field", "value", "detail", "count")
    query = (
        select(*(own[name] for name in names))
        .where(own.device == device)
        .order_by(own.time.desc())
        .limit(limit)
    )
    frame = read_frame(c, query)
    frame["time"] = pd.to_datetime(frame["time"].astype("int64"), unit="s", utc=True)
    return frame
