"""Subscriptions: kept as they were asked for, with what was last told and how that went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from agro.store import schema
from agro.store.values import from_epoch, to_epoch

_TIMES = ("expires_at", "notified_at", "succeeded_at", "failed_at", "next_try")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription, by its URN. `told`: entity → a digest of what was last told of it.

    `failures` have been since it last succeeded, the last one for `reason`.
    """

    name: str
    document: Mapping[str, Any]
    created_at: datetime
    is_active: bool = True
    expires_at: datetime | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    times_sent: int = 0
    notified_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failures: int = 0
    next_try: datetime | None = None
    reason: str = ""


def add(c: Connection, one: Subscription) -> bool:
    """Keep a new subscription; False where one of this name is kept already."""
    own = schema.subscription
    if c.scalar(select(own.c.id).where(own.c.name == one.name)) is not None:
        return False
    row = _row(one) | {"name": one.name, "created_at": to_epoch(one.created_at)}
    c.execute(insert(own).values(row))
    return True


def change(c: Connection, one: Subscription) -> bool:
    """Write a subscription as it is now; False where it is gone."""
    own = schema.subscription
    return c.execute(update(own).where(own.c.name == one.name).values(_row(one))).rowcount > 0


def remove(c: Connection, name: str) -> bool:
    """Forget a subscription; False where there is none."""
    own = schema.subscription
    return c.execute(delete(own).where(own.c.name == name)).rowcount > 0


def find(c: Connection, name: str) -> Subscription | None:
    """The subscription of this name."""
    own = schema.subscription
    row = c.execute(select(own).where(own.c.name == name)).mappings().first()
    return None if row is None else _subscription(row)


def listed(c: Connection, limit: int | None = None, offset: int = 0) -> list[Subscription]:
    """The subscriptions, the oldest first."""
    own = schema.subscription
    query = select(own).order_by(own.c.id).limit(limit).offset(offset)
    return [_subscription(row) for row in c.execute(query).mappings()]


def count(c: Connection) -> int:
    """How many there are."""
    return int(c.scalar(select(func.count()).select_from(schema.subscription)) or 0)


def _row(one: Subscription) -> dict[str, Any]:
    times = {name: getattr(one, name) for name in _TIMES}
    return {
        "document": dict(one.document),
        "is_active": one.is_active,
        "told": dict(one.told),
        "times_sent": one.times_sent,
        "failures": one.failures,
        "reason": one.reason,
        **{name: None if time is None else to_epoch(time) for name, time in times.items()},
    }


def _subscription(row: RowMapping) -> Subscription:
    times = {name: None if row[name] is None else from_epoch(row[name]) for name in _TIMES}
    return Subscription(
        name=row["name"],
        document=row["document"],
        created_at=from_epoch(row["created_at"]),
        is_active=bool(row["is_active"]),
        told=row["told"] or {},
        times_sent=row["times_sent"],
        failures=row["failures"],
        reason=row["reason"],
        **times,
    )
