"""What SQLite and PostgreSQL say differently: text, numbers, times and JSON.

SQLite's own functions fold only ASCII and know no `floor`; it is given ours, which are Python's.
Instants reach the functions here as milliseconds since 1970.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    type_coerce,
)

Sql = ColumnElement[Any]
_JsonType = type[Text] | type[Double[float]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_799_999  # the years 1 and 9999, ms


def prepare(c: Connection) -> None:
    """Give SQLite the functions that it lacks; PostgreSQL has them."""
    if c.dialect.name == "sqlite":
        raw: Any = c.connection.driver_connection
        for name, (count, function) in _FUNCTIONS.items():
            raw.create_function(name, count, function, deterministic=True)


def _on_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, NULL where an argument is NULL or it has no result."""

    def of(*arguments: Any) -> Any:
        if any(one is None for one in arguments):
            return None
        try:
            return function(*arguments)
        except (ValueError, OverflowError, ArithmeticError, TypeError, AttributeError):
            return None

    return of


def _at(ms: float) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def _rounded(number: float) -> float:
    return math.copysign(math.floor(abs(number) + 0.5), number)


_PARTS: Mapping[str, Callable[[float], Any]] = {
    "year": lambda ms: _at(ms).year,
    "month": lambda ms: _at(ms).month,
    "day": lambda ms: _at(ms).day,
    "hour": lambda ms: _at(ms).hour,
    "minute": lambda ms: _at(ms).minute,
    "second": lambda ms: _at(ms).second,
    "fractionalseconds": lambda ms: (ms % 1000) / 1000,
    "date": lambda ms: f"{_at(ms):%Y-%m-%d}".rjust(10, "0"),
    "time": lambda ms: f"{_at(ms):%H:%M:%S}.{int(ms % 1000):03d}",
}
PARTS = tuple(_PARTS)

_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "sta_lower": (1, _on_values(lambda text: str(text).lower())),
    "sta_upper": (1, _on_values(lambda text: str(text).upper())),
    "sta_floor": (1, _on_values(lambda number: float(math.floor(number)))),
    "sta_ceiling": (1, _on_values(lambda number: float(math.ceil(number)))),
    "sta_round": (1, _on_values(_rounded)),
    "sta_mod": (2, _on_values(math.fmod)),
    **{f"sta_{part}": (1, _on_values(function)) for part, function in _PARTS.items()},
}
# How PostgreSQL writes a part of a timestamp in UTC.
_FORMATS = {"date": "YYYY-MM-DD", "time": "HH24:MI:SS.MS"}


