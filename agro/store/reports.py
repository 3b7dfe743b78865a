"""What citizens report, ours and what other systems tell of, and how each came to stand as it does.

Names follow Open311 GeoReport v2: a report is a service request. Contact data are not here but in
`report_contacts`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import cos, nan, radians
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from agro.store import schema
from agro.store.values import from_epoch, from_null, to_epoch, to_null

OWN = "agro"  # the source of reports that came to us
OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"
METRES_PER_DEGREE = radians(6_371_008.8)  # of latitude, mean radius of the earth, IUGG
_CHUNK = 500  # names in one statement


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it stands. `reference` is its `service_request_id` at its `source`.

    `status` is open, closed, or unknown where the source says what the standard has not.
    `visible`: all, or city: only its own role reads what was said, and where. `heard_at` is when
    the source last told of it, `mode` live, file or simulated. `said` tells what was said twice.
    """

    source: str
    reference: str
    service_code: str
    heard_at: datetime
    service_name: str = ""
    visible: str = "all"
    status: str = OPEN
    status_notes: str = ""
    description: str = ""
    agency: str = ""
    notice: str = ""
    address: str = ""
    address_id: str = ""
    commune: str = ""
    latitude: float = nan
    longitude: float = nan
    media_url: str = ""
    requested_at: datetime | None = None
    updated_at: datetime | None = None
    expected_at: datetime | None = None
    mode: str = "live"
    token: str = ""
    said: str = ""
    number: int = 0

    @property
    def is_placed(self) -> bool:
        """Whether it has a point on the map."""
        return self.latitude == self.latitude and self.longitude == self.longitude


