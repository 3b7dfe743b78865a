"""Reading sets and single entities of both worlds, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    func,
    select,
)

from agro.api.sensor_things import bounds
from agro.api.sensor_things.created import CREATED
from agro.api.sensor_things.entities import EntityType
from agro.api.sensor_things.errors import bad, missing
from agro.api.sensor_things.published import PUBLISHED
from agro.api.sensor_things.sources import Row, Source, World
from agro.api.sensor_things.sql import Dialect
from agro.api.sensor_things.syntax import Options
from agro.api.sensor_things.where import Reading, condition, order_keys

WORLDS: tuple[World, World] = (PUBLISHED, CREATED)
PARENT = "parent_"
"""The parameter of a statement that is executed once for each parent."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entity as it was read, and where from."""

    source: Source
    row: Row

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.row["id"])


@dataclass(frozen=True, slots=True)
class Within:
    """The entities that a navigation property of this one leads to."""

    parent: Found
    link: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a set; `more` when others follow; `count` of the whole set where it was asked."""

    entities: tuple[Found, ...]
    more: bool
    count: int | None = None


def world_of(source: Source) -> World:
    """The world that a source is of."""
    return next(world for world in WORLDS if world[source.type.name].ids == source.ids)


def reading(c: Connection, world: World) -> Reading:
    """How this world is read over this connection."""
    return Reading(c, Dialect(c.dialect.name), world)


def one(c: Connection, kind: EntityType, id_: int, within: Within | None = None) -> Found:
    """The entity of this id.

    Raises
    ------
    ApiError  There is none, or not where it was asked for.
    """
    for world in WORLDS:
        source = world[kind.name]
        if id_ in source.ids and (within is None or source is _target(within)):
            found = _single(c, source, id_, within)
            if found is not None:
                return found
    raise missing(f"there is no {kind.name} of id {id_} here")


def _single(c: Connection, source: Source, id_: int, within: Within | None) -> Found | None:
    alias = source.table.alias()
    query = select(*alias.c).where(source.has(alias, id_))
    if within is not None:
        query = query.where(_belongs(within, alias))
    row = c.execute(query).mappings().first()
    return None if row is None else Found(source, row)


def related(c: Connection, within: Within) -> Found:
    """The one entity that a single navigation property leads to.

    Raises
    ------
    ApiError  There is none.
    """
    source = _target(within)
    alias = source.table.alias()
    row = c.execute(select(*alias.c).where(_belongs(within, alias)).limit(1)).mappings().first()
    if row is None:
        raise missing(f"this {within.parent.source.type.name} has no {within.link}")
    return Found(source, row)


def _target(within: Within) -> Source:
    parent = within.parent.source
    return world_of(parent)[parent.type.links[within.link].target]


def _belongs(within: Within, alias: FromClause) -> ColumnElement[bool]:
    join = within.parent.source.joins[within.link]
    value = bindparam(None, within.parent.row[join.here], type_=_type_of(within.parent, join.here))
    return join.condition(value, alias)


def _type_of(parent: Found, name: str) -> Any:
    return parent.source.table.c[name].type


def page(c: Connection, kind: EntityType, options: Options, within: Within | None = None) -> Page:
    """A page of a set.

    Raises
    ------
    ApiError  An option asks for what there is not.
    """
    sources = [world[kind.name] for world in WORLDS] if within is None else [_target(within)]
    top = size(options)
    count = sum(_count(c, one_, options, within) for one_ in sources) if options.count else None
    if top == 0:
        return Page((), False, count)
    if options.order and len(sources) > 1:
        sources = [one_ for one_ in sources if _any(c, one_)] or sources[:1]
    rows = _in_order(c, sources, options, within, top)
    return Page(tuple(rows[:top]), len(rows) > top, count)


def size(options: Options) -> int:
    """Entities on a page."""
    if options.skip > bounds.MOST_SKIPPED:
        raise bad(f"$skip is at most {bounds.MOST_SKIPPED}; filter, or follow @iot.nextLink")
    return min(bounds.PAGE if options.top is None else options.top, bounds.LARGEST_PAGE)


def _any(c: Connection, source: Source) -> bool:
    return c.execute(select(source.table.c[source.order[0]]).limit(1)).first() is not None


def _in_order(
    c: Connection, sources: Sequence[Source], options: Options, within: Within | None, top: int
) -> list[Found]:
    """The page's entities and one more, if there is one."""
    if options.order and len(sources) > 1:
        return _merged(c, sources, options, top)
    found: list[Found] = []
    skip = options.skip
    for source in sorted(sources, key=lambda one_: one_.ids.start):
        if options.after is not None and options.after >= source.ids.stop:
            continue
        wanted = top + 1 - len(found)
        query = Query(c, source, options, within)
        rows = query.rows(limit=wanted, offset=skip)
        found += [Found(source, row) for row in rows]
        if len(found) > top:
            break
        if skip:
            skip = 0 if rows else max(0, skip - _count(c, source, options, within))
    return found


