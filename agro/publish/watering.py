"""Waterings done and advised, as NGSI-LD entities.

What a machine counted is told to the minute. What a person noted is told by its day alone: the
hours at which somebody is in a garden are nobody's business.

References
----------
[1] Smart Data Models, dataModel.Agrifood: AgriParcelOperation. An irrigation is a `water`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import isnan

from sqlalchemy import Connection

from agro.publish.entities import Entity, attributes, points_to, says, timestamp
from agro.publish.farms import is_published
from agro.publish.place import Register
from agro.publish.urn import parcel, urn
from agro.records import Advice, LogEntry, Noted
from agro.store import decisions, logbook
from agro.store.meter_notes import counted_by, run_of

SHOWN = timedelta(days=31)
"""Older waterings are in `/data/irrigation.csv`."""
_MACHINES = frozenset({"meter", "valve"})
_SOURCES = {
    "mains": "commercial supply",
    "groundwater": "borehole",
    "surface": "river",
    "rainwater": "rainwater capture",
}


def operations(c: Connection, here: Register) -> Iterator[Entity]:
    """The waterings of the last month and those advised, plot by plot."""
    yield from (_advised(here, one) for one in decisions.latest(c) if _is_planned(here, one))
    kept = logbook.noted(c, types=["irrigation"], start=here.at - SHOWN, end=here.at)
    better = counted_by([one.entry for one in kept])
    for one, counted in zip(kept, better, strict=True):
        if counted is None and _is_of_parcel(here, one.entry.site, one.entry.plot):
            yield _done(here, one)


def _is_of_parcel(here: Register, site: str, plot: str) -> bool:
    found = here.plots.get((site, plot))
    return found is not None and is_published(found)


def _is_planned(here: Register, advice: Advice) -> bool:
    if advice.decision != "irrigate" or advice.when is None or advice.when < here.at:
        return False
    return _is_of_parcel(here, advice.site, advice.plot)


def _advised(here: Register, advice: Advice) -> Entity:
    start = advice.when or advice.issued_at
    end = start + timedelta(minutes=0.0 if isnan(advice.minutes) else advice.minutes)
    city = here.city.slug
    name = f"advice-{advice.issued_at:%Y%m%dT%H%M%SZ}"
    return Entity(
        urn("AgriParcelOperation", city, advice.site, advice.plot, name),
        "AgriParcelOperation",
        attributes(
            hasAgriParcel=points_to(parcel(city, advice.site, advice.plot)),
            operationType=says("water"),
            status=says("planned"),
            plannedStartAt=says(timestamp(start)),
            plannedEndAt=says(timestamp(end)),
            quantity=says(advice.litres, unit="LTR"),
            waterSource=says(_SOURCES.get(here.sites[advice.site].water_source)),
            dataProvider=says(here.city.name),
            dataMode=says(here.mode),
        ),
        advice.issued_at,
    )


def _done(here: Register, kept: Noted) -> Entity:
    entry, city = kept.entry, here.city.slug
    is_counted = entry.source in _MACHINES
    start, end = run_of(entry) if is_counted else _day_of(here, entry)
    return Entity(
        urn("AgriParcelOperation", city, entry.site, entry.plot, f"log-{kept.number}"),
        "AgriParcelOperation",
        attributes(
            hasAgriParcel=points_to(parcel(city, entry.site, entry.plot)),
            operationType=says("water"),
            status=says("finished"),
            plannedStartAt=says(timestamp(start)),
            plannedEndAt=says(timestamp(end)),
            startedAt=says(timestamp(start)) if is_counted else None,
            endedAt=says(timestamp(end)) if is_counted else None,
            quantity=says(entry.quantity, unit="LTR") if entry.unit == "L" else None,
            waterSource=says(_SOURCES.get(here.sites[entry.site].water_source)),
            dataProvider=says(here.city.name),
            dataMode=says("simulated" if entry.source == "simulated" else here.mode),
            source=says(entry.source),
        ),
        kept.recorded_at,
    )


def _day_of(here: Register, entry: LogEntry) -> tuple[datetime, datetime]:
    return here.day(entry.time.astimezone(here.zone).date())
