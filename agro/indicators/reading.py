"""A farm book's file as a `Book`: good rows, and one line for each that cannot be used.

One section for each kind of record; a section that is missing says nothing, which is not 0. What
nobody knows the name of is noted and left.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agro.errors import BadInput
from agro.indicators import rows
from agro.indicators.book import RECORDS, Book, Record
from agro.indicators.canteen import read_canteens
from agro.indicators.document import Document, read_document
from agro.indicators.looked_up import (
    read_demands,
    read_nights,
    read_rain,
    read_references,
    read_stated,
)
from agro.indicators.making import SECTIONS, Section
from agro.indicators.places import Places, read_places
from agro.indicators.surveys import read_surveys
from agro.packs.faults import hint

_SPACES = ("surveys", "period", "caet_")


@dataclass(frozen=True, slots=True)
class Read:
    """A book as read: what could be used, `faults` with what to do, and `notes` of how."""

    book: Book
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def read_book(file: Path, indicators: Collection[str] = ()) -> Read:
    """Read a farm book; `indicators` are the ids that may be entered.

    Raises
    ------
    BadInput  The file cannot be read, or tells no period.
    """
    document = read_document(file)
    start, end = _period(document)
    places = read_places(document)
    registers = _registers(document, places)
    _check_entered(document, registers["entered"], indicators)
    canteens = read_canteens(document, places)
    registers |= {
        "sites": list(places.sites.values()),
        "plots": list(places.plots.values()),
        "roofs": list(places.roofs),
        "surfaces": [*places.surfaces, *registers["surfaces"]],
        "purchases": list(canteens.purchases),
        "wastes": list(canteens.wastes),
        "surveys": list(read_surveys(document, places)),
        "rain": list(read_rain(document, places)),
        "demands": list(read_demands(document, places)),
        "nights": list(read_nights(document, places)),
    }
    made: dict[str, Any] = {name: tuple(found) for name, found in registers.items()}
    kept = {SECTIONS[name].register for name in SECTIONS if name in document.content}
    book = Book(
        start=start,
        end=end,
        references=read_references(document),
        stated=read_stated(document),
        said=frozenset(kept),
        **made,
    )
    _note_unknown(document)
    return Read(book, tuple(document.faults), tuple(document.notes))


def _period(document: Document) -> tuple[date, date]:
    period = document.section("period")
    if not isinstance(period, dict):
        line = f"{document.file}: period is missing; write period: {{start: …, end: …}}"
        raise BadInput([line])
    row = document.row("period", period, rows.PeriodRow)
    if row is None:
        raise BadInput(document.faults)
    return row.start, row.end


def _registers(document: Document, places: Places) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {name: [] for name in RECORDS}
    for name, section in SECTIONS.items():
        for path, entry in document.entries(name):
            record = _record(document, places, section, path, entry)
            if record is not None:
                found[section.register].append(record)
    return found


def _record(
    document: Document, places: Places, section: Section, path: str, entry: Any
) -> Record | None:
    row = document.row(path, entry, section.row)
    if row is None:
        return None
    kind = section.register.removesuffix("s")
    at = places.at(document, path, row, kind=kind, needed=section.placed)
    return None if at is None else section.make(row, at, places)


def _check_entered(document: Document, found: list[Record], indicators: Collection[str]) -> None:
    """Tell of what was entered for an indicator that does not exist, and leave it out."""
    for one in list(found):
        name = getattr(one, "indicator", "")
        if indicators and name not in indicators:
            told = f".indicator {name!r} is not in the catalogue; {hint(name, indicators, 'it')}"
            document.fault(one.source.key, told)
            found.remove(one)


def _note_unknown(document: Document) -> None:
    """Note the sections that nobody reads."""
    known = [*document.used, "canteen_waste"]
    for name in document.content:
        if name not in known and not name.startswith(_SPACES):
            told = f"{document.file}: {name} is not used; {hint(name, known, 'the README')}"
            document.notes.append(told)
