"""The observations of one datastream around a stretch, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, func, select

from agro.store import schema
from agro.store.archive.months import bounds, month_of
from sensors.quality import resolution
from sensors.quality.grain import ENOUGH
from sensors.quality.timing import BEFORE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LEAD = BEFORE + 2  # rows before a stretch that tell how often the device sends


@dataclass(frozen=True, slots=True)
class Rows:
    """Observations in order of time: times (epoch s), values (NaN = none), flags and tests (n,)."""

    times: Ints
    values: Floats
    flags: Ints
    tests: Ints

    def at(self, times: Floats, *, within: float) -> Floats:
        """The value of the last row at or before each time, at most `within` seconds older."""
        if self.times.size == 0:
            return np.full(times.shape, np.nan)
        last = np.searchsorted(self.times, times, side="right") - 1
        near = (last >= 0) & (times - self.times[last] <= within)
        return np.where(near, self.values[last], np.nan)


def around(c: Connection, id_: int, start: float, end: float, reach: float) -> Rows:
    """The rows in [start, end) and what their flags look at on both sides.

    That is `reach` seconds, besides some rows and a number before and a number after.
    """
    seen = schema.observation.c
    own = _rows(id_)
    within = own.where(seen.time >= _whole(start - reach)).order_by(seen.time)
    if end < inf:
        within = within.where(seen.time < _whole(end + reach))
    lead = own.where(seen.time < _whole(start - reach)).order_by(seen.time.desc()).limit(_LEAD)
    before = list(c.execute(lead).all())
    if before and all(row[1] is None for row in before):
        older = own.where(seen.time < before[-1][0], seen.value.is_not(None))
        before += c.execute(older.order_by(seen.time.desc()).limit(1)).all()
    rows = [*reversed(before), *c.execute(within).all()]
    if end < inf:
        last = rows[-1][0] if rows else _whole(end) - 1
        after = own.where(seen.time > last, seen.value.is_not(None))
        rows += c.execute(after.order_by(seen.time).limit(1)).all()
    return _arrays(rows)


def between(c: Connection, id_: int, start: float, end: float) -> Rows:
    """The rows in [start, end]."""
    seen = schema.observation.c
    query = _rows(id_).where(seen.time >= _whole(start), seen.time <= _whole(end))
    return _arrays(c.execute(query.order_by(seen.time)).all())


def number_before(c: Connection, id_: int, time: float) -> float:
    """The time of the last number before a time; the time itself where there is none."""
    seen = schema.observation.c
    query = (
        select(seen.time)
        .where(seen.datastream_id == id_, seen.time < _whole(time), seen.value.is_not(None))
        .order_by(seen.time.desc())
        .limit(1)
    )
    found = c.execute(query).scalar()
    return time if found is None else float(found)


def grain(c: Connection, id_: int, quantity: str) -> tuple[float, float]:
    """The resolution that the first numbers tell, and the time of the last of these.

    Earlier numbers than that one may change it. Infinite while there are too few.
    """
    seen = schema.observation.c
    query = (
        select(seen.time, seen.value)
        .where(seen.datastream_id == id_, seen.value.is_not(None))
        .order_by(seen.time)
        .limit(ENOUGH)
    )
    first = c.execute(query).all()
    settled = float(first[-1][0]) if len(first) == ENOUGH else inf
    return resolution(quantity, [row[1] for row in first]), settled


def in_database(c: Connection, id_: int, changed: float, since: float, reach: float) -> float:
    """From when on flags can be set, of those from `since` on: all they look at is in the database.

    What is archived was assessed before, and keeps its flags, unless something changed there since:
    then from that on, by what the database has.
    """
    own, thawed = schema.archived_month.c, schema.thawed_month.c
    newest = c.scalar(select(func.max(own.month)))
    if newest is None or since - reach >= bounds(newest)[1]:
        return since
    written = thawed.month == month_of(_whole(changed))
    if c.scalar(select(thawed.month).where(thawed.datastream_id == id_, written)):
        return changed
    return max(since, bounds(newest)[1] + reach)


def _rows(id_: int) -> Select[Any]:
    seen = schema.observation.c
    return select(seen.time, seen.value, seen.flag, seen.tests).where(seen.datastream_id == id_)


def _arrays(rows: Sequence[Row[Any]]) -> Rows:
    # Column by column: NumPy asks a Row of SQLAlchemy slowly and often what it is.
    times, values, flags, tests = zip(*rows, strict=True) if rows else ((), (), (), ())
    whole = (np.array(one, dtype=np.int64) for one in (times, flags, tests))
    at, flag, bits = whole
    return Rows(at, np.array(values, dtype=float), flag, bits)


def _whole(seconds: float) -> int:
    return int(np.clip(seconds, 0.0, 2.0**53))
