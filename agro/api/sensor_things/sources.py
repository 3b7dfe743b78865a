"""Where entities of a kind are read from: one table or query of the store, and how it is read.

There are two worlds that never link to each other: what we measure (`published`) and what clients
wrote (`created`). Each has a source for every kind. The ids of a kind tell the worlds apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    RowMapping,
    Table,
    and_,
    exists,
    literal,
    select,
    tuple_,
)

from agro.api.sensor_things.entities import EntityType
from agro.api.sensor_things.sql import Dialect, Sql
from agro.api.sensor_things.values import Value

Row = RowMapping
Field = Callable[[FromClause, Dialect], Value]


@dataclass(frozen=True, slots=True)
class Join:
    """How a navigation property is followed: our column and theirs, or a table of pairs.

    `narrow` is a condition that holds anyway and lets the database begin with an index.
    """

    here: str
    there: str
    pairs: Table | None = None
    ours: str = ""
    theirs: str = ""
    narrow: Callable[[FromClause, Sql], Sql] | None = None

    def condition(self, value: Sql, target: FromClause) -> Sql:
        """That a target belongs to whoever has this value in the column `here`."""
        if self.pairs is not None:
            pairs = self.pairs.c
            leads = select(pairs[self.theirs]).where(pairs[self.ours] == value)
            return target.c[self.there].in_(leads)
        found = target.c[self.there] == value
        return found if self.narrow is None else and_(self.narrow(target, value), found)

    def between(self, source: FromClause, target: FromClause) -> Sql:
        """That these two belong together."""
        if self.pairs is None:
            return source.c[self.here] == target.c[self.there]
        pairs = self.pairs.c
        return exists().where(
            pairs[self.ours] == source.c[self.here], pairs[self.theirs] == target.c[self.there]
        )


def _one(id_: int) -> tuple[int, ...]:
    return (id_,)


@dataclass(frozen=True, slots=True)
class Source:
    """The entities of a kind in one of the worlds.

    `order` are the columns of the primary key, by which a set is sorted unless asked otherwise;
    `key` gives their values for an id. `costly` columns are read only when they are needed.
    `nested` are the places within a property that we compute, `columns` the JSON of the others.
    """

    type: EntityType
    table: FromClause
    fields: Mapping[str, Field]
    joins: Mapping[str, Join]
    render: Callable[[Row], dict[str, Any]]
    ids: range
    nested: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)  # of properties kept as JSON
    order: tuple[str, ...] = ("id",)
    key: Callable[[int], tuple[int, ...]] = _one
    costly: frozenset[str] = frozenset()
    geometry: Callable[[FromClause], Sequence[Sql]] | None = None
    geojson: Callable[..., Any] = lambda value: value  # of what `geometry` selects

    def has(self, alias: FromClause, id_: int) -> Sql:
        """That the entity is the one of this id."""
        return and_(
            *(
                alias.c[name] == literal(value, BigInteger)
                for name, value in zip(self.order, self.key(id_), strict=True)
            )
        )

    def comes_after(self, alias: FromClause, id_: int, *, within_first: bool) -> Sql:
        """That the entity follows the one of this id; `within_first`: the first key is given."""
        names, values = self.order, self.key(id_)
        if within_first:
            names, values = names[1:], values[1:]
        bound = [literal(value, BigInteger) for value in values]
        if len(names) == 1:
            return alias.c[names[0]] > bound[0]
        return tuple_(*(alias.c[name] for name in names)) > tuple_(*bound)

    def geometries(self, c: Connection, most: int) -> list[tuple[int, Any]]:
        """Id and GeoJSON of each entity, no more than so many."""
        if self.geometry is None:
            return []
        alias = self.table.alias()
        rows = c.execute(select(alias.c.id, *self.geometry(alias)).limit(most))
        return [(row[0], self.geojson(*row[1:])) for row in rows]


World = Mapping[str, Source]
