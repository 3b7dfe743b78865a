"""How a fault is told to the author of a pack: field, value, and what to do."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

_LISTED = 8
_LONGEST = 60

_NUMBER = "is not a number; write it as 12.5, with a point"
_WHOLE = "is not a whole number; write it as 1695, with nothing between the digits"
_TEXT = "must be text; put it in quotes"

_TOLD: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "float_parsing": lambda _: _NUMBER,
    "float_type": lambda _: _NUMBER,
    "finite_number": lambda _: _NUMBER,
    "int_parsing": lambda _: _WHOLE,
    "int_from_float": lambda _: _WHOLE,
    "int_type": lambda _: _WHOLE,
    "string_type": lambda _: _TEXT,
    "bool_parsing": lambda _: "must be yes or no",
    "greater_than": lambda limit: f"must be above {limit['gt']:g}",
    "greater_than_equal": lambda limit: f"must be at least {limit['ge']:g}",
    "less_than": lambda limit: f"must be below {limit['lt']:g}",
    "less_than_equal": lambda limit: f"must be at most {limit['le']:g}",
    "literal_error": lambda limit: f"must be {limit['expected']}",
    "string_too_short": lambda _: "is empty; it must be given",
    "too_short": lambda n: f"must have at least {n['min_length']} values, not {n['actual_length']}",
}


def said(fault: ErrorDetails) -> str:
    """One pydantic fault as field, value and what to do."""
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{place} is empty; it must be given"
    limits: Mapping[str, Any] = fault.get("ctx") or {}
    if fault["type"] == "value_error":
        told = str(limits["error"])
    else:
        tell = _TOLD.get(fault["type"])
        told = tell(limits) if tell else f"cannot be used: {fault['msg']}"
    return f"{place} {shown(fault['input'])} {told}" if place else told


def shown(value: object) -> str:
    """A value as it was written, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def hint(value: str, known: Iterable[str], where: str) -> str:
    """What could have been meant."""
    names = sorted(set(known))
    near = get_close_matches(value, names, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if len(names) <= _LISTED:
        return f"known: {', '.join(names) or 'none'}"
    return f"see {where}"
