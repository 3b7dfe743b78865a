"""Circularity: compost and losses."""

from collections.abc import Mapping
from math import isnan
from typing import Any

from agro.indicators import ground
from agro.indicators.book import Book
from agro.indicators.parts import NOTHING, Part, Sums


def biowaste(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """Σ kg brought to the compost, where it was weighed."""
    known = tuple(one for one in book.composts if not isnan(one.biowaste))
    return Sums(
        numerator=sum(one.biowaste for one in known),
        known=float(len({one.site for one in known})),
        of=float(len({one.site for one in book.composts})),
        told=bool(known),
        records=known,
    )


def compost_yield(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ kg of compost taken ÷ Σ kg of biowaste, of records that tell both."""
    both = tuple(o for o in book.composts if not isnan(o.biowaste) and not isnan(o.compost))
    if not both:
        return NOTHING
    return Sums(
        numerator=sum(one.compost for one in both),
        denominator=sum(one.biowaste for one in both),
        factor=100.0,
        records=both,
    )


def loss_rate(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ kg lost ÷ Σ kg of food, of the sites that state losses, even 0, and weigh."""
    stating = {one.site for one in book.losses} & ground.weighing_sites(book)
    harvests = tuple(one for one in ground.food(book) if one.site in stating)
    losses = tuple(o for o in book.losses if o.site in stating and o.fate != "donation")
    growing = {site.site for site in book.sites}
    return Sums(
        numerator=sum(one.mass for one in losses),
        denominator=sum(one.mass for one in harvests),
        factor=100.0,
        known=float(len(stating & growing)),
        of=float(len(growing)),
        told=bool(stating),
        records=(*losses, *harvests),
    )
