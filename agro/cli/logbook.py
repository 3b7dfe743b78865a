"""`agro logbook`: what was noted, corrected, struck and imported; nothing is ever lost."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.logbook_file import Json, Who, answer_totals
from agro.cli.logbook_kept import (
    Crop,
    Kind,
    Plot,
    Since,
    Site,
    Struck,
    Until,
    Wanted,
    answer_batches,
    answer_history,
    answer_kept,
    entry_document,
    kept,
    revision_document,
)
from agro.cli.output import answer, answer_json, configured, nearest, pairs
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.access.door import Sites
    from agro.records import Noted

_Found = TypeVar("_Found")

app = typer.Typer(
    help="The logbook: entries, corrections with their history, imports and their undoing.",
    no_args_is_help=True,
)

Number = Annotated[
    int, typer.Argument(metavar="NUMBER", help="The entry's, from agro logbook list.")
]
BatchNumber = Annotated[
    int, typer.Argument(metavar="BATCH", help="The import's, from agro logbook batches.")
]
Reason = Annotated[str, typer.Option(metavar="WORDS", help="Why, kept in the history.")]
Out = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file to write.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="What it shall say: quantity=3.5, unit=kg."),
]


@app.command("list")
def list_(
    *,
    site: Site = "",
    plot: Plot = "",
    type_: Kind = "",
    crop: Crop = "",
    since: Since = "",
    until: Until = "",
    struck: Struck = False,
    batch: Annotated[int | None, typer.Option(metavar="N", help="Of this import.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Entries, newest first."""
    wanted = Wanted(site, plot, type_, crop, since, until, struck)
    with _reading() as c:
        found = _kept(c, wanted, batch=batch, limit=limit)
    if as_json:
        answer_json([entry_document(one) for one in found])
    else:
        answer_kept(found)


@app.command()
def totals(
    *,
    site: Site = "",
    plot: Plot = "",
    type_: Kind = "",
    crop: Crop = "",
    since: Since = "",
    until: Until = "",
    as_json: Json = False,
) -> None:
    """What the entries that stand add up to, by type, crop and unit."""
    from agro.logbook.preview import totals as totals_of

    with _reading() as c:
        found = _kept(c, Wanted(site, plot, type_, crop, since, until))
    sums = totals_of(one.entry for one in found)
    if as_json:
        answer_json([asdict(one) for one in sums])
    else:
        answer_totals("totals", sums)


@app.command()
def export(
    file: Out,
    *,
    site: Site = "",
    plot: Plot = "",
    type_: Kind = "",
    crop: Crop = "",
    since: Since = "",
    until: Until = "",
    struck: Struck = False,
) -> None:
    """Entries as CSV or XLSX; agro import logbook reads either back."""
    from agro.logbook import to_csv, to_xlsx
    from agro.store.values import time_zone

    kinds = {".csv": lambda *given: to_csv(*given).encode(), ".xlsx": to_xlsx}
    if file.suffix.lower() not in kinds:
        raise BadInput([f"{file}: is neither .csv nor .xlsx; name it so"])
    with _reading() as c:
        found = _kept(c, Wanted(site, plot, type_, crop, since, until, struck))
        body = kinds[file.suffix.lower()](found, time_zone(c))
    try:
        file.write_bytes(body)
    except OSError as error:
        raise BadInput([f"{file}: {(error.strerror or str(error)).lower()}"]) from error
    answer(f"{len(found)} entries written to {file}")


@app.command()
def history(number: Number, as_json: Json = False) -> None:
    """Every change of an entry: who, when, what it said before and after."""
    from agro.store import logbook

    with _reading() as c:
        found = _known(lambda: logbook.history(c, number))
    if as_json:
        answer_json([revision_document(one) for one in found])
    else:
        answer_history(found)


