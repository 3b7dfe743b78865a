"""What happened that somebody wants to be told, each once for its key, until it holds no more."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, select, update

from agro.store import schema
from agro.store.decisions import jsonable
from agro.store.values import from_epoch, insert_new, to_epoch

_CHUNK = 400  # numbers in one statement


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """Something to be told. `subject` is the day, order or report that makes it another event.

    From `until` on it is of no use to be told; None: as long as it holds. `facts` are codes and
    numbers for its sentence.
    """

    kind: str
    site: str
    subject: str
    plot: str = ""
    device: str = ""
    until: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    found_at: datetime | None = None
    ended_at: datetime | None = None
    number: int = 0

    @property
    def key(self) -> str:
        """What it is known by, however often it is found."""
        return ":".join((self.kind, self.site, self.plot, self.device, self.subject))


def take(
    c: Connection, found: Iterable[AlertEvent], looked: Collection[str], at: datetime
) -> list[AlertEvent]:
    """Keep what is new, end what is found no more; those that are new.

    Parameters
    ----------
    looked : The kinds that could be looked for: of another none is ended for want of news.
    """
    now = {one.key: one for one in found}
    known = {one.key: one for one in standing(c) if one.kind in looked}
    gone = [one.number for key, one in known.items() if key not in now]
    _set_ended(c, gone, to_epoch(at))
    fresh = [one for key, one in now.items() if key not in known]
    sites = dict(c.execute(select(schema.site.c.slug, schema.site.c.id)).all())
    rows = [_row(one, sites[one.site], at) for one in fresh if one.site in sites]
    before = {one.key for one in _by_keys(c, [one.key for one in fresh])}
    insert_new(c, schema.alert_event, rows, ("key",))
    _set_ended(c, [one.number for one in _by_keys(c, list(before))], None)  # it holds again
    return [one for one in fresh if one.key not in before]


def _set_ended(c: Connection, numbers: list[int], at: int | None) -> None:
    own = schema.alert_event
    for start in range(0, len(numbers), _CHUNK):
        some = own.c.id.in_(numbers[start : start + _CHUNK])
        c.execute(update(own).where(some).values(ended_at=at))


def _by_keys(c: Connection, keys: list[str]) -> list[AlertEvent]:
    own, found = schema.alert_event.c, list[AlertEvent]()
    for start in range(0, len(keys), _CHUNK):
        query = _select().where(own.key.in_(keys[start : start + _CHUNK]))
        found += [_event(row) for row in c.execute(query).mappings()]
    return found


def standing(c: Connection) -> list[AlertEvent]:
    """The events that still hold, the oldest first."""
    own = schema.alert_event.c
    query = _select().where(own.ended_at.is_(None)).order_by(own.id)
    return [_event(row) for row in c.execute(query).mappings()]


def events(c: Connection, numbers: Collection[int]) -> dict[int, AlertEvent]:
    """Events by their numbers."""
    own, wanted, found = schema.alert_event.c, sorted(numbers), dict[int, AlertEvent]()
    for start in range(0, len(wanted), _CHUNK):
        query = _select().where(own.id.in_(wanted[start : start + _CHUNK]))
        found |= {row["id"]: _event(row) for row in c.execute(query).mappings()}
    return found


def of_kind(c: Connection, kind: str) -> list[AlertEvent]:
    """The events of a kind, ended or not, the newest first."""
    query = (
        _select().where(schema.alert_event.c.kind == kind).order_by(schema.alert_event.c.id.desc())
    )
    return [_event(row) for row in c.execute(query).mappings()]


def forget(c: Connection, before: datetime) -> int:
    """Delete events that ended before then, with their deliveries; how many."""
    own, told = schema.alert_event, schema.alert_delivery
    old = select(own.c.id).where(own.c.ended_at < to_epoch(before))
    c.execute(delete(told).where(told.c.alert_event_id.in_(old)))
    return c.execute(delete(own).where(own.c.ended_at < to_epoch(before))).rowcount


def count(c: Connection) -> int:
    """How many are kept."""
    return int(c.scalar(select(func.count()).select_from(schema.alert_event)) or 0)


def _row(one: AlertEvent, site_id: int, at: datetime) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind,
        "site_id": site_id,
        "plot": one.plot,
        "device": one.device,
        "found_at": to_epoch(at),
        "until": None if one.until is None else to_epoch(one.until),
        "facts": jsonable(one.facts) | {"subject": one.subject},
    }


def _select() -> Select[Any]:
    return select(schema.alert_event, schema.site.c.slug.label("site")).join_from(
        schema.alert_event, schema.site
    )


def _event(row: RowMapping) -> AlertEvent:
    facts = dict(row["facts"] or {})
    times = {
        name: None if row[name] is None else from_epoch(row[name])
        for name in ("until", "found_at", "ended_at")
    }
    return AlertEvent(
        kind=row["kind"],
        site=row["site"],
        subject=str(facts.pop("subject", "")),
        plot=row["plot"],
        device=row["device"],
        facts=facts,
        number=row["id"],
        **times,
    )
