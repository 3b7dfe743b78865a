"""What needs somebody's attention, as NGSI-LD entities: frost, heat, drought, silent sensors.

Frost and heat are those of the newest forecast, in the air of the whole garden; whether a crop is
hurt is told to its gardener, not here. A drought order is told as it was published; what it
forbids on a plot stands in the order.

References
----------
[1] Smart Data Models, dataModel.Alert: Alert.
[2] Zhang et al. (2011). Indices for monitoring changes in extremes. WIREs Climate Change 2, 851:
    a frost day has a minimum below 0 °C.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import nan

from sqlalchemy import Connection

from agro.publish.entities import Entity, attributes, lies_at, points_to, says, timestamp
from agro.publish.farms import device_urn
from agro.publish.place import Register
from agro.publish.urn import farm, parcel, urn
from agro.records import Device, Site
from agro.store import health, orders, stations, weather
from agro.store.orders import Answer, DroughtOrder

FROST = 0.0  # °C, of the air at 2 m [2]
HEAT = 35.0  # °C, our own mark: above it beds are watered whatever the plan says
AHEAD = timedelta(days=3)
_SEVERITY = {
    "vigilance": "informational",
    "alerte": "medium",
    "alerte_renforcee": "high",
    "crise": "critical",
}


def alerts(c: Connection, here: Register) -> Iterator[Entity]:
    """Every alert that holds now."""
    for site in here.gardens:
        yield from _weather(c, here, site)
        yield from _drought(c, here, site)
    yield from _silent(c, here)


def _weather(c: Connection, here: Register, site: Site) -> Iterator[Entity]:
    found = weather.forecast(c, site.slug, here.at)
    if found is None:
        return
    frame, issued_at, source = found
    for row in frame.reset_index().to_dict("records"):
        day = row["day"]
        if not here.today <= day <= here.today + AHEAD:
            continue
        told = (
            ("frost", "lowTemperature", float(row["tmin"]), row["tmin"] < FROST),
            ("heat", "highTemperature", float(row["tmax"]), row["tmax"] >= HEAT),
        )
        for kind, category, extreme, holds in told:
            if holds:
                start, end = here.day(day)
                yield Entity(
                    urn("Alert", here.city.slug, kind, site.slug, day.isoformat()),
                    "Alert",
                    attributes(
                        alertKind=says(kind),
                        category=says("weather"),
                        subCategory=says(category),
                        severity=says("medium"),
                        alertSource=points_to(farm(here.city.slug, site.slug)),
                        dateIssued=says(timestamp(issued_at)),
                        validFrom=says(timestamp(start)),
                        validTo=says(timestamp(end)),
                        location=lies_at(site.latitude, site.longitude),
                        dataProvider=says(here.city.name),
                        source=says(source),
                        data=says({"temperature": round(extreme, 6)}),
                    ),
                    issued_at,
                )


def _drought(c: Connection, here: Register, site: Site) -> Iterator[Entity]:
    """The drought orders that hold for a garden today, each once for its kind of water."""
    told = set[tuple[str, str]]()
    for answer in orders.newest(c, site.slug, here.at):
        order = answer.order
        if order is None or order.level not in _SEVERITY or not _holds(order, here.today):
            continue
        if (order.resource, order.zone_code) not in told:
            told.add((order.resource, order.zone_code))
            yield _ordered(here, site, answer, order)


def _holds(order: DroughtOrder, day: date) -> bool:
    started = order.valid_from is None or order.valid_from <= day
    return started and (order.valid_until is None or day <= order.valid_until)


def _ordered(here: Register, site: Site, answer: Answer, order: DroughtOrder) -> Entity:
    city = here.city.slug
    start = here.day(order.valid_from)[0] if order.valid_from else answer.fetched_at
    end = here.day(order.valid_until)[1] if order.valid_until else None
    facts = {"level": order.level, "resource": order.resource, "zone": order.zone}
    return Entity(
        urn("Alert", city, "drought", site.slug, order.resource, order.zone_code),
        "Alert",
        attributes(
            alertKind=says("drought"),
            category=says("environment"),
            severity=says(_SEVERITY[order.level]),
            alertSource=points_to(farm(city, site.slug)),
            dateIssued=says(timestamp(start)),
            validFrom=says(timestamp(start)),
            validTo=says(timestamp(end) if end else None),
            location=lies_at(site.latitude, site.longitude),
            seeAlso=says(order.link),
            dataProvider=says(here.city.name),
            source=says(answer.source),
            dataMode=says(answer.mode),
            data=says(facts),
        ),
        answer.fetched_at,
    )


def _silent(c: Connection, here: Register) -> Iterator[Entity]:
    """The devices that have been silent for longer than they usually are."""
    usual = stations.intervals(c, here.at)
    for heard in health.heard(c):
        device = here.devices.get(heard.device)
        if device is None or heard.seen is None:
            continue
        patience = stations.silent_after(usual.get(heard.device, nan))
        if here.at - heard.seen > patience:
            yield _silence(here, device, heard.seen, heard.seen + patience)


def _silence(here: Register, device: Device, seen: datetime, since: datetime) -> Entity:
    city = here.city.slug
    place = parcel(city, device.site, device.plot) if device.plot else farm(city, device.site)
    return Entity(
        urn("Alert", city, "sensor-silent", device.device),
        "Alert",
        attributes(
            alertKind=says("sensor_silent"),
            category=says("agriculture"),
            severity=says("low"),
            alertSource=points_to(device_urn(city, device.device)),
            dateIssued=says(timestamp(since)),
            location=lies_at(*here.position(device)),
            dataProvider=says(here.city.name),
            dataMode=says(here.mode),
            data=says({"dateLastValueReported": timestamp(seen), "concerns": place}),
        ),
        since,
    )
