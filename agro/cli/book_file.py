"""`agro import book`: a farm book read whole, then its good records into the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import answer, answer_json, answer_table, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.indicators.importing import Imported
    from agro.indicators.reading import Read

_QUIET_BELOW = 200_000  # bytes: what is done at once shows no progress


def import_file(file: Path, *, who: str, replaces: int | None, as_json: bool) -> None:
    """Keep the good records of a book; the refused ones end the command with exit code 2.

    Raises
    ------
    BadInput  The file cannot be read, or records are refused: one line each.
    """
    from agro.cli.city import city_store
    from agro.cli.door import acting_here
    from agro.cli.output import configured
    from agro.cli.progress import progress
    from agro.config import now
    from agro.indicators.catalogue import whole
    from agro.indicators.importing import import_book
    from agro.indicators.reading import read_book

    read = read_book(file, whole().by_id)
    quiet = as_json or file.stat().st_size < _QUIET_BELOW
    with (
        city_store(configured()) as engine,
        progress(f"keeps {file}", quiet=quiet) as bar,
        acting_here(engine, "figure.write", "", {"import": file.name}) as c,
    ):
        _check_edition(c, replaces)
        found = import_book(c, read, file, who=who, at=now(), replaces=replaces, told=bar)
    tell(found.notes)
    if as_json:
        answer_json(document(file, read, found))
    else:
        _answer(file, read, found)
    if found.faults:
        raise BadInput(found.faults)


def _check_edition(c: "Connection", number: int | None) -> None:
    from agro.store import indicators

    known = [one.number for one in indicators.books(c)]
    if number is not None and number not in known:
        line = f"--replaces: there is no import {number} that counts; agro book list tells them"
        raise BadInput([line])


def document(file: Path, read: "Read", found: "Imported") -> dict[str, Any]:
    """An import as one JSON document; `book` is None where nothing was new."""
    return {
        "file": file.name,
        "start": read.book.start,
        "end": read.book.end,
        "book": found.book,
        "new": found.new.total(),
        "known": found.known.total(),
        "refused": len(found.faults),
        "taken_back": found.taken_back,
        "registers": _registers(found),
        "sites_made": found.made_sites,
        "plots_made": found.made_plots,
        "problems": found.faults,
        "notes": found.notes,
    }


def _registers(found: "Imported") -> dict[str, dict[str, int]]:
    names = [name for name in found.new if found.new[name] or found.known[name]]
    return {name: {"new": found.new[name], "known": found.known[name]} for name in names}


def _answer(file: Path, read: "Read", found: "Imported") -> None:
    rows = [(name, *counts.values()) for name, counts in _registers(found).items()]
    answer_table(f"{file.name}, {read.book.start} – {read.book.end}", ("", "new", "known"), rows)
    known = f" ({found.known.total()} were there already)" if found.known.total() else ""
    answer(f"{found.new.total()} new records{known} kept, {len(found.faults)} problems")
    if found.taken_back:
        answer(f"{found.taken_back} records of the earlier edition were taken back before")
    if found.made_sites:
        tell(f"new gardens: {', '.join(found.made_sites)}")
    if found.book is not None:
        tell(f"agro book undo {found.book} takes them all back")
        tell(f"agro indicators --farm-book {found.book} shows the figures of its gardens alone")
