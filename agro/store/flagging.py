"""Quality flags for rows on their way in: what one value before is enough for.

Range, season and step of a whole batch at once, each value beside the one before it: the one in
the store with the nearest earlier time, also for late and repeated data, so that the same row gets
the same flag however often and in whatever batch it comes. What looks further back, ahead or
around is for `agro.store.assessment`, which sets every flag again soon after.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, isnan, nan

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, select

from agro.store import readings, schema
from agro.store.readings import Known, Row, Stream
from sensors import quality
from sensors.quality import SEASONAL, Test
from sensors.quantities import QUANTITIES

_Before = tuple[float, float]  # epoch s, value
_Judged = tuple[Row, _Before]
_NONE: _Before = (nan, nan)
_CLOCK = int(Test.CLOCK)


def flagged(
    c: Connection, rows: Sequence[Row], known: Mapping[Stream, Known] | None = None
) -> list[Row]:
    """The same rows, one for each time of a datastream (the last given), with flags and tests.

    A `Test.CLOCK` among the tests of a row stays: whoever saw it arrive has judged its clock.
    `known` spares reading the datastreams of these devices again.
    """
    if known is None:
        known = readings.datastreams(c, {row.device for row in rows})
    streams: dict[Stream, dict[int, Row]] = {}
    for row in rows:
        times = streams.setdefault(_stream(row), {})
        times[row.time] = row if row.time not in times else _said_twice(times[row.time], row)
    before = _before(c, {stream: min(times) for stream, times in streams.items()}, known)
    judged: dict[str, list[_Judged]] = {}
    for stream, times in streams.items():
        judged.setdefault(stream.quantity, []).extend(_beside(times, before.get(stream, _NONE)))
    climate = normals(c) if any(quantity in SEASONAL for quantity in judged) else None
    return [row for quantity, some in judged.items() for row in _flagged(quantity, some, climate)]


def normals(c: Connection) -> quality.Normals | None:
    """The city's mean lowest and highest of a day in each month; None before a city is loaded."""
    facts = c.execute(select(schema.city.c.normals)).scalar()
    return quality.Normals(tuple(facts["tmin"]), tuple(facts["tmax"])) if facts else None


def clock_flags(values: NDArray[np.float64], is_wrong: NDArray[np.bool_]) -> quality.Flags:
    """The clock test's flags of values (n,) whose clock was found wrong or not when they came."""
    flags = np.where(is_wrong, quality.SUSPECT, quality.NOT_EVALUATED)
    return np.where(np.isnan(values), quality.MISSING, flags)


def _stream(row: Row) -> Stream:
    depth = readings.NO_DEPTH if isnan(row.depth_cm) else row.depth_cm
    return Stream(row.device, row.quantity, depth)


def _said_twice(first: Row, last: Row) -> Row:
    """The last of two rows of one time; another value than before is a clock gone wrong."""
    tests = first.tests | last.tests
    values = [row.value if isnan(row.uncalibrated) else row.uncalibrated for row in (first, last)]
    if isfinite(sum(values)) and values[0] != values[1]:
        tests |= _CLOCK
    return last._replace(tests=tests)


def _beside(times: Mapping[int, Row], before: _Before) -> Iterator[_Judged]:
    """The rows of one datastream in time order, each with the nearest number before it."""
    if len(times) == 1:
        yield from ((row, before) for row in times.values())
        return
    for time in sorted(times):
        row = times[time]
        yield row, before
        if not isnan(row.value):
            before = (time, row.value)


def _flagged(
    quantity: str, judged: Sequence[_Judged], climate: quality.Normals | None
) -> Iterator[Row]:
    """Rows of one quantity, of whatever datastreams, with flags."""
    values = np.array([row.value for row, _ in judged])
    times = np.array([row.time for row, _ in judged])
    found = {Test.RANGE: quality.flag_range(quantity, values)}
    if _is_tested(quantity):
        before = np.array([before for _, before in judged], dtype=float)
        earlier = before[:, 0], before[:, 1]
        found[Test.STEP] = quality.flag_change(quantity, values, times, *earlier)
    if climate is not None and quantity in SEASONAL:
        found[Test.SEASON] = quality.flag_season(quantity, values, times, climate)
    wrong = np.array([row.tests for row, _ in judged]) & int(Test.CLOCK) > 0
    if wrong.any():
        found[Test.CLOCK] = clock_flags(values, wrong)
    together = quality.together(values, found)
    # The clock is known from the arrival alone: it is kept also beside a worse flag.
    tests = together.tests | np.where(wrong & np.isfinite(values), _CLOCK, 0)
    for (row, _), flag, bits in zip(judged, together.flags.tolist(), tests.tolist(), strict=True):
        yield Row(*row[:5], flag, bits, row.uncalibrated)


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
