"""Citizens' reports: taken, matched to plots, answered; who reported is the city's own to read.

What a role may see is decided here and nowhere else: a report of a kind that only the city reads
(food help, an isolated person) exists for all others as a number among numbers, and contact data
leave the store through `contact_of` alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite, pi, sqrt
from secrets import choice, token_urlsafe

from sqlalchemy import Connection

from agro.city.report_form import Ground, Posted, Refusal, judge
from agro.records import Plot
from agro.store import farms, report_contacts, report_sources, reports
from agro.store.city.places import distance_km, places
from agro.store.report_contacts import Contact
from agro.store.reports import CLOSED, OPEN, OWN, Change, Report, Wanted

CITY_ROLES = frozenset({"official"})
NEAR_M = 100.0  # around a plot
SAME_WITHIN = timedelta(hours=1)
SETTLED_SHOWN = timedelta(days=30)  # so long a farmer sees what was closed near by
_LOOKED_AT = 0.05  # degrees of latitude, 5.6 km: beyond, no plot's edge is near
FEWEST = 3  # below which a number is not told to all

_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none is mistaken for another when read aloud
_GROUPS = (4, 4)


@dataclass(frozen=True, slots=True)
class Received:
    """A report that was taken; not `is_new` when the same was said already within the hour.

    `contact_until` is when its contact data go, None where none were given.
    """

    report: Report
    is_new: bool
    contact_until: datetime | None


@dataclass(frozen=True, slots=True)
class Near:
    """A report near a plot, and how far from its edge. [m]"""

    report: Report
    distance_m: float


def receive(
    c: Connection, form: Mapping[str, str], *, at: datetime, keep_contact: timedelta
) -> Received | tuple[Refusal, ...]:
    """Take a report that was posted, or say every reason for which it cannot be taken."""
    ground = Ground(report_sources.services(c), farms.plots(c), farms.communes(c), places(c))
    posted = judge(form, ground)
    if isinstance(posted, tuple):
        return posted
    report_contacts.forget(c, at)
    reports.one_by_one(c, posted.said)
    before = reports.said_before(c, posted.said, at - SAME_WITHIN)
    if before is None:
        report = _report(posted, at)
        report = replace(report, number=reports.add(c, report))
    else:
        report = before
    return Received(report, before is None, _keep_contact(c, report, posted, at, keep_contact))


def _report(posted: Posted, at: datetime) -> Report:
    is_private = posted.service.visible == "city"
    return Report(
        source=OWN,
        reference=_reference(),
        service_code=posted.service.code,
        heard_at=at,
        visible=posted.service.visible,
        description=posted.description,
        address=posted.address,
        address_id=posted.address_id,
        commune=posted.commune,
        latitude=posted.latitude,
        longitude=posted.longitude,
        media_url=posted.media_url,
        requested_at=at,
        updated_at=at,
        token=token_urlsafe(18) if is_private else "",
        said=posted.said,
    )


def _reference() -> str:
    """`K7F3-9QX2`: it can be read aloud, and nobody can guess another's."""
    return "-".join("".join(choice(_SIGNS) for _ in range(length)) for length in _GROUPS)


def _keep_contact(
    c: Connection, report: Report, posted: Posted, at: datetime, keep: timedelta
) -> datetime | None:
    """Keep how who reports can be reached; what somebody gave for the same before stays."""
    known = report_contacts.read(c, report.number, at)
    if known is not None and known.is_reachable:
        return known.until
    if not (posted.phone or posted.email) or posted.service.contact == "none":
        return None  # a name alone reaches nobody
    contact = Contact(posted.name, posted.phone, posted.email, at, at + keep)
    report_contacts.write(c, report.number, contact)
    return contact.until


def may_read(report: Report, role: str) -> bool:
    """Whether a role may read what a report says, and where."""
    return report.visible == "all" or role in CITY_ROLES


def shown(c: Connection, wanted: Wanted, *, role: str, limit: int) -> list[Report]:
    """The reports of those wanted that a role may read, newest first."""
    seen = wanted if role in CITY_ROLES else replace(wanted, visible="all")
    return reports.reports(c, seen, limit=limit)


