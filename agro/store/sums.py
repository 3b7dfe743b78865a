"""Rollups of many observations at once, in arrays: what SQL computes bucket by bucket.

The same buckets and the same rules as `rollups`, for whole archives. The sum of a bucket is taken
in order of time, so the same rows give the same bits wherever they are computed.
"""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
import pyarrow as pa

from agro.store.buckets import day_bounds, hour_start

Array = np.ndarray[Any, Any]
_BLOCK = 900  # s; offsets of time zones are multiples of it
_BELIEVED, _SUSPECT, _FAIL, _MISSING = 2, 3, 4, 9
SCHEMA = pa.schema(
    [
        ("datastream_id", pa.int32()),
        ("start", pa.int64()),
        ("count", pa.int32()),
        ("total", pa.float64()),
        ("minimum", pa.float64()),
        ("maximum", pa.float64()),
        ("suspect", pa.int32()),
        ("failed", pa.int32()),
        ("missing", pa.int32()),
    ]
)


@dataclass(frozen=True, slots=True)
class Observed:
    """Observations ordered by datastream and time, shapes (rows,); a value NaN is missing."""

    ids: Array
    times: Array  # epoch s
    values: Array
    flags: Array


def hours(rows: Observed, zone: tzinfo) -> pa.Table:
    """The hourly rollups of these observations, in order; columns as the table `rollup_hour`."""
    if not len(rows.ids):
        return SCHEMA.empty_table()
    starts = _hour_starts(rows.times, zone)
    cuts = _cuts(rows.ids, starts)
    believed = (rows.flags <= _BELIEVED) & ~np.isnan(rows.values)
    count = _count(believed, cuts)
    columns = {
        "datastream_id": rows.ids[cuts],
        "start": starts[cuts],
        "count": count,
        "total": np.add.reduceat(np.where(believed, rows.values, 0.0), cuts),
        "minimum": np.minimum.reduceat(np.where(believed, rows.values, np.inf), cuts),
        "maximum": np.maximum.reduceat(np.where(believed, rows.values, -np.inf), cuts),
        "suspect": _count(rows.flags == _SUSPECT, cuts),
        "failed": _count(rows.flags == _FAIL, cuts),
        "missing": _count(rows.flags == _MISSING, cuts),
    }
    return _table(columns)


def days(table: pa.Table, zone: tzinfo) -> pa.Table:
    """The local days of hourly rollups in order: 23, 24 or 25 of them each."""
    if not table.num_rows:
        return SCHEMA.empty_table()
    column = {name: table.column(name) for name in SCHEMA.names}
    ids, hour = column["datastream_id"].to_numpy(), column["start"].to_numpy()
    starts = _in_days(hour, zone)
    cuts = _cuts(ids, starts)
    sums = {
        name: np.add.reduceat(column[name].to_numpy(), cuts)
        for name in ("count", "suspect", "failed", "missing")
    }
    filled = {
        name: column[name].fill_null(empty).to_numpy()
        for name, empty in (("total", 0.0), ("minimum", np.inf), ("maximum", -np.inf))
    }
    return _table(
        {
            "datastream_id": ids[cuts],
            "start": starts[cuts],
            "total": np.add.reduceat(filled["total"], cuts),
            "minimum": np.minimum.reduceat(filled["minimum"], cuts),
            "maximum": np.maximum.reduceat(filled["maximum"], cuts),
            **sums,
        }
    )


def _cuts(ids: Array, starts: Array) -> Array:
    """Where a new bucket begins."""
    changed = (ids[1:] != ids[:-1]) | (starts[1:] != starts[:-1])
    return np.concatenate(([0], np.flatnonzero(changed) + 1))


def _count(true: Array, cuts: Array) -> Array:
    return np.add.reduceat(true.astype(np.int32), cuts)


def _table(columns: dict[str, Array]) -> pa.Table:
    empty = columns["count"] == 0
    arrays = [
        pa.array(columns[field.name], field.type, mask=empty)
        if pa.types.is_floating(field.type)
        else pa.array(columns[field.name], field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _hour_starts(times: Array, zone: tzinfo) -> Array:
    """Start of the local hour of each time."""
    blocks = times // _BLOCK
    first = int(blocks.min())
    count = int(blocks.max()) - first + 1
    if count > len(times):  # few times, far apart
        found, place = np.unique(blocks, return_inverse=True)
        starts: Array = np.array([hour_start(int(b) * _BLOCK, zone) for b in found])
        return starts[place]
    hours = (hour_start((first + number) * _BLOCK, zone) for number in range(count))
    known: Array = np.fromiter(hours, np.int64, count)
    of_each: Array = known[blocks - first]
    return of_each


def day_starts(times: Array, zone: tzinfo) -> Array:
    """Start of the local day of each time (epoch s), shapes (rows,)."""
    return _in_days(_hour_starts(times, zone), zone)


def _in_days(hour: Array, zone: tzinfo) -> Array:
    """Start of the local day of each hour."""
    found, place = np.unique(hour, return_inverse=True)
    starts: Array = np.array([day_bounds(int(start), zone)[0] for start in found], np.int64)
    return starts[place]
