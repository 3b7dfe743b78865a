"""Gifts, volunteers, training, and who lives near a garden."""

from collections.abc import Mapping
from math import asin, cos, isnan, radians, sin, sqrt
from typing import Any

from agro.indicators import ground
from agro.indicators.book import Book, Residents, Site
from agro.indicators.formulas.food import eaten
from agro.indicators.formulas.jobs import VOLUNTEER
from agro.indicators.parts import NOTHING, Part, Pool, Sums

TRAINING = frozenset({"training", "school", "workshop"})
DONATION = "donation"
RECONCILED = 0.15  # deliveries may differ so much from harvests less losses
_EARTH = 6_371_000.0  # m, mean radius


def donated(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """Σ kg given; covered where deliveries and harvests less losses tell the same."""
    rows = tuple(one for one in book.deliveries if one.channel == DONATION)
    delivered = sum(one.mass for one in eaten(book))
    lost = sum(one.mass for one in book.losses if one.fate != DONATION)
    expected = sum(one.mass for one in ground.food(book)) - lost
    high = max(delivered, expected)
    agree = abs(delivered - expected) <= RECONCILED * high
    return Sums(
        numerator=sum(one.mass for one in rows),
        known=high if agree else max(0.0, min(delivered, expected)),
        of=high if book.harvests else 0.0,
        told=bool(book.deliveries),
        records=rows,
    )


def volunteer_hours(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ hours of volunteers; covered are the weeks of growing that state them, even 0."""
    rows = tuple(one for one in book.labour if one.status == VOLUNTEER)
    known, of = ground.weeks_said(book, rows)
    return Sums(
        numerator=sum(one.hours for one in rows),
        known=known,
        of=of,
        told=bool(rows),
        records=rows,
    )


def volunteers(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Different volunteers by their tokens; where only heads were counted, their attendances."""
    rows = tuple(one for one in book.labour if one.status == VOLUNTEER)
    counted = tuple(one for one in rows if one.person or not isnan(one.persons))
    weights: dict[str, float] = {}
    for one in counted:
        token = one.person or f"{one.source.key} {one.source.row}"
        weights[token] = 1.0 if one.person else one.persons
    return Pool(
        weights=weights,
        measure=lambda heads, _: sum(heads.values()),
        known=float(len(counted)),
        of=float(len(rows)),
        records=counted,
    )


def training(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ participants × hours of trainings, school visits and workshops."""
    rows = [one for one in book.events if one.kind in TRAINING]
    known = tuple(o for o in rows if not isnan(o.participants) and not isnan(o.hours))
    return Sums(
        numerator=sum(one.participants * one.hours for one in known),
        known=float(len(known)),
        of=float(len(rows)),
        told=bool(known),
        records=known,
    )


def residents_with_access(book: Book, params: Mapping[str, Any]) -> Part:
    """100 × inhabitants of grid cells near an open site ÷ inhabitants of the grid."""
    gardens = [site for site in book.sites if site.open_ and not isnan(site.latitude)]
    if not book.residents or not book.sites:
        return NOTHING
    near = [cell for cell in book.residents if _reached(cell, gardens, params["access_m"])]
    return Sums(
        numerator=sum(cell.inhabitants for cell in near),
        denominator=sum(cell.inhabitants for cell in book.residents),
        factor=100.0,
        records=(*gardens, *near),
    )


def _reached(cell: Residents, gardens: list[Site], within: float) -> bool:
    return any(_metres(cell, garden) <= within for garden in gardens)


def _metres(cell: Residents, garden: Site) -> float:
    """The great-circle distance (haversine)."""
    north, south = radians(cell.latitude), radians(garden.latitude)
    east = radians(garden.longitude - cell.longitude)
    half = sin((south - north) / 2.0) ** 2 + cos(north) * cos(south) * sin(east / 2.0) ** 2
    return 2.0 * _EARTH * asin(sqrt(half))
