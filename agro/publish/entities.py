"""What we publish as an NGSI-LD entity, and its three representations.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1: 4.5.1 (normalized), 4.5.4 (simplified, also
    called key-values) and 4.5.1 with 5.2.5 (concise).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal

from agro.publish.contexts import context_of

Kind = Literal["Property", "Relationship", "GeoProperty"]
Representation = Literal["normalized", "concise", "simplified"]

_VALUE: dict[Kind, str] = {"Property": "value", "GeoProperty": "value", "Relationship": "object"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: `observed_at` when it was measured, `unit` as a UN/CEFACT or UCUM code."""

    kind: Kind
    value: Any
    observed_at: datetime | None = None
    unit: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """What is said of the value beside it."""
        told: dict[str, Any] = {}
        if self.observed_at is not None:
            told["observedAt"] = timestamp(self.observed_at)
        if self.unit:
            told["unitCode"] = self.unit
        return told


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing of the city: its URN, its type, its attributes by name, and when it last changed."""

    id: str
    type: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    modified_at: datetime | None = None


def timestamp(time: datetime) -> str:
    """A time as NGSI-LD writes it, to the second: `2026-07-03T05:29:00Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def attributes(**named: Attribute | None) -> dict[str, Attribute]:
    """The attributes that are known: what is None is not told."""
    return {name: one for name, one in named.items() if one is not None}


def says(value: Any, *, at: datetime | None = None, unit: str = "") -> Attribute | None:
    """A property; None where the value is missing (NaN, None, or an empty text or list)."""
    if value is None or (isinstance(value, (str, list, dict)) and not value):
        return None
    if isinstance(value, float):
        if not isfinite(value):
            return None
        value = round(value, 6)
    return Attribute("Property", value, at, unit)


def points_to(target: str | list[str]) -> Attribute | None:
    """A relationship to another entity, or to several; None where there is none."""
    return Attribute("Relationship", target) if target else None


def lies_at(latitude: float | None, longitude: float | None) -> Attribute | None:
    """A point, longitude first; None where the position is not known."""
    if latitude is None or longitude is None:
        return None
    if not (isfinite(latitude) and isfinite(longitude)):
        return None
    return Attribute("GeoProperty", {"type": "Point", "coordinates": [longitude, latitude]})


def _normalized(one: Attribute) -> dict[str, Any]:
    return {"type": one.kind, _VALUE[one.kind]: one.value, **one.facts}


def _concise(one: Attribute) -> Any:
    """The value alone where nothing else is said of it; a relationship names its object."""
    if one.kind == "Relationship" or one.facts:
        return {_VALUE[one.kind]: one.value, **one.facts}
    return one.value


def _simplified(one: Attribute) -> Any:
    return one.value


_WRITTEN: dict[Representation, Callable[[Attribute], Any]] = {
    "normalized": _normalized,
    "concise": _concise,
    "simplified": _simplified,
}


def document(
    entity: Entity,
    representation: Representation = "normalized",
    *,
    only: frozenset[str] = frozenset(),
    with_times: bool = False,
    with_context: bool = False,
) -> dict[str, Any]:
    """The entity as JSON; `only` these attributes where any are named."""
    write = _WRITTEN[representation]
    body: dict[str, Any] = {"id": entity.id, "type": entity.type}
    if with_times and entity.modified_at is not None:
        body["modifiedAt"] = timestamp(entity.modified_at)
    for name, one in entity.attributes.items():
        if not only or name in only:
            body[name] = write(one)
    if with_context:
        body["@context"] = context_of(entity.type)
    return body
