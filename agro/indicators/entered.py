"""Indicators that are brought from outside, with what they divide where that is known.

Values of several sites are never averaged into one: they unite only by numerators and
denominators, or stand beside each other as a distribution.
"""

from math import isnan

from agro.indicators.book import Book, Entered
from agro.indicators.catalogue import Indicator
from agro.indicators.parts import Sums


def entered(indicator: Indicator, book: Book) -> Sums | None:
    """What was entered of an indicator in this scope: the territory's own before the sites'."""
    rows = [one for one in book.entered if one.indicator == indicator.id]
    own = [one for one in rows if not one.site]
    chosen = own or rows
    factor = 100.0 if indicator.unit.startswith("%") else 1.0
    both = tuple(one for one in chosen if not isnan(one.numerator) and not isnan(one.denominator))
    if both and len(both) == len(chosen):
        return Sums(
            numerator=sum(one.numerator for one in both),
            denominator=sum(one.denominator for one in both),
            factor=factor,
            records=both,
            version=both[0].version,
        )
    return _single(chosen)


def _single(rows: list[Entered]) -> Sums | None:
    """The one value there is; None where there are none or several."""
    valued = [one for one in rows if not isnan(one.value)]
    if len(valued) != 1 or len(rows) != 1:
        return None
    return Sums(numerator=valued[0].value, records=(valued[0],), version=valued[0].version)
