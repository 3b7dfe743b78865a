"""A site's irrigation plan as a calendar that a phone subscribes to.

References
----------
[1] Desruisseaux (2009), RFC 5545: Internet Calendaring and Scheduling Core Object Specification
    (iCalendar), 3.8.4.7 (UID), 3.8.7.4 (SEQUENCE), 3.6.5 (VTIMEZONE).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from math import isfinite, nan
from secrets import token_urlsafe
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone
from sqlalchemy import Connection

from agro.notify.saying import Known
from agro.records import Advice, IrrigationSystem
from agro.store import decisions, farms
from agro.store.alerts import calendars
from agro.store.alerts.calendars import CalendarEntry
from agro.store.values import time_zone
from agro.words.alerts import calendar_note, calendar_title

PATH = "/calendar"
_KEPT = timedelta(days=30)  # waterings that were planned stay in sight for so long
_FRESH = timedelta(days=1)
_FIRST_HOUR = time(6)  # where a bed has no hours of its own
_SHORTEST = timedelta(minutes=15)  # what a calendar still shows


def address(origin: str, token: str) -> str:
    """Where the calendar of this token is read."""
    return f"{origin.rstrip('/')}{PATH}/{token}.ics"


def new_token() -> str:
    """A secret that cannot be guessed: 256 bits."""
    return token_urlsafe(32)


def renew_all(c: Connection, at: datetime) -> int:
    """Bring the calendars that somebody may read up to date; how many entries changed."""
    today = at.astimezone(time_zone(c)).date()
    return sum(
        calendars.renew(c, site, list(planned(c, site, at)), today, at)
        for site in calendars.calendars(c)
    )


def planned(c: Connection, site: str, at: datetime) -> Iterator[CalendarEntry]:
    """The waterings of the newest plan of each bed; stale advice plans nothing."""
    zone = ZoneInfo(str(time_zone(c)))
    systems = {(one.site, one.slug): one for one in farms.irrigation_systems(c)}
    plots = {one.slug: one for one in farms.plots(c) if one.site == site}
    for advice in decisions.latest(c, site):
        if at - advice.issued_at > _FRESH:
            continue
        system = systems.get((site, plots[advice.plot].irrigation))
        yield from _of_bed(advice, system, zone)


def _of_bed(
    advice: Advice, system: IrrigationSystem | None, zone: ZoneInfo
) -> Iterator[CalendarEntry]:
    first: date | None = None
    if advice.decision == "irrigate" and advice.when is not None:
        first = advice.when.astimezone(zone).date()
        yield CalendarEntry(
            advice.site, advice.plot, first, advice.when, advice.minutes, advice.litres
        )
    litres, minutes = _per_mm(advice)
    for day in advice.plan:
        if not day.irrigation_mm > 0.0 or (first is not None and day.day <= first):
            continue
        if first is None and day.day <= advice.issued_at.astimezone(zone).date():
            continue  # of today the decision speaks
        begins = datetime.combine(day.day, _begin(system), tzinfo=zone).astimezone(UTC)
        poured = (minutes * day.irrigation_mm, litres * day.irrigation_mm)
        yield CalendarEntry(advice.site, advice.plot, day.day, begins, *poured)


def _per_mm(advice: Advice) -> tuple[float, float]:
    """Litres and minutes for each mm as the decision has them; NaN where it pours nothing."""
    area, efficiency = advice.facts.get("area_m2"), advice.facts.get("efficiency")
    flow = advice.facts.get("flow")
    if not area or not efficiency:
        return nan, nan
    litres = float(area) / float(efficiency)
    return litres, litres / float(flow) if flow and float(flow) > 0.0 else nan


def _begin(system: IrrigationSystem | None) -> time:
    return time.fromisoformat(system.start) if system is not None and system.start else _FIRST_HOUR


def calendar(c: Connection, token: str, at: datetime, origin: str) -> bytes | None:
    """The calendar that a token opens, as iCalendar [1]; None where it opens nothing."""
    opened = calendars.opened_by(c, token)
    if opened is None:
        return None
    site, language = opened
    known = Known.read(c, origin)
    words = known.words(language)
    zone = words.zone
    written = Calendar()
    name = words.t("alert.calendar", site=known.site_name(site))
    told: Mapping[str, str] = {
        "version": "2.0",
        "prodid": "-//agro//irrigation plan//",
        "method": "PUBLISH",
        "x-wr-calname": name,
        "x-wr-timezone": str(zone),
    }
    for key, value in told.items():
        written.add(key, value)
    today = at.astimezone(zone).date()
    if str(zone) != "UTC":
        written.add_component(_zone(str(zone), today.year))
    for entry in calendars.entries(c, site, today - _KEPT):
        event = _event(entry, zone)
        plot = known.plots.get((entry.site, entry.plot))
        event.add("summary", calendar_title(words, plot.name if plot else "", entry.litres))
        link = known.link("bed", entry.site, entry.plot)
        event.add("description", calendar_note(words, entry.minutes, link))
        written.add_component(event)
    return bytes(written.to_ical())


def _event(entry: CalendarEntry, zone: ZoneInfo) -> Event:
    event = Event()
    starts = entry.starts_at.astimezone(zone)
    lasts = timedelta(minutes=entry.minutes) if isfinite(entry.minutes) else _SHORTEST
    event.add("uid", f"{entry.day.isoformat()}.{entry.plot}.{entry.site}@agro")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", (entry.changed_at or entry.starts_at).astimezone(UTC))
    event.add("dtstart", starts)
    event.add("dtend", (entry.starts_at + max(lasts, _SHORTEST)).astimezone(zone))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # who waters is not busy for others
    return event


@cache
def _zone(name: str, year: int) -> Timezone:
    """The time zone's rules, the year before to the year after: searching them takes a while."""
    return Timezone.from_tzinfo(ZoneInfo(name), name, date(year - 1, 1, 1), date(year + 2, 1, 1))
