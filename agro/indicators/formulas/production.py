"""What grows: harvest, yield, value, portions, labour productivity, area."""

from collections.abc import Mapping
from typing import Any

from agro.indicators import ground
from agro.indicators.book import Book, Harvest
from agro.indicators.parts import Part, Sums
from agro.indicators.produce import is_fruit_or_vegetable


def harvest(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """Σ kg of food; nothing where no harvest, and not even that there was none, is noted."""
    known, of = ground.harvest_coverage(book)
    if not book.harvests:
        return Sums(told=False, known=known, of=of)
    counted = ground.food(book)
    told = bool(counted)
    return Sums(numerator=_mass(counted), known=known, of=of, told=told, records=counted)


def yield_per_area(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ kg ÷ Σ cultivated m²; a plot without statement or area is on neither side."""
    said = ground.weighed(book)
    plots = [plot for plot in ground.measured(book) if ground.key(plot) in said]
    keys = {ground.key(plot) for plot in plots}
    counted = ground.of_plots(ground.food(book), keys)
    known, of = ground.harvest_coverage(book, None if keys == said else keys)
    return Sums(
        numerator=_mass(counted),
        denominator=ground.area(plots),
        known=known,
        of=of,
        told=bool(keys),
        records=(*counted, *plots),
    )


def value(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ kg × price of the crop; a harvest without a price is left out, and covers nothing."""
    prices, of_food = book.references.prices, ground.food(book)
    counted = tuple(one for one in of_food if one.crop in prices)
    return Sums(
        numerator=sum(one.mass * prices[one.crop] for one in counted),
        known=_mass(counted),
        of=_mass(of_food),
        told=bool(counted),
        records=counted,
    )


def portions(book: Book, params: Mapping[str, Any]) -> Part:
    """(Σ kg of fruit and vegetables − Σ kg lost) ÷ the mass of a portion."""
    return _less_losses(book, params["portion_kg"], fruit_and_vegetables=True)


def meals(book: Book, params: Mapping[str, Any]) -> Part:
    """(Σ kg of food − Σ kg lost) ÷ the mass of food in a meal."""
    return _less_losses(book, params["meal_kg"], fruit_and_vegetables=False)


def labour_productivity(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ kg ÷ Σ hours, of the sites that state both."""
    working = {one.site for one in book.labour}
    giving = ground.weighing_sites(book)
    counted = tuple(one for one in ground.food(book) if one.site in working & giving)
    hours = tuple(one for one in book.labour if one.site in working & giving)
    weeks = ground.weeks_said(book, hours)
    return Sums(
        numerator=_mass(counted),
        denominator=sum(one.hours for one in hours),
        known=weeks[0],
        of=weeks[1],
        told=bool(working & giving),
        records=(*counted, *hours),
    )


def cultivated(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ cultivated m² of the plots where it is known."""
    plots = ground.measured(book)
    fallow = tuple(plot for plot in book.plots if plot.cultivated == 0.0)
    return Sums(
        numerator=ground.area(plots),
        known=float(len(plots) + len(fallow)),
        of=float(len(book.plots)),
        told=bool(plots or fallow),
        records=(*plots, *fallow),
    )


def data_coverage(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × plots with a harvest statement for every month ÷ active plots."""
    known, of = ground.harvest_coverage(book)
    return Sums(
        numerator=known, denominator=of, factor=100.0, told=of > 0, records=tuple(book.plots)
    )


def _less_losses(book: Book, per: float, *, fruit_and_vegetables: bool) -> Part:
    """Food less what was lost of it, of the sites that state their losses, even 0."""
    stating = {one.site for one in book.losses} & {one.site for one in ground.food(book)}
    among = {ground.key(p) for p in ground.active(book) if p.site in stating}
    known, of = ground.harvest_coverage(book, among)
    if not stating:
        return Sums(told=False, known=known, of=of)
    counted = tuple(
        one
        for one in ground.food(book)
        if one.site in stating and (not fruit_and_vegetables or is_fruit_or_vegetable(one.crop))
    )
    losses = tuple(o for o in book.losses if o.site in stating and o.fate != "donation")
    return Sums(
        numerator=_mass(counted) - sum(one.mass for one in losses),
        per=per,
        known=known,
        of=of,
        records=(*counted, *losses),
    )


def _mass(harvests: tuple[Harvest, ...] | list[Harvest]) -> float:
    return sum(one.mass for one in harvests)
