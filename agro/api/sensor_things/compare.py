"""eq, ne, gt, ge, lt and le between values of any kinds that go together.

null: two of them are equal, every other comparison with one is false (OData 4.0, 5.1.1.1). An
interval is before a time when it ends before it, and equals one that lies within it.
"""

import operator
from collections.abc import Callable
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, cast, false, func, not_, or_, true
from sqlalchemy import Text as SqlText

from agro.api.sensor_things.errors import ApiError, bad
from agro.api.sensor_things.parse import instant, span
from agro.api.sensor_things.sql import Dialect, Sql
from agro.api.sensor_things.values import (
    MS,
    NAMES,
    Day,
    Flexible,
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


def _equal(left: Sql, right: Any) -> Sql:
    """Two nulls are equal too; beside a constant, which is none, an index may serve."""
    if not isinstance(right, ColumnElement) or isinstance(right, BindParameter):
        return left == right
    return left == right if isinstance(left, BindParameter) else left.is_not_distinct_from(right)


_Compare = Callable[[Sql, Any], Sql]
_PLAIN: dict[str, _Compare] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_SQL: dict[str, _Compare] = {
    **_PLAIN,
    "eq": _equal,
    "ne": lambda left, right: left.is_distinct_from(right),
}
_MIRRORED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}


def compare(sign: str, left: Value, right: Value, d: Dialect) -> Sql:
    """The condition that these two stand so to each other.

    Raises
    ------
    ApiError  They are of kinds that cannot be compared.
    """
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        return _with_nothing(sign, left, right)
    left, right = _adapted(left, right), _adapted(right, left)
    match left, right:
        case (Number(a), Number(b)):
            return _SQL[sign](a, b)
        case (Text(a), Text(b)):
            return _SQL[sign](d.sortable(a), b)
        case (Instant(), Instant()):
            return _instants(sign, left, right)
        case (Interval() | Instant(), Interval() | Instant()):
            return _intervals(sign, _interval(left), _interval(right), isinstance(right, Instant))
        case (Truth(), Truth()) if sign in ("eq", "ne"):
            return _truths(sign, left, right)
        case (Flexible(), _):
            return _flexible(sign, left, right, d)
        case (_, Flexible()):
            return _flexible(_MIRRORED[sign], right, left, d)
    raise unlike(sign, left, right)


def unlike(sign: str, left: Value, right: Value) -> ApiError:
    """The refusal to compare these."""
    return bad(
        f"{sign} cannot stand between {NAMES[type(left)]} and {NAMES[type(right)]}; "
        "text is written 'so', a time 2026-07-01T12:00:00Z, a number 1.5"
    )


def _with_nothing(sign: str, left: Value, right: Value) -> Sql:
    value = right if isinstance(left, Nothing) else left
    empty = is_null(value)
    if sign in ("eq", "ne"):
        return empty if sign == "eq" else not_(empty)
    return false()


def is_null(value: Value) -> Sql:
    """Whether there is nothing."""
    match value:
        case Nothing():
            return true()
        case Text(sql) | Number(sql) | Instant(sql) | Truth(sql):
            return sql.is_(None)
        case Interval(start, _):
            return start.sql.is_(None)
        case Flexible(kind=kind):
            return kind.is_(None) | (kind == "null")
        case _:
            return false()


def _adapted(value: Value, other: Value) -> Value:
    """Text or a date that the client wrote, as the kind of what it is compared with."""
    if isinstance(value, Text) and value.constant is not None:
        return _from_text(value, value.constant, other)
    if not isinstance(value, Day):
        return value
    if isinstance(other, Instant | Interval):
        return constant_instant(instant(f"{value.text}T00:00:00Z"))
    return Text(cast(value.text, SqlText), value.text)


def _from_text(value: Text, text: str, other: Value) -> Value:
    if isinstance(other, Instant | Interval):
        return constant_interval(span(text)) if "/" in text else constant_instant(instant(text))
    return value