def contact_of(c: Connection, report: Report, *, role: str, at: datetime) -> Contact | None:
    """How who made a report can be reached; None where nobody said so, or its day is past.

    Raises
    ------
    PermissionError  The role is not the city's.
    """
    _only_city(role)
    return report_contacts.read(c, report.number, at)


def erase_contact(c: Connection, report: Report, *, role: str) -> bool:
    """Delete at once how who made a report can be reached, as they may ask.

    Raises
    ------
    PermissionError  The role is not the city's.
    """
    _only_city(role)
    return report_contacts.erase(c, report.number)


def answer(
    c: Connection, report: Report, *, status: str, notes: str, who: str, role: str, at: datetime
) -> None:
    """Say how one of our reports stands, and what is answered.

    Raises
    ------
    ValueError       It is another system's, which answers it itself, or the status is none.
    PermissionError  Only the city may read it.
    """
    if report.source != OWN:
        raise ValueError(f"report {report.reference} is of {report.source}, which answers it")
    if status not in (OPEN, CLOSED):
        raise ValueError(f"status must be {OPEN} or {CLOSED}: {status!r}")
    if not may_read(report, role):
        _only_city(role)
    reports.settle(c, report, Change(at, status, notes.strip(), who.strip()))


def _only_city(role: str) -> None:
    if role not in CITY_ROLES:
        raise PermissionError(f"role {role or 'none'!r} may not read who reported; the city may")


def near(
    c: Connection, site: str, plot: str, *, at: datetime, role: str = "", metres: float = NEAR_M
) -> list[Near]:
    """The reports at most so far from a plot that a role may read: open ones first, nearest first.

    A plot is known by its middle and its area, so its edge is that of a disc. What was closed
    stays in sight for a month.
    """
    own = next((one for one in farms.plots(c, site) if one.slug == plot), None)
    if own is None or not (isfinite(own.latitude) and isfinite(own.longitude)):
        return []
    radius = _radius_m(own)
    found = [
        Near(one, max(0.0, far - radius))
        for one in reports.around(c, own.latitude, own.longitude, metres + radius)
        if (far := _apart_m(own, one)) <= metres + radius
        and may_read(one, role)
        and not _is_past(one, at)
    ]
    return sorted(found, key=lambda one: (one.report.status == CLOSED, one.distance_m))


def _apart_m(plot: Plot, one: Report) -> float:
    return 1000.0 * distance_km(plot.latitude, plot.longitude, one.latitude, one.longitude)


def plots_near(
    c: Connection, found: Sequence[Report], *, metres: float = NEAR_M
) -> dict[int, tuple[Plot, float]]:
    """The nearest plot within so far of each report, and how far from its edge; by its number."""
    plots = [one for one in farms.plots(c) if isfinite(one.latitude) and isfinite(one.longitude)]
    nearest: dict[int, tuple[Plot, float]] = {}
    for report in found:
        reach = [
            (max(0.0, _apart_m(plot, report) - _radius_m(plot)), plot)
            for plot in plots
            if abs(plot.latitude - report.latitude) < _LOOKED_AT
        ]
        far, plot = min(reach, key=lambda one: one[0], default=(metres + 1.0, None))
        if plot is not None and far <= metres:
            nearest[report.number] = plot, far
    return nearest


def _radius_m(plot: Plot) -> float:
    return sqrt(plot.area / pi) if plot.area > 0.0 else 0.0


def _is_past(one: Report, at: datetime) -> bool:
    settled = one.updated_at or one.requested_at or one.heard_at
    return one.status == CLOSED and at - settled > SETTLED_SHOWN


def waiting(c: Connection, *, role: str) -> dict[str, int | None]:
    """How many open reports of each kind only the city reads; None where too few are to be told."""
    found = reports.open_by_service(c, "city")
    tells_all = role in CITY_ROLES
    return {code: n if tells_all or n >= FEWEST else None for code, n in found.items()}
