"""Rain of gauges that count: what a counter rose by is the `rain` of the same device and time.

A reading's rain is its difference to the reading before it, whenever either came; one that comes
late changes that of the next. Both are a function of what is stored, so order and repetition of
messages change nothing. A counter that fell by more than a rounding began again: a day's then
gives what it now shows, a total nothing, since it may be another unit or another gauge.

A sum over a silence of up to a day is rain of the day on which the gauge is heard again: soil
keeps water for a day, but never has what was not counted. After a longer silence only a day's
counter tells anything, the rain since its midnight; the days between are filled from elsewhere,
and a total's sum would count them twice.

A device that states `rain` is left alone. A rate is never summed up: it tells nothing of the time
between two messages, and a day without rain of its own is better filled from another gauge.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from math import isnan, nan

from sqlalchemy import Connection, bindparam, delete, select

from agro.store import archive, calibrations, flagging, marks, readings, schema
from agro.store.buckets import LONGEST_DAY
from agro.store.counter_series import (
    DAY_COUNTER,
    TOTAL_COUNTER,
    Counted,
    Gauge,
    Said,
    overlaid,
    read,
)
from agro.store.marks import RAIN
from agro.store.readings import NO_DEPTH, Known, Row, Stream

# The first that a device has: a day's counter tells of a silence what a total cannot.
COUNTERS = (DAY_COUNTER, TOTAL_COUNTER)


def with_rain(
    c: Connection, rows: Sequence[Row], known: Mapping[Stream, Known]
) -> tuple[Sequence[Row], Mapping[Stream, Known]]:
    """The rows of a batch, flagged, and the rain that the counters among them tell.

    Rain that is stored and no longer holds is taken away, to be written with the rows. `known` are
    the datastreams of these devices; they come back with those of the rain.
    """
    counted = _counted(rows, known)
    if not counted:
        return rows, known
    gauges, known = _gauges(c, rows, counted, known)
    _read(c, gauges, counted)
    stated: dict[str, set[int]] = {}
    for row in rows:
        if row.quantity == RAIN:
            stated.setdefault(row.device, set()).add(row.time)
    told = [
        row
        for device, some in counted.items()
        for row in _told(gauges[device], some, stated.get(device, set()))
    ]
    if not told:
        return rows, known
    _forget(c, [(gauges[row.device], row.time) for row in told])
    return [*rows, *flagging.flagged(c, calibrations.applied(c, told), known)], known


def spanned(c: Connection, thing: int, rain: int, times: Sequence[int]) -> list[int]:
    """Those of these times at which a device's rain is all that its counter rose by.

    Whatever the silence before, nothing that fell in it is missing.
    """
    if not times:
        return []
    own = schema.datastream.c
    query = select(own.quantity, own.id).where(own.thing_id == thing, own.depth_cm == NO_DEPTH)
    ids = dict(c.execute(query.where(own.quantity.in_(COUNTERS))).all())
    used = next((name for name in COUNTERS if name in ids), None)
    if used is None:
        return []
    gauge = Gauge(ids[used], rain, used == DAY_COUNTER)
    read(c, [(gauge, times)])
    counted = Counted(gauge, gauge.shown)
    return [at for at in times if _tells(counted.rain(at), gauge.fallen.get(at))]


def _counted(rows: Sequence[Row], known: Mapping[Stream, Known]) -> dict[str, list[Row]]:
    """Device → readings of the counter that is used, without those beside a stated `rain`."""
    counters = [row for row in rows if row.quantity in COUNTERS and isnan(row.depth_cm)]
    if not counters:
        return {}
    stated = {(row.device, row.time) for row in rows if row.quantity == RAIN}
    daily = {row.device for row in counters if row.quantity == DAY_COUNTER}
    daily |= {row.device for row in counters if Stream(row.device, DAY_COUNTER, NO_DEPTH) in known}
    found: dict[str, list[Row]] = {}
    for row in counters:
        is_used = (row.quantity == DAY_COUNTER) == (row.device in daily)
        if is_used and (row.device, row.time) not in stated:
            found.setdefault(row.device, []).append(row)
    return found


def _gauges(
    c: Connection,
    rows: Sequence[Row],
    counted: Mapping[str, Sequence[Row]],
    known: Mapping[Stream, Known],
) -> tuple[dict[str, Gauge], Mapping[Stream, Known]]:
    """The gauge of each of these devices; all datastreams of the batch are there, and locked."""
    rain = {device: Stream(device, RAIN, NO_DEPTH) for device in counted}
    streams = [*map(readings.stream_of, rows), *rain.values()]
    known = readings.ensure(c, streams, known)
    if c.dialect.name == "postgresql":
        # Two collectors may have readings of one counter: the second sees what the first wrote.
        marks.lock(c, {known[stream].id for stream in streams})
    found = {}
    for device, some in counted.items():
        counter = known[readings.stream_of(some[0])].id
        found[device] = Gauge(counter, known[rain[device]].id, some[0].quantity == DAY_COUNTER)
    return found, known


def _read(c: Connection, gauges: Mapping[str, Gauge], counted: Mapping[str, Sequence[Row]]) -> None:
    """Read what is stored around readings; what is archived of a day around them comes back."""
    times = {device: [row.time for row in some] for device, some in counted.items()}
    spans = [
        (id_, min(times[device]) - LONGEST_DAY, max(times[device]) + LONGEST_DAY)
        for device, gauge in gauges.items()
        for id_ in (gauge.counter, gauge.rain)
    ]
    archive.thaw_first(c, spans)
    read(c, [(gauge, times[device]) for device, gauge in gauges.items()])


def _told(gauge: Gauge, rows: Sequence[Row], stated: set[int]) -> Iterator[Row]:
    """The rain that is not stored as these readings tell it; `stated` by the device, beside them.

    That is the rain of each of them and of the next one after it. Where rain is stored that the
    counter did not tell, the device states it.
    """
    before, now = Counted(gauge, gauge.shown), Counted(gauge, overlaid(gauge.shown, rows))
    own = [at for at, said in gauge.fallen.items() if not isnan(said.value)]
    heard = sorted(stated.union(at for at in own if not _tells(before.rain(at), gauge.fallen[at])))
    times = {row.time for row in rows}
    following = (now.after(time) for time in times)
    for time in sorted(times.union(at for at in following if at is not None)):
        stored, told = gauge.fallen.get(time), now.rain(time)
        last = now.after(time) if time in times else None
        if _any_within(heard, now.before(time), time, last):
            continue
        if told is None and stored is not None:
            told = Said(nan, 0)
        if told is not None and not (
            stored and _tells(told, stored) and told.tests == stored.tests
        ):
            yield Row(rows[0].device, RAIN, nan, time, told.value, 0, told.tests)


def _any_within(heard: Sequence[int], first: int | None, time: int, last: int | None) -> bool:
    """Whether rain was stated from the reading before a time to the one after it, where told."""
    at = bisect_left(heard, time if first is None else first)
    return at < len(heard) and heard[at] <= (time if last is None else last)


def _tells(told: Said | None, stored: Said | None) -> bool:
    """Whether the rain that is stored is what a counter told, be it nothing."""
    values = [nan if said is None else said.value for said in (told, stored)]
    return values[0] == values[1] or all(map(isnan, values))


def _forget(c: Connection, stale: Sequence[tuple[Gauge, int]]) -> None:
    """Take away rain that is told anew: ours may change, and is no contradiction of a device's."""
    gone = [{"id": gauge.rain, "at": at} for gauge, at in stale if at in gauge.fallen]
    if gone:
        c.execute(_GONE, gone)


_GONE = (
    delete(schema.observation)
    .where(schema.observation.c.datastream_id == bindparam("id"))
    .where(schema.observation.c.time == bindparam("at"))
)