def _interval(value: Instant | Interval) -> Interval:
    return value if isinstance(value, Interval) else Interval(value, value)


def _instants(sign: str, left: Instant, right: Instant) -> Sql:
    if right.constant is not None and left.constant is None and left.per_second != MS:
        return _with_constant(sign, left, right.constant)
    if left.constant is not None and right.constant is None and right.per_second != MS:
        return _with_constant(_MIRRORED[sign], right, left.constant)
    if left.per_second == right.per_second:
        return _SQL[sign](left.sql, right.sql)
    return _SQL[sign](left.ms, right.ms)


def _with_constant(sign: str, column: Instant, ms: int) -> Sql:
    """The comparison in the column's own whole units, so that its index serves."""
    unit = MS // column.per_second
    below, above = ms // unit, -(-ms // unit)
    if sign in ("eq", "ne") and below != above:
        return false() if sign == "eq" else true()
    return _SQL[sign](column.sql, above if sign in ("ge", "lt") else below)


def _intervals(sign: str, left: Interval, right: Interval, with_instant: bool) -> Sql:
    if sign == "lt":
        return _instants("lt" if with_instant else "le", left.end, right.start)
    if sign == "le":
        return _instants("le", left.end, right.end if not with_instant else right.start)
    if sign == "gt":
        return _instants("gt" if with_instant else "ge", left.start, right.end)
    if sign == "ge":
        return _instants("ge", left.start, right.start)
    if with_instant:
        same = and_(
            _instants("le", left.start, right.start), _instants("ge", left.end, right.start)
        )
    else:
        same = and_(_instants("eq", left.start, right.start), _instants("eq", left.end, right.end))
    return same if sign == "eq" else not_(func.coalesce(same, false()))


def _truths(sign: str, left: Truth, right: Truth) -> Sql:
    if right.constant is None and left.constant is not None:
        left, right = right, left
    if right.constant is None:
        same = or_(and_(left.sql, right.sql), and_(not_(left.sql), not_(right.sql)))
        return same if sign == "eq" else not_(same)
    if right.constant == (sign == "eq"):
        return left.sql
    return not_(func.coalesce(left.sql, false()))


def _flexible(sign: str, left: Flexible, right: Value, d: Dialect) -> Sql:
    """Each form of the value with what it can be compared with; other forms are unequal."""
    if sign == "ne":
        return not_(func.coalesce(_flexible("eq", left, right, d), false()))
    if sign == "eq" and getattr(right, "constant", None) is None:
        return or_(_forms(sign, left, right, d), and_(is_null(left), is_null(right)))
    return _forms(sign, left, right, d)


def _forms(sign: str, left: Flexible, right: Value, d: Dialect) -> Sql:
    match right:
        case Number(sql):
            return _PLAIN[sign](left.number, sql)
        case Text(sql, constant):
            return _with_text(sign, left, sql, constant, d)
        case Truth(constant=bool(constant)) if sign == "eq":
            return left.truth == ("true" if constant else "false")
        case Flexible():
            return or_(
                _PLAIN[sign](left.number, right.number),
                _PLAIN[sign](d.sortable(left.text), right.text),
            )
    raise unlike(sign, left, right)


def _with_text(sign: str, left: Flexible, sql: Sql, constant: str | None, d: Dialect) -> Sql:
    """Clients quote numbers too: `result eq '3'` also finds the number 3.

    Beside a quoted number, numbers are before or after it as letters are (`'10' lt '2'`): so asks
    the official suite (`checkQueriesPriorityOrdering`).
    """
    as_text = _PLAIN[sign](d.sortable(left.text), sql)
    try:
        number = float(constant) if constant is not None else None
    except ValueError:
        number = None
    if number is None or number != number or abs(number) == float("inf"):
        return as_text
    if sign == "eq":
        return or_(as_text, left.number == number)
    return or_(as_text, _PLAIN[sign](d.sortable(d.number_text(left.number)), sql))
