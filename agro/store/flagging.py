"""Quality flags for rows on their way in, each judged beside the value before it.

The value before is the one in the store with the nearest earlier time, also for late and repeated
data: the same row gets the same flag however often and in whatever batch it comes.
"""

from collections.abc import Iterable, Sequence
from math import isfinite, isnan

import numpy as np
from sqlalchemy import Connection, bindparam, select

from agro.store import readings, schema
from agro.store.readings import Row, Stream
from sensors import quality
from sensors.quantities import QUANTITIES

_Before = tuple[int, float]  # epoch s, value


def flagged(c: Connection, rows: Sequence[Row]) -> list[Row]:
    """The same rows, one for each time of a datastream (the last given), with their flags."""
    streams: dict[Stream, dict[int, Row]] = {}
    for row in rows:
        streams.setdefault(_stream(row), {})[row.time] = row
    before = _before(c, {stream: min(times) for stream, times in streams.items()})
    found: list[Row] = []
    for stream in sorted(streams):
        ordered = [streams[stream][time] for time in sorted(streams[stream])]
        found += _judged(ordered, before.get(stream))
    return found


def _stream(row: Row) -> Stream:
    depth = readings.NO_DEPTH if isnan(row.depth_cm) else row.depth_cm
    return Stream(row.device, row.quantity, depth)


def _judged(rows: Sequence[Row], before: _Before | None) -> Iterable[Row]:
    """The rows of one datastream in time order, with flags."""
    flags = quality.flag(
        rows[0].quantity,
        np.array([row.value for row in rows]),
        np.array([row.time for row in rows]),
        before,
    )
    return [row._replace(flag=int(flag)) for row, flag in zip(rows, flags, strict=True)]


def _before(c: Connection, starts: dict[Stream, int]) -> dict[Stream, _Before]:
    """The newest value of each datastream before its start, where its change is tested."""
    tested = {stream: start for stream, start in starts.items() if _is_tested(stream.quantity)}
    newest = _newest(c, tested)
    found: dict[Stream, _Before] = {}
    for stream, start in tested.items():
        if stream not in newest:
            continue
        id_, time, value = newest[stream]
        if time < start and value is not None:
            found[stream] = (time, value)
        elif (earlier := c.execute(_EARLIER, {"id": id_, "start": start}).first()) is not None:
            found[stream] = (earlier[0], earlier[1])
    return found


def _is_tested(quantity: str) -> bool:
    return isfinite(QUANTITIES[quantity].step)


def _newest(
    c: Connection, streams: Iterable[Stream]
) -> dict[Stream, tuple[int, int, float | None]]:
    """Id, and time and value (None = missing) of the newest observation, of these datastreams."""
    wanted = set(streams)
    own, thing = schema.datastream.c, schema.thing.c
    query = (
        select(thing.device, own.quantity, own.depth_cm, own.id, own.latest_time, own.latest_value)
        .join_from(schema.datastream, schema.thing)
        .where(thing.device.in_({stream.device for stream in wanted}))
        .where(own.quantity.in_({stream.quantity for stream in wanted}))
        .where(own.latest_time.is_not(None))
    )
    return {Stream(*row[:3]): (row[3], row[4], row[5]) for row in c.execute(query)}


# The newest value before a time, looked up: for late data and after missing values.
_EARLIER = (
    select(schema.observation.c.time, schema.observation.c.value)
    .where(schema.observation.c.datastream_id == bindparam("id"))
    .where(schema.observation.c.time < bindparam("start"))
    .where(schema.observation.c.value.is_not(None))
    .order_by(schema.observation.c.time.desc())
    .limit(1)
)
