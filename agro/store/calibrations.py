"""Calibrations of single probes: which holds when, applied on the way in and to what is stored.

`value` is what a calibration made, `uncalibrated` what the device said. Of several that cover a
time, one for the very depth goes before one for every depth, then the one that began last. So
adding one changes no other, and taking it away brings back exactly what was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf, isnan, nan
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from agro.store import archive, flagging, marks, readings, schema
from agro.store.readings import NO_DEPTH, Row
from agro.store.values import from_epoch, from_null, to_epoch, upsert
from sensors import quality
from sensors.calibration import Coefficients, calibrated, faults
from sensors.quantities import QUANTITIES

EVERY_DEPTH = NO_DEPTH
_BATCH = 5_000  # observations computed again at once
_CLOCK = int(quality.Test.CLOCK)
_KEY = ("thing_id", "quantity", "depth_cm", "since")


@dataclass(frozen=True, slots=True)
class Calibration:
    """A calibration of one probe. `depth_cm` NaN = every depth; `until` None = it still holds.

    `kind` and `coefficients` as in `sensors.calibration`; `source` tells who found them, and how.
    """

    device: str
    quantity: str
    depth_cm: float
    since: datetime
    until: datetime | None
    kind: str
    coefficients: Coefficients
    source: str


def save(c: Connection, calibration: Calibration) -> int:
    """Keep a calibration and compute what it touches again; returns how many observations.

    One that began at the same time, for the same quantity and depth, is replaced.

    Raises
    ------
    ValueError  It cannot be used, or its device is not registered.
    """
    _check(calibration)
    until = None if calibration.until is None else to_epoch(calibration.until)
    row = {
        "thing_id": _thing(c, calibration.device),
        "quantity": calibration.quantity,
        "depth_cm": _depth_key(calibration.depth_cm),
        "since": to_epoch(calibration.since),
        "until": until,
        "kind": calibration.kind,
        "coefficients": _plain(calibration.coefficients),
        "source": calibration.source,
    }
    own = schema.calibration
    same = [own.c[name] == row[name] for name in _KEY]
    replaced = c.execute(select(own.c.until).where(*same)).first()
    upsert(c, own, [row], _KEY)
    ends = (until, replaced[0]) if replaced else (until,)
    return recompute(
        c,
        calibration.device,
        quantity=calibration.quantity,
        since=to_epoch(calibration.since),
        until=None if None in ends else max(end for end in ends if end is not None),
    )


def remove(
    c: Connection, device: str, quantity: str, since: datetime, *, depth_cm: float = nan
) -> int:
    """Take a calibration away and compute what it touched again; returns how many observations.

    Raises
    ------
    ValueError  There is none that began then.
    """
    own, start = schema.calibration, to_epoch(since)
    here = (
        (own.c.thing_id == _thing(c, device))
        & (own.c.quantity == quantity)
        & (own.c.depth_cm == _depth_key(depth_cm))
        & (own.c.since == start)
    )
    found = c.execute(select(own.c.until).where(here)).first()
    if found is None:
        depth = "" if isnan(depth_cm) else f" at {depth_cm:g} cm"
        told = f"no calibration of {quantity}{depth} of device {device!r} begins at {since:%FT%TZ}"
        raise ValueError(f"{told}; see its history")
    c.execute(delete(own).where(here))
    return recompute(c, device, quantity=quantity, since=start, until=found[0])


def end_all(c: Connection, device: str, at: int) -> None:
    """End what holds at this time (epoch s): the probe it was made for is another one now."""
    own = schema.calibration
    open_ = own.c.until.is_(None) | (own.c.until > at)
    here = (own.c.thing_id == _thing(c, device)) & (own.c.since < at) & open_
    if c.execute(update(own).where(here).values(until=at)).rowcount:
        recompute(c, device, since=at)


def of(c: Connection, device: str) -> list[Calibration]:
    """The calibrations of a device, by quantity, depth and time."""
    return [
        Calibration(
            device,
            row.quantity,
            nan if row.depth_cm == EVERY_DEPTH else row.depth_cm,
            from_epoch(row.since),
            None if row.until is None else from_epoch(row.until),
            row.kind,
            row.coefficients,
            row.source,
        )
        for row in _kept(c, {device}).get(device, ())
    ]


def applied(c: Connection, rows: Sequence[Row]) -> list[Row]:
    """The same rows as the calibrations of their devices make them; as they are without any."""
    kept = _kept(c, {row.device for row in rows})
    return list(_applied(rows, kept)) if kept else list(rows)


def _applied(rows: Sequence[Row], kept: Mapping[str, Sequence[Any]]) -> Iterator[Row]:
    together: dict[int, list[int]] = {}
    chosen: dict[int, Any] = {}
    found = list(rows)
    for place, row in enumerate(rows):
        one = _holding(kept.get(row.device, ()), row)
        if one is not None and not isnan(row.value):
            chosen[one.id] = one
            together.setdefault(one.id, []).append(place)
    for id_, places in together.items():
        said = [rows[place].value for place in places]
        made = calibrated(chosen[id_].kind, chosen[id_].coefficients, said).tolist()
        for place, value, before in zip(places, made, said, strict=True):
            found[place] = rows[place]._replace(value=value, uncalibrated=before)
    return iter(found)


def _holding(kept: Iterable[Any], row: Row) -> Any:
    """The calibration that holds for a row, None without any."""
    depth = _depth_key(row.depth_cm)
    there = [
        one
        for one in kept
        if one.quantity == row.quantity
        and one.depth_cm in (EVERY_DEPTH, depth)
        and one.since <= row.time
        and (one.until is None or row.time < one.until)
    ]
    return max(there, key=lambda one: (one.depth_cm, one.since), default=None)


def _kept(c: Connection, devices: set[str]) -> dict[str, list[Any]]:
    own, thing = schema.calibration, schema.thing
    query = (
        select(thing.c.device, own)
        .join_from(own, thing)
        .where(thing.c.device.in_(devices))
        .order_by(own.c.quantity, own.c.depth_cm, own.c.since)
    )
    found: dict[str, list[Any]] = {}
    for row in c.execute(query):
        found.setdefault(row.device, []).append(row)
    return found


def recompute(
    c: Connection,
    device: str,
    *,
    quantity: str | None = None,
    since: int,
    until: int | None = None,
) -> int:
    """Make the values from `since` to `until` (epoch s) again from what the device said.

    Their flags follow, with those after `until` that look back at them, and all their rollups.
    Returns how many observations were written.
    """
    kept = _kept(c, {device})
    if quantity in (None, marks.VOLUME):  # of pulses, it says how many litres each is
        marks.mark_water(c, marks.of_thing(device), since)
    own = schema.datastream.c
    query = select(own.id, own.quantity, own.depth_cm).where(own.thing_id == _thing(c, device))
    if quantity is not None:
        query = query.where(own.quantity == quantity)
    count = 0
    for id_, name, depth in c.execute(query.order_by(own.id)).all():
        end = _flags_end(c, id_, name, until)
        archive.thaw_first(c, [(id_, since, end)])
        for said in _stored(c, id_, since, end):
            rows = [
                Row(device, name, nan if depth == NO_DEPTH else depth, time, value, 0, tests)
                for time, value, tests in said
            ]
            made = list(_applied(rows, kept))
            count += readings.write(c, flagging.flagged(c, made)).rows
    return count


def _flags_end(c: Connection, id_: int, quantity: str, until: int | None) -> float:
    """Until when flags may look back at values before `until`. [epoch s]"""
    if until is None:
        return inf
    seen = schema.observation.c
    after = select(func.min(seen.time)).where(
        seen.datastream_id == id_, seen.time >= until, seen.value.is_not(None)
    )
    following = c.scalar(after)
    reach = until + quality.look_back(quantity)
    return reach if following is None else max(reach, following + 1)


def _stored(
    c: Connection, id_: int, since: int, end: float
) -> Iterator[list[tuple[int, float, int]]]:
    """What the device said in [since, end), in bounded batches: times, values, what clocks told."""
    seen = schema.observation.c
    said = func.coalesce(seen.uncalibrated, seen.value)
    query = select(seen.time, said, seen.tests).where(seen.datastream_id == id_).order_by(seen.time)
    if end < inf:
        query = query.where(seen.time < end)
    while found := c.execute(query.where(seen.time >= since).limit(_BATCH)).all():
        # How a clock was can only be seen at an arrival; all other tests are made again.
        yield [(time, from_null(value), tests & _CLOCK) for time, value, tests in found]
        since = found[-1][0] + 1


def _check(calibration: Calibration) -> None:
    lines = faults(calibration.kind, calibration.coefficients)
    if calibration.quantity not in QUANTITIES:
        lines.append(f"quantity {calibration.quantity!r} is not known")
    if calibration.until is not None and calibration.until <= calibration.since:
        lines.append(f"until {calibration.until:%FT%TZ} must be after {calibration.since:%FT%TZ}")
    if lines:
        raise ValueError("; ".join(lines))


def _thing(c: Connection, device: str) -> int:
    id_: int | None = c.scalar(select(schema.thing.c.id).where(schema.thing.c.device == device))
    if id_ is None:
        raise ValueError(f"device {device!r} is not registered; add it to the register")
    return id_


def _depth_key(depth_cm: float) -> float:
    return EVERY_DEPTH if isnan(depth_cm) else depth_cm


def _plain(coefficients: Coefficients) -> list[Any]:
    """As JSON keeps them."""
    return [list(one) if isinstance(one, Sequence) else float(one) for one in coefficients]
