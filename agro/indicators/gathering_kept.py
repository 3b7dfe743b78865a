"""Statements, surveys and farm books of the store as registers of a Book.

A record of a day counts in the periods that hold the day, a total in those that hold its whole
period. What describes the ground (sites, plots, roofs, surfaces, soil samples) holds until the same
garden is described anew. Where a farm book tells a garden's period, it is taken at its word: its
rain, its crops' demand and its plots are the book's, and what it leaves out is not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from math import isnan, nan
from typing import Any

from sqlalchemy import Connection

from agro.indicators.book import Plot, References, Site, Source, Stated, Survey
from agro.indicators.importing import NO_PLACE
from agro.indicators.keeping import KINDS, record_of, references_of, stated_of
from agro.records import Site as Garden
from agro.store import indicators
from agro.store.indicators import CONFIRMED, FarmBook, Kept, Statement

GROUND = ("sites", "plots", "roofs", "surfaces", "samples")
"""The registers that describe the ground: the newest description holds."""
CLIMATE = ("rain", "demands")


@dataclass(frozen=True, slots=True)
class KeptBook:
    """What the store keeps beside the logbook. `told` are the sites that a farm book tells of.

    `sites` and `plots` by their keys; `registers` hold all others.
    """

    registers: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    plots: Mapping[str, Plot] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    references: References = field(default_factory=References)
    stated: Stated = field(default_factory=Stated)
    said: frozenset[str] = frozenset()


def kept(
    c: Connection, sites: set[str], start: date, end: date, *, book: int | None = None
) -> KeptBook:
    """What is kept for indicators of these sites, and of the city, in a period.

    With the number of a farm `book` what is said of the whole city is that book's alone.
    """
    found = [
        one
        for one in indicators.statements(c)
        if one.statement.site in sites or (not one.statement.site and book in (None, one.book))
    ]
    here = {name: _records(found, name, start, end) for name in KINDS}
    books = [one for one in indicators.books(c) if one.start <= end and book in (None, one.number)]
    within = [one for one in books if start <= one.start and one.end <= end]
    told = {site for book in within for site in book.told.get("sites", ())}
    registers = {name: rows for name, rows in here.items() if name not in ("sites", "plots")}
    return KeptBook(
        registers=registers | {"surveys": _surveys(c, sites)},
        sites={one.site: one for one in here["sites"]},
        plots={one.plot: one for one in here["plots"]},
        told=frozenset(told),
        references=reduce(_merged, (references_of(one.told) for one in books), References()),
        stated=_stated(within, sites),
        said=frozenset(name for one in within for name in one.told.get("said", ())),
    )


def site_of(garden: Garden, kept_book: KeptBook) -> Site:
    """A garden with what its farm book says of it."""
    described = kept_book.sites.get(garden.slug)
    placed = garden.position_note != NO_PLACE
    own = Site(
        source=Source("site", garden.slug),
        site=garden.slug,
        commune=garden.commune,
        kind=garden.kind,
        latitude=garden.latitude if placed else nan,
        longitude=garden.longitude if placed else nan,
    )
    if described is None:
        return own
    more: dict[str, Any] = {"area": described.area, "open_": described.open_}
    more |= {"kind": described.kind or own.kind, "commune": described.commune or own.commune}
    if not isnan(described.latitude) and not isnan(described.longitude):
        more |= {"latitude": described.latitude, "longitude": described.longitude}
    return replace(own, **more)


def plot_of(own: Plot, kept_book: KeptBook) -> Plot:
    """A plot with what its farm book says of it: its crops' area only of the book's own period."""
    described = kept_book.plots.get(own.plot)
    if described is None:
        return own
    known = own if isnan(described.area) else replace(own, area=described.area)
    told = own.site in kept_book.told
    cultivated = described.cultivated if told else own.cultivated
    return replace(known, cultivated=cultivated, certification=described.certification)


def united(
    registers: Mapping[str, tuple[Any, ...]], kept_book: KeptBook
) -> dict[str, tuple[Any, ...]]:
    """The registers of the store with the statements; a book's roofs and climate replace others."""
    found = dict(registers)
    for name, rows in kept_book.registers.items():
        stated = {one.site for one in rows}
        if name in CLIMATE:
            stated |= kept_book.told
        replaced = name in CLIMATE or name == "roofs"
        own = found.get(name, ())
        others = tuple(one for one in own if one.site not in stated) if replaced else own
        found[name] = (*others, *rows)
    return found


def references(own: References, kept_book: KeptBook, *, alone: bool = False) -> References:
    """What is looked up: a farm book's before what the store knows of itself.

    Where the book stands `alone`, the communes that it counts are the territory.
    """
    counted = alone and kept_book.references.populations
    return _merged(replace(own, populations={}) if counted else own, kept_book.references)


def _merged(older: References, newer: References) -> References:
    names = ("prices", "n_content", "n_fixation", "vehicles", "populations", "params")
    both: dict[str, Any] = {n: {**getattr(older, n), **getattr(newer, n)} for n in names}
    farmland = older.farmland_ha if isnan(newer.farmland_ha) else newer.farmland_ha
    return References(**both, farmland_ha=farmland)


def _records(found: Iterable[Kept], register: str, start: date, end: date) -> tuple[Any, ...]:
    own = [one for one in found if one.statement.register == register]
    chosen = _newest(own, end) if register in GROUND else _of_period(own, start, end)
    return tuple(record_of(one.statement, one.number) for one in chosen)


def _of_period(found: Iterable[Kept], start: date, end: date) -> list[Kept]:
    return [one for one in found if _is_within(one.statement, start, end)]


def _is_within(said: Statement, start: date, end: date) -> bool:
    if said.day is not None:
        return start <= said.day <= end
    return start <= said.start and said.end <= end


def _newest(found: Iterable[Kept], end: date) -> list[Kept]:
    """Of each place the statements of its newest period that has begun, as the ground was last."""
    known = [one for one in found if one.statement.start <= end]
    last: dict[str, date] = {}
    for one in known:
        site, since = one.statement.site, one.statement.start
        last[site] = max(last.get(site, since), since)
    return [one for one in known if one.statement.start == last[one.statement.site]]


def _surveys(c: Connection, sites: set[str]) -> tuple[Survey, ...]:
    return tuple(
        Survey(
            source=Source("survey", f"survey {one.number}", one.number),
            site=one.survey.site,
            plot=f"{one.survey.site}/{one.survey.plot}" if one.survey.plot else "",
            day=one.survey.day,
            form=one.survey.form,
            version=one.survey.version,
            answers=one.survey.answers,
        )
        for one in indicators.surveys(c, statuses=(CONFIRMED,))
        if one.survey.site in sites
    )


def _stated(within: list[FarmBook], sites: set[str]) -> Stated:
    """The coverage that an author stated, where their book is the only one and tells all sites."""
    if len(within) != 1 or not sites <= set(within[0].told.get("sites", ())):
        return Stated()
    return stated_of(within[0].told)
