"""A whole farm book into the store: every record where it belongs, once, and undone as a whole.

Sites and plots that nobody knows are made; what happened on a day goes into the logbook, where it
is read and corrected like any entry; totals of a period and all that the logbook has no place for
become statements; surveys become confirmed surveys. The same book again changes nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isnan
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from agro.indicators.book import Book, Plot, Record, Site
from agro.indicators.keeping import KINDS, statement_of, told_of
from agro.indicators.noting import entry_of
from agro.indicators.reading import Read
from agro.records import Batch, LogEntry
from agro.records import Site as Garden
from agro.store import farms, indicators, logbook
from agro.store.indicators import FarmBook, SurveyAnswers
from agro.store.indicators.places import make_plots, make_site
from agro.store.values import time_zone

Told = Callable[[str, int, int], None]  # what is being done, how far, of how much
NO_PLACE = "not stated in its farm book; the middle of the commune"
"""The note of a site whose position is that of its commune."""
_AT_ONCE = 500  # records
_EVERYWHERE = ("rain", "demands")


@dataclass(slots=True)
class Imported:
    """What an import brought. `book` undoes it, None where nothing was new; counts by register."""

    book: int | None = None
    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    made_sites: list[str] = field(default_factory=list)
    made_plots: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    taken_back: int = 0

    def count(self, register: str, of: int, new: int) -> None:
        """Of so many records so many were new."""
        self.new[register] += new
        self.known[register] += of - new


def import_book(
    c: Connection,
    read: Read,
    file: Path,
    *,
    who: str,
    at: datetime,
    replaces: int | None = None,
    told: Told | None = None,
) -> Imported:
    """Keep a farm book's good records; what is kept already stays as it is.

    `replaces` is the number of an earlier edition of the book: it is taken back first, so that what
    this one no longer says counts no more. Both happen, or neither.

    Raises
    ------
    ValueError  No city is loaded, or there is no such edition.
    """
    found = Imported(faults=list(read.faults), notes=list(read.notes))
    if replaces is not None:
        found.taken_back = undo_import(c, replaces, who=who, at=at)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    _note_editions(c, read.book, file.name, sha256, found)
    book = _placed(c, read.book, file.name, found)
    own = FarmBook(0, file.name, sha256, book.start, book.end, at, who, told_of(book))
    number = indicators.open_book(c, own)
    batches = _note(c, book, own, found, told)
    _state(c, book, own, number, found, told)
    surveys = [_survey(one, file.name) for one in book.surveys]
    new = indicators.write_surveys(c, surveys, who=who, at=at, book=number)
    found.count("surveys", len(surveys), new)
    found.book = indicators.close_book(
        c,
        number,
        new=found.new.total(),
        known=found.known.total(),
        refused=len(found.faults),
        batches=batches,
    )
    return found


def undo_import(c: Connection, number: int, *, who: str, at: datetime) -> int:
    """Take back everything that a farm book brought, but its sites and plots; how many records.

    Raises
    ------
    ValueError  There is no such book.
    """
    of = next((one for one in indicators.books(c, undone=True) if one.number == number), None)
    gone = indicators.undo_book(c, number, who=who, at=at)
    for batch in of.told.get("batches", ()) if of is not None else ():
        gone += logbook.undo_batch(c, batch, who=who, at=at)
    return gone


def _note_editions(c: Connection, book: Book, file: str, sha256: str, found: Imported) -> None:
    """Tell of other editions of this file that stand: what both say differently counts twice."""
    for one in indicators.books(c):
        same = (one.file, one.start, one.end) == (file, book.start, book.end)
        if same and one.sha256 != sha256:
            told = f"{file}: import {one.number} is another edition of it, and still counts"
            found.notes.append(f"{told}; --replaces {one.number} takes it back first")


def _placed(c: Connection, book: Book, file: str, found: Imported) -> Book:
    """The book with its sites and plots in the store; what contradicts the store is told."""
    known = {one.slug: one for one in farms.sites(c)}
    refused = {one.site for one in book.sites if _contradicts(one, known, file, found)}
    for site in book.sites:
        if site.site not in known and make_site(c, _garden(c, site)):
            found.made_sites.append(site.site)
    beds = {(one.site, one.slug): one.area for one in farms.plots(c)}
    for site in book.sites:
        own = [one for one in book.plots if one.site == site.site]
        if site.site not in refused:
            areas = {one.plot: one.area for one in own if (one.site, one.plot) not in beds}
            found.made_plots += make_plots(c, site.site, areas)
    kept: dict[str, Any] = {name: _of(getattr(book, name), refused) for name in _registers()}
    return replace(book, **kept)


def _registers() -> tuple[str, ...]:
    return (*KINDS, "surveys")


def _of(records: Sequence[Any], refused: set[str]) -> tuple[Any, ...]:
    return tuple(one for one in records if one.site not in refused)


def _contradicts(site: Site, known: dict[str, Garden], file: str, found: Imported) -> bool:
    """Whether the store has another garden, or the city's own post, of this name; which is told."""
    here = known.get(site.site)
    line = f"{file}, line {site.source.row}: {site.source.key}"
    if site.kind == farms.CONTROL_POST or (here and here.kind == farms.CONTROL_POST):
        found.faults.append(f"{line}.type is the city's own post, which grows nothing; change it")
        return True
    if here is None or not site.commune or not here.commune or here.commune == site.commune:
        return False
    told = f".commune {site.commune!r} is not that of the garden that is kept, {here.commune!r}"
    found.faults.append(f"{line}{told}; correct it, or give the site another name")
    return True


