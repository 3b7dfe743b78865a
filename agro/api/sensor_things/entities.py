"""The eight kinds of entity of OGC 18-088, clause 8: their properties and what leads where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "object", "any", "geometry", "instant", "interval", "result"]
"""What a property holds. `interval` may be an instant, `any` is whatever JSON there is."""


@dataclass(frozen=True, slots=True)
class Link:
    """A navigation property: the kind it leads to, how many, and its name from there back."""

    name: str
    target: str
    many: bool
    back: str


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of entity; `required` are the properties that must be given when one is created."""

    name: str
    plural: str
    properties: Mapping[str, Kind]
    required: tuple[str, ...]
    links: Mapping[str, Link]


def _links(*links: Link) -> dict[str, Link]:
    return {link.name: link for link in links}


_NAMED: dict[str, Kind] = {"name": "text", "description": "text"}
_NAMES = ("name", "description")

TYPES: dict[str, EntityType] = {
    one.name: one
    for one in (
        EntityType(
            "Thing",
            "Things",
            {**_NAMED, "properties": "object"},
            _NAMES,
            _links(
                Link("Locations", "Location", True, "Things"),
                Link("HistoricalLocations", "HistoricalLocation", True, "Thing"),
                Link("Datastreams", "Datastream", True, "Thing"),
            ),
        ),
        EntityType(
            "Location",
            "Locations",
            {**_NAMED, "encodingType": "text", "location": "geometry", "properties": "object"},
            (*_NAMES, "encodingType", "location"),
            _links(
                Link("Things", "Thing", True, "Locations"),
                Link("HistoricalLocations", "HistoricalLocation", True, "Locations"),
            ),
        ),
        EntityType(
            "HistoricalLocation",
            "HistoricalLocations",
            {"time": "instant"},
            ("time",),
            _links(
                Link("Thing", "Thing", False, "HistoricalLocations"),
                Link("Locations", "Location", True, "HistoricalLocations"),
            ),
        ),
        EntityType(
            "Datastream",
            "Datastreams",
            {
                **_NAMED,
                "unitOfMeasurement": "object",
                "observationType": "text",
                "observedArea": "geometry",
                "phenomenonTime": "interval",
                "resultTime": "interval",
                "properties": "object",
            },
            (*_NAMES, "unitOfMeasurement", "observationType"),
            _links(
                Link("Thing", "Thing", False, "Datastreams"),
                Link("Sensor", "Sensor", False, "Datastreams"),
                Link("ObservedProperty", "ObservedProperty", False, "Datastreams"),
                Link("Observations", "Observation", True, "Datastream"),
            ),
        ),
        EntityType(
            "Sensor",
            "Sensors",
            {**_NAMED, "encodingType": "text", "metadata": "any", "properties": "object"},
            (*_NAMES, "encodingType", "metadata"),
            _links(Link("Datastreams", "Datastream", True, "Sensor")),
        ),
        EntityType(
            "ObservedProperty",
            "ObservedProperties",
            {"name": "text", "definition": "text", "description": "text", "properties": "object"},
            ("name", "definition", "description"),
            _links(Link("Datastreams", "Datastream", True, "ObservedProperty")),
        ),
        EntityType(
            "Observation",
            "Observations",
            {
                "phenomenonTime": "interval",
                "result": "result",
                "resultTime": "instant",
                "resultQuality": "any",
                "validTime": "interval",
                "parameters": "object",
            },
            ("result",),
            _links(
                Link("Datastream", "Datastream", False, "Observations"),
                Link("FeatureOfInterest", "FeatureOfInterest", False, "Observations"),
            ),
        ),
        EntityType(
            "FeatureOfInterest",
            "FeaturesOfInterest",
            {**_NAMED, "encodingType": "text", "feature": "geometry", "properties": "object"},
            (*_NAMES, "encodingType", "feature"),
            _links(Link("Observations", "Observation", True, "FeatureOfInterest")),
        ),
    )
}

SETS: dict[str, EntityType] = {one.plural: one for one in TYPES.values()}
