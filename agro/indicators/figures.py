"""From records to figures: computed in a scope, covered, judged, and kept from strangers.

Status of a figure: `no_data` nothing was recorded · `incomplete` its coverage is below the
catalogue's · `reached`, `not_reached` by a legal, programme or announced threshold · `ok` shown
without judging, also while its target is not due · `distribution` several sites, shown as n and
quartiles · `site_only` has no meaning here · `suppressed` would tell of a single garden.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import Any

from agro.indicators import disclosure
from agro.indicators.book import Book, Record, Source
from agro.indicators.catalogue import Catalogue, Indicator
from agro.indicators.entered import entered
from agro.indicators.formulas import FORMULAS
from agro.indicators.judging import Line, judged
from agro.indicators.parts import NOTHING, Part, Pool, Sums
from agro.indicators.scope import Scope, pieces, within
from agro.indicators.spread import Spread, spreads

_ALMOST = 1e-9  # a coverage that misses its least by rounding does not miss it


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator in a scope. Missing numbers are NaN; `part` is what it was computed from.

    `lines` are its thresholds, each with what the value is to it; the first that judges is
    `target`. `spread` tells of several sites, by form version; `shares` are a pool's.
    """

    indicator: Indicator
    scope: Scope
    part: Part
    value: float
    status: str
    coverage: float = nan
    target: Line | None = None
    lines: tuple[Line, ...] = ()
    spread: tuple[Spread, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def numerator(self) -> float:
        """What is divided, or the sum; NaN of a pool and where nothing was recorded."""
        shown = isinstance(self.part, Sums) and self.part.told and self.status != "suppressed"
        return self.part.numerator if shown and isinstance(self.part, Sums) else nan

    @property
    def denominator(self) -> float:
        """What divides; NaN of a plain sum."""
        hidden = self.status == "suppressed" or not self.part.told
        return nan if hidden else self.part.divisor

    @property
    def sources(self) -> tuple[Source, ...]:
        """The records behind it, each once."""
        if self.status == "suppressed":
            return ()
        return tuple(dict.fromkeys(record.source for record in self.part.records))


def computed(book: Book, scope: Scope, known: Catalogue, *, public: bool = False) -> list[Figure]:
    """Every indicator of the catalogue in a scope; a public view hides what tells of too few."""
    figures = _figures(book, scope, known)
    return _shown(figures, disclosure.hidden(book, scope, known, part_of)) if public else figures


def communes_computed(
    book: Book, codes: Iterable[str], known: Catalogue, *, public: bool = False
) -> dict[str, list[Figure]]:
    """Every indicator in each of these communes; what must be hidden is found once for all."""
    found = {code: _figures(book, Scope("commune", code), known) for code in codes}
    if not public:
        return found
    hidden = disclosure.hidden_by_commune(book, known, part_of)
    return {code: _shown(own, hidden.get(code, set())) for code, own in found.items()}


def _figures(book: Book, scope: Scope, known: Catalogue) -> list[Figure]:
    here = within(book, scope)
    parts = pieces(here)
    return [_figure(one, here, scope, parts) for one in known.indicators]


def _shown(figures: Sequence[Figure], hidden: Set[str]) -> list[Figure]:
    """The figures as strangers may see them."""
    return [
        suppressed(one) if one.indicator.id in hidden and one.status != "no_data" else one
        for one in figures
    ]


def part_of(indicator: Indicator, book: Book) -> Part:
    """What an indicator is computed from, in these records; else what was entered of it."""
    params = {**indicator.params, **book.references.params}
    formula = FORMULAS.get(indicator.id)
    found = NOTHING if formula is None else formula(book, params)
    return found if found.told else (entered(indicator, book) or found)


def suppressed(figure: Figure) -> Figure:
    """The figure as a stranger may see it: that there is one, and no number."""
    return replace(
        figure,
        value=nan,
        coverage=nan,
        status="suppressed",
        lines=(),
        target=None,
        spread=(),
        shares={},
    )


def _figure(one: Indicator, book: Book, scope: Scope, parts: Mapping[str, Book]) -> Figure:
    if one.rule == "distribution" and scope.above_sites:
        return _distribution(
            one, scope, [part_of(one, piece) for site, piece in parts.items() if site]
        )
    part = part_of(one, book)
    if one.coverage.needed and part.known == 0.0:
        part = replace(part, told=False) if isinstance(part, Sums) else part
    if one.rule == "site_only" and scope.above_sites:
        return Figure(one, scope, _unadded(part), nan, "site_only" if part.told else "no_data")
    target, lines = judged(one.thresholds, part.value, book)
    figure = Figure(
        indicator=one,
        scope=scope,
        part=part,
        value=part.value,
        status=_status(one, part, target),
        coverage=part.coverage,
        target=target,
        lines=lines,
    )
    if isinstance(part, Pool) and one.rule == "pool" and part.told:
        return replace(figure, shares={k: w / part.divisor for k, w in part.weights.items()})
    return figure


def _unadded(part: Part) -> Part:
    """The records of a part without its numbers, where they do not add up."""
    return Sums(told=False, known=part.known, of=part.of, records=part.records)


def _distribution(one: Indicator, scope: Scope, parts: Sequence[Part]) -> Figure:
    told = [part for part in parts if part.told]
    found = spreads(told)
    records: tuple[Record, ...] = tuple(record for part in told for record in part.records)
    status = "distribution" if found else ("incomplete" if told else "no_data")
    return Figure(
        one,
        scope,
        Sums(told=False, records=records),
        nan,
        status,
        spread=found,
        coverage=len([p for p in told if not isnan(p.value)]) / len(told) if told else nan,
    )


def _status(one: Indicator, part: Part, target: Line | None) -> str:
    least = one.coverage.min
    short = least is not None and not isnan(part.coverage) and part.coverage < least - _ALMOST
    if part.told and short:
        return "incomplete"
    if isnan(part.value):
        return "no_data"
    if target is None or target.awaited:
        return "ok"
    return "reached" if target.reached else "not_reached"


def row(figure: Figure) -> dict[str, Any]:
    """A figure as others script against it."""
    one, target = figure.indicator, figure.target
    return {
        "id": one.id,
        "value": figure.value,
        "unit": one.unit,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "coverage": figure.coverage,
        "status": figure.status,
        "target": None if target is None else target.value,
        "sources": [{"kind": s.kind, "key": s.key, "row": s.row} for s in figure.sources],
        "name_fr": one.name_fr,
        "name_en": one.name_en,
        "domain": one.domain,
        "tier": one.tier,
        "direction": one.direction,
        "coverage_min": one.coverage.min,
        "thresholds": [line.row() for line in figure.lines],
        "distribution": [found.row() for found in figure.spread],
        "shares": dict(figure.shares),
    }
