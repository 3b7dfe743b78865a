"""Work that is paid, and who does it. Volunteers are in no figure here but the women's share."""

from collections.abc import Mapping
from math import isnan
from typing import Any

from agro.indicators.book import Book, Labour
from agro.indicators.parts import Measure, Part, Pool, Sums

PAID = frozenset({"employee", "insertion", "apprentice", "farmer"})
INSERTION, VOLUNTEER = "insertion", "volunteer"
WOMAN = "F"


def full_time_equivalent(book: Book, params: Mapping[str, Any]) -> Part:
    """Σ paid hours ÷ the legal hours of a year."""
    rows, known, of = _paid(book)
    return Sums(
        numerator=_hours(rows),
        per=params["etp_hours"],
        known=known,
        of=of,
        told=bool(rows),
        records=rows,
    )


def annual_work_units(book: Book, params: Mapping[str, Any]) -> Part:
    """Σ over persons of min(1, hours ÷ 1800); a statement without a token is one person.

    Where a statement counts heads, each of them is at most 1.
    """
    rows, known, of = _paid(book)
    weights: dict[str, float] = {}
    persons: dict[str, float] = {}
    for one in rows:
        token = one.person or f"{one.source.key} {one.source.row}"
        weights[token] = weights.get(token, 0.0) + one.hours
        heads = 1.0 if isnan(one.persons) or one.person else one.persons
        persons[token] = max(persons.get(token, 1.0), heads)
    return Pool(
        weights=weights,
        measure=_units(params["awu_hours"]),
        sizes=persons,
        known=known,
        of=of,
        records=rows,
    )


def insertion_share(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers
    """100 × Σ hours in work integration ÷ Σ paid hours."""
    rows, known, of = _paid(book)
    return Sums(
        numerator=_hours(tuple(one for one in rows if one.status == INSERTION)),
        denominator=_hours(rows),
        factor=100.0,
        known=known,
        of=of,
        told=bool(rows),
        records=rows,
    )


def women_share(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ hours of women ÷ Σ hours whose sex is declared."""
    declared = tuple(one for one in book.labour if one.sex)
    hours = _hours(declared)
    return Sums(
        numerator=_hours(tuple(one for one in declared if one.sex == WOMAN)),
        denominator=hours,
        factor=100.0,
        known=hours,
        of=_hours(book.labour),
        told=bool(declared),
        records=declared,
    )


def _paid(book: Book) -> tuple[tuple[Labour, ...], float, float]:
    """The paid hours, how many sites state them, and how many sites there are."""
    rows = tuple(one for one in book.labour if one.status in PAID)
    return rows, float(len({one.site for one in rows})), float(len(book.sites))


def _units(hours_of_one: float) -> Measure:
    return lambda hours, heads: sum(
        min(heads.get(person, 1.0), worked / hours_of_one) for person, worked in hours.items()
    )


def _hours(rows: tuple[Labour, ...]) -> float:
    return sum(one.hours for one in rows)
