"""How properties of what we measure are asked for: from a column of a source to a value."""

from sqlalchemy import Double, FromClause, case, cast, null
from sqlalchemy import Text as SqlText

from agro.api.sensor_things.sources import Field
from agro.api.sensor_things.sql import Dialect, Sql
from agro.api.sensor_things.values import Flexible, Instant, Text, Value

NO_TEXT = cast(null(), SqlText)


def text(name: str) -> Field:
    """A column of text."""
    return lambda alias, _d: Text(alias.c[name])


def any_text(name: str) -> Field:
    """Text where a client of the other world may have written anything."""

    def make(alias: FromClause, _d: Dialect) -> Value:
        own = alias.c[name]
        return Flexible(cast(null(), Double), own, NO_TEXT, kind_of(own, "string"))

    return make


def any_number(name: str) -> Field:
    """A number where a client of the other world may have written anything."""

    def make(alias: FromClause, _d: Dialect) -> Value:
        own = alias.c[name]
        return Flexible(own, NO_TEXT, NO_TEXT, kind_of(own, "number"))

    return make


def kind_of(own: Sql, kind: str) -> Sql:
    """The kind of a flexible value, NULL where there is none."""
    return case((own.is_not(None), cast(kind, SqlText)))


def seconds(name: str) -> Field:
    """A column of whole seconds since 1970."""
    return lambda alias, _d: Instant(alias.c[name], 1)


def made_object(column_name: str | None = None) -> Field:
    """A JSON object that we make: nothing equals it; it is null where its column is."""

    def make(alias: FromClause, _d: Dialect) -> Value:
        kind: Sql = cast("object", SqlText)
        if column_name is not None:
            kind = case((alias.c[column_name].is_not(None), kind))
        return Flexible(cast(null(), Double), NO_TEXT, NO_TEXT, kind)

    return make


def constant(value: str) -> Field:
    """The same text for every entity."""
    return lambda _alias, _d: Text(cast(value, SqlText), value)
