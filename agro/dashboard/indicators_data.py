"""The indicators as the page shows them: gathered from the store once, computed for each place.

A book of records takes the store seconds; it is shared by all visitors, never changed, and kept
five minutes, as are its figures. Nothing here knows a language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from agro.config import settings
from agro.dashboard import data
from agro.indicators.book import Book
from agro.indicators.catalogue import Catalogue, Indicator, catalogue
from agro.indicators.figures import Figure, computed
from agro.indicators.gathering import gather
from agro.indicators.scope import Level, Scope, known_keys, scope_of
from agro.store import farms

PERIODS = ("year", "months", "season")
YEARS = 4  # of a history, the running one among them
_KEPT_S, _REGISTER_S = 300, 60
_BOOKS, _FIGURES = 8, 64  # kept at most
# The growing season in the open of a temperate city, our convention; the page says its days.
_SEASON_START, _SEASON_END = (3, 1), (10, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """What is looked at: its first and last day, both included."""

    name: str
    start: date
    end: date


def period_of(name: str, today: date) -> Period:
    """This year so far, the twelve months until today, or the season: the last that began."""
    if name == "months":
        return Period(name, today - timedelta(days=364), today)
    if name == "season":
        year = today.year if today >= date(today.year, *_SEASON_START) else today.year - 1
        return Period(name, date(year, *_SEASON_START), min(today, date(year, *_SEASON_END)))
    return Period("year", date(today.year, 1, 1), today)


def year_of(year: int, today: date) -> Period:
    """A calendar year, until today where it is not over."""
    return Period(str(year), date(year, 1, 1), min(today, date(year, 12, 31)))


def known() -> Catalogue:
    """The catalogue as it holds in this city."""
    city = data.city()
    own = settings().city
    return catalogue(own, city.country, city.frameworks) if city else catalogue(own)


@st.cache_resource(ttl=_KEPT_S, max_entries=_BOOKS, show_spinner=False)
def book(start: date, end: date) -> Book:
    """The records of a period."""
    with data.engine().connect() as c:
        return gather(c, start, end)


@st.cache_resource(ttl=_KEPT_S, max_entries=_FIGURES, show_spinner=False)
def figures(start: date, end: date, scope: str, *, public: bool) -> list[Figure]:
    """Every indicator of a place in a period."""
    return computed(book(start, end), scope_of(scope), known(), public=public)


@st.cache_resource(ttl=_KEPT_S, max_entries=_FIGURES, show_spinner=False)
def places(start: date, end: date, level: Level, id_: str, *, public: bool) -> dict[str, Figure]:
    """One indicator in each commune or site that has farms, by its key."""
    records = book(start, end)
    keys = farmed_communes(records) if level == "commune" else known_keys(records, level)
    return {key: single(records, Scope(level, key), id_, public=public) for key in keys}


@st.cache_resource(ttl=_KEPT_S, max_entries=_FIGURES, show_spinner=False)
def years(today: date, scope: str, id_: str, *, public: bool) -> dict[int, Figure]:
    """One indicator of a place in this year and the years before it, the oldest first."""
    found = {}
    for year in range(today.year - YEARS + 1, today.year + 1):
        span = year_of(year, today)
        records = book(span.start, span.end)
        found[year] = single(records, scope_of(scope), id_, public=public)
    return found


def single(records: Book, scope: Scope, id_: str, *, public: bool) -> Figure:
    """One indicator alone."""
    whole = known()
    alone = whole.model_copy(update={"indicators": (whole.by_id[id_],)})
    return computed(records, scope, alone, public=public)[0]


def farmed_communes(records: Book) -> list[str]:
    """The communes that have a farm or garden; the others have nothing to compare."""
    return list(dict.fromkeys(site.commune for site in records.sites if site.commune))


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def commune_names() -> dict[str, str]:
    """Commune code → its name."""
    with data.engine().connect() as c:
        return {one.code: one.name for one in farms.communes(c)}


def forget() -> None:
    """Let the next read see what was just written."""
    for kept in (book, figures, places, years):
        kept.clear()


def site_names() -> dict[str, str]:
    """Site → its name."""
    return {site.slug: site.name for site in data.sites()}


def scopes(records: Book, asked: str) -> list[str]:
    """The places to choose from: the city, its communes with farms, its sites, a plot if asked."""
    listed = [
        Scope(),
        *(Scope("commune", key) for key in farmed_communes(records)),
        *(Scope("site", key) for key in known_keys(records, "site")),
    ]
    if asked.startswith("plot:") and asked.removeprefix("plot:") in known_keys(records, "plot"):
        listed.append(scope_of(asked))
    return [str(one) for one in listed]


def by_domain(found: Sequence[Figure]) -> dict[str, list[Figure]]:
    """The figures by domain, both in the catalogue's order."""
    grouped: dict[str, list[Figure]] = {}
    for one in found:
        grouped.setdefault(one.indicator.domain, []).append(one)
    return grouped


def comparable(one: Indicator) -> bool:
    """Whether an indicator means something above a site."""
    return one.rule != "site_only"
