"""The past of entities that measure: each attribute as a list of what was seen, newest first.

Probes in plots (`AgriParcelRecord`), weather stations (`WeatherObserved`) and single series
(`DeviceMeasurement`) have a past. Of the first two only believable values are told; of a series
every value, as it is there that a doubted one is marked.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 4.5.8 and 4.5.9 (temporal representations),
    4.11 (temporal query language), 5.7.3 and 5.7.4, 6.3.10 (206 and Content-Range).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

from sqlalchemy import Connection

from agro.publish.entities import Entity, timestamp
from agro.publish.finding import whole
from agro.publish.measured import RECORD, WEATHER
from agro.publish.place import Register
from agro.publish.urn import split
from agro.store import temporal
from agro.store.temporal import Instance
from sensors.quality import NOT_EVALUATED

MOST_INSTANCES: Final = 1_000
"""Of one attribute in an answer."""
MOST_TOLD: Final = 20_000
"""Of one attribute of all entities in an answer."""
TYPES: Final = ("AgriParcelRecord", "DeviceMeasurement", "WeatherObserved")
"""The types that have a past."""
_RELATIONS: Final = ("before", "after", "between")
_LEVEL = re.compile(r"(\d+(?:\.\d+)?)cm")


@dataclass(frozen=True, slots=True)
class Asked:
    """Instances in [start, end), `most` of each attribute; `as_values`: pairs of value and time.

    `is_ours`: `most` is a limit of ours, not what the client asked for.
    """

    start: datetime | None = None
    end: datetime | None = None
    most: int = MOST_INSTANCES
    is_ours: bool = True
    as_values: bool = False

    def of_each(self, entities: int) -> "Asked":
        """The same for one of so many entities, which share an answer."""
        share = max(MOST_TOLD // max(entities, 1), 1)
        return self if self.most <= share else replace(self, most=share, is_ours=True)


@dataclass(frozen=True, slots=True)
class Series:
    """Where an attribute's values come from, and how they become the model's."""

    series: tuple[str, str, float | None]
    place: tuple[str, str]
    factor: float = 1.0
    unit: str = ""
    also_doubted: bool = False


def asked(parameters: Mapping[str, str]) -> Asked:
    """What `timerel`, `timeAt`, `endTimeAt`, `lastN` and `options` ask for.

    Raises
    ------
    ValueError  One of them cannot be read, or says nothing without another.
    """
    relation = parameters.get("timerel", "")
    if relation and relation not in _RELATIONS:
        raise ValueError(f"timerel={relation[:40]!r} is unknown; write {', '.join(_RELATIONS)}")
    if parameters.get("timeproperty", "observedAt") != "observedAt":
        raise ValueError("timeproperty: only observedAt is kept")
    at, end = _time(parameters, "timeAt"), _time(parameters, "endTimeAt")
    if bool(relation) != (at is not None) or (relation == "between") != (end is not None):
        raise ValueError("write timerel with timeAt, and endTimeAt with timerel=between alone")
    if at is not None and end is not None and end < at:
        raise ValueError("endTimeAt is before timeAt; write the earlier time first")
    options = {one.lower() for one in parameters.get("options", "").split(",")}
    options.add(parameters.get("format", "").lower())
    last = whole(parameters, "lastN", 0, 1_000_000)
    return Asked(
        start=None if relation == "before" else at,
        end=at if relation == "before" else end,
        most=min(last or MOST_INSTANCES, MOST_INSTANCES),
        is_ours=not 0 < last <= MOST_INSTANCES,
        as_values="temporalvalues" in options,
    )


def _time(parameters: Mapping[str, str], name: str) -> datetime | None:
    text = parameters.get(name, "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name}={text[:40]!r} is no time: 2026-07-01T12:00:00Z") from error
    raise ValueError(f"{name}={text[:40]!r} names no time zone; write 2026-07-01T12:00:00Z")


def past(
    c: Connection, here: Register, entity: Entity, how: Asked, only: frozenset[str]
) -> tuple[dict[str, Any], list[Instance]]:
    """An entity over time, and the instances of its longest attribute where some are left out."""
    body: dict[str, Any] = {"id": entity.id, "type": entity.type}
    longest: list[Instance] = []
    for name, one in _measured(here, entity):
        if only and name not in only:
            continue
        # One more than is told shows whether there are others.
        found = temporal.instances(
            c, one.series, one.place, (how.start, how.end), most=how.most + 1
        )
        cut = found[: how.most]
        if len(found) > how.most and how.is_ours:
            longest = max(longest, cut, key=len)
        told = [seen for seen in cut if one.also_doubted or seen.flag <= NOT_EVALUATED]
        body[name] = _values(one, told) if how.as_values else [_full(one, seen) for seen in told]
    return body, longest


def _values(one: Series, told: Iterable[Instance]) -> dict[str, Any]:
    """The pairs of value and time [1, 4.5.9]."""
    pairs = [[_told(one, seen), timestamp(seen.time)] for seen in told]
    return {"type": "Property", "values": pairs}


def _full(one: Series, seen: Instance) -> dict[str, Any]:
    body = {"type": "Property", "value": _told(one, seen), "observedAt": timestamp(seen.time)}
    return body | ({"unitCode": one.unit} if one.unit else {})


def _told(one: Series, seen: Instance) -> float:
    return round(seen.value * one.factor, 6)


def _measured(here: Register, entity: Entity) -> Iterable[tuple[str, Series]]:
    """The attributes of an entity that have a past; none of the city's own equipment."""
    kind, _, *parts = split(entity.id)
    if kind == "DeviceMeasurement" and parts[0] in here.devices:
        device, quantity, *level = parts
        unit = entity.attributes["numValue"].unit if "numValue" in entity.attributes else ""
        series = (device, quantity, _depth(level))
        yield "numValue", Series(series, ("", ""), unit=unit, also_doubted=True)
    elif kind == "AgriParcelRecord":
        site, plot, device, *level = parts
        for quantity, (name, factor, unit) in RECORD.items():
            series = (device, quantity, _depth(level))
            if name in entity.attributes:
                yield name, Series(series, (site, plot), factor, unit)
    elif kind == "WeatherObserved" and parts[0] in here.devices:
        station = here.devices[parts[0]]
        for quantity, (name, factor, unit) in WEATHER.items():
            if name in entity.attributes:
                series = (station.device, quantity, None)
                yield name, Series(series, (station.site, ""), factor, unit)


def _depth(level: list[str]) -> float | None:
    found = _LEVEL.fullmatch(level[0]) if level else None
    depth = float(found[1]) if found else None
    return depth if depth is not None and isfinite(depth) else None