def _garden(c: Connection, site: Site) -> Garden:
    """A site of the book as a garden: where it says no place, in the middle of its commune."""
    places: dict[str, Any] = {one.code: one for one in farms.communes(c)}
    city = farms.city(c)
    if city is None:
        raise ValueError("no city is loaded")
    here = places.get(site.commune, city)
    stated = not isnan(site.latitude) and not isnan(site.longitude)
    return Garden(
        slug=site.site,
        name=site.site,
        kind=site.kind,
        commune=site.commune,
        latitude=site.latitude if stated else here.latitude,
        longitude=site.longitude if stated else here.longitude,
        elevation=city.elevation,
        position_note="" if stated else NO_PLACE,
    )


def _note(
    c: Connection, book: Book, own: FarmBook, found: Imported, told: Told | None
) -> list[int]:
    """The records that the logbook holds, as an import of each site; the numbers of these."""
    zone, batches = time_zone(c), []
    for site in book.sites:
        by_register = {
            name: [e for one in getattr(book, name) if (e := _entry(one, site, zone)) is not None]
            for name in KINDS
        }
        if not any(by_register.values()):
            continue
        opened = logbook.open_batch(
            c, Batch(0, site.site, own.file, own.sha256, own.imported_at, own.who, 0, 0)
        )
        brought, repeats = 0, Counter[str]()
        for name, entries in by_register.items():
            new = 0
            for done, part in _parts(entries):
                _tell(told, f"{site.site}: {name}", done, len(entries))
                new += logbook.write(c, part, batch=opened, repeats=repeats)
            found.count(name, len(entries), new)
            brought += new
        kept = logbook.close_batch(c, opened, new=brought, refused=0)
        batches += [] if kept is None else [kept.number]
    return batches


def _entry(record: Record, site: Site, zone: Any) -> LogEntry | None:
    return entry_of(record, zone) if record.site == site.site else None


def _state(
    c: Connection, book: Book, own: FarmBook, number: int, found: Imported, told: Told | None
) -> None:
    """What the logbook cannot hold, as statements of the book's period."""
    zone, repeats = time_zone(c), Counter[str]()
    for register in KINDS:
        rest = [one for one in getattr(book, register) if entry_of(one, zone) is None]
        said = [
            statement_of(one, register, start=own.start, end=own.end, file=own.file)
            for record in rest
            for one in _everywhere(record, register, book)
        ]
        new = 0
        for done, part in _parts(said):
            _tell(told, register, done, len(said))
            new += indicators.write(
                c, part, who=own.who, at=own.imported_at, book=number, repeats=repeats
            )
        found.count(register, len(said), new)


def _everywhere(record: Record, register: str, book: Book) -> Iterator[Record]:
    """Rain of everywhere in the book is of each of its sites, and of no other garden."""
    if register in _EVERYWHERE and not record.site and book.sites:
        for site in book.sites:
            yield replace(record, site=site.site)
    elif isinstance(record, (Site, Plot)) or record.site or not record.plot:
        yield record


def _survey(one: Any, file: str) -> SurveyAnswers:
    line = f", line {one.source.row}" if one.source.row else ""
    answers = {element: dict(indices) for element, indices in one.answers.items()}
    return SurveyAnswers(
        site=one.site,
        version=one.version,
        answers=answers,
        day=one.day,
        form=one.form,
        plot=one.plot,
        source=f"{file}{line}: {one.source.key}",
    )


def _parts(items: Sequence[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
    for start in range(0, len(items), _AT_ONCE):
        yield start, items[start : start + _AT_ONCE]


def _tell(told: Told | None, what: str, done: int, total: int) -> None:
    if told is not None:
        told(what, done, total)
