"""`agro indicators`: the figures of the city, a commune, a site or a plot, and their records."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.language import known_language
from agro.cli.output import answer_json, answer_table, configured, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.config import Settings
    from agro.indicators.book import Book
    from agro.indicators.catalogue import Catalogue
    from agro.indicators.figures import Figure
    from agro.indicators.scope import Scope
    from agro.store.indicators import FarmBook


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(indicators)


def indicators(
    scope: Annotated[
        str, typer.Option(metavar="PLACE", help="city, commune:CODE, site:SLUG, plot:SITE/SLUG.")
    ] = "city",
    start: Annotated[str, typer.Option("--from", metavar="D", help="First day.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="D", help="Last day.")] = "",
    book: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A farm book (YAML) instead of the store.")
    ] = None,
    farm_book: Annotated[
        int | None,
        typer.Option(metavar="N", help="Only the gardens and the period of an imported book."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Hide what tells of fewer than three gardens.")
    ] = False,
    language: Annotated[
        str, typer.Option(metavar="L", callback=known_language, help="Of the names in the table.")
    ] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Every indicator of the catalogue, with what it divides, its coverage and its records."""
    from agro.indicators.figures import computed, row

    settings = configured()
    place, span = _scope(scope), _span(start, end)
    faults: tuple[str, ...] = ()
    if book is None:
        records, known = _from_store(settings, span, farm_book)
    else:
        records, known, faults = _from_file(book, settings, span)
    _check(place, records)
    figures = computed(records, place, known, public=public)
    if as_json:
        answer_json([row(figure) for figure in figures])
    else:
        _answer_people(figures, records, place, language)
    if faults:
        raise BadInput(faults)


def _from_file(
    file: Path, settings: "Settings", span: tuple[date | None, date | None]
) -> "tuple[Book, Catalogue, tuple[str, ...]]":
    from agro.indicators.book import during
    from agro.indicators.catalogue import catalogue
    from agro.indicators.reading import read_book
    from agro.packs import read_pack

    city = read_pack(settings.city).city
    known = catalogue(settings.city, city.country, city.frameworks)
    read = read_book(file, known.by_id)
    tell(read.notes)
    first, last = span[0] or read.book.start, span[1] or read.book.end
    if first > last:
        raise BadInput([f"--from: {first} is after the last day, {last}; change one of them"])
    if (first, last) == (read.book.start, read.book.end):
        return read.book, known, read.faults
    tell(f"{file}: records without a date are taken as of {first} to {last}")
    return during(read.book, first, last), known, read.faults


def _from_store(
    settings: "Settings", span: tuple[date | None, date | None], number: int | None
) -> "tuple[Book, Catalogue]":
    from agro.cli.city import city_store
    from agro.indicators.catalogue import catalogue
    from agro.indicators.gathering import gather
    from agro.store import farms

    with city_store(settings) as engine, engine.connect() as c:
        of = None if number is None else _farm_book(c, number)
        first, last = _period(c, span, of)
        if first > last:
            raise BadInput([f"--from: {first} is after the last day, {last}; change one of them"])
        city = farms.city(c)
        known = (
            catalogue(settings.city, city.country, city.frameworks)
            if city
            else catalogue(settings.city)
        )
        sites = None if of is None else of.told.get("sites", ())
        return gather(c, first, last, sites=sites, book=number), known


def _farm_book(c: "Connection", number: int) -> "FarmBook":
    from agro.store import indicators

    known = {one.number: one for one in indicators.books(c)}
    if number not in known:
        line = f"--farm-book: there is no import {number}; agro book list tells them"
        raise BadInput([line])
    return known[number]


def _period(
    c: "Connection", span: tuple[date | None, date | None], of: "FarmBook | None"
) -> tuple[date, date]:
    """The period asked for, else that of a book, else this year until today."""
    from agro.cli.chain_given import today

    if of is not None:
        return span[0] or of.start, span[1] or of.end
    last = span[1] or today(c)
    return span[0] or date(last.year, 1, 1), last


def _scope(text: str) -> "Scope":
    from agro.indicators.scope import scope_of

    try:
        return scope_of(text)
    except ValueError as error:
        raise BadInput([f"--scope: {error}"]) from error


def _check(scope: "Scope", book: "Book") -> None:
    """Refuse a place that the records do not know."""
    from agro.indicators.scope import known_keys

    known = known_keys(book, scope.level)
    if scope.key not in known:
        line = f"--scope: {scope.level} {scope.key!r} does not exist; {nearest(scope.key, known)}"
        raise BadInput([line])


def _span(start: str, end: str) -> tuple[date | None, date | None]:
    return _day(start, "--from"), _day(end, "--to")


def _day(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput([f"{option}: {text!r} is not a day; write 2026-12-31"]) from error


def _answer_people(figures: "list[Figure]", book: "Book", scope: "Scope", language: str) -> None:
    from agro.words import say

    words = say(language)
    answer_table(
        f"{scope}, {book.start} – {book.end}",
        ("id", "name", "value", "unit", "coverage %", "status", "target", "records"),
        [
            (
                one.indicator.id,
                one.indicator.name(language),
                _value(one),
                one.indicator.unit,
                one.coverage * 100.0,
                words.t(f"indicator_status.{one.status}"),
                _target(one),
                len(one.sources),
            )
            for one in figures
        ],
    )


def _value(figure: "Figure") -> str:
    if figure.spread:
        return "; ".join(
            f"{one.version + ': ' if one.version else ''}median {one.median:.1f} of {one.n}"
            for one in figure.spread
        )
    return f"{figure.value:.4g}" if figure.value == figure.value else "–"


def _target(figure: "Figure") -> str:
    if figure.target is None:
        return "–"
    limit, op = figure.target.value, figure.target.threshold.op
    if isinstance(limit, tuple):
        return f"{limit[0]:g} – {limit[1]:g}"
    return f"{op} {limit:g}"
