"""What is brought onto the plots: nitrogen, treatments, certification.

The treatment frequency index (IFT) is the ministry's [1]: dose ÷ reference dose × treated share,
averaged over the area of all plots, untreated ones with 0. Without a dose or a reference it is the
treated share alone, as it is for treated seed.

References
----------
[1] Ministère de l'agriculture, Atelier IFT, code de calcul.
"""

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

from agro.indicators import ground
from agro.indicators.book import Book, Harvest, Input, Treatment
from agro.indicators.ground import Key
from agro.indicators.parts import NOTHING, Part, Sums

SEEDS, BIOCONTROL = "S1", "S2"
CERTIFIED = frozenset({"organic", "conversion"})
FERTILISERS = ("compost", "manure", "fertiliser", "fertilizer", "slurry", "digestate")
_HECTARE = 10_000.0  # m²


def nitrogen_balance(book: Book, params: Mapping[str, Any]) -> Part:
    """(inputs + fixation + deposition − harvested N) ÷ ha of plots whose N is all known. [kg/ha]"""
    if not book.keeps("inputs"):
        return NOTHING
    plots = ground.measured(book)
    keys = _balanced(book, ground.weighed(book) & {ground.key(p) for p in plots})
    hectares = ground.area(p for p in plots if ground.key(p) in keys) / _HECTARE
    inputs = ground.of_plots(book.inputs, keys)
    harvests = ground.of_plots(book.harvests, keys)
    cycles = ground.of_plots(book.cycles, keys)
    fixed = book.references.n_fixation
    return Sums(
        numerator=sum(one.mass * one.n_percent / 100.0 for one in inputs if _gives(one))
        + sum(fixed.get(one.crop, 0.0) * one.area / _HECTARE for one in cycles)
        + params["deposition_kg_ha"] * hectares
        - sum(_exported(one, book) for one in harvests if not isnan(one.mass)),
        denominator=hectares,
        known=hectares,
        of=ground.area(plots) / _HECTARE,
        told=bool(keys),
        records=(*inputs, *harvests, *cycles),
    )


def ift_total(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """Σ (index × ha) ÷ Σ ha, of all segments."""
    return _ift(book, [one for one in book.treatments if not one.none])


def ift_without_biocontrol(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Σ (index × ha) ÷ Σ ha without segment S2."""
    rows = [one for one in book.treatments if not one.none and one.segment != BIOCONTROL]
    return _ift(book, rows)


def pest_free_area(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ m² without synthetic treatment ÷ Σ cultivated m².

    A plot with a treatment of which nobody says whether it is synthetic is on neither side.
    """
    synthetic = ground.spoken(book, (one for one in book.treatments if one.synthetic))
    unsaid = (one for one in book.treatments if one.synthetic is None and not _is_natural(one))
    doubtful = ground.spoken(book, unsaid) - synthetic
    plots = [plot for plot in ground.measured(book) if ground.key(plot) not in doubtful]
    known, of = _stated(book)
    return Sums(
        numerator=ground.area(plot for plot in plots if ground.key(plot) not in synthetic),
        denominator=ground.area(plots),
        factor=100.0,
        known=known,
        of=of,
        told=book.keeps("treatments") and bool(plots),
        records=(*book.treatments, *plots),
    )


def organic_area(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ m² organic or in conversion ÷ Σ m² whose certification is known."""
    plots = ground.measured(book)
    known = [plot for plot in plots if plot.certification]
    return Sums(
        numerator=ground.area(plot for plot in known if plot.certification in CERTIFIED),
        denominator=ground.area(known),
        factor=100.0,
        known=ground.area(known),
        of=ground.area(plots),
        told=bool(known),
        records=tuple(known),
    )


def index(treatment: Treatment) -> float:
    """The treatment frequency index of one treatment, by the ministry's rules."""
    share = treatment.treated_percent / 100.0
    dose, reference = treatment.dose, treatment.reference_dose
    if treatment.segment == SEEDS or isnan(dose) or isnan(reference) or reference == 0.0:
        return share
    return dose / reference * share


def _ift(book: Book, treatments: list[Treatment]) -> Part:
    plots = ground.measured(book)
    by_place: dict[Key, float] = {}
    for one in treatments:
        by_place[ground.key(one)] = by_place.get(ground.key(one), 0.0) + index(one)
    known, of = _stated(book)
    return Sums(
        numerator=sum(
            plot.cultivated
            * (by_place.get(ground.key(plot), 0.0) + by_place.get((plot.site, ""), 0.0))
            for plot in plots
            if plot.plot
        )
        / _HECTARE,
        denominator=ground.area(plots) / _HECTARE,
        known=known,
        of=of,
        told=book.keeps("treatments") and bool(plots),
        records=(*treatments, *plots),
    )


def _stated(book: Book) -> tuple[float, float]:
    """(plots with a treatment statement, active plots)."""
    return float(len(ground.spoken(book, book.treatments))), float(len(ground.active(book)))


def _is_natural(treatment: Treatment) -> bool:
    return treatment.none or treatment.segment == BIOCONTROL


def _balanced(book: Book, plots: set[Key]) -> set[Key]:
    """Of these plots, those whose fertilisers and harvests all have a nitrogen content."""
    content = book.references.n_content
    unknown = [one for one in book.inputs if _is_fertiliser(one) and not _gives(one)]
    without = [one for one in book.harvests if one.mass > 0.0 and one.crop not in content]
    return plots - _places(plots, unknown) - _places(plots, without)


def _places(plots: set[Key], records: Iterable[Input | Harvest]) -> set[Key]:
    said = {ground.key(one) for one in records}
    return {plot for plot in plots if plot in said or (plot[0], "") in said}


def _is_fertiliser(one: Input) -> bool:
    return any(word in one.kind.lower() for word in FERTILISERS)


def _gives(one: Input) -> bool:
    """Whether an input tells how much nitrogen it holds."""
    return not isnan(one.n_percent) and not isnan(one.mass)


def _exported(one: Harvest, book: Book) -> float:
    """Nitrogen in a harvest; a statement of 0 kg takes none. [kg]"""
    return one.mass * book.references.n_content.get(one.crop, 0.0) / 1000.0 if one.mass else 0.0
