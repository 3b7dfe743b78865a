"""One stretch of one datastream: its flags by every test, from the stored records alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, select, update

from agro.store import archive, counters, flagging, rollups, schema
from agro.store.assessment import rows as reading
from agro.store.assessment.places import NOWHERE, Stay, log_of, stays
from agro.store.assessment.rain import RainBook
from agro.store.assessment.rows import Rows
from agro.store.marks import MOISTURE, RAIN
from agro.store.readings import NO_DEPTH
from sensors import quality
from sensors.quality import GOOD, WHOLE, Assessed, Context, Neighbours, Rain, Test

DAY = 86400.0
_TOGETHER = 1800.0  # s: values of one device so near are of one moment
_RAIN_BACK = 4.0 * DAY  # of rain that a rise of soil moisture looks at, and more
_BESIDE: Mapping[str, tuple[str, ...]] = {
    MOISTURE: ("soil_temperature",),
    "relative_humidity": ("vapour_pressure", "air_temperature"),
    "vapour_pressure": ("air_temperature",),
    "wind_gust": ("wind_speed",),
}
"""The other quantities of the same device that a quantity's flags look at."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A datastream; `depth_cm` NaN = it has none."""

    id: int
    thing: int
    quantity: str
    depth_cm: float


@dataclass(frozen=True, slots=True)
class Known:
    """What is told by others: the climate, rain everywhere, and for a gauge the other gauges."""

    normals: quality.Normals | None
    rain: RainBook
    neighbours: Neighbours | None = None


def streams_of(c: Connection, thing: int) -> list[Stream]:
    """The datastreams of a device, by id."""
    own = schema.datastream.c
    query = select(own.id, own.thing_id, own.quantity, own.depth_cm)
    found = c.execute(query.where(own.thing_id == thing).order_by(own.id))
    return [Stream(*row[:3], nan if row[3] == NO_DEPTH else row[3]) for row in found]


def looks_at(stream: Stream, other: Stream) -> bool:
    """Whether flags of a datastream look at another one, or at itself, of the same device."""
    if stream.id == other.id:
        return True
    same_depth = stream.depth_cm == other.depth_cm or isnan(stream.depth_cm + other.depth_cm)
    return same_depth and other.quantity in _BESIDE.get(stream.quantity, ())


@dataclass(frozen=True, slots=True)
class Reach:
    """How a datastream's flags look around.

    `grain` the device's resolution, `seconds` how far they look, `since` from when on flags may
    change when something changed at the time that was asked for. [epoch s]
    """

    grain: float
    seconds: float
    since: float


def reach(c: Connection, stream: Stream, changed: float) -> Reach:
    """How far the flags of a datastream look around, and back from a change."""
    grain, told = nan, changed
    if not isnan(quality.threshold(stream.quantity, "flat_resolution")):
        grain, settled = reading.grain(c, stream.id, stream.quantity)
        # The device shows itself finer, or coarser, than it was taken for: all may change.
        changed = -inf if changed <= settled else changed
    context = Context(depth_cm=stream.depth_cm, resolution=grain)
    seconds = quality.look_back(stream.quantity, context)
    before = changed if changed == -inf else reading.number_before(c, stream.id, changed)
    since = reading.in_database(c, stream.id, told, min(changed - seconds, before), seconds)
    return Reach(grain, seconds, since)


def assess(
    c: Connection, stream: Stream, around: Reach, known: Known, start: float, end: float
) -> list[int]:
    """Set the flags of [start, end) again where they are not what the tests say; and rollups.

    Returns
    -------
    The times of the observations whose flag or tests changed, in order. [epoch s]
    """
    rows = reading.around(c, stream.id, start, end, around.seconds)
    inside = np.flatnonzero((rows.times >= start) & (rows.times < end))
    if inside.size == 0:
        return []
    found = _judged(c, stream, around, known, rows, slice(inside[0], inside[-1] + 1))
    return _write(c, stream, rows, inside, found)


def _judged(
    c: Connection, stream: Stream, around: Reach, known: Known, rows: Rows, inside: slice
) -> Assessed:
    """Flags and tests of all rows; what lies outside of the stretch is not to be used."""
    base = _base(c, stream, around, known, rows, inside)
    flags, tests = rows.flags.copy(), rows.tests.copy()
    for stay, here in _by_stay(c, stream.thing, rows, inside):
        context = _there(c, stream, known, base, stay, rows.times[inside])
        values, times = rows.values, rows.times.astype(float)
        one = quality.assess(stream.quantity, values, times, context, tests=WHOLE & ~Test.CLOCK)
        if stream.quantity == RAIN:
            one = _with_counter(c, stream, rows, one, here)
        one = _with_clock(rows, one)
        flags, tests = np.where(here, one.flags, flags), np.where(here, one.tests, tests)
    return Assessed(flags, tests)


def _with_counter(
    c: Connection, stream: Stream, rows: Rows, found: Assessed, here: NDArray[np.bool_]
) -> Assessed:
    """Without the gap test where a counter tells that the rain lacks nothing of the silence."""
    silent = here & (found.tests & int(Test.GAP) > 0)
    told = counters.spanned(c, stream.thing, stream.id, rows.times[silent].tolist())
    whole = silent & np.isin(rows.times, told)
    tests = np.where(whole, found.tests & ~int(Test.GAP), found.tests)
    return Assessed(np.where(whole & (tests == 0), GOOD, found.flags), tests)


