"""What the query options say, as a tree."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as the client wrote it, to be compared with `time(…)`."""

    text: str


@dataclass(frozen=True, slots=True)
class Day:
    """A date as the client wrote it, to be compared with `date(…)` or with an instant."""

    text: str


@dataclass(frozen=True, slots=True)
class Geography:
    """A geometry in well-known text, longitude first."""

    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end`."""

    start: datetime
    end: datetime


Constant = str | float | bool | datetime | Span | timedelta | Clock | Day | Geography | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that the client wrote."""

    value: Constant


@dataclass(frozen=True, slots=True)
class Path:
    """A property, maybe of another entity: `Datastream/Thing/name`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the standard."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """add, sub, mul, div or mod."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Comparison:
    """eq, ne, gt, ge, lt or le."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    of: "Expression"


@dataclass(frozen=True, slots=True)
class Joined:
    """Several, of which all or any must hold."""

    operator: OneOf["and", "or"]
    parts: tuple["Expression", ...]


Expression = Literal | Path | Call | Arithmetic | Comparison | Not | Joined


@dataclass(frozen=True, slots=True)
class Order:
    """By what to sort."""

    by: Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Options:
    """What a set is asked for; `select` empty = everything, `top` None = a page."""

    filter: Expression | None = None
    order: tuple[Order, ...] = ()
    select: tuple[str, ...] = ()
    expand: tuple["Expand", ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    after: int | None = None  # the last id of the page before
    words: tuple[tuple[str, str], ...] = ()  # of an expanded set, as the client wrote them


@dataclass(frozen=True, slots=True)
class Expand:
    """A navigation property to be answered in line."""

    link: str
    options: Options = field(default_factory=Options)
