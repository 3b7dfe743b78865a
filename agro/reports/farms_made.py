"""A report of farms from the books of their records: figures, months, years and communes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import isclose, isfinite

from agro.indicators import tape
from agro.indicators.book import Book, Survey, during
from agro.indicators.catalogue import Catalogue
from agro.indicators.figures import Figure, communes_computed, computed, part_of
from agro.indicators.parts import Sums
from agro.indicators.scope import Scope, within
from agro.reports.farms import FarmsReport, Returned

_LEVEL = "TAPE_CAET"
_ENDED = ("suppressed", "no_data", "site_only")
Step = Callable[[str], None]
"""Told of what is begun, for whoever waits."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report is of: the city's name, the names of places by scope, who is compared.

    `communes` are all of the city, by their codes; none where the report compares none.
    """

    city: str
    scope: Scope
    names: Mapping[str, str] = field(default_factory=dict)
    communes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How a report is wanted: when it is made, for whom, in which language and time zone."""

    made_at: datetime
    language: str = "fr"
    zone: str = "UTC"
    public: bool = False
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def report_of(
    book: Book,
    earlier: Mapping[int, Book],
    place: Place,
    known: Catalogue,
    asked: Asked,
    *,
    returned: Returned | None = None,
    step: Step = lambda _: None,
) -> FarmsReport:
    """The report of a place in the period of a book; `earlier` are the books of calendar years."""
    step("figures")
    figures = tuple(computed(book, place.scope, known, public=asked.public))
    step("years")
    years = {
        year: _by_id(computed(own, place.scope, known, public=asked.public))
        for year, own in sorted(earlier.items())
    }
    step("communes")
    communes = communes_computed(book, place.communes, known, public=asked.public)
    return FarmsReport(
        city=place.city,
        scope=place.scope,
        start=book.start,
        end=book.end,
        figures=figures,
        made_at=asked.made_at,
        known=known,
        places=place.names,
        months=_months(book, figures),
        years=years,
        communes={code: _by_id(own) for code, own in communes.items()},
        gardens=_gardens(book),
        surveys={} if asked.public else surveys(book, place, known),
        returned=returned,
        public=asked.public,
        command=asked.command,
        versions=asked.versions,
        language=asked.language,
        zone=asked.zone,
    )


def _by_id(figures: list[Figure]) -> dict[str, Figure]:
    return {one.indicator.id: one for one in figures}


def _gardens(book: Book) -> dict[str, int]:
    found: dict[str, int] = {}
    for site in book.sites:
        found[site.commune] = found.get(site.commune, 0) + 1
    return found


def _months(book: Book, figures: tuple[Figure, ...]) -> dict[str, dict[str, float]]:
    """The months of the sums that are nothing but the sum of their months."""
    listed = [one for one in figures if one.status not in _ENDED and _is_plain(one)]
    if not listed:
        return {}
    here = within(book, listed[0].scope)
    found: dict[str, dict[str, float]] = {one.indicator.id: {} for one in listed}
    for first, last in months(book.start, book.end):
        own = during(here, first, last)
        for one in listed:
            part = part_of(one.indicator, own)
            found[one.indicator.id][f"{first:%Y-%m}"] = part.value if part.told else 0.0
    totals = {one.indicator.id: one.value for one in listed}
    return {
        id_: by_month
        for id_, by_month in found.items()
        if len(by_month) > 1 and isclose(sum(by_month.values()), totals[id_], rel_tol=1e-6)
    }


def _is_plain(one: Figure) -> bool:
    """Whether it is a sum of records that each have a day."""
    part = one.part
    return (
        one.indicator.rule == "sum"
        and isinstance(part, Sums)
        and part.denominator is None
        and bool(part.records)
        and all(record.day is not None for record in part.records)
    )


def months(start: date, end: date) -> list[tuple[date, date]]:
    """The months from the first day to the last, both included, the first and last cut short."""
    found = []
    first = start
    while first <= end:
        following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        found.append((first, min(following - timedelta(days=1), end)))
        first = following
    return found


def surveys(book: Book, place: Place, known: Catalogue) -> dict[str, dict[str, float]]:
    """The newest survey of each site of a place that is complete, by the site and form version."""
    level = known.by_id.get(_LEVEL)
    if level is None:
        return {}
    told = {}
    for site in within(book, place.scope).sites:
        part = part_of(level, within(book, Scope("site", site.site)))
        for one in part.records if isfinite(part.value) else ():
            if isinstance(one, Survey):
                name = place.names.get(f"site:{site.site}", site.site)
                told[f"{name} ({one.version})"] = tape.elements(one.version, one.answers)
    return dict(sorted(told.items()))
