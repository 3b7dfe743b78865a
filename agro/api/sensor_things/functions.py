"""The functions of OGC 18-088, table 26, and of the intervals: from values to a value."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Double, and_, case, cast, false, func, literal, or_
from sqlalchemy import Text as SqlText

from agro.api.sensor_things import geography
from agro.api.sensor_things.compare import compare
from agro.api.sensor_things.errors import ApiError, bad
from agro.api.sensor_things.parse import instant, span
from agro.api.sensor_things.sql import PARTS, Dialect, Sql
from agro.api.sensor_things.values import (
    NAMES,
    Flexible,
    Geography,
    Geometry,
    Instant,
    Interval,
    Nothing,
    Number,
    Text,
    Truth,
    Value,
    constant_instant,
    constant_interval,
)
from agro.config import now

_Arguments = Sequence[Value]
_Function = Callable[[str, _Arguments, Dialect], Value]


def call(c: Connection, name: str, arguments: _Arguments, d: Dialect) -> Value:
    """The value of a function.

    Raises
    ------
    ApiError  There is no such function, or it takes other arguments.
    """
    if name in _SPATIAL:
        return _spatial(c, name, arguments, d)
    if name not in _FUNCTIONS:
        known = ", ".join(sorted({*_FUNCTIONS, *_SPATIAL}))
        raise bad(f"there is no function {name[:40]!r}; there are {known}")
    counts, function = _FUNCTIONS[name]
    if any(isinstance(one, Nothing) for one in arguments):
        return Nothing()  # of nothing follows nothing
    if len(arguments) not in counts:
        raise bad(f"{name} takes {' or '.join(map(str, counts))} arguments, not {len(arguments)}")
    return function(name, arguments, d)


def _wrong(name: str, value: Value, wanted: str) -> ApiError:
    return bad(f"{name} takes {wanted} here, not {NAMES[type(value)]}")


def text(name: str, value: Value) -> Sql:
    """The text of an argument."""
    match value:
        case Text(sql):
            return sql
        case Flexible(text=sql):
            return sql
    raise _wrong(name, value, "text")


def number(name: str, value: Value) -> Sql:
    """The number of an argument."""
    match value:
        case Number(sql):
            return sql
        case Flexible(number=sql):
            return sql
    raise _wrong(name, value, "a number")


def moment(name: str, value: Value) -> Instant:
    """The instant of an argument; of an interval, its start."""
    match value:
        case Instant():
            return value
        case Interval(start, _):
            return start
        case Text(_, constant) if constant is not None:
            return constant_instant(instant(constant))
    raise _wrong(name, value, "a time")


def interval(name: str, value: Value) -> Interval:
    """The interval of an argument; an instant is one without length."""
    match value:
        case Interval():
            return value
        case Text(_, constant) if constant is not None and "/" in constant:
            return constant_interval(span(constant))
    point = moment(name, value)
    return Interval(point, point)


# Text


def _contains(name: str, arguments: _Arguments, d: Dialect) -> Value:
    whole, part = (text(name, one) for one in arguments)
    return Truth(d.position(whole, part) > 0)


def _substringof(name: str, arguments: _Arguments, d: Dialect) -> Value:
    return _contains(name, arguments[::-1], d)


def _startswith(name: str, arguments: _Arguments, _d: Dialect) -> Value:
    whole, part = (text(name, one) for one in arguments)
    return Truth(func.substr(whole, 1, func.length(part)) == part)


def _endswith(name: str, arguments: _Arguments, d: Dialect) -> Value:
    whole, part = (text(name, one) for one in arguments)
    return Truth(d.ends(whole, part))


def _length(name: str, arguments: _Arguments, _d: Dialect) -> Value:
    return Number(func.length(text(name, arguments[0])))


def _indexof(name: str, arguments: _Arguments, d: Dialect) -> Value:
    whole, part = (text(name, one) for one in arguments)
    return Number(d.position(whole, part) - 1)


def _substring(name: str, arguments: _Arguments, d: Dialect) -> Value:
    bounds = [_not_below_zero(d.whole(number(name, one))) for one in arguments[1:]]
    return Text(func.substr(text(name, arguments[0]), bounds[0] + 1, *bounds[1:]))


def _not_below_zero(sql: Sql) -> Sql:
    return case((sql < 0, 0), else_=sql)


def _folded(name: str, arguments: _Arguments, d: Dialect) -> Value:
    fold = d.lower if name == "tolower" else d.upper
    return Text(fold(text(name, arguments[0])))


def _trim(name: str, arguments: _Arguments, _d: Dialect) -> Value:
    return Text(func.trim(text(name, arguments[0])))


def _concat(name: str, arguments: _Arguments, _d: Dialect) -> Value:
    left, right = (cast(text(name, one), SqlText) for one in arguments)
    return Text(left.concat(right))


# Numbers


def _rounded(name: str, arguments: _Arguments, d: Dialect) -> Value:
    round_ = {"round": d.round, "floor": d.floor, "ceiling": d.ceiling}[name]
    return Number(round_(cast(number(name, arguments[0]), Double)))


# Times


def _part(name: str, arguments: _Arguments, d: Dialect) -> Value:
    found = d.part(name, moment(name, arguments[0]).ms)
    return Text(found) if name in ("date", "time") else Number(found)


def _offset(name: str, arguments: _Arguments, _d: Dialect) -> Value:
    moment(name, arguments[0])
    return Number(literal(0))  # we answer every time in UTC


def _constant(time: Callable[[], datetime], _name: str, _a: _Arguments, _d: Dialect) -> Value:
    return constant_instant(time())


def _apart(name: str, arguments: _Arguments, d: Dialect) -> Value:
    """The relations of two intervals (Allen 1983), as 18-088 and its servers name them."""
    a, b = (interval(name, one) for one in arguments)

    def is_(sign: str, one: Instant, other: Instant) -> Sql:
        return compare(sign, one, other, d)

    found: dict[str, Sql] = {
        "before": is_("lt", a.end, b.start),
        "after": is_("gt", a.start, b.end),
        "meets": or_(is_("eq", a.end, b.start), is_("eq", a.start, b.end)),
        "during": and_(is_("ge", a.start, b.start), is_("le", a.end, b.end)),
        "overlaps": and_(is_("le", a.start, b.end), is_("ge", a.end, b.start)),
        "starts": is_("eq", a.start, b.start),
        "finishes": is_("eq", a.end, b.end),
    }
    return Truth(found[name])


_ONE, _TWO = (1,), (2,)
_FUNCTIONS: Mapping[str, tuple[tuple[int, ...], _Function]] = {
    "substringof": (_TWO, _substringof),
    "contains": (_TWO, _contains),
    "startswith": (_TWO, _startswith),
    "endswith": (_TWO, _endswith),
    "length": (_ONE, _length),
    "indexof": (_TWO, _indexof),
    "substring": ((2, 3), _substring),
    "tolower": (_ONE, _folded),
    "toupper": (_ONE, _folded),
    "trim": (_ONE, _trim),
    "concat": (_TWO, _concat),
    **dict.fromkeys(("round", "floor", "ceiling"), (_ONE, _rounded)),
    **dict.fromkeys(PARTS, (_ONE, _part)),
    "totaloffsetminutes": (_ONE, _offset),
    "now": ((0,), partial(_constant, now)),
    "mindatetime": ((0,), partial(_constant, lambda: datetime(1, 1, 1, tzinfo=UTC))),
    "maxdatetime": ((0,), partial(_constant, lambda: datetime(9999, 12, 31, tzinfo=UTC))),
    **dict.fromkeys(
        ("before", "after", "meets", "during", "overlaps", "starts", "finishes"), (_TWO, _apart)
    ),
}

# Places

_SPATIAL = {*geography.RELATIONS, "geo.distance", "geo.length", "st_relate"}


def _spatial(c: Connection, name: str, arguments: _Arguments, d: Dialect) -> Value:
    """A geospatial function of one property and, unless it is a length, one written geometry."""
    if any(isinstance(one, Nothing) for one in arguments):
        return Nothing() if name in ("geo.length", "geo.distance") else Truth(false())
    if name == "geo.length":
        if len(arguments) != 1 or not isinstance(arguments[0], Geometry):
            raise bad("geo.length takes one geometry: location, feature or observedArea")
        return _measure(c, arguments[0], lambda place: _length_of(place), d)
    property_, other, swapped = _sides(name, arguments)
    if name == "geo.distance":
        return _measure(c, property_, lambda place: float(place.distance(other)), d)
    relate = geography.RELATIONS.get(name) or _pattern(arguments)

    def holds(place: BaseGeometry) -> bool:
        return relate(other, place) if swapped else relate(place, other)

    found = geography.related(c, property_.source, holds)
    return Truth(property_.id.in_(found) if found else false())


def _length_of(place: BaseGeometry) -> float:
    """Of a line; points and areas have none."""
    return float(shapely.length(place)) if "Line" in place.geom_type else 0.0


def _pattern(arguments: _Arguments) -> Callable[[BaseGeometry, BaseGeometry], bool]:
    match arguments[2:]:
        case [Text(_, str(pattern))] if len(pattern) == 9 and set(pattern) <= set("TF*012"):
            return lambda a, b: bool(shapely.relate_pattern(a, b, pattern))
    raise bad("st_relate takes two geometries and nine of T, F, *, 0, 1, 2, as 'T*F**F***'")


def _sides(name: str, arguments: _Arguments) -> tuple[Geometry, BaseGeometry, bool]:
    wanted = 3 if name == "st_relate" else 2
    match arguments[:2]:
        case [Geometry() as property_, Geography(written)] if len(arguments) == wanted:
            return property_, geography.written(written), False
        case [Geography(written), Geometry() as property_] if len(arguments) == wanted:
            return property_, geography.written(written), True
    raise bad(
        f"{name} takes a property and a geometry: {name}(location, geography'POINT(5.04 47.32)')"
    )


def _measure(
    c: Connection, property_: Geometry, measure: Callable[[BaseGeometry], float], d: Dialect
) -> Value:
    measures = geography.measured(c, property_.source, measure)
    return Number(d.looked_up(measures, property_.id))
