"""What a resource path names: `/Things(1)/Datastreams(2)/Observations`, `/Things(1)/name/$value`.

A path is walked step by step, so that nothing is found by an id that does not belong where it is
asked for.
"""

import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from agro.api.sensor_things.entities import SETS, TYPES, EntityType
from agro.api.sensor_things.errors import bad, missing
from agro.api.sensor_things.read import Found, Within, one, related

LONGEST = 20
"""Steps of a path."""
_SEGMENT = re.compile(r"(?P<name>[A-Za-z]\w*)(?:\((?P<id>[^()]*)\))?")
_ID = re.compile(r"\d{1,18}")

Form = Literal["plain", "$value", "$ref"]


@dataclass(frozen=True, slots=True)
class SetOf:
    """All entities of a kind, or those that a navigation property leads to."""

    kind: EntityType
    within: Within | None
    form: Form = "plain"


@dataclass(frozen=True, slots=True)
class OneOf:
    """A single entity, or a property of it and a place within that."""

    found: Found
    property: tuple[str, ...] = ()
    form: Form = "plain"
    within: Within | None = None


def resolve(c: Connection, path: str) -> SetOf | OneOf:
    """What stands at this path, without the slash in front.

    Raises
    ------
    ApiError  There is nothing.
    """
    segments = path.strip("/").split("/")
    if len(segments) > LONGEST:
        raise bad(f"a path of {len(segments)} steps; at most {LONGEST} are followed")
    form: Form = "plain"
    if segments[-1] in ("$value", "$ref"):
        form = "$value" if segments.pop() == "$value" else "$ref"
    if not segments:
        raise missing()
    at = _step(c, None, segments[0])
    for number, segment in enumerate(segments[1:], start=1):
        if isinstance(at, SetOf):
            raise missing(
                f"{segments[number - 1]} is a set; name one of it, as (1), before {segment}"
            )
        kind = at.found.source.type
        if segment.partition("(")[0] not in kind.links:
            return _property(at.found, tuple(segments[number:]), form)
        at = _step(c, at.found, segment)
    return _formed(at, form)


def _formed(at: SetOf | OneOf, form: Form) -> SetOf | OneOf:
    if form == "plain":
        return at
    if isinstance(at, OneOf) and form == "$ref":
        return OneOf(at.found, (), "$ref")
    if isinstance(at, SetOf) and form == "$ref":
        return SetOf(at.kind, at.within, "$ref")
    raise missing("$value stands after a property, as in Things(1)/name/$value")


def _step(c: Connection, parent: Found | None, segment: str) -> SetOf | OneOf:
    name, id_ = _parts(segment)
    if parent is None:
        if name not in SETS:
            raise missing(f"there is no {name}; there are {', '.join(SETS)}")
        kind, within, many = SETS[name], None, True
    else:
        link = parent.source.type.links[name]
        kind, within, many = TYPES[link.target], Within(parent, name), link.many
    if id_ is not None and many:
        return OneOf(one(c, kind, id_, within))
    if id_ is not None:
        raise missing(f"{name} is a single entity; ask for it without (…)")
    if many:
        return SetOf(kind, within)
    if within is None:
        raise missing()
    return OneOf(related(c, within), within=within)


def _parts(segment: str) -> tuple[str, int | None]:
    found = _SEGMENT.fullmatch(segment)
    if found is None:
        raise missing(f"{segment[:60]!r} is no step of a path")
    if found["id"] is None:
        return found["name"], None
    if _ID.fullmatch(found["id"]) is None:
        raise missing(f"ids are whole numbers, as {found['name']}(1); not {found['id'][:30]!r}")
    return found["name"], int(found["id"])


def _property(found: Found, names: tuple[str, ...], form: Form) -> OneOf:
    kind = found.source.type
    if names[0] not in kind.properties or form == "$ref":
        known = ", ".join((*kind.properties, *kind.links))
        raise missing(f"{kind.name} has no {names[0][:40]!r}; it has {known}")
    return OneOf(found, names, form)