@dataclass(frozen=True, slots=True)
class Change:
    """A step of a report: who said that it stands so, when; `notes` are the answer."""

    at: datetime
    status: str
    notes: str
    who: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports; what is empty or None does not matter. Times are [start, end)."""

    sources: Collection[str] = ()
    references: Collection[str] = ()
    codes: Collection[str] = ()
    statuses: Collection[str] = ()
    communes: Collection[str] = ()
    visible: str = ""
    start: datetime | None = None
    end: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None


_NAMES = tuple(field.name for field in fields(Report) if field.name != "number")
_TIMES = ("heard_at", "requested_at", "updated_at", "expected_at")
_PLACES = ("latitude", "longitude")
# What a later answer that does not say it leaves as it was.
_KEPT = ("service_name", "description", "agency", "address", "address_id", "media_url")


def add(c: Connection, one: Report, *, who: str = "") -> int:
    """Store a new report and its first step; returns its number."""
    own = schema.report.c.id
    number = int(c.execute(insert(schema.report).values(_row(one)).returning(own)).scalar_one())
    at = one.requested_at or one.heard_at
    note(c, number, Change(at, one.status, one.status_notes, who))
    return number


def take(c: Connection, told: Iterable[Report]) -> int:
    """Store what sources tell; how many reports are new or stand otherwise than before.

    Told again it changes nothing, and what is older than what is known is not believed.
    """
    newest = {(one.source, one.reference): one for one in _oldest_first(told)}
    known = _known(c, list(newest))
    changed = 0
    for key, one in newest.items():
        before = known.get(key)
        if before is None:
            add(c, one, who=one.source)
            changed += 1
        elif not _is_older(one, before):
            changed += _renew(c, before, _joined(one, before))
    return changed


def _oldest_first(told: Iterable[Report]) -> list[Report]:
    return sorted(told, key=lambda one: one.updated_at.timestamp() if one.updated_at else 0.0)


def _is_older(one: Report, before: Report) -> bool:
    if one.updated_at is None or before.updated_at is None:
        return False
    return one.updated_at < before.updated_at


def _joined(one: Report, before: Report) -> Report:
    """The newer of two, with what only the older says."""
    kept = {name: getattr(one, name) or getattr(before, name) for name in _KEPT}
    if not one.is_placed:
        kept |= {name: getattr(before, name) for name in (*_PLACES, "commune")}
    for name in ("requested_at", "updated_at"):
        kept[name] = getattr(one, name) or getattr(before, name)
    return replace(one, **kept, token=before.token, said=before.said, number=before.number)


def _renew(c: Connection, before: Report, one: Report) -> bool:
    table = schema.report
    c.execute(update(table).where(table.c.id == one.number).values(_row(one)))
    if (one.status, one.status_notes) != (before.status, before.status_notes):
        at = one.updated_at if one.updated_at != before.updated_at else None
        change = Change(at or one.heard_at, one.status, one.status_notes, one.source)
        note(c, one.number, change)
    same = replace(before, heard_at=one.heard_at, mode=one.mode)
    return _row(same) != _row(one)


def _known(c: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Report]:
    found: dict[tuple[str, str], Report] = {}
    for source in {source for source, _ in keys}:
        names = [name for own, name in keys if own == source]
        for start in range(0, len(names), _CHUNK):
            wanted = Wanted(sources=(source,), references=names[start : start + _CHUNK])
            found |= {(source, one.reference): one for one in reports(c, wanted, limit=_CHUNK)}
    return found


def _row(one: Report) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _NAMES}
    for name in _TIMES:
        row[name] = None if row[name] is None else to_epoch(row[name])
    return row | {name: to_null(row[name]) for name in _PLACES}


def _report(row: RowMapping | Mapping[str, Any]) -> Report:
    told = {name: row[name] for name in _NAMES}
    for name in _TIMES:
        told[name] = None if told[name] is None else from_epoch(told[name])
    return Report(**told | {name: from_null(told[name]) for name in _PLACES}, number=row["id"])


def _where(query: Select[Any], wanted: Wanted) -> Select[Any]:
    own = schema.report.c
    among = (
        (own.source, wanted.sources),
        (own.reference, wanted.references),
        (own.service_code, wanted.codes),
        (own.status, wanted.statuses),
        (own.commune, wanted.communes),
        (own.visible, (wanted.visible,) if wanted.visible else ()),
    )
    for column, values in among:
        query = query.where(column.in_(values)) if values else query
    updated = func.coalesce(own.updated_at, own.requested_at, own.heard_at)
    requested = func.coalesce(own.requested_at, own.heard_at)
    for time, start, end in (
        (requested, wanted.start, wanted.end),
        (updated, wanted.updated_after, wanted.updated_before),
    ):
        query = query if start is None else query.where(time >= to_epoch(start))
        query = query if end is None else query.where(time < to_epoch(end))
    return query


def reports(c: Connection, wanted: Wanted, *, limit: int, skip: int = 0) -> list[Report]:
    """The reports that are wanted, newest first."""
    own = schema.report.c
    order = func.coalesce(own.requested_at, own.heard_at).desc(), own.id.desc()
    query = _where(select(schema.report), wanted).order_by(*order).limit(limit).offset(skip)
    return [_report(row) for row in c.execute(query).mappings()]


def report(c: Connection, source: str, reference: str) -> Report | None:
    """One report; None where there is none."""
    found = reports(c, Wanted(sources=(source,), references=(reference,)), limit=1)
    return found[0] if found else None


def by_number(c: Connection, number: int) -> Report | None:
    """The report of a number of the store; None where there is none."""
    row = c.execute(select(schema.report).where(schema.report.c.id == number)).mappings().first()
    return None if row is None else _report(row)


def by_token(c: Connection, token: str) -> Report | None:
    """The report of a token; None where there is none."""
    if not token:
        return None
    row = c.execute(select(schema.report).where(schema.report.c.token == token)).mappings().first()
    return None if row is None else _report(row)


def one_by_one(c: Connection, said: str) -> None:
    """Let whoever says the same at the same moment wait until this transaction has ended.

    SQLite has one writer at a time by itself.
    """
    if c.dialect.name == "postgresql":
        c.execute(select(func.pg_advisory_xact_lock(int(said[:15], 16))))


def said_before(c: Connection, said: str, since: datetime) -> Report | None:
    """The first report since then that says the same of the same place; None where none does."""
    own = schema.report.c
    query = (
        select(schema.report)
        .where(own.source == OWN, own.said == said, own.requested_at >= to_epoch(since))
        .order_by(own.requested_at, own.id)
        .limit(1)
    )
    row = c.execute(query).mappings().first()
    return None if row is None else _report(row)


def around(c: Connection, latitude: float, longitude: float, metres: float) -> list[Report]:
    """The reports in the square that reaches so far from a point each way, newest first."""
    own = schema.report.c
    north = metres / METRES_PER_DEGREE
    east = north / max(cos(radians(latitude)), 0.01)
    query = (
        select(schema.report)
        .where(own.latitude.between(latitude - north, latitude + north))
        .where(own.longitude.between(longitude - east, longitude + east))
        .order_by(func.coalesce(own.requested_at, own.heard_at).desc(), own.id.desc())
    )
    return [_report(row) for row in c.execute(query).mappings()]


def settle(c: Connection, one: Report, change: Change) -> None:
    """Say how a report stands from now on, and keep the step."""
    table = schema.report
    values = {
        "status": change.status,
        "status_notes": change.notes,
        "updated_at": to_epoch(change.at),
        "heard_at": to_epoch(change.at),
    }
    c.execute(update(table).where(table.c.id == one.number).values(**values))
    note(c, one.number, change)


def note(c: Connection, number: int, change: Change) -> None:
    """Keep a step of a report."""
    row = {
        "report_id": number,
        "at": to_epoch(change.at),
        "status": change.status,
        "notes": change.notes,
        "who": change.who,
    }
    c.execute(insert(schema.report_change).values(row))


def changes(c: Connection, number: int) -> list[Change]:
    """The steps of a report, the oldest first."""
    own = schema.report_change.c
    query = select(own.at, own.status, own.notes, own.who).where(own.report_id == number)
    rows = c.execute(query.order_by(own.at, own.id))
    return [Change(from_epoch(at), status, notes, who) for at, status, notes, who in rows]


def counts(c: Connection) -> dict[tuple[str, str, str], int]:
    """How many reports there are, by commune, status and who may read them."""
    own = schema.report.c
    told = (own.commune, own.status, own.visible)
    rows = c.execute(select(*told, func.count()).group_by(*told))
    return {(commune, status, visible): int(n) for commune, status, visible, n in rows}


def open_by_service(c: Connection, visible: str) -> dict[str, int]:
    """How many reports that these may read are open, by the code of their service."""
    own = schema.report.c
    query = select(own.service_code, func.count()).where(own.status == OPEN, own.visible == visible)
    return {code: int(n) for code, n in c.execute(query.group_by(own.service_code))}
