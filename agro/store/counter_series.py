"""What a rain counter showed, and what fell between two of its readings."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, text

from agro.store import schema
from agro.store.buckets import LONGEST_DAY
from agro.store.readings import Row
from agro.store.values import from_null
from sensors.quality import FAIL, Test

DAY_COUNTER, TOTAL_COUNTER = "rain_day", "rain_total"
ROUNDING = 0.3  # mm: one tip, a hundredth of an inch; so small a fall is no new beginning
_CLOCK = int(Test.CLOCK)
_DIGITS = 6  # of a difference: finer than any gauge


class Said(NamedTuple):
    """What a counter showed, or what fell [mm; NaN = not known]; `tests` is `Test.CLOCK` or 0."""

    value: float
    tests: int


Series = dict[int, Said]  # by time, epoch s


@dataclass(frozen=True, slots=True)
class Gauge:
    """A device's counter and its rain (ids), with what is stored of both around some times.

    `starts` (epoch s) are when the device was put somewhere, or another one under its name.
    """

    counter: int
    rain: int
    is_daily: bool
    shown: Series = field(default_factory=dict)
    fallen: Series = field(default_factory=dict)
    starts: set[int] = field(default_factory=set)


def read(c: Connection, asked: Sequence[tuple[Gauge, Iterable[int]]]) -> None:
    """Take in what is stored from two readings before each of these times to one after it."""
    by_id = {id_: gauge for gauge, _ in asked for id_ in (gauge.counter, gauge.rain)}
    wanted = [
        (gauge.counter, gauge.rain, time) for gauge, times in asked for time in sorted(set(times))
    ]
    for id_, time, value, flag, tests in _around(c, wanted):
        gauge, said = by_id[id_], Said(from_null(value), tests & _CLOCK)
        if id_ == gauge.rain:
            gauge.fallen[time] = said
        elif value is not None and flag < FAIL:
            gauge.shown[time] = said
    own, stay = schema.datastream.c, schema.deployment.c
    starts = select(own.id, stay.since).join_from(
        schema.datastream, schema.deployment, own.thing_id == stay.thing_id
    )
    for id_, since in c.execute(starts.where(own.id.in_([gauge.counter for gauge, _ in asked]))):
        by_id[id_].starts.add(since)


def _around(c: Connection, wanted: Sequence[tuple[int, int, int]]) -> Sequence[Any]:
    if c.dialect.name != "postgresql":
        return c.exec_driver_sql(_AROUND_JSON, (json.dumps(wanted),)).all()
    counters, gauges, times = (list(column) for column in zip(*wanted, strict=True))
    arrays = {"counters": counters, "gauges": gauges, "times": times}
    return c.execute(_AROUND_ARRAYS, arrays).all()


# From the last usable readings before a time to the first after it, of a counter and of its rain.
_AROUND = """
SELECT DISTINCT o.datastream_id, o.time, coalesce(o.uncalibrated, o.value), o.flag, o.tests
FROM (
    SELECT counter, gauge,
        coalesce((SELECT min(two.time) FROM (SELECT b.time FROM observation AS b
            WHERE b.datastream_id = wanted.counter AND b.time < wanted.time
            AND b.value IS NOT NULL AND b.flag < 4
            ORDER BY b.time DESC LIMIT 2) AS two), wanted.time) AS first,
        coalesce((SELECT a.time FROM observation AS a
            WHERE a.datastream_id = wanted.counter AND a.time > wanted.time
            AND a.value IS NOT NULL AND a.flag < 4
            ORDER BY a.time LIMIT 1), wanted.time) AS last
    FROM wanted
) AS span
JOIN observation AS o ON o.datastream_id IN (span.counter, span.gauge)
AND o.time >= span.first AND o.time <= span.last
"""
_ARRAYS = """
WITH wanted (counter, gauge, time) AS (SELECT * FROM unnest(
    CAST(:counters AS integer[]), CAST(:gauges AS integer[]), CAST(:times AS bigint[])))
"""
_JSON = """
WITH wanted (counter, gauge, time) AS (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
    FROM json_each(?1))
"""
_AROUND_ARRAYS, _AROUND_JSON = text(_ARRAYS + _AROUND), _JSON + _AROUND


def overlaid(shown: Mapping[int, Said], rows: Iterable[Row]) -> Series:
    """What a counter shows once these rows are written; what it cannot show counts as unsaid."""
    now = dict(shown)
    for row in rows:
        before = now.pop(row.time, None)
        said = row.value if isnan(row.uncalibrated) else row.uncalibrated
        if isnan(said) or row.flag == FAIL:
            continue
        tests = row.tests & _CLOCK
        if before is not None:
            tests |= before.tests | (_CLOCK if before.value != said else 0)
        now[row.time] = Said(said, tests)
    return now


class Counted:
    """A counter's readings in order, and what fell until each."""

    def __init__(self, gauge: Gauge, shown: Mapping[int, Said]) -> None:
        self._order = sorted(shown)
        self._gauge, self._shown = gauge, shown

    def before(self, time: int) -> int | None:
        """The time of the last reading before this one."""
        at = bisect_left(self._order, time)
        return self._order[at - 1] if at else None

    def after(self, time: int) -> int | None:
        """The time of the first reading after this one."""
        at = bisect_right(self._order, time)
        return self._order[at] if at < len(self._order) else None

    def rain(self, time: int) -> Said | None:
        """What fell from the reading before until this one; None where either is not there.

        Between two places, or two devices, nothing is told.
        """
        previous = self.before(time)
        if previous is None or time not in self._shown:
            return None
        if any(previous < start <= time for start in self._gauge.starts):
            return None
        first, last = self._shown[previous], self._shown[time]
        rise = fallen(first.value, last.value, time - previous, is_daily=self._gauge.is_daily)
        return Said(round(rise, _DIGITS), 0 if isnan(rise) else first.tests | last.tests)


def fallen(before: float, now: float, seconds: int, *, is_daily: bool) -> float:
    """What a counter counted between two readings so far apart; NaN = not known. [mm]"""
    fell = now - before < -ROUNDING
    if is_daily and (fell or seconds >= LONGEST_DAY):
        return now
    if fell or seconds >= LONGEST_DAY:
        return nan
    return max(now - before, 0.0)
