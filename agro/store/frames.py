"""Frame counters: what each device's network counted and we did not hear.

A gap is open from the frame that shows it until its frames have come: late, out of order or
fetched from the network's storage (`agro.backfill`). What is written says for each gap which
counters are still missing, so that the same frame again, in whatever batch and order, changes
nothing. From the first frame of a device on the open gaps are exactly the counters that did not
come, in any order of arrival; with these limits: frames that come after a later one and are older
than the device's first are not counted; of a session that ended in a join the frames after the
last one heard cannot be known.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, bindparam, select, text, update

from agro.store import schema
from agro.store.values import execute_many, insert, read_frame
from sensors.envelopes import the_things_stack
from sensors.frame_counter import Frame, Holes, contains, count, missed, union, without

OPEN, FILLED, GIVEN_UP = "open", "filled", "given_up"
STORING = frozenset({the_things_stack.NETWORK})  # networks that can be asked for what we missed
NO_STORAGE = "no_storage"  # the detail of a gap of any other: given up as soon as it shows
SETTLE_S = 120  # before a gap is looked into: what is merely late comes by itself


class Heard(NamedTuple):
    """A frame of a registered device; times in epoch s, `topic` as it was published."""

    device: str
    network: str
    topic: str
    frame: Frame
    arrived: int


@dataclass(frozen=True, slots=True)
class _Gap:
    """A row of `frame_gap`; `id` 0 = not written yet."""

    id: int
    thing: int
    network: str
    application: str
    after: int
    before: int
    missing: int
    found: int
    counters: Holes
    state: str
    next_try: int | None
    detail: str


class _Known(NamedTuple):
    """A device and the last frame heard of it, if any."""

    thing: int
    last: Frame | None


def note(c: Connection, heard: Iterable[Heard]) -> None:
    """Move the counters of these devices on, open gaps and fill them."""
    devices: dict[str, dict[Frame, Heard]] = {}
    for one in heard:
        devices.setdefault(one.device, {}).setdefault(one.frame, one)
    if not devices:
        return
    known = _known(c, list(devices))
    last: list[tuple[int, Frame, str]] = []
    late: list[tuple[int, Frame]] = []
    opened: list[_Gap] = []
    for name, frames in devices.items():
        if name not in known:
            continue
        thing, before = known[name]
        newer = sorted((f for f in frames if _is_newer(f, before)), key=_in_time)
        late += [(thing, frame) for frame in frames.keys() - newer if frame != before]
        if newer:
            last.append((thing, newer[-1], frames[newer[-1]].topic))
            path = newer if before is None else [before, *newer]
            opened += [gap for pair in pairwise(path) if (gap := _gap(thing, *pair, frames))]
    _move(c, last)
    if opened or late:
        _settle(c, opened, late)


def _in_time(frame: Frame) -> tuple[int, int]:
    return frame.time, frame.counter


def _is_newer(frame: Frame, last: Frame | None) -> bool:
    return last is None or _in_time(frame) > _in_time(last)


def _gap(thing: int, before: Frame, after: Frame, frames: dict[Frame, Heard]) -> _Gap | None:
    """The gap between two neighbours, if frames are missing there."""
    holes = missed(before, after)
    if not holes:
        return None
    shown_by = frames[after]
    can_be_asked = shown_by.network in STORING
    return _Gap(
        id=0,
        thing=thing,
        network=shown_by.network,
        application=application(shown_by.topic),
        after=before.time,
        before=after.time,
        missing=count(holes),
        found=0,
        counters=holes,
        state=OPEN if can_be_asked else GIVEN_UP,
        next_try=shown_by.arrived + SETTLE_S if can_be_asked else None,
        detail="" if can_be_asked else NO_STORAGE,
    )


def application(topic: str) -> str:
    """The application in a topic of The Things Stack, `v3/{application}/…`; else empty."""
    parts = topic.split("/")
    return parts[1] if len(parts) > 3 and parts[0] == "v3" else ""


def _known(c: Connection, devices: Sequence[str]) -> dict[str, _Known]:
    """Ids and last frames of these devices."""
    if c.dialect.name == "postgresql":
        # Locked, in order: of two collectors the second sees what the first has noted.
        rows = c.execute(_LAST_LOCKED, {"names": list(devices)})
    else:
        rows = c.exec_driver_sql(_LAST, (json.dumps(devices),))
    known = {name: _Known(thing, Frame(counter, time)) for name, thing, counter, time in rows}
    unheard = [name for name in devices if name not in known]
    if unheard:
        own = schema.thing.c
        query = select(own.device, own.id).where(own.device.in_(unheard))
        known |= {name: _Known(thing, None) for name, thing in c.execute(query)}
    return known


_COLUMNS = "thing.device, own.thing_id, own.counter, own.time"
_LAST = (
    f"SELECT {_COLUMNS} FROM json_each(?1) AS wanted JOIN thing ON thing.device = wanted.value "  # noqa: S608
    "JOIN frame_counter AS own ON own.thing_id = thing.id"
)
_LAST_LOCKED = text(
    f"SELECT {_COLUMNS} FROM frame_counter AS own JOIN thing ON thing.id = own.thing_id "  # noqa: S608
    "WHERE thing.device = ANY(:names) ORDER BY own.thing_id FOR UPDATE OF own"
)


def _move(c: Connection, last: Sequence[tuple[int, Frame, str]]) -> None:
    """Write the last frames, never back in time."""
    rows = [(thing, frame.counter, frame.time, topic) for thing, frame, topic in last]
    if not rows:
        return
    if c.dialect.name == "postgresql":
        columns = zip(*sorted(rows), strict=True)
        names = ("things", "counters", "times", "topics")
        c.execute(_MOVE_ALL, dict(zip(names, map(list, columns), strict=True)))
        return
    execute_many(c, _MOVE_ONE, rows)


_FORWARD = (
    "ON CONFLICT (thing_id) DO UPDATE SET counter = excluded.counter, time = excluded.time, "
    "topic = excluded.topic WHERE excluded.time >= frame_counter.time"
)
_INTO = "INSERT INTO frame_counter (thing_id, counter, time, topic)"
_MOVE_ONE = f"{_INTO} VALUES (?1, ?2, ?3, ?4) {_FORWARD}"
_MOVE_ALL = text(
    f"{_INTO} "  # noqa: S608 - our own names only
    "SELECT * FROM unnest(CAST(:things AS integer[]), CAST(:counters AS bigint[]), "
    f"CAST(:times AS bigint[]), CAST(:topics AS text[])) {_FORWARD}"
)


def _settle(c: Connection, opened: Sequence[_Gap], late: Sequence[tuple[int, Frame]]) -> None:
    """Write new gaps, and take late frames out of those in which they were missing."""
    times = [gap.after for gap in opened] + [frame.time for _, frame in late]
    things = {gap.thing for gap in opened} | {thing for thing, _ in late}
    stored = _stored(c, things, min(times), max(times))
    gaps = {(gap.thing, gap.after): gap for gap in stored}
    before = dict(gaps)
    for gap in opened:
        there = gaps.get((gap.thing, gap.after))
        gaps[gap.thing, gap.after] = gap if there is None else _joined(there, gap)
    of_thing: dict[int, list[tuple[int, int]]] = {}
    for key in gaps:
        of_thing.setdefault(key[0], []).append(key)
    for thing, frame in late:
        for key in of_thing.get(thing, ()):
            gap = gaps[key]
            within = gap.after <= frame.time <= gap.before
            if within and contains(gap.counters, frame.counter):
                gaps[key] = _found(gap, frame.counter)
                break
    _write(c, [gap for key, gap in gaps.items() if gap != before.get(key)])


def _joined(there: _Gap, gap: _Gap) -> _Gap:
    """Two gaps after frames of the same second are one."""
    counters = union(there.counters, gap.counters)
    return replace(
        there,
        before=max(there.before, gap.before),
        missing=there.found + count(counters),
        counters=counters,
        state=gap.state,
        next_try=gap.next_try,
        detail=gap.detail,
    )


def _found(gap: _Gap, counter: int) -> _Gap:
    left = without(gap.counters, counter)
    found = replace(gap, counters=left, found=gap.missing - count(left))
    return found if left else replace(found, state=FILLED, next_try=None)


def _stored(c: Connection, things: Iterable[int], start: int, end: int) -> list[_Gap]:
    """The gaps of these devices that touch [start, end]."""
    own = schema.frame_gap.c
    query = select(
        own.id,
        own.thing_id,
        own.network,
        own.application,
        own.after,
        own.before,
        own.missing,
        own.found,
        own.counters,
        own.state,
        own.next_try,
        own.detail,
    ).where(own.thing_id.in_(list(things)), own.after <= end, own.before >= start)
    rows = [row._asdict() for row in c.execute(query.order_by(own.thing_id, own.after))]
    return [
        _Gap(
            thing=row.pop("thing_id"), counters=tuple(map(tuple, row.pop("counters") or ())), **row
        )
        for row in rows
    ]


def _write(c: Connection, gaps: Sequence[_Gap]) -> None:
    table = schema.frame_gap
    new = [_row(gap) for gap in gaps if not gap.id]
    changed = [_row(gap) | {"gap": gap.id} for gap in gaps if gap.id]
    if new:
        c.execute(insert(c, table), new)
    if changed:
        c.execute(update(table).where(table.c.id == bindparam("gap")), changed)


def _row(gap: _Gap) -> dict[str, Any]:
    return {
        "thing_id": gap.thing,
        "network": gap.network,
        "application": gap.application,
        "after": gap.after,
        "before": gap.before,
        "missing": gap.missing,
        "found": gap.found,
        "counters": [list(hole) for hole in gap.counters],
        "state": gap.state,
        "next_try": gap.next_try,
        "detail": gap.detail,
    }


def gaps(c: Connection, *, states: Sequence[str] = (OPEN,)) -> pd.DataFrame:
    """The gaps in these states (`open`, `filled`, `given_up`), the newest first.

    Returns
    -------
    Columns device, network, application, after and before (UTC: when the last frame before and
    the first after it were received), missing (frames that have not come yet), found (that have
    come since), state, tries, next_try (UTC), detail (a stable code: why the last try found
    nothing).
    """
    own = schema.frame_gap.c
    query = (
        select(
            schema.thing.c.device,
            own.network,
            own.application,
            own.after,
            own.before,
            (own.missing - own.found).label("missing"),
            own.found,
            own.state,
            own.tries,
            own.next_try,
            own.detail,
        )
        .join_from(schema.frame_gap, schema.thing)
        .where(own.state.in_(list(states)))
        .order_by(own.before.desc(), schema.thing.c.device)
    )
    frame = read_frame(c, query)
    for name in ("after", "before", "next_try"):
        frame[name] = pd.to_datetime(frame[name].astype("Int64"), unit="s", utc=True)
    return frame
