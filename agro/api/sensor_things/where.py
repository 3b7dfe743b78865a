"""A `$filter` or `$orderby` in SQL, over one source.

A path to another entity becomes a subquery. Conditions that `and` joins speak of the same other
entity: `Datastreams/name eq 'a' and Datastreams/Observations/result gt 3` asks for a thing with
one datastream for which both hold. `or` and `not` begin anew. A path over a single navigation
property becomes `key IN (SELECT …)`, so that an index serves.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Connection,
    Double,
    FromClause,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy import Text as SqlText

from agro.api.sensor_things import functions, syntax
from agro.api.sensor_things.compare import compare
from agro.api.sensor_things.errors import bad
from agro.api.sensor_things.sources import Join, Source, World
from agro.api.sensor_things.sql import Dialect, Sql
from agro.api.sensor_things.values import (
    MS,
    Day,
    Duration,
    Flexible,
    Geography,
    Instant,
    Interval,
    Nothing,
    Number,
    Text,
    Truth,
    Value,
    constant_instant,
    constant_interval,
    sort_keys,
)

IDS = ("id", "@iot.id")
_LONGEST_PATH = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """What every part of a request shares: the connection, its dialect, the world it is in."""

    c: Connection
    d: Dialect
    world: World


@dataclass(slots=True)
class _Scope:
    """One conjunction: the aliases of the entities that its paths lead to."""

    reading: Reading
    source: Source
    alias: FromClause
    aliases: dict[tuple[str, ...], tuple[Source, FromClause]] = field(default_factory=dict)
    conditions: list[tuple[frozenset[str], Sql]] = field(default_factory=list)
    steps: set[str] = field(default_factory=set)

    def follow(self, path: tuple[str, ...]) -> tuple[Source, FromClause]:
        """The source and alias that navigation properties lead to."""
        if not path:
            return self.source, self.alias
        self.steps.add(path[0])
        if path not in self.aliases:
            source, _ = self.follow(path[:-1])
            target = self.reading.world[source.type.links[path[-1]].target]
            self.aliases[path] = (target, target.table.alias())
        return self.aliases[path]

    def add(self, condition: Sql) -> None:
        """Keep a condition, with the first steps of the paths it used."""
        self.conditions.append((frozenset(self.steps), condition))
        self.steps.clear()

    def close(self) -> Sql:
        """All conditions as one, on the alias that the scope began with."""
        grouped: dict[frozenset[str], list[Sql]] = {}
        for steps, condition in self.conditions:
            grouped.setdefault(steps, []).append(condition)
        return and_(*(self._joined(steps, found) for steps, found in grouped.items()))

    def _joined(self, steps: frozenset[str], conditions: list[Sql]) -> Sql:
        if not steps:
            return and_(*conditions)
        reached = {path: self.aliases[path] for path in self.aliases if path[0] in steps}
        if len(steps) == 1:
            (step,) = steps
            return self._keys(self.source.joins[step], (step,), reached, conditions)
        first = min(steps)
        inner = select(literal(1)).select_from(self._from((first,), reached))
        for step in sorted(steps - {first}):
            target = reached[(step,)][1]
            on = self.source.joins[step].between(self.alias, target)
            inner = inner.join_from(reached[(first,)][1], self._from((step,), reached), on)
        on = self.source.joins[first].between(self.alias, reached[(first,)][1])
        return exists(inner.where(on, *conditions).correlate(self.alias))

    def _keys(
        self,
        join: Join,
        first: tuple[str, ...],
        reached: dict[tuple[str, ...], tuple[Source, FromClause]],
        conditions: list[Sql],
    ) -> Sql:
        target = reached[first][1]
        keys = select(target.c[join.there]).select_from(self._from(first, reached))
        keys = keys.where(*conditions)
        own = self.alias.c[join.here]
        if join.pairs is None:
            return own.in_(keys)
        pairs = join.pairs.c
        return own.in_(select(pairs[join.ours]).where(pairs[join.theirs].in_(keys)))

    def _from(
        self,
        first: tuple[str, ...],
        reached: dict[tuple[str, ...], tuple[Source, FromClause]],
    ) -> FromClause:
        found: FromClause = reached[first][1]
        deeper = sorted(path for path in reached if path[0] == first[0] and len(path) > 1)
        for path in sorted(deeper, key=len):
            parent, alias = reached[path[:-1]]
            found = found.join(
                reached[path][1], parent.joins[path[-1]].between(alias, reached[path][1])
            )
        return found


def condition(reading: Reading, source: Source, alias: FromClause, of: syntax.Expression) -> Sql:
    """The condition that a `$filter` sets on this alias.

    Raises
    ------
    ApiError  It names what is not there, or compares what cannot be compared.
    """
    scope = _Scope(reading, source, alias)
    _collect(scope, of)
    return scope.close()


def _collect(scope: _Scope, of: syntax.Expression) -> None:
    if isinstance(of, syntax.Joined) and of.operator == "and":
        for part in of.parts:
            _collect(scope, part)
        return
    if isinstance(of, syntax.Joined):
        scope.add(or_(*(_anew(scope, part) for part in of.parts)))
    elif isinstance(of, syntax.Not):
        scope.add(not_(func.coalesce(_anew(scope, of.of), false())))
    else:
        scope.add(_truth(scope, of))


def _anew(scope: _Scope, of: syntax.Expression) -> Sql:
    return condition(scope.reading, scope.source, scope.alias, of)


def _truth(scope: _Scope, of: syntax.Expression) -> Sql:
    found = _value(scope, of)
    match found:
        case Truth(sql):
            return sql
        case Flexible(truth=truth):
            return truth == "true"
        case Nothing():
            return false()
    raise bad("$filter must be a condition, as `result gt 3`")


def _value(scope: _Scope, of: syntax.Expression) -> Value:
    match of:
        case syntax.Literal(constant):
            return _constant(constant)
        case syntax.Path(names):
            return _property(scope, names)
        case syntax.Call(name, arguments):
            values = [_value(scope, one) for one in arguments]
            return functions.call(scope.reading.c, name, values, scope.reading.d)
        case syntax.Arithmetic(sign, left, right):
            return _arithmetic(sign, _value(scope, left), _value(scope, right), scope.reading.d)
        case syntax.Comparison(sign, left, right):
            return Truth(_comparison(scope, sign, left, right))
        case _:
            return Truth(_anew(scope, of))


def _constant(value: syntax.Constant) -> Value:
    match value:
        case None:
            return Nothing()
        case bool():
            return Truth(literal(value), value)
        case int():
            return Number(literal(value, BigInteger))
        case float():
            return Number(literal(value, Double))
        case str():
            return Text(literal(value, SqlText), value)
        case datetime():
            return constant_instant(value)
        case syntax.Span():
            return constant_interval(value)
        case timedelta():
            return Duration(value // timedelta(milliseconds=1))
        case syntax.Clock(text):
            return Text(literal(text, SqlText), text)
        case syntax.Day(text):
            return Day(text)
        case syntax.Geography(text):
            return Geography(text)


def _comparison(scope: _Scope, sign: str, left: syntax.Expression, right: syntax.Expression) -> Sql:
    if sign == "eq" and isinstance(left, syntax.Path) and isinstance(right, syntax.Literal):
        found = _with_key(scope, left.names, right.value)
        if found is not None:
            return found
    return compare(sign, _value(scope, left), _value(scope, right), scope.reading.d)


def _with_key(scope: _Scope, names: tuple[str, ...], value: syntax.Constant) -> Sql | None:
    """`id eq 5` where the id is made of several columns: the primary key serves."""
    if names[-1] not in IDS or not isinstance(value, int) or isinstance(value, bool):
        return None
    if any(name in IDS for name in names[:-1]) or not _leads(scope, names[:-1]):
        return None
    source, alias = scope.follow(names[:-1])
    if len(source.order) == 1:
        return None
    return source.has(alias, value) if value in source.ids else false()


def _leads(scope: _Scope, names: tuple[str, ...]) -> bool:
    kind = scope.source.type
    for name in names:
        if name not in kind.links:
            return False
        kind = scope.reading.world[kind.links[name].target].type
    return True


def _property(scope: _Scope, names: tuple[str, ...]) -> Value:
    """The value of a path: navigation properties, then a property, then places within it."""
    steps = 0
    kind = scope.source.type
    while steps < len(names) - 1 and names[steps] in kind.links:
        kind = scope.reading.world[kind.links[names[steps]].target].type
        steps += 1
    if steps > _LONGEST_PATH:
        raise bad(f"a path of more than {_LONGEST_PATH} entities: {'/'.join(names)[:80]}")
    path, name, within = names[:steps], names[steps], names[steps + 1 :]
    if name in IDS and not within:
        return _id(scope, path)
    source, alias = scope.follow(path)
    found = _field(source, alias, name, within, scope.reading.d)
    if found is not None:
        return found
    if name in kind.links:
        raise bad(f"{'/'.join(names)} is an entity; name a property of it, as {name}/id")
    known = ", ".join((*kind.properties, *kind.links))
    raise bad(f"{kind.name} has no {'/'.join(names[steps:])[:60]!r}; it has id, {known}")


def _id(scope: _Scope, path: tuple[str, ...]) -> Value:
    """The id of an entity; the one that our own column points to need not be looked up."""
    if path:
        parent = scope.reading.world
        source = scope.source
        for step in path[:-1]:
            source = parent[source.type.links[step].target]
        join = source.joins[path[-1]]
        if join.pairs is None and join.there == "id":
            _, alias = scope.follow(path[:-1])
            return Number(alias.c[join.here])
    _, alias = scope.follow(path)
    return Number(alias.c.id)


def _field(
    source: Source, alias: FromClause, name: str, within: tuple[str, ...], d: Dialect
) -> Value | None:
    if not within:
        make = source.fields.get(name)
        if make is None:
            return Nothing() if name in source.type.properties else None
        return make(alias, d)
    make = source.nested.get(name, {}).get("/".join(within))
    if make is not None:
        return make(alias, d)
    if source.type.properties.get(name) not in ("object", "any", "result"):
        return None
    if name in source.columns:
        return json_at(alias.c[source.columns[name]], within, d)
    return Nothing()  # an object of ours has no such place


def json_at(column: Sql, path: tuple[str, ...], d: Dialect) -> Flexible:
    """What stands at a place of a JSON column."""
    return Flexible(
        d.json_number(column, path),
        d.json_text(column, path),
        d.json_truth(column, path),
        d.json_kind(column, path),
    )


def _arithmetic(sign: str, left: Value, right: Value, d: Dialect) -> Value:
    if sign in ("add", "sub") and isinstance(right, Duration):
        return _shifted(sign, left, right.ms)
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        return Nothing()
    a = cast(functions.number(sign, left), Double)
    b = cast(functions.number(sign, right), Double)
    match sign:
        case "add":
            return Number(a + b)
        case "sub":
            return Number(a - b)
        case "mul":
            return Number(a * b)
        case "div":
            return Number(a / func.nullif(b, 0.0))
        case _:
            return Number(d.modulo(a, b))


def _shifted(sign: str, value: Value, ms: int) -> Value:
    by = ms if sign == "add" else -ms
    if isinstance(value, Interval):
        return Interval(_moved(value.start, by), _moved(value.end, by))
    return _moved(functions.moment(sign, value), by)


def _moved(value: Instant, by: int) -> Instant:
    constant = None if value.constant is None else value.constant + by
    if constant is not None:
        return constant_instant(constant)
    return Instant(value.ms + literal(by, BigInteger), MS)


def order_keys(
    reading: Reading, source: Source, alias: FromClause, order: syntax.Order, *, merged: bool
) -> list[Sql]:
    """The columns to sort by for one part of `$orderby`.

    `merged`: rows of both worlds are sorted together, so times are in milliseconds in both; else
    they stay as the index has them.

    Raises
    ------
    ApiError  It leads to many entities, or to what has no order.
    """
    if isinstance(order.by, syntax.Path):
        return _path_keys(reading, source, alias, order.by.names, merged)
    scope = _Scope(reading, source, alias)
    keys = sort_keys(_value(scope, order.by), reading.d, merged=merged)
    if scope.aliases or not keys:
        raise bad("$orderby takes properties, of this entity or of one that it belongs to")
    return list(keys)


def _path_keys(
    reading: Reading, source: Source, alias: FromClause, names: tuple[str, ...], merged: bool
) -> list[Sql]:
    link = source.type.links.get(names[0])
    if link is None or len(names) == 1:
        value = _property(_Scope(reading, source, alias), names)
        return list(sort_keys(value, reading.d, merged=merged))
    if link.many:
        raise bad(f"$orderby cannot follow {link.name}: there may be many of them")
    target = reading.world[link.target]
    there = target.table.alias()
    on = source.joins[link.name].between(alias, there)
    return [
        select(key).select_from(there).where(on).limit(1).correlate(alias).scalar_subquery()
        for key in _path_keys(reading, target, there, names[1:], merged)
    ]
