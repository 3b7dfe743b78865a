"""From a question to the entities that answer it.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 5.7.2 and 6.4.3.2.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import re2
from sqlalchemy import Connection

from agro.publish.conditions import Condition, condition
from agro.publish.contexts import short_type
from agro.publish.entities import Entity, Representation
from agro.publish.geometry import Geometry, geo_condition
from agro.publish.place import Register
from agro.publish.types import TYPES
from agro.publish.urn import split

DEFAULT_LIMIT: Final = 20
LARGEST_LIMIT: Final = 1_000
_MOST_NAMES: Final = 200
_LARGEST_OFFSET: Final = 1_000_000
_LONGEST_PATTERN: Final = 256  # characters
_PATTERN_BYTES: Final = 1 << 20  # of memory while one is matched
_FORMS: Mapping[str, Representation] = {
    "keyvalues": "simplified",
    "simplified": "simplified",
    "concise": "concise",
    "normalized": "normalized",
}
_OPTIONS = {*_FORMS, "sysattrs", "count"}


@dataclass(frozen=True, slots=True)
class Selector:
    """Some entities: of a type, of an id, or whose ids a pattern matches; empty: any."""

    type: str = ""
    id: str = ""
    pattern: Any = None

    def fits(self, entity: Entity) -> bool:
        """Whether an entity is one of them."""
        if (self.type and entity.type != self.type) or (self.id and entity.id != self.id):
            return False
        return self.pattern is None or self.pattern.search(entity.id) is not None


def id_pattern(text: str) -> Any:
    """A regular expression for ids, of which every search takes time in proportion to its text.

    Raises
    ------
    ValueError  It is none, or too large.
    """
    options = re2.Options()
    options.log_errors, options.max_mem = False, _PATTERN_BYTES
    try:
        if len(text) <= _LONGEST_PATTERN:
            return re2.compile(text, options)
    except (re2.error, UnicodeError) as error:
        raise ValueError(f"idPattern={text[:60]!r} is no regular expression") from error
    raise ValueError(f"idPattern has more than {_LONGEST_PATTERN} characters")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; empty: not narrowed by this."""

    types: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()
    selectors: tuple[Selector, ...] = ()
    attributes: frozenset[str] = frozenset()
    meets: Condition | None = None
    lies: Callable[[Geometry], bool] | None = None
    geo_attribute: str = "location"
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    count: bool = False
    representation: Representation = "normalized"
    with_times: bool = False

    def fits(self, entity: Entity) -> bool:
        """Whether an entity is asked for."""
        if self.ids and entity.id not in self.ids:
            return False
        if self.selectors and not any(one.fits(entity) for one in self.selectors):
            return False
        if self.attributes and not self.attributes.intersection(entity.attributes):
            return False
        if self.lies is not None:
            place = entity.attributes.get(self.geo_attribute)
            if place is None or place.kind != "GeoProperty" or not self.lies(place.value):
                return False
        return self.meets is None or self.meets(entity.attributes)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entities; `count` of all where it was asked for, `has_more` after this page."""

    entities: list[Entity] = field(default_factory=list)
    count: int | None = None
    has_more: bool = False


def wanted(asked: Mapping[str, str]) -> Wanted:
    """The question that query parameters ask.

    Raises
    ------
    ValueError  One of them cannot be read; which one, and what to write.
    """
    options = {one.lower() for one in _names(asked, "options")}
    unknown = sorted(options - _OPTIONS)
    if unknown:
        raise ValueError(f"options={unknown[0]} is unknown; write keyValues, concise or sysAttrs")
    forms = [asked["format"].lower()] if "format" in asked else sorted(options & set(_FORMS))
    if any(one not in _FORMS for one in forms) or len({_FORMS[one] for one in forms}) > 1:
        raise ValueError("one representation at a time: normalized, concise or simplified")
    pattern = asked.get("idPattern", "")
    geo = [asked.get(name, "") for name in ("georel", "geometry", "coordinates")]
    if any(geo) and not all(geo):
        raise ValueError("georel, geometry and coordinates go together")
    return Wanted(
        types=tuple(short_type(one) for one in _names(asked, "type")),
        ids=frozenset(_names(asked, "id")),
        selectors=(Selector(pattern=id_pattern(pattern)),) if pattern else (),
        attributes=frozenset(map(short_type, _names(asked, "attrs"))),
        meets=condition(asked["q"]) if "q" in asked else None,
        lies=geo_condition(*geo) if all(geo) else None,
        geo_attribute=asked.get("geoproperty", "location"),
        limit=whole(asked, "limit", DEFAULT_LIMIT, LARGEST_LIMIT),
        offset=whole(asked, "offset", 0, _LARGEST_OFFSET),
        count="count" in options or asked.get("count") == "true",
        representation=_FORMS[forms[0]] if forms else "normalized",
        with_times="sysattrs" in options,
    )


def _names(asked: Mapping[str, str], parameter: str) -> list[str]:
    names = [one for one in asked.get(parameter, "").split(",") if one]
    if len(names) > _MOST_NAMES:
        raise ValueError(f"{parameter} has more than {_MOST_NAMES} names; ask several times")
    return names


def whole(asked: Mapping[str, str], parameter: str, default: int, most: int) -> int:
    """A parameter that is a whole number from 0 to `most`.

    Raises
    ------
    ValueError  It is none.
    """
    text = asked.get(parameter)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < len(str(most)) + 4):
        raise ValueError(f"{parameter}={text[:20]!r} is no whole number from 0 to {most}")
    if int(text) > most:
        raise ValueError(f"{parameter}={text} is more than {most}; ask page by page")
    return int(text)


def find(c: Connection, here: Register, asked: Wanted) -> Found:
    """The page of entities that is asked for."""
    matching = _matching(c, here, asked)
    if asked.count:
        everything = list(matching)
        page = everything[asked.offset : asked.offset + asked.limit]
        has_more = asked.offset + asked.limit < len(everything)
        return Found(page, len(everything), has_more)
    page = list(islice(matching, asked.offset, asked.offset + asked.limit + 1))
    return Found(page[: asked.limit], None, len(page) > asked.limit)


def _matching(c: Connection, here: Register, asked: Wanted) -> Iterator[Entity]:
    for name in _types(asked):
        for entity in TYPES[name](c, here):
            if asked.fits(entity):
                yield entity


def _types(asked: Wanted) -> list[str]:
    """Only the types that can hold what is asked for."""
    names = asked.types or tuple(TYPES)
    if asked.ids:
        possible = {split(one)[0] for one in asked.ids if split(one)}
        names = tuple(one for one in names if one in possible)
    return [one for one in dict.fromkeys(names) if one in TYPES]
