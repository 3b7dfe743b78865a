"""What there is to be told, found in the store: pure functions of the records at one moment.

Each event has an identity that stays the same however often it is looked for: its kind, its place,
and the day, the order or the last sign of life that makes it another one.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import isfinite

from sqlalchemy import Connection

from agro.notify.equipment import low_tanks, silent_sensors, stuck_valves
from agro.notify.kinds import (
    DROUGHT_ORDER,
    FROST,
    FROST_MARK,
    FROST_OVER,
    HEAT,
    HEAT_MARK,
    HEAT_OVER,
    IRRIGATION,
    NEARBY,
    REPORT_NEARBY,
    SENSOR_SILENT,
    TANK_LOW,
    VALVE_STUCK,
    YOUNG_REPORT,
)
from agro.notify.nearness import distance
from agro.notify.orders import changed_orders
from agro.records import Site
from agro.store import decisions, farms, report_sources, reports, weather
from agro.store.alerts.events import AlertEvent
from agro.store.values import time_zone

log = logging.getLogger(__name__)

_AHEAD = timedelta(days=1)
_FRESH = timedelta(days=1)  # older advice is no advice
_STALE = timedelta(hours=36)  # an older forecast is called old on the pages, and warns nobody


@dataclass(frozen=True, slots=True)
class Found:
    """The events that hold, and the kinds that could be looked for."""

    events: tuple[AlertEvent, ...]
    looked: frozenset[str]


def find(c: Connection, at: datetime) -> Found:
    """Everything that holds at a moment; what fails for one kind stops no other."""
    events, looked = list[AlertEvent](), set[str]()
    for kind, finder in _FINDERS.items():
        try:
            events += list(finder(c, at))
            looked.add(kind)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            log.error("alerts of %s: %s", kind, error, exc_info=error)
    return Found(tuple(events), frozenset(looked))


def waterings(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """Beds to water until this time tomorrow: one event for each bed and day."""
    zone = time_zone(c)
    for advice in decisions.latest(c):
        if advice.decision != "irrigate" or at - advice.issued_at > _FRESH:
            continue
        when = advice.when or advice.issued_at
        day = when.astimezone(zone).date()
        ends = _local(day + _AHEAD, 0, zone)
        if when - at > _AHEAD or ends <= at:
            continue
        facts = {"litres": advice.litres, "minutes": advice.minutes, "when": when.isoformat()}
        yield AlertEvent(
            IRRIGATION, advice.site, day.isoformat(), advice.plot, until=ends, facts=facts
        )


def frosts(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """Nights whose air falls to the mark, as the newest forecast says: one for each garden."""
    yield from _extremes(c, at, FROST, "tmin", FROST_OVER, lambda value: value <= FROST_MARK)


def heats(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """Days whose air rises to the mark, likewise."""
    yield from _extremes(c, at, HEAT, "tmax", HEAT_OVER, lambda value: value >= HEAT_MARK)


def _extremes(
    c: Connection,
    at: datetime,
    kind: str,
    column: str,
    over: int,
    holds: Callable[[float], bool],
) -> Iterator[AlertEvent]:
    zone = time_zone(c)
    today = at.astimezone(zone).date()
    for site in gardens(c):
        found = weather.forecast(c, site.slug, at)
        if found is None or at - found[1] > _STALE:
            continue
        for row in found[0].reset_index().to_dict("records"):
            day, value = row["day"], float(row[column])
            ends = _local(day, over, zone)
            is_near = today <= day <= today + _AHEAD and ends > at
            if is_near and isfinite(value) and holds(value):
                facts = {"temperature": value, "day": day.isoformat()}
                yield AlertEvent(kind, site.slug, day.isoformat(), until=ends, facts=facts)


def nearby_reports(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """Open reports that all may read, near a garden and made this week."""
    names = {one.code: one for one in report_sources.services(c)}
    for site in gardens(c):
        for one in reports.around(c, site.latitude, site.longitude, NEARBY):
            told = one.requested_at or one.heard_at
            metres = distance(site.latitude, site.longitude, one.latitude, one.longitude)
            is_told = one.status == reports.OPEN and one.visible == "all"
            if not is_told or at - told > YOUNG_REPORT or metres > NEARBY:
                continue
            service = names.get(one.service_code)
            facts: Mapping[str, object] = {
                "metres": round(metres),
                "address": one.address,
                "reference": one.reference,
                "name_fr": service.name_fr if service else one.service_name,
                "name_en": service.name_en if service else one.service_name,
            }
            subject = f"{one.source}/{one.reference}"
            yield AlertEvent(REPORT_NEARBY, site.slug, subject, facts=facts)


def gardens(c: Connection) -> list[Site]:
    """The sites on which something can grow."""
    grown = {plot.site for plot in farms.plots(c)}
    return [site for site in farms.sites(c) if site.slug in grown]


def _local(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


_FINDERS: Mapping[str, Callable[[Connection, datetime], Iterator[AlertEvent]]] = {
    IRRIGATION: waterings,
    FROST: frosts,
    HEAT: heats,
    DROUGHT_ORDER: changed_orders,
    SENSOR_SILENT: silent_sensors,
    TANK_LOW: low_tanks,
    VALVE_STUCK: stuck_valves,
    REPORT_NEARBY: nearby_reports,
}
