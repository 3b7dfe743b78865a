"""Where the food goes: needs covered, short chains, local share, distance."""

from collections.abc import Callable, Mapping
from math import isnan, nan
from typing import Any

from agro.indicators.book import Book, Delivery
from agro.indicators.parts import NOTHING, Part, Sums
from agro.indicators.produce import is_fruit_or_vegetable

NOT_EATEN = frozenset({"compost"})
NOT_SOLD = frozenset({"donation", "self", *NOT_EATEN})


def eaten(book: Book) -> tuple[Delivery, ...]:
    """The deliveries that reached people, sold or not."""
    return tuple(one for one in book.deliveries if one.channel not in NOT_EATEN)


def sold(book: Book) -> tuple[Delivery, ...]:
    """The sales; gifts and home use are none."""
    return tuple(one for one in book.deliveries if one.channel not in NOT_SOLD)


def coverage_all(book: Book, params: Mapping[str, Any]) -> Part:
    """100 × Σ kg delivered locally ÷ (inhabitants × kg a day × days): a lower bound."""
    return _needs(book, params["all_food_kg"], eaten(book))


def coverage_fruit_veg(book: Book, params: Mapping[str, Any]) -> Part:
    """100 × Σ kg of fruit and vegetables delivered locally ÷ what the inhabitants need."""
    rows = tuple(one for one in eaten(book) if is_fruit_or_vegetable(one.crop))
    return _needs(book, params["fruit_veg_kg"], rows)


def theoretical_adequacy(book: Book, params: Mapping[str, Any]) -> Part:
    """100 × productive farmland ÷ (inhabitants × ha needed by one); of the territory alone."""
    if isnan(book.farmland) or isnan(book.population):
        return NOTHING
    needed = book.population * params["ha_per_person"]
    return Sums(numerator=book.farmland, denominator=needed, factor=100.0)


def short_chain_mass(book: Book, params: Mapping[str, Any]) -> Part:
    """100 × Σ kg sold with one intermediary at most ÷ Σ kg sold."""
    most = params["intermediaries"]
    return _share(sold(book), lambda d: d.mass, lambda d: _at_most(d, most))


def short_chain_value(book: Book, params: Mapping[str, Any]) -> Part:
    """100 × Σ EUR sold with one intermediary at most ÷ Σ EUR sold."""
    most = params["intermediaries"]
    valued = tuple(one for one in sold(book) if not isnan(one.value))
    return _share(valued, lambda d: d.value, lambda d: _at_most(d, most))


def local_share(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """100 × Σ kg delivered locally ÷ Σ kg delivered."""
    return _share(eaten(book), lambda d: d.mass, _is_local)


def distance(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ kg × km ÷ Σ kg, one way."""
    return _share(eaten(book), lambda d: d.mass, lambda d: d.km, factor=1.0)


def _needs(book: Book, kg_a_day: float, rows: tuple[Delivery, ...]) -> Part:
    if not book.keeps("deliveries") and isnan(book.population):
        return NOTHING
    local = tuple(one for one in rows if one.local)
    people = 0.0 if isnan(book.population) else book.population
    return Sums(
        numerator=sum(one.mass for one in local),
        denominator=people * kg_a_day * book.days,
        factor=100.0,
        told=book.keeps("deliveries"),
        records=local,
    )


def _share(
    rows: tuple[Delivery, ...],
    weight: Callable[[Delivery], float],
    of: Callable[[Delivery], float],
    *,
    factor: float = 100.0,
) -> Part:
    """The weighted mean of a number of deliveries, of those of which it is known."""
    known = tuple(one for one in rows if not isnan(of(one)))
    covered = sum(weight(one) for one in known)
    return Sums(
        numerator=sum(weight(one) * of(one) for one in known),
        denominator=covered,
        factor=factor,
        known=covered,
        of=sum(weight(one) for one in rows),
        told=bool(known),
        records=known,
    )


def _at_most(delivery: Delivery, most: float) -> float:
    if isnan(delivery.intermediaries):
        return nan
    return float(delivery.intermediaries <= most)


def _is_local(delivery: Delivery) -> float:
    return nan if delivery.local is None else float(delivery.local)
