"""Irrigation, what it gave, and the rain that could take its place."""

from collections.abc import Mapping
from math import isnan, nan
from typing import Any

from agro.indicators import ground
from agro.indicators.book import Book, Demand, Plot, Rain
from agro.indicators.ground import Key
from agro.indicators.parts import Part, Sums

ALTERNATIVE = frozenset({"rain", "rainwater", "reuse"})
ESTIMATED = "estimated"


def volume(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """Σ m³; covered is the area whose irrigation, even 0, is stated and not estimated."""
    measured = [one for one in book.irrigations if one.method != ESTIMATED]
    said, plots = ground.spoken(book, measured), ground.measured(book)
    return Sums(
        numerator=sum(one.volume for one in book.irrigations),
        known=ground.area(plot for plot in plots if ground.key(plot) in said),
        of=ground.area(plots),
        told=bool(book.irrigations),
        records=book.irrigations,
    )


def productivity(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ kg ÷ Σ m³ of the plots that state both; nothing where no water was given."""
    return _water_and_harvest(book, over_water=True)


def litres_per_kg(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """1000 × Σ m³ ÷ Σ kg of the plots that state both."""
    return _water_and_harvest(book, over_water=False)


def relative_supply(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ m³ ÷ Σ (crop ET − effective rain, at least 0) × m² ÷ 1000 of the irrigated plots."""
    said = ground.spoken(book, book.irrigations)
    irrigated = [plot for plot in ground.measured(book) if ground.key(plot) in said]
    needs = {ground.key(plot): _need(plot, book) for plot in irrigated}
    plots = {key for key, need in needs.items() if not isnan(need)}
    counted = ground.of_plots(book.irrigations, plots)
    return Sums(
        numerator=sum(one.volume for one in counted),
        denominator=sum(needs[key] for key in plots),
        known=ground.area(plot for plot in irrigated if ground.key(plot) in plots),
        of=ground.area(irrigated),
        told=bool(plots),
        records=(*counted, *book.demands),
    )


def rain_potential(book: Book, params: Mapping[str, Any]) -> Part:
    """Σ roof m² × runoff coefficient × rain mm ÷ 1000; covered are the days with known rain."""
    pairs = [(roof, _rain(roof.site, book)) for roof in book.roofs]
    known = [(roof, rain) for roof, rain in pairs if rain is not None]
    usual = params["roof_coefficient"]
    return Sums(
        numerator=sum(
            roof.area * (usual if isnan(roof.coefficient) else roof.coefficient) * rain.depth
            for roof, rain in known
        )
        / 1000.0,
        known=sum(rain.known for _, rain in known),
        of=float(len(pairs)),
        told=bool(known),
        records=tuple(record for pair in known for record in pair),
    )


def alternative_share(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ m³ of rain and reused water ÷ Σ m³ whose source is known."""
    known = tuple(one for one in book.irrigations if one.water)
    total = sum(one.volume for one in known)
    return Sums(
        numerator=sum(one.volume for one in known if one.water in ALTERNATIVE),
        denominator=total,
        factor=100.0,
        known=total,
        of=sum(one.volume for one in book.irrigations),
        told=bool(known),
        records=known,
    )


def _water_and_harvest(book: Book, *, over_water: bool) -> Part:
    keys = ground.weighed(book) & ground.spoken(book, book.irrigations)
    harvests = ground.of_plots(ground.food(book), keys)
    waters = ground.of_plots(book.irrigations, keys)
    mass, water = sum(one.mass for one in harvests), sum(one.volume for one in waters)
    plots = ground.measured(book)
    return Sums(
        numerator=mass if over_water else water,
        denominator=water if over_water else mass,
        factor=1.0 if over_water else 1000.0,
        known=_area_of(plots, keys),
        of=ground.area(plots),
        told=bool(keys),
        records=(*harvests, *waters),
    )


def _area_of(plots: list[Plot], keys: set[Key]) -> float:
    return ground.area(plot for plot in plots if ground.key(plot) in keys)


def _need(plot: Plot, book: Book) -> float:
    """What irrigation had to bring; NaN where climate is not known. [m³]"""
    demand = _demand(plot, book)
    net = demand.crop_et - demand.effective_rain
    return nan if isnan(net) else max(0.0, net) / 1000.0 * plot.cultivated


def _demand(plot: Plot, book: Book) -> Demand:
    """The plot's own demand, else that of its site, else that of the whole city."""
    known = {ground.key(one): one for one in book.demands}
    places = (ground.key(plot), (plot.site, ""), ("", ""))
    found = next((known[place] for place in places if place in known), None)
    return Demand(source=plot.source) if found is None else found


def _rain(site: str, book: Book) -> Rain | None:
    known = {one.site: one for one in book.rain}
    return known.get(site) or known.get("")
