"""Assessing what waits, device by device, and all rain gauges together.

A gauge's flags look at the other gauges, so they are one piece of work; what comes of it lets the
soil moisture around wait. The quantities of one device are one piece of work, too. Each piece is
one transaction that locks its datastreams first: what comes meanwhile waits for it, and is found
waiting after it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from sqlalchemy import Connection, func, select

from agro.store import flagging, marks, schema
from agro.store.assessment import rain, stretch
from agro.store.assessment import rows as reading
from agro.store.assessment.rain import RainBook
from agro.store.assessment.stretch import DAY, Known, Reach, Stream
from agro.store.buckets import HOUR
from agro.store.marks import MOISTURE, RAIN
from sensors import quality
from sensors.quality import Neighbours, Test
from sensors.quality.surroundings import daily_totals

CHUNK = 90 * 86400
"""Longest stretch assessed in one transaction, besides what is looked back at. [s]"""


@dataclass(frozen=True, slots=True)
class Done:
    """How many observations got other flags or tests, and whether more of the piece waits."""

    changed: int
    left: bool


def assess_things(c: Connection, things: Iterable[int]) -> Done:
    """Assess what waits of these devices, rain apart, in the caller's transaction."""
    by_thing = {
        thing: [one for one in stretch.streams_of(c, thing) if one.quantity != RAIN]
        for thing in sorted(set(things))
    }
    waits = marks.lock(c, [one.id for streams in by_thing.values() for one in streams])
    known = Known(flagging.normals(c), RainBook())
    changed, left = 0, False
    for streams in by_thing.values():
        done = _assess_thing(c, streams, waits, known)
        changed, left = changed + done.changed, left or done.left
    return Done(changed, left)


def _assess_thing(
    c: Connection, streams: Sequence[Stream], waits: dict[int, int | None], known: Known
) -> Done:
    """The quantities of a device that wait, or look at one that does."""
    since = _earliest(waits, streams)
    if since is None:
        return Done(0, left=False)
    end, rest = _end(c, streams, since)
    changed = 0
    for stream in streams:
        at = _earliest(waits, [one for one in streams if stretch.looks_at(stream, one)])
        if at is not None and at < end:
            around = stretch.reach(c, stream, at)
            changed += len(stretch.assess(c, stream, around, known, around.since, end))
    marks.settle(c, [one.id for one in streams], rest)
    return Done(changed, left=rest is not None)


def assess_gauges(c: Connection) -> Done:
    """Assess what waits of the rain gauges of the city, in the caller's transaction."""
    gauges = _gauges(c)
    known_places = rain.places(c)
    ids = {one.id for one, _ in gauges}
    locked = ids | _moisture(c) if c.dialect.name == "postgresql" else ids
    waits = marks.lock(c, locked)
    streams = [one for one, _ in gauges]
    since = _earliest(waits, streams)
    if since is None:
        return Done(0, left=False)
    end, rest = _end(c, streams, since)
    around = [stretch.reach(c, one, since) for one in streams]
    start, seconds = min(one.since for one in around), max(one.seconds for one in around)
    whole = Reach(np.nan, seconds, start)
    catch = _catch(c, streams, start, end, seconds)
    apart = rain.distances([site for _, site in gauges], known_places)
    changed, normals = 0, flagging.normals(c)
    for n, (stream, site) in enumerate(gauges):
        others = np.arange(len(gauges)) != n
        neighbours = Neighbours(catch.days, catch.totals[others], apart[n][others])
        found = stretch.assess(c, stream, whole, Known(normals, RainBook(), neighbours), start, end)
        changed += len(found)
        own = waits[stream.id]
        _tell_the_soil(c, stream, site, [*found[:1], *((own,) if own is not None else ())])
    marks.settle(c, ids, rest)
    return Done(changed, left=rest is not None)


@dataclass(frozen=True, slots=True)
class _Catch:
    """Daily totals of the gauges: `days` (d,) epoch s; `totals` (k, d) mm, NaN = not known."""

    days: np.ndarray[tuple[int], np.dtype[np.float64]]
    totals: np.ndarray[tuple[int, int], np.dtype[np.float64]]


def _catch(
    c: Connection, streams: Sequence[Stream], start: float, end: float, seconds: float
) -> _Catch:
    read = [reading.around(c, one.id, start, end, seconds) for one in streams]
    times = np.concatenate([one.times for one in read])
    times = times[times >= start - seconds]
    first, last = (times.min(), times.max()) if times.size else (0, -DAY)
    days = np.arange(first // DAY * DAY, last + DAY, DAY, dtype=float)
    totals = []
    for one in read:
        at = one.times.astype(float)
        possible = np.where(
            quality.flag_range(RAIN, one.values) == quality.GOOD, one.values, np.nan
        )
        totals.append(daily_totals(possible, at, days, interval=quality.intervals(at))[0])
    return _Catch(days, np.array(totals))


def _tell_the_soil(c: Connection, gauge: Stream, site: int, times: Sequence[int]) -> None:
    """Let the soil moisture wait that looks at a gauge whose rain is new or told differently.

    Where the gauge stands, it counts that the gauge was heard; further off, only that it rained.
    """
    if not times:
        return
    since = min(times) // HOUR * HOUR - HOUR
    stay, seen = schema.deployment.c, schema.observation.c
    own = set(c.scalars(select(stay.site_id).where(stay.thing_id == gauge.thing))) | {site}
    marks.mark_moisture(c, since, own)
    wet = (seen.value > 0.0) | (seen.tests.bitwise_and(int(Test.CLOCK)) > 0)
    rained = select(func.min(seen.time)).where(
        seen.datastream_id == gauge.id, seen.time >= since, wet
    )
    first = c.scalar(rained)
    if first is not None:
        known = rain.places(c)
        further = {near for one in own for near in rain.near(one, known)}
        marks.mark_moisture(c, first // HOUR * HOUR - HOUR, further)


def _gauges(c: Connection) -> list[tuple[Stream, int]]:
    """Every rain gauge of the city, and the site where it stands or stood last."""
    own, thing = schema.datastream.c, schema.thing.c
    query = (
        select(own.id, own.thing_id, own.depth_cm, thing.site_id)
        .join_from(schema.datastream, schema.thing)
        .where(own.quantity == RAIN)
        .order_by(own.id)
    )
    return [(Stream(row[0], row[1], RAIN, np.nan), row[3]) for row in c.execute(query)]


def _moisture(c: Connection) -> set[int]:
    own = schema.datastream.c
    return set(c.scalars(select(own.id).where(own.quantity == MOISTURE)))


def _earliest(waits: dict[int, int | None], streams: Sequence[Stream]) -> int | None:
    """From when on something of these datastreams waits."""
    times = (waits.get(one.id) for one in streams)
    return min((time for time in times if time is not None), default=None)


def _end(c: Connection, streams: Sequence[Stream], since: int) -> tuple[float, int | None]:
    """Where this piece ends, and from when on the rest waits; without end when nothing does."""
    own = schema.datastream.c
    query = select(func.max(own.latest_time)).where(own.id.in_([one.id for one in streams]))
    newest = c.scalar(query) or 0
    first = max(since, _first(c, streams))
    return (inf, None) if newest < first + CHUNK else (float(first + CHUNK), first + CHUNK)


def _first(c: Connection, streams: Sequence[Stream]) -> int:
    """The time of the first observation of these datastreams. [epoch s]"""
    seen = schema.observation.c
    first = (
        c.scalar(select(func.min(seen.time)).where(seen.datastream_id == one.id)) for one in streams
    )
    return min((time for time in first if time is not None), default=0)