def _merged(c: Connection, sources: Sequence[Source], options: Options, top: int) -> list[Found]:
    """Both worlds sorted together: the first so many of each are enough."""
    most = options.skip + top + 1
    if most > bounds.MOST_ENTITIES:
        raise bad(f"$orderby over everything reaches {bounds.MOST_ENTITIES} entities; filter first")
    queries = [Query(c, source, options, None, merged=True) for source in sources]
    rows = [(query.source, row) for query in queries for row in query.rows(limit=most, offset=0)]
    for position in reversed(range(len(queries[0].descending))):
        name = f"sort_{position}_"
        rows.sort(
            key=lambda pair: _rank(pair[1][name]),
            reverse=queries[0].descending[position],
        )
    return [Found(source, row) for source, row in rows[options.skip : most]]


def _rank(value: Any) -> tuple[bool, Any]:
    return (False, 0) if value is None else (True, value)


class Query:
    """One set of one world as a statement; executed once, or once for each parent."""

    def __init__(
        self,
        c: Connection,
        source: Source,
        options: Options,
        within: Within | None,
        *,
        parent: tuple[Source, str] | None = None,
        merged: bool = False,
    ) -> None:
        self.c = c
        self.source = source
        self.descending: list[bool] = []
        self._alias = source.table.alias()
        self._conditions: list[ColumnElement[bool]] = []
        self._needed = {
            source.joins[item.link].here for item in options.expand if item.link in source.joins
        }
        if within is not None:
            self._conditions.append(_belongs(within, self._alias))
        if parent is not None:
            join = parent[0].joins[parent[1]]
            key = bindparam(PARENT, type_=parent[0].table.c[join.here].type)
            self._conditions.append(join.condition(key, self._alias))
        how = reading(c, world_of(source))
        if options.filter is not None:
            self._conditions.append(condition(how, source, self._alias, options.filter))
        if options.after is not None and options.after >= source.ids.start:
            given = within is not None and within.parent.source.joins[within.link].there
            first = given == source.order[0]
            self._conditions.append(
                source.comes_after(self._alias, options.after, within_first=first)
            )
        self._order = self._ordered(how, options, merged)

    def _ordered(self, how: Reading, options: Options, merged: bool) -> list[ColumnElement[Any]]:
        keys: list[ColumnElement[Any]] = []
        for order in options.order:
            for key in order_keys(how, self.source, self._alias, order, merged=merged):
                keys.append(key)
                self.descending.append(order.descending)
        return keys

    def rows(
        self, *, limit: int, offset: int, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row]:
        """The rows of a page."""
        return self.c.execute(self.select(limit, offset), parameters or {}).mappings().all()

    def select(self, limit: int, offset: int) -> Select[Any]:
        """The statement of a page."""
        own = self._alias.c
        columns = [
            own[name]
            for name in own.keys()  # noqa: SIM118 - a collection of columns, by name
            if name not in self.source.costly or name in self._needed
        ]
        keys = [key.label(f"sort_{at}_") for at, key in enumerate(self._order)]
        query = select(*columns, *keys).where(*self._conditions).limit(limit).offset(offset)
        for key, descending in zip(self._order, self.descending, strict=True):
            query = query.order_by(_sorted(key, descending))
        return query.order_by(*(own[name] for name in self.source.order))

    def count(self, parameters: Mapping[str, Any] | None = None) -> int:
        """How many there are."""
        query = select(func.count()).select_from(self._alias).where(*self._conditions)
        return int(self.c.execute(query, parameters or {}).scalar_one())


def _sorted(key: ColumnElement[Any], descending: bool) -> ColumnElement[Any]:
    """null is less than everything (OData 4.0, 11.2.5.2); only where there may be one, for the
    index of a column without is of use to PostgreSQL only when nothing is said of them."""
    sorted_ = key.desc() if descending else key.asc()
    if not getattr(key, "nullable", True):
        return sorted_
    return sorted_.nulls_last() if descending else sorted_.nulls_first()


def _count(c: Connection, source: Source, options: Options, within: Within | None) -> int:
    return Query(c, source, Options(filter=options.filter), within).count()
