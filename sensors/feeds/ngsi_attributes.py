"""One attribute of an NGSI entity, in whatever form it came.

The same value may be written in full (`{"type": "Property", "value": 3, "unitCode": "KWT"}`),
concisely (`{"value": 3, "unitCode": "KWT"}`) or as the bare value; the older NGSI version 2 writes
`{"type": "Number", "value": 3, "metadata": {…}}`.

References
----------
[1] ETSI GS CIM 009 V1.8.1 (2024), NGSI-LD API, 4.5.1 (normalised), 4.5.4 (simplified), 4.5.9
    (GeoProperty), 4.5.17 (concise).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sensors.envelopes import message
from sensors.errors import DecodeError

_NULL = "urn:ngsi-ld:null"
# Where the value stands, by the attribute's type; the first that is there otherwise.
_VALUES = ("value", "object", "languageMap", "vocab", "json", "valueList", "objectList")
_TYPED = frozenset(
    (
        "Property",
        "GeoProperty",
        "Relationship",
        "LanguageProperty",
        "VocabProperty",
        "JsonProperty",
        "ListProperty",
        "ListRelationship",
    )
)
_GEOMETRIES = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
)
_NOT_ATTRIBUTES = frozenset(("id", "type", "@context", "scope", "createdAt", "modifiedAt"))


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value with what stands beside it; `observed_at` None and `unit` "" where nothing does."""

    value: Any
    observed_at: datetime | None = None
    unit: str = ""


def attributes(entity: Mapping[str, Any]) -> dict[str, Attribute]:
    """The attributes of an entity by their short names; a name spelt out as a link is cut short."""
    return {
        short(name): attribute(told)
        for name, told in entity.items()
        if name not in _NOT_ATTRIBUTES and not name.startswith("@")
    }


def short(name: str) -> str:
    """The last part of a name that is spelt out: contexts are never fetched."""
    return name.rsplit("/", 1)[-1].rsplit("#", 1)[-1] if "://" in name else name


def attribute(told: Any) -> Attribute:
    """One attribute; of several instances the one that counts: the default, else the newest."""
    if isinstance(told, list) and told and all(_is_instance(one) for one in told):
        return _chosen([attribute(one) for one in told], told)
    if not isinstance(told, dict) or str(told.get("type")) in _GEOMETRIES:
        return Attribute(None if told == _NULL else told)
    name = next((one for one in _VALUES if one in told), None)
    if name is None:
        return Attribute(told)  # a bare structured value
    value = told[name]
    return Attribute(
        None if value == _NULL else value, _observed_at(told), _text(told.get("unitCode"))
    )


def _is_instance(told: Any) -> bool:
    """Whether this is an attribute in full or in short, not an element of a bare list."""
    if not isinstance(told, dict):
        return False
    return str(told.get("type")) in _TYPED or "datasetId" in told or "observedAt" in told


def _chosen(read: Sequence[Attribute], told: Sequence[Mapping[str, Any]]) -> Attribute:
    default = (one for one, own in zip(read, told, strict=True) if "datasetId" not in own)
    newest = max(read, key=lambda one: one.observed_at.timestamp() if one.observed_at else 0.0)
    return next(default, newest)


def _observed_at(told: Mapping[str, Any]) -> datetime | None:
    """When the value held, else when it changed; of version 2, in its metadata. None: not told."""
    metadata = told.get("metadata")
    stamped = metadata.get("TimeInstant") if isinstance(metadata, dict) else None
    older = stamped.get("value") if isinstance(stamped, dict) else None
    return time_of(told.get("observedAt", told.get("modifiedAt", older)))


def time_of(value: Any) -> datetime | None:
    """A time, or None; `{"@value": …}` is one, too."""
    if isinstance(value, dict):
        value = value.get("@value", value.get("value"))
    if not isinstance(value, str):
        return None
    try:
        return message.time(value, name="observedAt")
    except DecodeError:
        return None


def _text(value: Any) -> str:
    return value.strip()[:40] if isinstance(value, str) else ""


def words(value: Any) -> str:
    """Plain words of a value: a text, a `languageMap`'s first, or a one-item list's; else ""."""
    if isinstance(value, dict):
        value = next((one for one in value.values() if isinstance(one, str)), "")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or not value.isprintable():
        return ""
    return value.strip()[:200]


def positions(geometry: Any) -> Iterator[tuple[float, float]]:
    """Every (longitude, latitude) of a GeoJSON geometry, or of a version 2 `geo:point` text."""
    if isinstance(geometry, str) and geometry.count(",") == 1:
        parts = geometry.split(",")
        geometry = {"coordinates": [_number(parts[1]), _number(parts[0])]}
    if isinstance(geometry, dict):
        yield from _pairs(geometry.get("coordinates"))


def _pairs(nested: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(nested, list):
        return
    if len(nested) >= 2 and all(message.number(one) is not None for one in nested[:2]):
        yield float(nested[0]), float(nested[1])
        return
    for one in nested:
        yield from _pairs(one)


def _number(told: str) -> float | None:
    try:
        return float(told)
    except ValueError:
        return None