class Dialect:
    """The words of one database."""

    def __init__(self, name: str) -> None:
        self.postgresql = name == "postgresql"

    def lower(self, text: Sql) -> Sql:
        """Small letters."""
        return func.lower(text) if self.postgresql else func.sta_lower(text)

    def upper(self, text: Sql) -> Sql:
        """Capital letters."""
        return func.upper(text) if self.postgresql else func.sta_upper(text)

    def position(self, text: Sql, part: Sql) -> Sql:
        """Where the part begins, 1 = at the first letter; 0 when it is not in the text."""
        return func.strpos(text, part) if self.postgresql else func.instr(text, part)

    def ends(self, text: Sql, part: Sql) -> Sql:
        """Whether the text ends with the part."""
        length = func.length(part)
        tail = func.substr(text, func.length(text) - length + 1)
        return (func.length(text) >= length) & (tail == part)

    def sortable(self, text: Sql) -> Sql:
        """The text, to be sorted and compared by its code points in both databases."""
        return text.collate("C") if self.postgresql else text

    def number_text(self, number: Sql) -> Sql:
        """The number as it is written, a whole one without its point."""
        return cast(number, Text) if self.postgresql else func.printf("%.15g", number)

    def floor(self, number: Sql) -> Sql:
        """The next whole number below."""
        return func.floor(number) if self.postgresql else func.sta_floor(number)

    def ceiling(self, number: Sql) -> Sql:
        """The next whole number above."""
        return func.ceil(number) if self.postgresql else func.sta_ceiling(number)

    def round(self, number: Sql) -> Sql:
        """The nearest whole number; a half is rounded away from zero (OData 4.0, 5.1.1.9)."""
        if not self.postgresql:
            return func.sta_round(number)
        return func.sign(number) * func.floor(func.abs(number) + 0.5)

    def modulo(self, number: Sql, by: Sql) -> Sql:
        """The remainder, with the sign of the dividend."""
        if not self.postgresql:
            return func.sta_mod(number, by)
        divisor = func.nullif(by, 0.0)
        return number - divisor * func.trunc(number / divisor)

    def part(self, name: str, ms: Sql) -> Sql:
        """Year, month, …, date or time of an instant in UTC."""
        if not self.postgresql:
            found: Sql = getattr(func, f"sta_{name}")(ms)
            return found
        if name == "fractionalseconds":
            return (cast(ms, Double) - func.floor(ms / 1000.0) * 1000.0) / 1000.0
        bounded = func.least(func.greatest(ms, _EARLIEST), _LATEST)
        time = func.timezone("UTC", func.to_timestamp(cast(bounded, Double) / 1000.0))
        if name in _FORMATS:
            return func.to_char(time, _FORMATS[name])
        return func.floor(cast(func.date_part(name, time), Double))

    def whole(self, number: Sql) -> Sql:
        """The number as an integer, as text functions want it."""
        return cast(number, Integer)

    def json_text(self, column: Sql, path: Sequence[str]) -> Sql:
        """The text at a place of a JSON document; NULL when there is none."""
        return self._json(column, path, ("string", "text"), Text)

    def json_number(self, column: Sql, path: Sequence[str]) -> Sql:
        """The number at a place of a JSON document; NULL when there is none."""
        return self._json(column, path, ("number", "integer", "real"), Double)

    def json_truth(self, column: Sql, path: Sequence[str]) -> Sql:
        """ "true" or "false" at a place of a JSON document; NULL when there is neither."""
        if self.postgresql:
            return self._json(column, path, ("boolean",), Text)
        kind = self.json_kind(column, path)
        return case((kind.in_(("true", "false")), kind), else_=null())

    def json_root(self, column: Sql) -> Sql:
        """A whole JSON document as text; of a JSON text, only its letters."""
        plain = type_coerce(column, Text)
        if self.postgresql:
            return plain.op("#>>")(cast(literal("{}", Text), ARRAY(Text)))
        return func.json_extract(plain, "$", type_=Text())

    def json_kind(self, column: Sql, path: Sequence[str]) -> Sql:
        """What stands at a place of a JSON document; NULL when nothing does."""
        plain = type_coerce(column, Text)
        if self.postgresql:
            return func.json_typeof(func.json_extract_path(plain, *path) if path else plain)
        return func.json_type(plain, _place(path))

    def _json(
        self,
        column: Sql,
        path: Sequence[str],
        kinds: tuple[str, ...],
        type_: type[Text] | type[Double[float]],
    ) -> Sql:
        plain = type_coerce(column, Text)
        if self.postgresql:
            text = func.json_extract_path_text(plain, *path) if path else cast(plain, Text)
            found: Sql = cast(text, type_)
        else:
            found = func.json_extract(plain, _place(path), type_=type_())
        return case((self.json_kind(column, path).in_(kinds), found), else_=null())

    def looked_up(self, numbers: Mapping[int, float], key: Sql) -> Sql:
        """The number that stands here for this key; NULL when none does."""
        table, name = literal(json.dumps(numbers), Text), cast(key, Text)
        if self.postgresql:
            return cast(func.json_extract_path_text(cast(table, JSON), name), Double)
        place = literal('$."', Text).concat(name).concat(literal('"', Text))
        return func.json_extract(table, place, type_=Double())


def _place(path: Sequence[str]) -> str:
    return "$" + "".join(f'."{name}"' for name in path)