@app.command()
def correct(number: Number, set_: Set = None, who: Who = "", reason: Reason = "") -> None:
    """Let an entry say something else; what it said before is kept."""
    from agro.cli.logbook_file import line
    from agro.logbook import corrected
    from agro.logbook.correcting import FIELDS
    from agro.store import logbook
    from agro.words import say

    changed = pairs(set_ or (), "--set")
    wrong = [name for name in changed if name not in FIELDS]
    if wrong or not changed:
        told = [f"--set: {name!r} is no field; known: {', '.join(FIELDS)}" for name in wrong]
        raise BadInput(told or ["--set: says nothing; write what changes, like quantity=3.5"])
    with _entry(number, {"correct": number, "reason": reason}) as c:
        entry = _known(lambda: logbook.one(c, number)).entry
        found = corrected(c, entry, changed)
        if isinstance(found, list):
            raise BadInput(line(say("en"), f"entry {number}", problem) for problem in found)
        done = _known(lambda: logbook.correct(c, number, found, who=who, reason=reason))
    answer(f"entry {number} is corrected" if done else f"entry {number} says that already")


@app.command()
def strike(number: Number, who: Who = "", reason: Reason = "") -> None:
    """Take an entry back; it is kept, and counts no more."""
    from agro.store import logbook

    with _entry(number, {"strike": number, "reason": reason}) as c:
        done = _known(lambda: logbook.strike(c, number, who=who, reason=reason))
    answer(f"entry {number} is struck" if done else f"entry {number} was struck already")


@app.command()
def restore(number: Number, who: Who = "", reason: Reason = "") -> None:
    """Let a struck entry stand again."""
    from agro.store import logbook

    with _entry(number, {"restore": number, "reason": reason}) as c:
        done = _known(lambda: logbook.restore(c, number, who=who, reason=reason))
    answer(f"entry {number} stands again" if done else f"entry {number} stands already")


@app.command()
def batches(site: Site = "", as_json: Json = False) -> None:
    """The files that were imported, newest first."""
    from agro.store import logbook

    with _reading() as c:
        found = logbook.batches(c, site=site or None)
    if as_json:
        answer_json([asdict(one) for one in found])
    else:
        answer_batches(found)


@app.command()
def undo(batch: BatchNumber, who: Who = "") -> None:
    """Take a whole import back; agro logbook redo brings it again."""
    from agro.store import logbook

    with _import(batch, {"undo": batch}) as c:
        done = _known(lambda: logbook.undo_batch(c, batch, who=who))
    answer(f"import {batch} is undone: {done} entries are struck")


@app.command()
def redo(batch: BatchNumber, who: Who = "") -> None:
    """Bring back what the undoing of an import struck."""
    from agro.store import logbook

    with _import(batch, {"redo": batch}) as c:
        done = _known(lambda: logbook.redo_batch(c, batch, who=who))
    answer(f"import {batch} is back: {done} entries stand again")


def _kept(
    c: "Connection", wanted: Wanted, *, batch: int | None = None, limit: int | None = None
) -> "list[Noted]":
    """The entries that are asked for; a type that no entry can have is bad input."""
    from agro.logbook.columns import TYPES

    if wanted.type and wanted.type not in TYPES:
        raise BadInput([f"--type: {wanted.type!r} is not a type; {nearest(wanted.type, TYPES)}"])
    return kept(c, wanted, batch=batch, limit=limit)


@contextmanager
def _reading() -> "Iterator[Connection]":
    with city_store(configured()) as engine, engine.connect() as c:
        yield c


def _entry(number: int, what: Mapping[str, object]) -> "AbstractContextManager[Connection]":
    from agro.access.records import of_entries

    return _writing(of_entries([number]), what)


def _import(number: int, what: Mapping[str, object]) -> "AbstractContextManager[Connection]":
    from agro.access.records import of_imports

    return _writing(of_imports(number), what)


@contextmanager
def _writing(site: "Sites", what: Mapping[str, object]) -> "Iterator[Connection]":
    with city_store(configured()) as engine, acting_here(engine, "logbook.write", site, what) as c:
        yield c


def _known(ask: Callable[[], _Found]) -> _Found:
    """What the store answers; an entry or import that is not there is bad input."""
    try:
        return ask()
    except ValueError as error:
        raise BadInput([str(error)]) from error
