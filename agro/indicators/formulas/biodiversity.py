"""Diversity of crops from pooled areas, habitats, biotope area factor.

Weights are area × days; a cycle without dates is there all the period, so that where no dates are
known the shares are those of the areas.
"""

from collections.abc import Mapping
from math import isnan, log, nan
from typing import Any

from agro.indicators import ground
from agro.indicators.book import Book, Cycle, Record, Surface
from agro.indicators.parts import NOTHING, Measure, Part, Pool, Sums

SEMI_NATURAL = frozenset(
    {"hedge", "meadow", "pond", "fallow", "flower_strip", "tree_strip", "wetland", "woodland"}
)
NEAR = 0.05  # an inventory within 5 % of the site's area is whole


def richness(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """How many different crops grew."""
    return _pool(book, lambda weights, _: float(len(weights)))


def shannon(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """−Σ p ln p over the crops' shares of area × days. [nats]"""
    return _pool(book, lambda weights, _: entropy(weights))


def pielou(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Shannon ÷ ln(number of crops); 0 with one crop."""
    return _pool(book, lambda w, _: entropy(w) / log(len(w)) if len(w) > 1 else 0.0)


def gini_simpson(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """1 − Σ p²: how likely two pieces of ground bear different crops."""
    return _pool(book, lambda weights, _: 1.0 - sum(p * p for p in _shares(weights).values()))


def tape_crops(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × (1 − Σ p² ÷ varieties) of each site, weighted by its area above the site."""
    scored = tuple(one for one in book.cycles if one.crop)
    numerator, denominator = 0.0, 0.0
    for site in {one.site for one in scored}:
        own = [one for one in scored if one.site == site]
        weights, varieties = _weights(own, book), _varieties(own)
        shares = _shares(weights)
        weight = sum(weights.values()) / book.days
        alike = sum(share**2 / varieties[crop] for crop, share in shares.items())
        numerator += weight * (1.0 - alike)
        denominator += weight
    known, of = _identified(book)
    return Sums(
        numerator=numerator,
        denominator=denominator,
        factor=100.0,
        known=known,
        of=of,
        told=bool(scored),
        records=scored,
    )


def semi_natural_share(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ m² of hedges, meadows, ponds, fallow and strips ÷ Σ m² of the sites."""
    if not book.surfaces:
        return NOTHING
    natural = sum(one.area for one in book.surfaces if plain(one.kind) in SEMI_NATURAL)
    whole, known = _inventories(book, book.surfaces)
    return Sums(
        numerator=natural,
        denominator=whole,
        factor=100.0,
        known=known,
        of=whole,
        records=book.surfaces,
    )


def biotope_factor(book: Book, params: Mapping[str, Any]) -> Part:
    """Σ m² × coefficient ÷ Σ m², of surfaces with a coefficient of their own or their kind's."""
    usual: Mapping[str, float] = params["surface_coefficient"]
    known = tuple(one for one in book.surfaces if not isnan(_coefficient(one, usual)))
    area = sum(one.area for one in known)
    whole, inventoried = _inventories(book, known)
    return Sums(
        numerator=sum(one.area * _coefficient(one, usual) for one in known),
        denominator=area,
        known=inventoried,
        of=whole,
        told=bool(known),
        records=known,
    )


def entropy(weights: Mapping[str, float]) -> float:
    """Shannon's entropy of weights. [nats]"""
    return -sum(share * log(share) for share in _shares(weights).values()) + 0.0


def plain(kind: str) -> str:
    """A kind of surface as the tables write it: `Flower strip` → flower_strip."""
    return kind.strip().lower().replace(" ", "_").replace("-", "_")


def _pool(book: Book, measure: Measure) -> Pool:
    rows = tuple(one for one in book.cycles if one.crop)
    known, of = _identified(book)
    return Pool(
        weights=_weights(rows, book),
        measure=measure,
        sizes=_varieties(rows),
        known=known,
        of=of,
        records=rows,
    )


def _weights(cycles: tuple[Cycle, ...] | list[Cycle], book: Book) -> dict[str, float]:
    found: dict[str, float] = {}
    for one in cycles:
        start, end = ground.growing_span(one, book)
        weight = one.area * max(0, (end - start).days + 1)
        if weight > 0.0:
            found[one.crop] = found.get(one.crop, 0.0) + weight
    return found


def _varieties(cycles: tuple[Cycle, ...] | list[Cycle]) -> dict[str, float]:
    """How many varieties of each crop: the names that differ, or the greatest number stated."""
    names: dict[str, set[str]] = {}
    stated: dict[str, float] = {}
    for one in cycles:
        names.setdefault(one.crop, set()).update({one.variety} if one.variety else ())
        least = 1.0 if isnan(one.varieties) else one.varieties
        stated[one.crop] = max(stated.get(one.crop, 1.0), least)
    return {crop: max(number, float(len(names[crop]))) for crop, number in stated.items()}


def _identified(book: Book) -> tuple[float, float]:
    """(cultivated m² of plots whose crop is named, cultivated m²)."""
    named: list[Record] = [one for one in book.cycles if one.crop]
    said, plots = ground.spoken(book, named), ground.measured(book)
    return ground.area(p for p in plots if ground.key(p) in said), ground.area(plots)


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items() if weight > 0.0}


def _coefficient(one: Surface, usual: Mapping[str, float]) -> float:
    return (
        usual.get(plain(one.kind), one.coefficient) if isnan(one.coefficient) else one.coefficient
    )


def _inventories(book: Book, usable: tuple[Surface, ...]) -> tuple[float, float]:
    """(m² of the sites, m² of them that usable surfaces describe; within 5 % is all of a site)."""
    of_sites = {site.site: site.area for site in book.sites}
    whole = known = 0.0
    for site in {one.site for one in book.surfaces}:
        listed = sum(one.area for one in book.surfaces if one.site == site)
        used = sum(one.area for one in usable if one.site == site)
        stated = of_sites.get(site, nan)
        area = listed if isnan(stated) else stated
        near = abs(used - area) <= NEAR * area
        whole += area
        known += area if near else min(used, area)
    return whole, known
