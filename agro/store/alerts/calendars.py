"""Calendars of irrigation plans: who may read them, and what they were told before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select

from agro.store import schema
from agro.store.values import from_epoch, from_null, to_epoch, to_null, upsert
from agro.store.weather import site_id

_MOVED_S = 60  # by which an entry moves before it is another one
_POURED = 0.05  # relative change of its water, likewise


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A watering of a plot on a local day. NaN minutes or litres are not known.

    Its `sequence` grows with each change; one that is planned no more is cancelled, not deleted,
    so that whoever has it takes it out.
    """

    site: str
    plot: str
    day: date
    starts_at: datetime
    minutes: float
    litres: float
    sequence: int = 0
    changed_at: datetime | None = None
    is_cancelled: bool = False


def open_calendar(c: Connection, site: str, token: str, language: str, at: datetime) -> None:
    """Let whoever knows `token` read a site's calendar; a token given before opens it no more.

    Raises
    ------
    ValueError  The site does not exist.
    """
    row = {
        "site_id": site_id(c, site),
        "token_hash": _hash(token),
        "language": language,
        "created_at": to_epoch(at),
    }
    upsert(c, schema.alert_calendar, [row], ("site_id",))


def close_calendar(c: Connection, site: str) -> bool:
    """Close a site's calendar; False where none is open."""
    own = schema.alert_calendar
    return c.execute(delete(own).where(own.c.site_id == site_id(c, site))).rowcount > 0


def calendars(c: Connection) -> dict[str, str]:
    """The sites whose calendar is open → its language."""
    own = schema.alert_calendar
    query = select(schema.site.c.slug, own.c.language).join_from(own, schema.site)
    return dict(c.execute(query.order_by(schema.site.c.slug)).all())


def opened_by(c: Connection, token: str) -> tuple[str, str] | None:
    """The site and the language of the calendar that this token opens."""
    own = schema.alert_calendar
    query = select(schema.site.c.slug, own.c.language).join_from(own, schema.site)
    found = c.execute(query.where(own.c.token_hash == _hash(token))).first()
    return None if found is None else (found[0], found[1])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def entries(c: Connection, site: str, since: date) -> list[CalendarEntry]:
    """What a site's calendar holds from a day on, cancelled waterings too."""
    own = schema.alert_calendar_entry
    query = (
        select(own, schema.plot.c.slug.label("plot"), schema.site.c.slug.label("site"))
        .join_from(own, schema.plot)
        .join(schema.site, schema.site.c.id == schema.plot.c.site_id)
        .where(schema.site.c.slug == site, own.c.day >= since)
        .order_by(own.c.starts_at, own.c.plot_id)
    )
    return [_entry(row) for row in c.execute(query).mappings()]


def renew(
    c: Connection, site: str, planned: Sequence[CalendarEntry], today: date, at: datetime
) -> int:
    """Keep a site's plan from today on; how many entries are new, changed or cancelled."""
    before = {(one.plot, one.day): one for one in entries(c, site, today)}
    wanted = {(one.plot, one.day): one for one in planned if one.day >= today}
    changed = [
        _after(before.get(key), one, at)
        for key, one in wanted.items()
        if key not in before or _differs(before[key], one)
    ]
    changed += [
        replace(one, is_cancelled=True, sequence=one.sequence + 1, changed_at=at)
        for key, one in before.items()
        # One that has begun is the past's: it happened or it did not, which no plan tells.
        if key not in wanted and not one.is_cancelled and one.starts_at > at
    ]
    upsert(c, schema.alert_calendar_entry, _rows(c, site, changed), ("plot_id", "day"))
    return len(changed)


def _after(before: CalendarEntry | None, one: CalendarEntry, at: datetime) -> CalendarEntry:
    sequence = 0 if before is None else before.sequence + 1
    return replace(one, sequence=sequence, changed_at=at, is_cancelled=False)


def _differs(before: CalendarEntry, one: CalendarEntry) -> bool:
    if before.is_cancelled:
        return True
    moved = abs((one.starts_at - before.starts_at).total_seconds()) > _MOVED_S
    pairs = ((before.minutes, one.minutes), (before.litres, one.litres))
    return moved or any(_poured(old, new) for old, new in pairs)


def _poured(old: float, new: float) -> bool:
    if old != old or new != new:
        return (old == old) != (new == new)
    return abs(new - old) > _POURED * max(abs(old), 1.0)


def _rows(c: Connection, site: str, told: Sequence[CalendarEntry]) -> list[dict[str, Any]]:
    own = schema.plot.c
    query = select(own.slug, own.id).where(own.site_id == site_id(c, site))
    plots: Mapping[str, int] = dict(c.execute(query).all())
    return [
        {
            "plot_id": plots[one.plot],
            "day": one.day,
            "starts_at": to_epoch(one.starts_at),
            "minutes": to_null(one.minutes),
            "litres": to_null(one.litres),
            "sequence": one.sequence,
            "changed_at": to_epoch(one.changed_at or one.starts_at),
            "is_cancelled": one.is_cancelled,
        }
        for one in told
    ]


def _entry(row: RowMapping) -> CalendarEntry:
    return CalendarEntry(
        site=row["site"],
        plot=row["plot"],
        day=row["day"],
        starts_at=from_epoch(row["starts_at"]),
        minutes=from_null(row["minutes"]),
        litres=from_null(row["litres"]),
        sequence=row["sequence"],
        changed_at=from_epoch(row["changed_at"]),
        is_cancelled=bool(row["is_cancelled"]),
    )
