"""Each event on its way to each who wants it: written before it is sent, and sent once.

A delivery is claimed as `sending`, and that is committed, before a channel is opened. What is
found so after a stop is sent again only where it is known that it was not handed over; else it is
`unclear`, and never sent a second time by the same channel.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from agro.store import schema
from agro.store.values import from_epoch, insert_new, to_epoch

State = Literal["due", "sending", "sent", "failed", "unclear", "escalated", "over"]
FIRST, SECOND = 0, 1
_CHUNK = 400  # numbers in one statement


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription, by its first (`step` 0) or its second channel (1)."""

    event: int
    subscription: int
    step: int
    planned_at: datetime
    due_at: datetime
    state: State = "due"
    message: int | None = None
    sender: str = ""
    tries: int = 0
    sent_at: datetime | None = None
    reason: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Logged:
    """A delivery as the log tells it; never with its channel."""

    delivery: Delivery
    who: str
    kind: str
    site: str
    plot: str
    device: str
    found_at: datetime
    ended_at: datetime | None = None


def queue(c: Connection, rows: Iterable[Delivery]) -> int:
    """Let deliveries wait for their time, those that are not known yet; how many they are."""
    told = [
        {
            "alert_event_id": one.event,
            "alert_subscription_id": one.subscription,
            "step": one.step,
            "state": one.state,
            "planned_at": to_epoch(one.planned_at),
            "due_at": to_epoch(one.due_at),
        }
        for one in rows
    ]
    key = ("alert_event_id", "alert_subscription_id", "step")
    return insert_new(c, schema.alert_delivery, told, key)


def of_events(c: Connection, events: Collection[int]) -> list[Delivery]:
    """How these events went, for everybody."""
    own, wanted, found = schema.alert_delivery, sorted(events), list[Delivery]()
    for start in range(0, len(wanted), _CHUNK):
        some = own.c.alert_event_id.in_(wanted[start : start + _CHUNK])
        query = select(own).where(some).order_by(own.c.id)
        found += [_delivery(row) for row in c.execute(query).mappings()]
    return found


def due(c: Connection, at: datetime, limit: int) -> list[Delivery]:
    """Those whose time has come, the oldest first."""
    own = schema.alert_delivery.c
    query = _of("due").where(own.due_at <= to_epoch(at)).order_by(own.due_at, own.id).limit(limit)
    return [_delivery(row) for row in c.execute(query).mappings()]


def in_state(c: Connection, state: State) -> list[Delivery]:
    """All in a state, the oldest first."""
    query = _of(state).order_by(schema.alert_delivery.c.id)
    return [_delivery(row) for row in c.execute(query).mappings()]


def claim(c: Connection, numbers: Collection[int], sender: str, at: datetime) -> bool:
    """Take due deliveries to send them now in one message; False where one is no longer due."""
    own = schema.alert_delivery
    mine = own.c.id.in_(list(numbers))
    held = select(own.c.id).where(mine, own.c.state == "due").with_for_update()
    if set(c.scalars(held)) != set(numbers):
        return False
    values = {
        "state": "sending",
        "message": min(numbers),
        "sender": sender,
        "sent_at": to_epoch(at),
        "tries": own.c.tries + 1,
    }
    c.execute(update(own).where(mine).values(values))
    return True


def settle(
    c: Connection,
    numbers: Collection[int],
    state: State,
    *,
    reason: str = "",
    due_at: datetime | None = None,
) -> None:
    """Say how deliveries stand, and when they are tried again."""
    own, wanted = schema.alert_delivery, sorted(numbers)
    values: dict[str, Any] = {"state": state, "reason": reason}
    if due_at is not None:
        values["due_at"] = to_epoch(due_at)
    for start in range(0, len(wanted), _CHUNK):
        some = own.c.id.in_(wanted[start : start + _CHUNK])
        c.execute(update(own).where(some).values(values))


def counts(c: Connection) -> dict[str, int]:
    """State → how many deliveries are in it."""
    own = schema.alert_delivery.c
    query = select(own.state, func.count()).group_by(own.state).order_by(own.state)
    return {state: int(count) for state, count in c.execute(query)}


def log(
    c: Connection, limit: int, *, state: str = "", of: Collection[int] | None = None
) -> list[Logged]:
    """The newest deliveries, the newest first; `of` some subscriptions only."""
    own, event, who = schema.alert_delivery, schema.alert_event, schema.alert_subscription
    told = (event.c.kind, event.c.plot, event.c.device, event.c.found_at, event.c.ended_at)
    columns = (who.c.who, *told)
    query = (
        select(own, *columns, schema.site.c.slug.label("site"))
        .join_from(own, event)
        .join(who, who.c.id == own.c.alert_subscription_id)
        .join(schema.site, schema.site.c.id == event.c.site_id)
        .order_by(own.c.id.desc())
        .limit(limit)
    )
    query = query.where(own.c.state == state) if state else query
    query = query.where(who.c.id.in_(list(of))) if of is not None else query
    return [
        Logged(
            _delivery(row),
            **{name: row[name] for name in ("who", "kind", "site", "plot", "device")},
            found_at=from_epoch(row["found_at"]),
            ended_at=None if row["ended_at"] is None else from_epoch(row["ended_at"]),
        )
        for row in c.execute(query).mappings()
    ]


def _of(state: State) -> Select[Any]:
    return select(schema.alert_delivery).where(schema.alert_delivery.c.state == state)


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        event=row["alert_event_id"],
        subscription=row["alert_subscription_id"],
        step=row["step"],
        planned_at=from_epoch(row["planned_at"]),
        due_at=from_epoch(row["due_at"]),
        state=row["state"],
        message=row["message"],
        sender=row["sender"],
        tries=row["tries"],
        sent_at=None if row["sent_at"] is None else from_epoch(row["sent_at"]),
        reason=row["reason"],
        number=row["id"],
    )
