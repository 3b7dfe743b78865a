"""The audit log: a row for each write of a person, added, never changed, kept for so long."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from agro.store import schema
from agro.store.values import from_epoch, to_epoch


@dataclass(frozen=True, slots=True)
class Audited:
    """Who did what when. `who` is empty for a store without accounts; `site` for the whole city."""

    at: datetime
    who: str
    action: str
    site: str = ""
    what: Mapping[str, object] = field(default_factory=dict)


def record(c: Connection, one: Audited) -> None:
    """Add a row; part of the transaction of the write it tells of."""
    row = {
        "at": to_epoch(one.at),
        "who": one.who,
        "action": one.action,
        "site": one.site,
        "what": dict(one.what),
    }
    c.execute(insert(schema.audit).values(row))


def audited(
    c: Connection,
    *,
    site: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    who: str | None = None,
    limit: int | None = None,
) -> list[Audited]:
    """What was done, the newest first; `end` is not part of it."""
    own = schema.audit
    asked = select(own).order_by(own.c.at.desc(), own.c.id.desc()).limit(limit)
    if site is not None:
        asked = asked.where(own.c.site == site)
    if start is not None:
        asked = asked.where(own.c.at >= to_epoch(start))
    if end is not None:
        asked = asked.where(own.c.at < to_epoch(end))
    if who is not None:
        asked = asked.where(own.c.who == who)
    return [
        Audited(from_epoch(row["at"]), row["who"], row["action"], row["site"], row["what"] or {})
        for row in c.execute(asked).mappings()
    ]


def forget(c: Connection, before: datetime) -> int:
    """Delete the rows from before then; how many."""
    own = schema.audit
    return int(c.execute(delete(own).where(own.c.at < to_epoch(before))).rowcount)
