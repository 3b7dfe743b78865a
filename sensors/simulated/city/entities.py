"""What the equipment says, as a context broker tells it: NGSI-LD entities and notifications.

Cabinets, buildings and solar plants come in full, car parks and air stations concisely, traffic as
plain key-values, so that every form is met. Each says of itself that it is simulated.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from sensors.feeds.city_assets import SIMULATED, Kind
from sensors.simulated.city import shapes
from sensors.simulated.city.control_post import ControlPost, Fleet
from sensors.simulated.city.moment import Moment

_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_COUNTED = timedelta(minutes=15)
_TOGETHER = 100  # entities in a notification
Entity = dict[str, Any]


def reported(post: ControlPost, now: Moment) -> list[Entity]:
    """What every piece of equipment says at this moment."""
    return [entity for fleet in post.fleets for entity in _SAID[fleet.kind](post.city, fleet, now)]


def notifications(
    entities: Sequence[Entity], at: datetime, *, subscription: str = "control-post"
) -> list[bytes]:
    """The entities as the bodies of notifications, some at a time."""
    return [
        json.dumps(
            {
                "id": f"urn:ngsi-ld:Notification:{int(at.timestamp())}-{n}",
                "type": "Notification",
                "subscriptionId": f"urn:ngsi-ld:Subscription:{subscription}",
                "notifiedAt": _iso(at.timestamp()),
                "data": list(part),
            },
            ensure_ascii=False,
        ).encode()
        for n, part in enumerate(_in_parts(entities))
    ]


def _in_parts(entities: Sequence[Entity]) -> Iterator[Sequence[Entity]]:
    for start in range(0, len(entities), _TOGETHER):
        yield entities[start : start + _TOGETHER]


def _cabinets(city: str, fleet: Fleet, now: Moment) -> Iterator[Entity]:
    lamps = np.round(fleet.size)
    lit, level, power = shapes.lights(now, lamps, 62.0 + 8.0 * fleet.own, 0.4 * fleet.own)
    for n in range(len(lamps)):
        entity = _full(city, "StreetlightControlCabinet", fleet, n)
        entity["refStreetlightGroup"] = {
            "type": "Relationship",
            "object": [f"{entity['id']}:group".replace("ControlCabinet", "Group")],
        }
        entity["workingMode"] = _property("automatic")
        entity["maximumPowerAvailable"] = _property(round(float(lamps[n]) * 0.1, 1), "KWT")
        entity["lampCount"] = _property(int(lamps[n]))
        entity["lampsOn"] = _property(int(lit[n]), at=now)
        entity["illuminanceLevel"] = _property(round(float(level[n]) / 100.0, 2), at=now)
        entity["totalActivePower"] = _property(round(float(power[n]), 3), "KWT", now)
        yield entity


def _buildings(city: str, fleet: Fleet, now: Moment) -> Iterator[Entity]:
    size = fleet.size
    power = shapes.buildings(now, 0.25 * size, 0.75 * size, 0.08 * size)
    power *= 1.0 + 0.05 * np.sin(fleet.own * 7.0 + now.hour)
    for n in range(len(size)):
        entity = _full(city, "ACMeasurement", fleet, n)
        entity["phaseType"] = _property("threePhase")
        entity["dateObserved"] = _property(_iso(now.time))
        entity["totalActivePower"] = _property(round(float(power[n]), 2), "KWT", now)
        yield entity


def _solar(city: str, fleet: Fleet, now: Moment) -> Iterator[Entity]:
    power = shapes.solar(now, fleet.size)
    for n in range(len(power)):
        entity = _full(city, "PhotovoltaicMeasurement", fleet, n)
        device = entity["id"].replace("Measurement", "Device")
        entity["refPhotovoltaicDevice"] = {"type": "Relationship", "object": device}
        entity["dateObserved"] = _property(_iso(now.time))
        entity["dateEnergyMeteringStarted"] = _property("2025-01-01T00:00:00Z")
        entity["temperature"] = _property(round(now.air_temperature, 1), "CEL")
        entity["nominalPeakPowerGeneration"] = _property(round(float(fleet.size[n]), 1), "KWT")
        entity["activePower"] = _property(round(float(power[n]), 2), "KWT", now)
        yield entity


def _car_parks(city: str, fleet: Fleet, now: Moment) -> Iterator[Entity]:
    spaces = np.round(fleet.size)
    full = np.clip(shapes.parked(now) * (1.0 + 0.12 * fleet.own), 0.02, 1.0)
    free = np.round(spaces * (1.0 - full))
    for n in range(len(spaces)):
        entity = _plain(city, "OffStreetParking", fleet, n)
        entity["category"] = {"value": ["forDisabled", "public"]}
        entity["totalSpotNumber"] = int(spaces[n])
        told = {"value": int(free[n]), "observedAt": _iso(now.time)}
        yield entity | {"availableSpotNumber": told}


def _counters(city: str, fleet: Fleet, now: Moment) -> Iterator[Entity]:
    """What was counted in the last whole quarter of an hour: the same however often it is told."""
    length = _COUNTED.total_seconds()
    start = now.time - now.time % length - length
    then = replace(now, time=start, hour=(now.hour - (now.time - start) / 3600.0) % 24.0)
    uneven = 1.0 + 0.06 * np.sin(fleet.own * 9.0 + start)
    seen = fleet.size * shapes.traffic(then) * uneven
    for n in range(len(seen)):
        entity = _plain(city, "TrafficFlowObserved", fleet, n)
        yield entity | {
            "dateObserved": f"{_iso(start)}/{_iso(start + length)}",
            "dateObservedFrom": _iso(start),
            "dateObservedTo": _iso(start + length),
            "intensity": round(float(seen[n]) * length / 3600.0),
            "averageVehicleSpeed": round(48.0 - 24.0 * shapes.traffic(then), 1),
        }


def _air(city: str, fleet: Fleet, now: Moment) -> Iterator[Entity]:
    index = shapes.air_index(now, 0.3 * fleet.own)
    for n in range(len(index)):
        entity = _plain(city, "AirQualityObserved", fleet, n)
        entity["dateObserved"] = _iso(now.time)
        yield entity | {"airQualityIndex": {"value": int(index[n]), "observedAt": _iso(now.time)}}


_SAID: dict[Kind, Callable[[str, Fleet, Moment], Iterator[Entity]]] = {
    "lighting_cabinet": _cabinets,
    "building": _buildings,
    "pv_plant": _solar,
    "parking": _car_parks,
    "traffic_counter": _counters,
    "air_station": _air,
}


def _plain(city: str, kind: str, fleet: Fleet, n: int) -> Entity:
    """Its frame as key-values."""
    return {
        "id": f"urn:ngsi-ld:{kind}:{city}:{fleet.names[n]}",
        "type": kind,
        "name": fleet.labels[n],
        "dataProvider": SIMULATED,
        "location": {"type": "Point", "coordinates": [*_position(fleet, n)]},
        "address": {"addressLocality": fleet.towns[n]},
    }


def _position(fleet: Fleet, n: int) -> tuple[float, float]:
    return float(fleet.longitude[n]), float(fleet.latitude[n])


def _full(city: str, kind: str, fleet: Fleet, n: int) -> Entity:
    """Its frame in full."""
    plain = _plain(city, kind, fleet, n)
    told = {name: _property(plain[name]) for name in ("name", "dataProvider", "address")}
    location = {"type": "GeoProperty", "value": plain["location"]}
    return {"id": plain["id"], "type": kind, **told, "location": location, "@context": _CONTEXT}


def _property(value: Any, unit: str = "", at: Moment | None = None) -> Entity:
    told: Entity = {"type": "Property", "value": value}
    told |= {"unitCode": unit} if unit else {}
    return told | ({"observedAt": _iso(at.time)} if at else {})


def _iso(time: float) -> str:
    return datetime.fromtimestamp(int(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
