"""What an expression of a query is in SQL, with its kind: what can be compared with what.

Instants are integers in the database, `per_second` of them in a second: 1 where we measure, 1000
where clients write. Constants stay exact milliseconds until they meet a column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, literal

from agro.api.sensor_things.sql import Dialect, Sql
from agro.api.sensor_things.syntax import Span

if TYPE_CHECKING:
    from agro.api.sensor_things.sources import Source

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
MS = 1000  # per second


@dataclass(frozen=True, slots=True)
class Text:
    """Letters; `constant` when the client wrote them."""

    sql: Sql
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number without a unit."""

    sql: Sql


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition."""

    sql: Sql
    constant: bool | None = None


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time; `constant` is its milliseconds since 1970 where it is none of a column."""

    sql: Sql
    per_second: int = MS
    constant: int | None = None

    @property
    def ms(self) -> Sql:
        """Milliseconds since 1970."""
        return self.sql if self.per_second == MS else self.sql * (MS // self.per_second)


@dataclass(frozen=True, slots=True)
class Interval:
    """From start to end; both the same for an instant that may also be an interval."""

    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Day:
    """A date that the client wrote: the text of `date(…)`, or midnight in UTC."""

    text: str


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time that the client wrote, ms."""

    ms: int


@dataclass(frozen=True, slots=True)
class Flexible:
    """A value whose kind the row decides, as a result or a place in a JSON document.

    Each of its forms is NULL in the rows where it is of another kind.
    """

    number: Sql
    text: Sql
    truth: Sql
    kind: Sql  # NULL where there is nothing


@dataclass(frozen=True, slots=True)
class Geometry:
    """The geometry of an entity; compared only by the geospatial functions, in Python."""

    source: "Source"
    id: Sql
    keys: tuple[Sql, ...]  # something to sort by


@dataclass(frozen=True, slots=True)
class Geography:
    """A geometry that the client wrote, well-known text."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """The client's `null`."""


Value = (
    Text
    | Number
    | Truth
    | Instant
    | Interval
    | Day
    | Duration
    | Flexible
    | Geometry
    | Geography
    | Nothing
)

NAMES: dict[type, str] = {
    Text: "text",
    Number: "a number",
    Truth: "a condition",
    Instant: "a time",
    Interval: "a time or interval",
    Day: "a date",
    Duration: "a duration",
    Flexible: "a value",
    Geometry: "a geometry",
    Geography: "a geometry",
    Nothing: "null",
}


def to_ms(time: datetime) -> int:
    """Whole milliseconds since 1970 of an aware time."""
    return (time - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """The aware UTC time of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=ms)


def constant_instant(time: datetime | int) -> Instant:
    """An instant that the client wrote."""
    ms = time if isinstance(time, int) else to_ms(time)
    return Instant(literal(ms, BigInteger), MS, ms)


def constant_interval(span: Span) -> Interval:
    """An interval that the client wrote."""
    return Interval(constant_instant(span.start), constant_instant(span.end))


def sort_keys(value: Value, d: Dialect, *, merged: bool) -> Sequence[Sql]:
    """By what rows are sorted when they are sorted by this; nothing for what has no order.

    `merged`: times in milliseconds, whatever the column's unit.
    """
    match value:
        case Text(sql):
            return (d.sortable(sql),)
        case Number(sql) | Truth(sql):
            return (sql,)
        case Instant():
            return (value.ms if merged else value.sql,)
        case Interval(start, end):
            return (start.ms, end.ms) if merged else (start.sql, end.sql)
        case Flexible(number, text):
            return (number, d.sortable(text))
        case Geometry(keys=keys):
            return keys
        case _:
            return ()
