"""The words of a query option into its tree, by the grammar beside this file.

Lark rather than `odata-query`: that one knows neither the functions of SensorThings
(`substringof`, `st_…`), nor intervals, nor the options inside `$expand=…(…)`.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path as File
from typing import Any

from lark import Lark, Token, Transformer, Tree, v_args
from lark.exceptions import LarkError, UnexpectedInput, VisitError
from lark.tree import Meta

from agro.api.sensor_things import syntax
from agro.api.sensor_things.errors import ApiError, bad
from agro.api.sensor_things.syntax import Expand, Expression, Literal, Options, Order, Path

LONGEST = 8_000
"""Characters of an option; longer ones are refused before they are read."""
DEEPEST = 100
"""Levels of a tree; and terms of one sum or product."""
_BIGGEST = 2**63 - 1
_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def parse_filter(text: str) -> Expression:
    """The tree of a `$filter`."""
    found: Expression = _parse("filter", "$filter", text)
    return found


def parse_order(text: str) -> tuple[Order, ...]:
    """What a `$orderby` names, in order."""
    found: tuple[Order, ...] = _parse("orderby", "$orderby", text)
    return found


def parse_select(text: str) -> tuple[str, ...]:
    """The properties that a `$select` names."""
    found: tuple[str, ...] = _parse("select", "$select", text)
    return found


def parse_expand(text: str) -> tuple[Expand, ...]:
    """What an `$expand` names, each navigation property once."""
    found: tuple[Expand, ...] = _parse("expand", "$expand", text)
    return found


def instant(text: str) -> datetime:
    """An aware UTC time of its ISO 8601 form.

    Raises
    ------
    ApiError  It is none, or names no time zone.
    """
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad(f"{text!r} is no time: {error}; write 2026-07-01T12:00:00Z") from error
    raise bad(f"{text!r} names no time zone; write 2026-07-01T12:00:00Z")


def span(text: str) -> syntax.Span:
    """From and to of an ISO 8601 interval of two times.

    Raises
    ------
    ApiError  It is none, or ends before it starts.
    """
    start, _, end = text.partition("/")
    found = syntax.Span(instant(start), instant(end))
    if found.end < found.start:
        raise bad(f"{text!r} ends before it starts; write the earlier time first")
    return found


def _parse(start: str, option: str, text: str) -> Any:
    if len(text) > LONGEST:
        raise bad(f"{option} has {len(text)} characters; at most {LONGEST} are read")
    try:
        tree = _grammar(start).parse(text)
        _bounded(option, tree)
        return _Tree(text).transform(tree)
    except UnexpectedInput as error:
        at = error.column - 1 if error.column and error.column > 0 else len(text)
        near = text[at : at + 30] or "its end"
        raise bad(f"{option} cannot be read at character {at + 1}, near {near!r}") from error
    except VisitError as error:
        if isinstance(error.orig_exc, ApiError):
            raise error.orig_exc from error
        raise
    except LarkError as error:
        raise bad(f"{option} cannot be read: {text[:100]!r}") from error


def _bounded(option: str, tree: Tree[Token]) -> None:
    """Refuse what is nested so deep that reading it would exhaust us."""
    level: list[Tree[Token]] = [tree]
    for _ in range(DEEPEST):
        level = [part for one in level for part in one.children if isinstance(part, Tree)]
        if not level:
            return
    raise bad(f"{option} is nested more than {DEEPEST} deep; write it flatter")


@cache
def _grammar(start: str) -> Lark:
    source = (File(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(
        source, parser="lalr", start=start, maybe_placeholders=False, propagate_positions=True
    )


def merge(first: Options, second: Options) -> Options:
    """Two mentions of one navigation property: what both expand; the later says the rest."""
    expand = once((*first.expand, *second.expand))
    base = second if second != Options(expand=second.expand, words=second.words) else first
    words = [pair for pair in base.words if pair[0] != "$expand"]
    both = [text for name, text in (*first.words, *second.words) if name == "$expand"]
    if both:
        words.append(("$expand", ",".join(both)))
    return replace(base, expand=expand, words=tuple(words))


def once(items: tuple[Expand, ...]) -> tuple[Expand, ...]:
    """Each navigation property once: `Datastreams/Sensor,Datastreams/Thing` is one item."""
    found: dict[str, Expand] = {}
    for item in items:
        there = found.get(item.link)
        found[item.link] = (
            item if there is None else Expand(item.link, merge(there.options, item.options))
        )
    return tuple(found.values())


def _chain(operator: Callable[[str, Expression, Expression], Expression]) -> Any:
    def fold(_self: object, parts: list[Any]) -> Expression:
        if len(parts) > DEEPEST:
            raise bad(f"more than {DEEPEST} terms in one sum; write it shorter")
        left: Expression = parts[0]
        for sign, right in zip(parts[1::2], parts[2::2], strict=True):
            left = operator(str(sign), left, right)
        return left

    return fold


class _Tree(Transformer[Token, Any]):
    """Turns lark's tree into ours, from the leaves up; `text` is what was parsed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    sum = _chain(syntax.Arithmetic)
    product = _chain(syntax.Arithmetic)
    comparison = _chain(syntax.Comparison)

    def filter(self, parts: list[Expression]) -> Expression:
        return parts[0]

    def or_(self, parts: list[Expression]) -> Expression:
        return syntax.Joined("or", tuple(parts))

    def and_(self, parts: list[Expression]) -> Expression:
        return syntax.Joined("and", tuple(parts))

    def not_(self, parts: list[Expression]) -> Expression:
        return syntax.Not(parts[0])

    def negative(self, parts: list[Expression]) -> Expression:
        return syntax.Arithmetic("sub", Literal(0.0), parts[0])

    def call(self, parts: list[Any]) -> Expression:
        return syntax.Call(str(parts[0]), tuple(parts[1:]))

    def path(self, parts: list[Token]) -> Path:
        return Path(tuple(str(part) for part in parts))

    def interval(self, parts: list[Token]) -> Literal:
        return Literal(span(parts[0]))

    def datetime(self, parts: list[Token]) -> Literal:
        return Literal(instant(parts[0]))

    def date(self, parts: list[Token]) -> Literal:
        instant(f"{parts[0]}T00:00:00Z")  # that there is such a day
        return Literal(syntax.Day(str(parts[0])))

    def clock(self, parts: list[Token]) -> Literal:
        whole, _, rest = str(parts[0]).partition(".")
        return Literal(syntax.Clock(f"{whole}.{rest[:3]:0<3}"))

    def duration(self, parts: list[Token]) -> Literal:
        return Literal(_duration(str(parts[0])[len("duration'") : -1]))

    def geography(self, parts: list[Token]) -> Literal:
        return Literal(syntax.Geography(str(parts[0])[len("geography'") : -1]))

    def string(self, parts: list[Token]) -> Literal:
        return Literal(str(parts[0])[1:-1].replace("''", "'"))

    def number(self, parts: list[Token]) -> Literal:
        number = float(parts[0])
        if abs(number) == float("inf"):
            raise bad(f"{parts[0]} is too large a number")
        whole = int(parts[0]) if str(parts[0]).isdigit() else number
        return Literal(whole if abs(whole) <= _BIGGEST else number)

    def true(self, _parts: list[Token]) -> Literal:
        return Literal(True)

    def false(self, _parts: list[Token]) -> Literal:
        return Literal(False)

    def null(self, _parts: list[Token]) -> Literal:
        return Literal(None)

    def orderby(self, parts: list[Order]) -> tuple[Order, ...]:
        return tuple(parts)

    def order(self, parts: list[Any]) -> Order:
        return Order(parts[0], len(parts) > 1 and parts[1].lower() == "desc")

    def select(self, parts: list[Path]) -> tuple[str, ...]:
        return tuple(part.names[0] for part in parts)

    def expand(self, parts: list[Expand]) -> tuple[Expand, ...]:
        return once(tuple(parts))

    def item(self, parts: list[Any]) -> Expand:
        options, words = Options(), []
        for name, value, text in parts[1:]:
            options = replace(options, **{name: value})
            words.append(text)
        names = parts[0].names
        found = Expand(names[-1], replace(options, words=tuple(words)))
        written = names[-1] + (f"({';'.join(map('='.join, words))})" if words else "")
        for name in reversed(names[:-1]):
            found = Expand(name, Options(expand=(found,), words=(("$expand", written),)))
            written = f"{name}/{written}"
        return found

    @v_args(meta=True)
    def option(self, meta: Meta, parts: list[Any]) -> tuple[str, Any, tuple[str, str]]:
        (value,) = parts
        name = "filter"
        if isinstance(value, tuple) and value:
            name = {Order: "order", str: "select", Expand: "expand"}[type(value[0])]
        return name, value, self._words(meta)

    @v_args(meta=True)
    def limit(self, meta: Meta, parts: list[Token]) -> tuple[str, int, tuple[str, str]]:
        name = str(parts[0])
        return name[1:], whole(name, str(parts[1])), self._words(meta)

    @v_args(meta=True)
    def counted(self, meta: Meta, _parts: list[Token]) -> tuple[str, bool, tuple[str, str]]:
        return "count", True, self._words(meta)

    @v_args(meta=True)
    def uncounted(self, meta: Meta, _parts: list[Token]) -> tuple[str, bool, tuple[str, str]]:
        return "count", False, self._words(meta)

    def _words(self, meta: Meta) -> tuple[str, str]:
        """An option as the client wrote it: its name and what follows."""
        name, _, rest = self._text[meta.start_pos : meta.end_pos].partition("=")
        return name.strip(), rest.strip()


# `or`, `and` and `not` are keywords, so the rules' methods cannot bear their names.
for _word in ("or", "and", "not"):
    setattr(_Tree, _word, getattr(_Tree, f"{_word}_"))


def whole(option: str, text: str) -> int:
    """A count that the client wrote.

    Raises
    ------
    ApiError  It is none.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise bad(f"{option}={text[:40]} is no whole number; write {option}=100")
    return int(text)


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None or len(text) < 3:
        raise bad(f"duration {text!r} cannot be read; write duration'P1DT2H30M'")
    parts = {
        name: float(number)
        for name, number in found.groupdict().items()
        if name != "sign" and number is not None
    }
    try:
        length = timedelta(**parts)
    except OverflowError as error:
        raise bad(f"duration {text!r} is too long") from error
    return -length if found["sign"] == "-" else length
