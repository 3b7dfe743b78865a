"""Two documents of an analysis, figure by figure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any, TypeGuard

_SPOKEN = ("warnings", "model")  # sentences: their wording may change where no figure does
_SMALLEST = 1e-9  # of the largest figure of its name: what is smaller is noise of the arithmetic
TOLERANCE = 1e-6  # relative; REML stops its search at about 1e-8


@dataclass(frozen=True, slots=True)
class Deviation:
    """A figure or text that is not what it was; `relative` is NaN where one is no number."""

    where: str
    was: Any
    now: Any
    relative: float


@dataclass(frozen=True, slots=True)
class Compared:
    """How far two documents are apart.

    `figures` counts those compared, `largest` is the largest relative deviation and `where` it is;
    `differs` are the figures beyond the tolerance, and every text that is another.
    """

    figures: int
    largest: float
    where: str
    differs: tuple[Deviation, ...]


def compare(was: Mapping[str, Any], now: Mapping[str, Any], *, tolerance: float) -> Compared:
    """Everything that the first document says, in the second; what only the second says is new.

    A figure is judged relative to itself, or to a billionth of the largest of its name where it is
    smaller than that: a sum that is 0 but for rounding need not round alike.
    """
    then, again = dict(_leaves(was)), dict(_leaves(now))
    scales = _scales(then)
    apart: dict[str, float] = {}
    found = []
    for where, value in then.items():
        other = again.get(where)
        if _is_number(value) and _is_number(other):
            apart[where] = _relative(value, other, _SMALLEST * scales[_name(where)])
            if apart[where] > tolerance:
                found.append(Deviation(where, value, other, apart[where]))
        elif value != other:
            found.append(Deviation(where, value, other, nan))
    largest = max(apart.values(), default=0.0)
    place = next((where for where, by in apart.items() if by == largest > 0.0), "")
    return Compared(len(apart), largest, place, tuple(found))


def _scales(leaves: Mapping[str, Any]) -> dict[str, float]:
    """The largest figure of each name."""
    scales: dict[str, float] = {}
    for where, value in leaves.items():
        if _is_number(value):
            scales[_name(where)] = max(scales.get(_name(where), 0.0), abs(value))
    return scales


def _leaves(document: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure and text with its path: `means[3].mean`; sentences are left out."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            if where or name not in _SPOKEN:
                yield from _leaves(value, f"{where}.{name}" if where else str(name))
    elif isinstance(document, list):
        for count, value in enumerate(document):
            yield from _leaves(value, f"{where}[{count}]")
        yield f"{where}.length", len(document)
    else:
        yield where, document


def _name(where: str) -> str:
    """What figures of one kind have in common: `means[3].mean` → means.mean."""
    return ".".join(part.partition("[")[0] for part in where.split("."))


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _relative(was: float, now: float, smallest: float) -> float:
    if was == now:
        return 0.0
    return abs(was - now) / max(abs(was), abs(now), smallest)
