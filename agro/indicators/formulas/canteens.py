"""Public canteens: EGalim shares of purchases by value, waste per meal."""

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

from agro.indicators.book import Book, Purchases
from agro.indicators.parts import NOTHING, Part, Sums


def durable(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """100 × EUR of organic, quality-sign, other EGalim and externalities ÷ EUR of all."""
    return _share(book, _durable, lambda one: one.total)


def organic(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × EUR of organic products ÷ EUR of all purchases."""
    return _share(book, lambda one: one.organic, lambda one: one.total)


def meat_fish(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × EUR of meat and fish that EGalim counts ÷ EUR of all meat and fish."""
    return _share(book, lambda one: one.meat_fish_egalim, lambda one: one.meat_fish)


def waste_per_meal(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """1000 × Σ kg wasted ÷ Σ meals of the weighings. [g/meal]"""
    if not book.wastes:
        return NOTHING
    return Sums(
        numerator=sum(one.mass for one in book.wastes),
        denominator=sum(one.meals for one in book.wastes),
        factor=1000.0,
        records=book.wastes,
    )


def _durable(one: Purchases) -> float:
    return one.organic + one.quality_sign + one.other_egalim + one.externalities


def _share(
    book: Book, of: Callable[[Purchases], float], over: Callable[[Purchases], float]
) -> Part:
    """A share of the value; what does not tell both sides is on neither, and covers nothing."""
    known = tuple(one for one in book.purchases if not isnan(of(one)) and not isnan(over(one)))
    return Sums(
        numerator=sum(of(one) for one in known),
        denominator=sum(over(one) for one in known),
        factor=100.0,
        known=sum(_year_share(one, book) for one in known),
        of=float(len(book.purchases)),
        told=bool(known),
        records=known,
    )


def _year_share(one: Purchases, book: Book) -> float:
    """The share of a year that the purchases cover: as stated, else that of the period."""
    share = one.year_share if not isnan(one.year_share) else book.days / 365.0
    return min(share, 1.0)
