"""Who wants to be told of what, by which channel, and when not.

A channel is an address with its secrets in it: nothing but the sender reads it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from agro.store import schema
from agro.store.values import from_epoch, to_epoch


@dataclass(frozen=True, slots=True)
class AlertSubscription:
    """What one person is told by one channel; no kinds or no sites means all of them.

    `quiet_from` and `quiet_until` are minutes after local midnight between which nothing comes but
    the kinds of `wake`. With a `digest_hour` (local) all but these wait for it and come together.
    What did not arrive, or was not acted upon, goes to `escalate_to` after `escalate_after` min.
    One that is not active rests, its channels kept; one that was removed has none.
    """

    who: str
    channel: str = field(repr=False)
    created_at: datetime
    kinds: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    language: str = ""
    quiet_from: int | None = None
    quiet_until: int | None = None
    wake: tuple[str, ...] = ()
    digest_hour: int | None = None
    escalate_to: str = field(default="", repr=False)
    escalate_after: int | None = None
    is_active: bool = True
    number: int = 0

    @property
    def is_removed(self) -> bool:
        """Whether it has ended, its channels forgotten."""
        return not self.is_active and not self.channel

    def wants(self, kind: str, site: str) -> bool:
        """Whether it is told of such an event."""
        return (not self.kinds or kind in self.kinds) and (not self.sites or site in self.sites)

    def channel_of(self, step: int) -> str:
        """Its first channel (0) or the one it escalates to (1)."""
        return self.escalate_to if step else self.channel


_PLAIN = (
    *("who", "channel", "language", "quiet_from", "quiet_until"),
    *("digest_hour", "escalate_to", "escalate_after", "is_active"),
)
_LISTS = ("kinds", "sites", "wake")


def add(c: Connection, one: AlertSubscription) -> int:
    """Keep a new subscription; its number."""
    own, row = schema.alert_subscription, _row(one) | {"created_at": to_epoch(one.created_at)}
    return int(c.execute(insert(own).values(row).returning(own.c.id)).scalar_one())


def change(c: Connection, number: int, one: AlertSubscription) -> bool:
    """Let a subscription be as `one`, also one that was removed; False where there is none."""
    own = schema.alert_subscription
    changed = update(own).where(own.c.id == number).values(_row(one))
    return c.execute(changed).rowcount > 0


def rest(c: Connection, number: int, *, is_resting: bool) -> bool:
    """Let a subscription rest, its channels kept, or wake it; False where it has ended."""
    own = schema.alert_subscription
    changed = update(own).where(own.c.id == number, own.c.channel != "")
    return c.execute(changed.values(is_active=not is_resting)).rowcount > 0


def remove(c: Connection, number: int) -> bool:
    """End a subscription and forget its channels; what it was told stays in the log."""
    own = schema.alert_subscription
    ended = update(own).where(own.c.id == number, own.c.channel != "")
    values = {"is_active": False, "channel": "", "escalate_to": ""}
    return c.execute(ended.values(values)).rowcount > 0


def remove_of(c: Connection, who: str) -> int:
    """End all the subscriptions of somebody; how many."""
    own = schema.alert_subscription
    ended = update(own).where(own.c.who == who, own.c.channel != "")
    values = {"is_active": False, "channel": "", "escalate_to": ""}
    return c.execute(ended.values(values)).rowcount


def subscriptions(c: Connection) -> list[AlertSubscription]:
    """Those that are told now, the oldest first."""
    own = schema.alert_subscription
    query = select(own).where(own.c.is_active.is_(True)).order_by(own.c.id)
    return [_subscription(row) for row in c.execute(query).mappings()]


def kept(c: Connection) -> list[AlertSubscription]:
    """Those that have not ended, the resting ones too, the oldest first."""
    own = schema.alert_subscription
    query = select(own).where(own.c.channel != "").order_by(own.c.id)
    return [_subscription(row) for row in c.execute(query).mappings()]


def every(c: Connection) -> list[AlertSubscription]:
    """All that ever stood, those that have ended too, the oldest first."""
    own = schema.alert_subscription
    return [_subscription(row) for row in c.execute(select(own).order_by(own.c.id)).mappings()]


def find(c: Connection, number: int) -> AlertSubscription | None:
    """The one of this number, also when it has ended."""
    own = schema.alert_subscription
    row = c.execute(select(own).where(own.c.id == number)).mappings().first()
    return None if row is None else _subscription(row)


def count(c: Connection) -> int:
    """How many stand."""
    own = schema.alert_subscription
    query = select(func.count()).select_from(own).where(own.c.is_active.is_(True))
    return int(c.scalar(query) or 0)


def _row(one: AlertSubscription) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _PLAIN}
    return row | {name: list(getattr(one, name)) for name in _LISTS}


def _subscription(row: RowMapping) -> AlertSubscription:
    told: dict[str, Any] = {name: row[name] for name in _PLAIN}
    told |= {name: tuple(row[name] or ()) for name in _LISTS}
    return AlertSubscription(
        **told | {"is_active": bool(row["is_active"])},
        created_at=from_epoch(row["created_at"]),
        number=row["id"],
    )
