"""The query language of NGSI-LD: `soilMoistureVwc<0.2;name~=Planche.*`.

References
----------
[1] ETSI (2024), NGSI-LD API. GS CIM 009 V1.8.1, 4.9.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError, VisitError

from agro.publish.entities import Attribute

LONGEST: Final = 1_000  # characters
_SHOWN = 60
# A pattern is a text with `.*` around it or not: any other could be made to cost minutes.
_PATTERN = re.compile(r"(?P<open>\.\*)?(?P<text>[^.*+?^$()\[\]{}\\|]*)(?P<end>\.\*)?")

Attributes = Mapping[str, Attribute]
Condition = Callable[[Attributes], bool]
Test = Callable[[Any], bool]

_GRAMMAR = r"""
    ?start: any
    ?any: all ("|" all)*
    ?all: one (";" one)*
    ?one: "(" any ")" | comparison | existence
    existence: path
    comparison: path OPERATOR (values | range)
    values: value ("," value)*
    range: value ".." value
    path: NAME ("." NAME)* inside?
    inside: "[" NAME ("." NAME)* "]"
    value: QUOTED | PLAIN
    OPERATOR: "==" | "!=" | ">=" | "<=" | ">" | "<" | "!~=" | "~="
    NAME: /[A-Za-z_][\w\-:]*/
    QUOTED: /"[^"]*"/
    PLAIN: /(?![<>=!~])(?:\.\*|(?!\.\.)[^;|(),"\s])+/
"""
_ORDER: dict[str, Callable[[Any, Any], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le, "==": eq}


def condition(text: str) -> Condition:
    """Whether an entity's attributes meet a query.

    Raises
    ------
    ValueError  It cannot be read; what is wrong and where is told.
    """
    if len(text) > LONGEST:
        raise ValueError(f"q has {len(text)} characters, more than {LONGEST}; ask for less at once")
    if text.count("(") > _SHOWN:
        raise ValueError(f"q has more than {_SHOWN} brackets; ask for less at once")
    try:
        found: Condition = _READER.transform(_PARSER.parse(text))
    except VisitError as error:
        raise ValueError(f"q={text[:_SHOWN]!r}: {error.orig_exc}") from error
    except LarkError as error:
        place = getattr(error, "column", None)
        where = f" at character {place}" if isinstance(place, int) and place > 0 else ""
        raise ValueError(
            f"q={text[:_SHOWN]!r} cannot be read{where}; write attribute==value, joined by ; or |"
        ) from error
    return found


@v_args(inline=True)
class _Reader(Transformer[Token, Any]):
    """From the words of a query to what it asks."""

    def any(self, *some: Condition) -> Condition:
        return lambda attributes: any(one(attributes) for one in some)

    def all(self, *some: Condition) -> Condition:
        return lambda attributes: all(one(attributes) for one in some)

    def existence(self, path: Sequence[str]) -> Condition:
        return lambda attributes: bool(_reach(attributes, path))

    def comparison(self, path: Sequence[str], operator: Token, wanted: Any) -> Condition:
        test = _test(str(operator), wanted)
        return lambda attributes: any(test(one) for one in _reach(attributes, path))

    def path(self, *names: Any) -> tuple[str, ...]:
        return tuple(part for name in names for part in _parts(name))

    def inside(self, *names: Token) -> tuple[str, ...]:
        return tuple(map(str, names))

    def values(self, *some: Any) -> list[Any]:
        return list(some)

    def range(self, low: Any, high: Any) -> tuple[Any, Any]:
        return low, high

    def value(self, token: Token) -> Any:
        if token.type == "QUOTED":
            return str(token)[1:-1]
        return _plain(str(token))


_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False)
_READER = _Reader()


def _parts(name: Any) -> tuple[str, ...]:
    return (str(name),) if isinstance(name, Token) else tuple(name)


def _plain(text: str) -> Any:
    """An unquoted value: a truth, a number, or a text (a time is compared as one)."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _reach(attributes: Attributes, path: Sequence[str]) -> list[Any]:
    """The values at a path: of an attribute, of what is said beside it, or inside it."""
    one = attributes.get(path[0])
    if one is None:
        return []
    found: Any = one.value
    for name in path[1:]:
        if name in one.facts:
            found = one.facts[name]
        elif isinstance(found, Mapping) and name in found:
            found = found[name]
        else:
            return []
    return list(found) if isinstance(found, list) else [found]


def _test(operator: str, wanted: Any) -> Test:
    if operator in ("~=", "!~="):
        return _matching(operator, wanted)
    if isinstance(wanted, tuple):
        if operator not in ("==", "!="):
            raise ValueError(f"a range goes with == or !=, not {operator}")
        low, high = wanted
        inside: Test = lambda one: _compare(ge, one, low) and _compare(le, one, high)  # noqa: E731
        return inside if operator == "==" else (lambda one: not inside(one))
    if operator == "!=":
        return lambda one: not any(_compare(eq, one, value) for value in wanted)
    if operator != "==" and len(wanted) > 1:
        raise ValueError(f"several values go with == or !=, not {operator}")
    return lambda one: any(_compare(_ORDER[operator], one, value) for value in wanted)


def _matching(operator: str, wanted: Any) -> Test:
    text = wanted[0] if isinstance(wanted, list) and len(wanted) == 1 else None
    found = _PATTERN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("a pattern is one text with .* before or after it, or neither")
    opened, part, ended = bool(found["open"]), found["text"], bool(found["end"])

    def matches(one: Any) -> bool:
        if not isinstance(one, str):
            return False
        if opened and ended:
            return part in one
        return one.endswith(part) if opened else one.startswith(part) if ended else one == part

    return matches if operator == "~=" else (lambda one: not matches(one))


def _compare(order: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    """Two values of one kind in this order; values of different kinds are in none."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other if order is eq else False
    if isinstance(one, (int, float)) and isinstance(other, float):
        return order(float(one), other)
    if not (isinstance(one, str) and isinstance(other, (str, float))):
        return False
    left, right = _time(one), _time(str(other))
    if left is not None and right is not None:
        return order(left, right)
    return order(one, other) if isinstance(other, str) else False


def _time(text: str) -> datetime | None:
    if len(text) < len("2026-01-01"):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
