"""Quality flags for rows on their way in, each judged beside the value before it.

The value before is the one in the store with the nearest earlier time, also for late and repeated
data: the same row gets the same flag however often and in whatever batch it comes.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, isnan, nan

import numpy as np
from sqlalchemy import Connection, bindparam, select

from agro.store import readings, schema
from agro.store.readings import Known, Row, Stream
from sensors import quality
from sensors.quantities import QUANTITIES

_Before = tuple[float, float]  # epoch s, value
_Judged = tuple[Row, _Before]
_NONE: _Before = (nan, nan)


def flagged(
    c: Connection, rows: Sequence[Row], known: Mapping[Stream, Known] | None = None
) -> list[Row]:
    """The same rows, one for each time of a datastream (the last given), with their flags.

    `known` spares reading the datastreams of these devices again.
    """
    if known is None:
        known = readings.datastreams(c, {row.device for row in rows})
    streams: dict[Stream, dict[int, Row]] = {}
    for row in rows:
        streams.setdefault(_stream(row), {})[row.time] = row
    before = _before(c, {stream: min(times) for stream, times in streams.items()}, known)
    judged: dict[str, list[_Judged]] = {}
    for stream, times in streams.items():
        judged.setdefault(stream.quantity, []).extend(_beside(times, before.get(stream, _NONE)))
    return [row for quantity, some in judged.items() for row in _flagged(quantity, some)]


def _stream(row: Row) -> Stream:
    depth = readings.NO_DEPTH if isnan(row.depth_cm) else row.depth_cm
    return Stream(row.device, row.quantity, depth)


def _beside(times: Mapping[int, Row], before: _Before) -> Iterator[_Judged]:
    """The rows of one datastream in time order, each with the nearest number before it."""
    for time in sorted(times):
        row = times[time]
        yield row, before
        if not isnan(row.value):
            before = (time, row.value)


def _flagged(quantity: str, judged: Sequence[_Judged]) -> Iterator[Row]:
    """Rows of one quantity, of whatever datastreams, with flags."""
    values = np.array([row.value for row, _ in judged])
    flags = quality.flag_range(quantity, values)
    if _is_tested(quantity):
        times = np.array([row.time for row, _ in judged])
        before = np.array([before for _, before in judged], dtype=float)
        change = quality.flag_change(quantity, values, times, before[:, 0], before[:, 1])
        flags = quality.worst(flags, change)
    for (row, _), flag in zip(judged, flags.tolist(), strict=True):
        yield Row(*row[:5], flag)


def _before(
    c: Connection, starts: Mapping[Stream, int], known: Mapping[Stream, Known]
) -> dict[Stream, _Before]:
    """The newest value of each datastream before its start, where its change is tested."""
    found: dict[Stream, _Before] = {}
    for stream, start in starts.items():
        newest = known.get(stream)
        if newest is None or newest.time is None or not _is_tested(stream.quantity):
            continue
        if newest.time < start and newest.value is not None:
            found[stream] = (newest.time, newest.value)
        elif (
            earlier := c.execute(_EARLIER, {"id": newest.id, "start": start}).first()
        ) is not None:
            found[stream] = (earlier[0], earlier[1])
    return found


def _is_tested(quantity: str) -> bool:
    return isfinite(QUANTITIES[quantity].step)


# The newest value before a time, looked up: for late data and after missing values.
_EARLIER = (
    select(schema.observation.c.time, schema.observation.c.value)
    .where(schema.observation.c.datastream_id == bindparam("id"))
    .where(schema.observation.c.time < bindparam("start"))
    .where(schema.observation.c.value.is_not(None))
    .order_by(schema.observation.c.time.desc())
    .limit(1)
)
