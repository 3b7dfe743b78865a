"""Soil: TAPE's ten criteria, organic carbon, cover through the year."""

from collections.abc import Mapping
from datetime import date, timedelta
from math import isnan, nan
from typing import Any

from agro.indicators import ground
from agro.indicators.book import Book, SoilSample
from agro.indicators.parts import Part, Sums

CRITERIA = (
    *("structure", "compaction", "depth", "residues", "color"),
    *("water_ret", "cover", "erosion", "invertebrates", "microbio"),
)
ENOUGH = 8  # of the ten criteria
_MONTH = 30.4375  # days
_OLDEST = 24  # months


def health(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001 - no numbers needed
    """(mean of the criteria − 1) × 25, weighted by the plots' area within a site.

    A sample of a plot of unknown area is left out.
    """
    asked = [one for one in book.samples if one.scores and not is_old(one.day, book.end)]
    placed = [one for one in asked if not isnan(_area(one, book))]
    usable = tuple(one for one in placed if len(_given(one)) >= ENOUGH)
    weights = _weights(usable, book)
    return Sums(
        numerator=sum(w * _score(one) for w, one in zip(weights, usable, strict=True)),
        denominator=sum(weights),
        known=float(sum(len(_given(one)) for one in asked)),
        of=float(len(CRITERIA) * len(asked)),
        told=bool(asked),
        records=usable,
    )


def carbon_stock(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """g/kg × g/cm³ × cm × (1 − stones) ÷ 10 at the most sampled depth, weighted by area. [t/ha]

    A sample of a plot of unknown area is left out.
    """
    told = [one for one in book.samples if not isnan(_stock(one))]
    found = [one for one in told if not isnan(_area(one, book))]
    if not found:
        return Sums(told=False, of=float(len(told)))
    depths = [one.depth for one in found]
    chosen = max(sorted(set(depths)), key=depths.count)
    same = tuple(one for one in found if one.depth == chosen)
    weights = _weights(same, book)
    return Sums(
        numerator=sum(w * _stock(one) for w, one in zip(weights, same, strict=True)),
        denominator=sum(weights),
        known=float(len(same)),
        of=float(len(told)),
        records=same,
    )


def cover_days(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """100 × Σ covered m² × days ÷ (Σ cultivated m² × days), of plots with dated crops."""
    dated = [one for one in book.cycles if one.start is not None]
    plots = [p for p in ground.measured(book) if ground.key(p) in ground.spoken(book, dated)]
    covered, whole = 0.0, ground.area(plots) * book.days
    for plot in plots:
        own = ground.of_plots(dated, {ground.key(plot)})
        spans = [(*ground.growing_span(one, book), one.area) for one in own]
        covered += _area_days(spans, plot.cultivated)
    return Sums(
        numerator=covered,
        denominator=whole,
        factor=100.0,
        known=ground.area(plots),
        of=ground.area(ground.measured(book)),
        told=bool(plots),
        records=(*dated, *plots),
    )


def is_old(day: date | None, end: date) -> bool:
    """Whether a survey or sample is too old at the end of the period; without a day it is not."""
    return day is not None and (end - day).days > _OLDEST * _MONTH


def _given(one: SoilSample) -> list[float]:
    return [one.scores[name] for name in CRITERIA if not isnan(one.scores.get(name, nan))]


def _score(one: SoilSample) -> float:
    given = _given(one)
    return (sum(given) / len(given) - 1.0) * 25.0


def _stock(one: SoilSample) -> float:
    return one.carbon * one.bulk_density * one.depth * (1.0 - one.stones) / 10.0


def _area(one: SoilSample, book: Book) -> float:
    """What a sample stands for: its plot's cultivated area, or its whole area. [m²]"""
    own = [plot for plot in book.plots if not one.plot or ground.key(plot) == ground.key(one)]
    areas = [plot.cultivated if plot.cultivated > 0.0 else plot.area for plot in own]
    return sum(areas) if areas else nan


def _weights(samples: tuple[SoilSample, ...], book: Book) -> list[float]:
    """The area of each sample's place, shared by the samples of the place."""
    keys = [ground.key(one) for one in samples]
    return [_area(one, book) / keys.count(ground.key(one)) for one in samples]


def _area_days(spans: list[tuple[date, date, float]], most: float) -> float:
    """Σ over the days of the covered area, at most the whole plot. [m² d]"""
    changes: dict[date, float] = {}
    for start, end, area in spans:
        if start <= end:
            changes[start] = changes.get(start, 0.0) + area
            after = end + timedelta(days=1)
            changes[after] = changes.get(after, 0.0) - area
    total, covered, since = 0.0, 0.0, None
    for day in sorted(changes):
        if since is not None:
            total += min(covered, most) * (day - since).days
        covered, since = covered + changes[day], day
    return total
