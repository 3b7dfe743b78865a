"""What a figure is of: the city, a commune, a site or a plot, and the records of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import nan
from typing import Any, Literal

from agro.indicators.book import RECORDS, Book, Stated

Level = Literal["city", "commune", "site", "plot"]
METROPOLE = "metropole"  # the key of the whole territory among populations
_LEVELS: tuple[Level, ...] = ("commune", "site", "plot")
_EVERYWHERE = ("rain", "demands")  # said of a larger place, true of the smaller ones in it


@dataclass(frozen=True, slots=True)
class Scope:
    """A place: its level, and its commune's code or its slug ("" of the city)."""

    level: Level = "city"
    key: str = ""

    @property
    def above_sites(self) -> bool:
        """Whether it holds several sites."""
        return self.level in ("city", "commune")

    def __str__(self) -> str:
        return f"{self.level}:{self.key}" if self.key else self.level


def scope_of(text: str) -> Scope:
    """`city`, `commune:21231`, `site:potager`, `plot:potager/planche-1` as a scope.

    Raises
    ------
    ValueError  It is none of these.
    """
    level, divided, key = text.strip().partition(":")
    if not divided and level in ("city", METROPOLE):
        return Scope()
    for known in _LEVELS:
        if level == known and key:
            return Scope(known, key)
    raise ValueError(f"{text!r} is no scope; write city, commune:CODE, site:SLUG or plot:SITE/SLUG")


def known_keys(book: Book, level: Level) -> list[str]:
    """The communes, sites or plots of a book, in their order."""
    if level == "city":
        return [""]
    if level == "commune":
        codes = [site.commune for site in book.sites if site.commune]
        others = [code for code in book.references.populations if code != METROPOLE]
        return list(dict.fromkeys([*codes, *others]))
    if level == "site":
        return [site.site for site in book.sites]
    return [plot.plot for plot in book.plots]


def within(book: Book, scope: Scope) -> Book:
    """The records of a scope; those of the whole city belong to the city alone."""
    if scope.level == "city":
        return replace(book, population=_population(book), farmland=book.references.farmland_ha)
    if scope.level == "commune":
        sites = {site.site for site in book.sites if site.commune == scope.key}
        population = book.references.populations.get(scope.key, nan)
        return replace(_of_sites(book, sites), population=population)
    if scope.level == "site":
        return _of_sites(book, {scope.key})
    return _of_plot(book, scope.key)


def pieces(book: Book) -> dict[str, Book]:
    """The book in parts that do not overlap: each site, and "" for what is the city's own."""
    rows = {name: _grouped(getattr(book, name)) for name in RECORDS if name not in _EVERYWHERE}
    keys = [site.site for site in book.sites]
    found = {
        key: _piece(book, {name: of.get(key, ()) for name, of in rows.items()}, key) for key in keys
    }
    own = _piece(book, {name: of.get("", ()) for name, of in rows.items()}, "")
    city = within(book, Scope())
    return found | {"": replace(own, population=city.population, farmland=city.farmland)}


def _grouped(records: Iterable[Any]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for one in records:
        found.setdefault(one.site, []).append(one)
    return {site: tuple(listed) for site, listed in found.items()}


def _piece(book: Book, rows: Mapping[str, Any], key: str) -> Book:
    large: dict[str, Any] = {name: _of(getattr(book, name), {key, ""}) for name in _EVERYWHERE}
    alone = replace(book, **rows, **large, said=book.kept, stated=Stated())
    return replace(alone, population=nan, farmland=nan)


def _of_sites(book: Book, sites: set[str]) -> Book:
    kept: dict[str, Any] = {
        name: _of(getattr(book, name), sites | {""} if name in _EVERYWHERE else sites)
        for name in RECORDS
    }
    alone = replace(book, **kept, said=book.kept, stated=Stated())
    return replace(alone, population=nan, farmland=nan)


def _of(records: Iterable[Any], sites: set[str]) -> tuple[Any, ...]:
    return tuple(one for one in records if one.site in sites)


def _of_plot(book: Book, key: str) -> Book:
    """A plot's own records; what is said of its whole site is no plot's."""
    site = next((plot.site for plot in book.plots if plot.plot == key), "")
    own = _of_sites(book, {site})
    kept: dict[str, Any] = {
        name: tuple(
            one
            for one in getattr(own, name)
            if one.plot == key or (name in _EVERYWHERE and not one.plot)
        )
        for name in RECORDS
    }
    return replace(own, **kept)


def _population(book: Book) -> float:
    """Inhabitants of the territory: as stated, else the sum of its communes."""
    known = book.references.populations
    if METROPOLE in known:
        return known[METROPOLE]
    return sum(known.values()) if known else nan