def _with_clock(rows: Rows, found: Assessed) -> Assessed:
    """With what was seen of the clock at the arrival, which is stored and cannot be seen again."""
    wrong = ((rows.tests & Test.CLOCK) > 0) & np.isfinite(rows.values)
    if not wrong.any():
        return found
    clock = flagging.clock_flags(rows.values, wrong)
    flags = quality.worst(found.flags, clock)
    earlier = np.where(flags == found.flags, found.tests, 0)
    bit = np.where(wrong, int(Test.CLOCK), 0).astype(np.int64)
    return Assessed(flags, np.bitwise_or(earlier, bit))


def _base(
    c: Connection, stream: Stream, around: Reach, known: Known, rows: Rows, inside: slice
) -> Context:
    """What is known whatever place the device stood at."""
    times = rows.times.astype(float)
    others: dict[str, NDArray[np.float64]] = {}
    for name in _BESIDE.get(stream.quantity, ()):
        other = _other(c, stream, name)
        if other is not None:
            first, last = times[inside][0], times[inside][-1]
            told = reading.between(c, other, first - _TOGETHER, last)
            others[name] = told.at(times, within=_TOGETHER)
    return Context(
        interval=quality.intervals(times),
        depth_cm=stream.depth_cm,
        resolution=around.grain,
        others=others,
        normals=known.normals,
        neighbours=known.neighbours,
    )


def _other(c: Connection, stream: Stream, quantity: str) -> int | None:
    """Another quantity's datastream of the same device and depth."""
    own = schema.datastream.c
    depth = NO_DEPTH if isnan(stream.depth_cm) else stream.depth_cm
    here = (own.thing_id == stream.thing) & (own.quantity == quantity) & (own.depth_cm == depth)
    return c.execute(select(own.id).where(here)).scalar()


def _by_stay(
    c: Connection, thing: int, rows: Rows, inside: slice
) -> Iterator[tuple[Stay, NDArray[np.bool_]]]:
    """Each place at which the device stood in the stretch, and which rows are of it."""
    left = np.zeros(rows.times.shape, bool)
    left[inside] = True
    for stay in stays(c, thing):
        here = left & (rows.times >= stay.since) & (rows.times < stay.until)
        if here.any():
            yield stay, here
            left &= ~here
    if left.any():
        yield NOWHERE, left


def _there(
    c: Connection,
    stream: Stream,
    known: Known,
    base: Context,
    stay: Stay,
    times: NDArray[np.int64],
) -> Context:
    """What is known at a place, too."""
    rain, waterings = None, None
    if stream.quantity == MOISTURE and stay.plot is not None:
        start, end = float(times[0]) - _RAIN_BACK, float(times[-1])
        rain, log = known.rain.at(c, stay.site, start, end), log_of(c, stay, start, end)
        waterings = log.waterings
        if rain is not None:
            told = log.tells(np.asarray(rain.times))
            rain = Rain(np.asarray(rain.times)[told], np.asarray(rain.amounts)[told], rain.interval)
    return Context(
        interval=base.interval,
        depth_cm=base.depth_cm,
        resolution=base.resolution,
        porosity=stay.porosity,
        wilting_point=stay.wilting_point,
        latitude=stay.latitude,
        longitude=stay.longitude,
        others=base.others,
        normals=base.normals,
        rain=rain,
        waterings=waterings,
        neighbours=base.neighbours,
    )


def _write(
    c: Connection, stream: Stream, rows: Rows, inside: NDArray[np.intp], found: Assessed
) -> list[int]:
    flags, tests, times = found.flags[inside], found.tests[inside], rows.times[inside]
    moved = flags != rows.flags[inside]
    differs = np.flatnonzero(moved | (tests != rows.tests[inside]))
    if differs.size:
        span = (stream.id, int(times[differs[0]]), int(times[differs[-1]]) + 1)
        archive.thaw_first(c, [span])  # an archiver at work must not keep the flags as they were
        columns = (one[differs].tolist() for one in (times, flags, tests))
        names = ("at", "new_flag", "new_tests")
        wanted = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        c.execute(_SET, [{"stream": stream.id, **row} for row in wanted])
    rollups.touch(c, [(stream.id, int(at)) for at in times[moved]])
    # Also where nothing differs: a batch may have told less of its newest row than is stored.
    c.execute(
        _SET_LATEST, [{"stream": stream.id, "at": int(times[-1]), "new_flag": int(flags[-1])}]
    )
    return [int(at) for at in times[differs]]


_SET = (
    update(schema.observation)
    .where(schema.observation.c.datastream_id == bindparam("stream"))
    .where(schema.observation.c.time == bindparam("at"))
    .values(flag=bindparam("new_flag"), tests=bindparam("new_tests"))
)
_SET_LATEST = (
    update(schema.datastream)
    .where(schema.datastream.c.id == bindparam("stream"))
    .where(schema.datastream.c.latest_time == bindparam("at"))
    .values(latest_flag=bindparam("new_flag"))
)
