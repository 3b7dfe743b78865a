"""Which plots count, and which of them have a statement: shared by the formulas."""

from collections.abc import Iterable
from datetime import date
from math import isnan
from typing import TypeVar

from agro.indicators.book import Book, Cycle, Harvest, Plot, Record

Key = tuple[str, str]
_Kept = TypeVar("_Kept", bound=Record)


def key(record: Record) -> Key:
    """The plot of a record; ("site", "") of its whole site."""
    return record.site, record.plot


def active(book: Book) -> list[Plot]:
    """The plots under food crops; one whose cultivated area nobody stated is among them."""
    return [plot for plot in book.plots if plot.cultivated != 0.0]


def measured(book: Book) -> list[Plot]:
    """The active plots whose cultivated area is known."""
    return [plot for plot in active(book) if not isnan(plot.cultivated)]


def area(plots: Iterable[Plot]) -> float:
    """Cultivated area of plots, of those where it is known. [m²]"""
    return sum(plot.cultivated for plot in plots if not isnan(plot.cultivated))


def food(book: Book) -> tuple[Harvest, ...]:
    """The harvests for people that were weighed; 0 kg is among them, as a statement."""
    return tuple(o for o in book.harvests if o.grade == "food" and not isnan(o.mass))


def spoken(book: Book, records: Iterable[Record]) -> set[Key]:
    """The active plots that records speak of; one of a whole site speaks of all its plots."""
    said = {key(one) for one in records}
    return {key(p) for p in active(book) if key(p) in said or (p.site, "") in said}


def of_plots(records: Iterable[_Kept], plots: set[Key]) -> list[_Kept]:
    """The records of these plots, and those of a whole site that one of them is on."""
    sites = {site for site, _ in plots}
    return [one for one in records if key(one) in plots or (not one.plot and one.site in sites)]


def weighed(book: Book) -> set[Key]:
    """The active plots with harvest statements, of which every one tells a mass."""
    unknown = (one for one in book.harvests if isnan(one.mass))
    return spoken(book, book.harvests) - spoken(book, unknown)


def weighing_sites(book: Book) -> set[str]:
    """The sites with harvest statements, of which every one tells a mass."""
    unknown = {one.site for one in book.harvests if isnan(one.mass)}
    return {one.site for one in book.harvests} - unknown


def complete(book: Book) -> set[Key]:
    """The active plots with a harvest statement for every month in which something grew there.

    A plot of which a harvest was not weighed is none of them. Where cycles or statements tell no
    day, one statement is enough.
    """
    months, always = _months_said(book)
    growing = _months_growing(book)
    return {
        plot
        for plot in weighed(book)
        if plot in always
        or (plot[0], "") in always
        or growing.get(plot, set()) <= months.get(plot, set()) | months.get((plot[0], ""), set())
    }


def _months_said(book: Book) -> tuple[dict[Key, set[tuple[int, int]]], set[Key]]:
    months: dict[Key, set[tuple[int, int]]] = {}
    always = set[Key]()
    for one in book.harvests:
        if one.day is None:
            always.add(key(one))
        else:
            months.setdefault(key(one), set()).add((one.day.year, one.day.month))
    return months, always


def _months_growing(book: Book) -> dict[Key, set[tuple[int, int]]]:
    found: dict[Key, set[tuple[int, int]]] = {}
    for cycle in book.cycles:
        if cycle.start is not None:
            found.setdefault(key(cycle), set()).update(_months(*growing_span(cycle, book)))
    return found


def growing_span(cycle: Cycle, book: Book) -> tuple[date, date]:
    """The first and last day of a cycle within the period, both included."""
    start = book.start if cycle.start is None else max(cycle.start, book.start)
    end = book.end if cycle.end is None else min(cycle.end, book.end)
    return start, end


def _months(start: date, end: date) -> set[tuple[int, int]]:
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return {(n // 12, n % 12 + 1) for n in range(first, last + 1)}


def harvest_coverage(book: Book, among: set[Key] | None = None) -> tuple[float, float]:
    """(plots with a harvest statement for every month, active plots).

    What the author of a book states of the whole city is taken as stated; `among` limits the
    plots that can be covered at all.
    """
    whole, stated = complete(book), book.stated
    known = float(len(whole if among is None else whole & among))
    if isnan(stated.active) or isnan(stated.with_harvest):
        return known, float(len(active(book)))
    return (
        stated.with_harvest if among is None else min(known, stated.with_harvest)
    ), stated.active


def weeks_said(book: Book, records: Iterable[Record]) -> tuple[float, float]:
    """(weeks of sites with a statement, weeks of sites in which something grew).

    Without dated crops a site is active all the period; a statement without a day is of all of it.
    """
    said: dict[str, set[int]] = {}
    always = set[str]()
    for one in records:
        if one.day is None:
            always.add(one.site)
        else:
            said.setdefault(one.site, set()).add(_week(one.day))
    whole = set(range(_week(book.start), _week(book.end) + 1))
    growing = _weeks_growing(book)
    known = of = 0
    for site in book.sites:
        weeks = growing.get(site.site, whole)
        known += len(weeks if site.site in always else weeks & said.get(site.site, set()))
        of += len(weeks)
    return float(known), float(of)


def _weeks_growing(book: Book) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for cycle in book.cycles:
        if cycle.start is not None:
            start, end = growing_span(cycle, book)
            found.setdefault(cycle.site, set()).update(range(_week(start), _week(end) + 1))
    return found


def _week(day: date) -> int:
    """The number of a week that begins on Monday."""
    return (day.toordinal() - 1) // 7
