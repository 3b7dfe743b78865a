"""What a client wrote of an entity: checked, and in the columns of our tables.

A linked entity is either an id, whatever else stands beside it (clients send linked entities
whole), or a new entity in line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agro.api.sensor_things.created import INSTANTS, INTERVALS, column
from agro.api.sensor_things.entities import EntityType, Kind, Link
from agro.api.sensor_things.errors import bad
from agro.api.sensor_things.geography import of_geojson
from agro.api.sensor_things.parse import instant, span
from agro.api.sensor_things.values import to_ms

Json = Mapping[str, Any]
_UNIT = ("name", "symbol", "definition")


@dataclass(frozen=True, slots=True)
class Body:
    """The columns of an entity, and its links: ids and new entities in line."""

    columns: dict[str, Any]
    links: dict[str, tuple["int | Json", ...]]


def read_body(kind: EntityType, body: object, *, whole: bool) -> Body:
    """The body of an entity; `whole`: what must be given must be there.

    Raises
    ------
    ApiError  Something is missing, unknown, or of the wrong kind; all of it is told.
    """
    if not isinstance(body, Mapping):
        raise bad(f"{kind.name}: send one JSON object")
    problems = _strange(kind, body)
    if whole:
        problems += [f"{name} is missing" for name in kind.required if name not in body]
    columns: dict[str, Any] = {}
    for name, holds in kind.properties.items():
        if name in body:
            problem = _problem(kind, name, holds, body[name])
            if problem:
                problems.append(problem)
            else:
                columns |= _columns(kind, name, holds, body[name])
        elif whole:
            columns |= _columns(kind, name, holds, None)
    problems += _encoded(kind, body)
    if problems:
        raise bad(f"{kind.name}: {'; '.join(problems[:10])}")
    return Body(
        columns,
        {
            link.name: _entries(kind, link, body[link.name])
            for link in kind.links.values()
            if link.name in body
        },
    )


def _strange(kind: EntityType, body: Json) -> list[str]:
    known = {*kind.properties, *kind.links, "id"}
    return [
        f"{name[:40]!r} is unknown; there are {', '.join((*kind.properties, *kind.links))}"
        for name in body
        if name not in known and "@iot." not in name
    ]


def _problem(kind: EntityType, name: str, holds: Kind, value: Any) -> str:
    """What is wrong with a value; empty when nothing is."""
    if value is None:
        return f"{name} must not be null" if name in kind.required and name != "result" else ""
    if holds == "text" and not isinstance(value, str):
        return f"{name} must be text, not {value!r:.40}"
    if holds == "object" and not isinstance(value, Mapping):
        return f"{name} must be a JSON object, not {value!r:.40}"
    if name == "unitOfMeasurement" and set(value) < set(_UNIT):
        return f"unitOfMeasurement needs {', '.join(_UNIT)}"
    if holds in ("instant", "interval") and not isinstance(value, str):
        return f"{name} must be a time as 2026-07-01T12:00:00Z, not {value!r:.40}"
    if holds == "instant" and "/" in value:
        return f"{name} must be one time, not an interval"
    return ""


def _encoded(kind: EntityType, body: Json) -> list[str]:
    """GeoJSON must be a geometry that exists; other encodings are kept as they are."""
    for name, holds in kind.properties.items():
        value = body.get(name)
        if holds != "geometry" or value is None:
            continue
        says_geojson = "geo+json" in str(body.get("encodingType", "")) or name == "observedArea"
        if says_geojson and of_geojson(value) is None:
            return [
                f"{name} is no GeoJSON geometry; write "
                '{"type": "Point", "coordinates": [5.04, 47.32]}, longitude first'
            ]
    return []


def _columns(kind: EntityType, name: str, holds: Kind, value: Any) -> dict[str, Any]:
    if (kind.name, name) in INTERVALS:
        start, end = INTERVALS[kind.name, name]
        bounds = (None, None) if value is None else _interval(value)
        return {start: bounds[0], end: bounds[1]}
    if (kind.name, name) in INSTANTS:
        at = None if value is None else to_ms(instant(value))
        return {INSTANTS[kind.name, name]: at}
    if holds == "result":
        return {"result": value, "result_number": _number(value), "result_text": _text(value)}
    if holds == "text":
        return {column(name): value or ""}
    return {column(name): value}


def _interval(text: str) -> tuple[int, int]:
    if "/" not in text:
        time = to_ms(instant(text))
        return time, time
    both = span(text)
    return to_ms(both.start), to_ms(both.end)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _entries(kind: EntityType, link: Link, value: Any) -> tuple["int | Json", ...]:
    if not link.many:
        if isinstance(value, list) or value is None:
            raise bad(f'{kind.name}.{link.name} is one entity: write {{"@iot.id": 1}}')
        return (_entry(kind, link, value),)
    if not isinstance(value, list):
        raise bad(f'{kind.name}.{link.name} is a list: write [{{"@iot.id": 1}}]')
    return tuple(_entry(kind, link, one) for one in value)


def _entry(kind: EntityType, link: Link, value: Any) -> "int | Json":
    if not isinstance(value, Mapping):
        raise bad(f'{kind.name}.{link.name}: write an entity or {{"@iot.id": 1}}')
    if "@iot.id" not in value:
        return value
    id_ = value["@iot.id"]
    if isinstance(id_, bool) or not isinstance(id_, int) or not 0 < id_ < 2**63:
        raise bad(f"{kind.name}.{link.name}: @iot.id {id_!r:.40} is no whole number of ours")
    return id_
