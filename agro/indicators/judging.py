"""What a value is to its thresholds: only the right ones judge, the others are named lines.

A threshold that is set for a year is missed at the end of that year, never before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan, nan
from typing import Any

from agro.indicators.book import Book
from agro.indicators.catalogue import JUDGING, Threshold

_ALMOST = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold in a scope: its value there, and whether it is reached (None: no test yet).

    `awaited`: it judges, is not reached, and the year it is set for is not over.
    """

    threshold: Threshold
    value: float | tuple[float, float]
    reached: bool | None
    awaited: bool = False

    def row(self) -> dict[str, Any]:
        """The line as others script against it."""
        told = self.threshold
        return {
            "label_fr": told.label_fr,
            "label_en": told.label_en,
            "op": told.op,
            "value": self.value,
            "status": told.status,
            "judges": told.judges,
            "reached": self.reached,
            "awaited": self.awaited,
            "source": told.source,
            "evidence": told.evidence,
            "year": told.year,
        }


def judged(
    thresholds: Sequence[Threshold], value: float, book: Book
) -> tuple[Line | None, tuple[Line, ...]]:
    """(the line that judges, all lines).

    The legal one before a programme's before an announced one; of those set for a year, the next
    one to come at the end of the period, else the last.
    """
    lines = tuple(_line(one, value, book) for one in thresholds)
    for status in JUDGING:
        found = [
            line
            for line in lines
            if line.threshold.judges
            and line.threshold.status == status
            and line.value == line.value
        ]
        if found:
            return _in_time(found, book.end.year), lines
    return None, lines


def _in_time(lines: list[Line], year: int) -> Line:
    ahead = [line for line in lines if (line.threshold.year or year) >= year]
    if ahead:
        return min(ahead, key=lambda line: line.threshold.year or 0)
    return max(lines, key=lambda line: line.threshold.year or 0)


def _line(one: Threshold, value: float, book: Book) -> Line:
    limit = one.value
    if one.baseline:
        limit = one.share * book.references.params.get(one.baseline, nan)
    told = nan if limit is None else limit
    reached = _reached(one, told, value) if one.judges else None
    if reached is False and _is_ahead(one, book.end):
        return Line(one, told, None, awaited=True)
    return Line(one, told, reached)


def _is_ahead(one: Threshold, end: date) -> bool:
    """Whether the year a threshold is set for ends after the period."""
    return one.year is not None and end < date(one.year, 12, 31)


def _reached(one: Threshold, limit: float | tuple[float, float], value: float) -> bool | None:
    """Whether the value meets the threshold; a band is met from its lower end on."""
    if isnan(value):
        return None
    if isinstance(limit, tuple):
        return value >= limit[0] - _ALMOST
    if isnan(limit):
        return None
    if one.op == ">=":
        return value >= limit - _ALMOST
    if one.op == "<=":
        return value <= limit + _ALMOST
    return abs(value - limit) <= _ALMOST
