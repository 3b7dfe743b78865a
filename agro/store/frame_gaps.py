"""Gaps that are looked into: which are due, and what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from agro.store import schema
from agro.store.frames import FILLED, GIVEN_UP, OPEN, application


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device and a span of time to ask its network's storage for.

    `network_device` is what its network calls it; `after` and `before` epoch s. `gap` is the row
    of the gap it is for, 0 when a person asked.
    """

    device: str
    network: str
    application: str
    network_device: str
    after: int
    before: int
    gap: int = 0
    missing: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try gave: a gap that is still open is tried again at `next_try` [epoch s], or given
    up when there is none. `detail` is a stable code and what was said; a try counts if the
    network was `asked`."""

    gap: int
    next_try: int | None
    detail: str
    asked: bool = True


def due(c: Connection, at: int | None, *, device: str = "", limit: int = 5000) -> list[Wanted]:
    """The open gaps whose time has come (all, without a time), the oldest first."""
    own, gap = schema.frame_counter.c, schema.frame_gap.c
    query = (
        select(
            schema.thing.c.device,
            gap.network,
            gap.application,
            own.topic,
            gap.after,
            gap.before,
            gap.id,
            gap.missing - gap.found,
            gap.tries,
        )
        .join_from(schema.frame_gap, schema.thing)
        .join(schema.frame_counter, own.thing_id == gap.thing_id)
        .where(gap.state == OPEN)
        .order_by(gap.after, gap.id)
        .limit(limit)
    )
    if at is not None:
        query = query.where((gap.next_try <= at) | gap.next_try.is_(None))
    if device:
        query = query.where(schema.thing.c.device == device)
    return [Wanted(*row[:3], network_device(row[3]), *row[4:]) for row in c.execute(query)]


def network_device(topic: str) -> str:
    """What the network calls the device of this topic of The Things Stack; else empty."""
    parts = topic.split("/")
    return parts[3] if application(topic) and parts[2] == "devices" else ""


def heard(c: Connection, after: int, before: int, *, device: str = "") -> list[Wanted]:
    """The devices that a network with applications was heard for, each wanted for a whole span."""
    own = schema.frame_counter.c
    query: Select[Any] = (
        select(schema.thing.c.device, own.topic)
        .join_from(schema.frame_counter, schema.thing)
        .where(own.topic.like("v3/%"))
        .order_by(own.thing_id)
    )
    if device:
        query = query.where(schema.thing.c.device == device)
    return [
        Wanted(name, "the_things_stack", application(topic), network_device(topic), after, before)
        for name, topic in c.execute(query)
    ]


def devices_of(c: Connection, app: str) -> int:
    """How many devices of this application were heard."""
    own = schema.frame_counter.c
    prefix = own.topic.startswith(f"v3/{app}/", autoescape=True)
    return c.scalar(select(func.count()).select_from(schema.frame_counter).where(prefix)) or 0


def tried(c: Connection, outcomes: Iterable[Tried]) -> None:
    """Write what tries gave; a gap that was filled by them stays so."""
    table = schema.frame_gap
    rows = [
        {
            "gap": one.gap,
            "state": OPEN if one.next_try else GIVEN_UP,
            "next_try": one.next_try,
            "detail": one.detail,
            "more": int(one.asked),
        }
        for one in outcomes
        if one.gap
    ]
    if rows:
        still_open = (table.c.id == bindparam("gap")) & (table.c.state == OPEN)
        c.execute(
            update(table).where(still_open).values(tries=table.c.tries + bindparam("more")), rows
        )


def states(c: Connection, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """State, and frames that have not come, of these gaps."""
    own = schema.frame_gap.c
    found: dict[int, tuple[str, int]] = {}
    for start in range(0, len(ids), 1000):
        some = list(ids[start : start + 1000])
        query = select(own.id, own.state, own.missing - own.found).where(own.id.in_(some))
        found |= {row[0]: (row[1], row[2]) for row in c.execute(query)}
    return found


def forget(c: Connection, before: int) -> int:
    """Delete what was filled or given up and is older than this [epoch s]; returns how many."""
    own = schema.frame_gap
    done = own.c.state.in_((FILLED, GIVEN_UP)) & (own.c.before < before)
    return c.execute(delete(own).where(done)).rowcount
