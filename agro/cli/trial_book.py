"""`agro trial book|enter|sheets|undo|redo`: a field book goes out and comes back."""

from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.output import answer, answer_json, answer_table, tell
from agro.cli.trial_stored import Json, Site, Slug, Who, known, reading, writing
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.store.trials import SheetBatch
    from agro.trials.entering import Preview

_SHOWN = 40  # changes and plots that are told one by one

Number = Annotated[int, typer.Argument(metavar="N", help="The sheet's, from agro trial sheets.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the group `agro trial`."""
    for command in (book, enter, sheets, undo, redo):
        app.command()(command)


def book(
    slug: Slug,
    site: Site,
    out: Annotated[Path, typer.Option(metavar="FILE", help="A .csv or .xlsx file to write.")],
) -> None:
    """Write the field book of a trial, with the values that stand; agro trial enter reads it."""
    from agro.store import trials
    from agro.tables import to_csv, to_xlsx
    from agro.trials.entering import book as book_of

    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise BadInput([f"--out: {out.name!r} is neither .csv nor .xlsx; name one of them"])
    with reading() as c:
        trial = known(lambda: trials.trial_of(c, site, slug))
        rows, columns = book_of(trial, trials.values(c, site, slug))
    if not rows:
        raise BadInput([f"{slug}: has no layout, so there is no field book"])
    if out.suffix.lower() == ".csv":
        body = to_csv(rows, columns).encode("utf-8-sig")  # spreadsheets take it for UTF-8
    else:
        body = to_xlsx(rows, columns)
    try:
        out.write_bytes(body)
    except OSError as error:
        raise BadInput([f"--out: {out} cannot be written ({error.strerror})"]) from error
    if not trial.traits:
        tell(f"{slug}: measures nothing yet; add it with agro trial trait {slug} --trait …")
    answer(f"{len(rows)} rows written to {out}")


def enter(
    slug: Slug,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The book that came back.")],
    site: Site,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be stored; store nothing.")
    ] = False,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Take in what a field book says: good values are stored, the others told and left out."""
    from agro.cli.trial import finding_line
    from agro.store import trials
    from agro.trials.entering import read_back
    from agro.words import say

    body = _body(file)
    with reading() as c:
        trial = known(lambda: trials.trial_of(c, site, slug))
        found = read_back(trial, body, str(file), trials.values(c, site, slug))
    batch = None
    if not dry_run and found.values:
        told = {"enter": slug, "values": len(found.values), "file": file.name}
        with writing(site, told) as c:
            batch = trials.enter(
                c,
                site,
                slug,
                found.values,
                who=who,
                file=file.name,
                sha256=found.sha256,
                refused=found.refused,
            )
    words = say("en")
    problems = [finding_line(words, file, one) for one in found.problems]
    doubts = [finding_line(words, file, one) for one in found.doubts]
    if as_json:
        answer_json(_document(found, batch, [*problems, *doubts]))
    else:
        _answer(found, batch, dry_run=dry_run)
        tell(doubts)
    if problems:
        raise BadInput(problems)


def _body(file: Path) -> bytes:
    from agro.sheets import LARGEST

    try:
        size = file.stat().st_size
        if size > LARGEST:
            line = f"{file}: is of {size / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f} MB; split it"
            raise BadInput([line])
        return file.read_bytes()
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error


def _document(found: "Preview", batch: "SheetBatch | None", warnings: list[str]) -> dict[str, Any]:
    """What came of a sheet, for a program."""
    names = ("plot", "trait", "time", "day", "value", "notes")
    return {
        "sheet": batch.number if batch else None,
        "values": [{name: getattr(one, name) for name in names} for one in found.values],
        "changed": [asdict(one) for one in found.changed],
        "known": found.known,
        "refused": found.refused,
        "lacking": found.lacking,
        "warnings": warnings,
    }


def _answer(found: "Preview", batch: "SheetBatch | None", *, dry_run: bool) -> None:
    lost = sum(isnan(one.value) for one in found.values)
    told = _values(len(found.values))
    told += f", {lost} of them that a plot was lost" if lost else ""
    told += f"; {found.known} stood already" if found.known else ""
    told += f"; refused in {found.refused} of its rows" if found.refused else ""
    if batch is not None:
        answer(f"sheet {batch.number}: {told}; agro trial undo {batch.number} takes it back")
    else:
        answer(f"nothing stored: {told}" if dry_run else f"nothing new: {told}")
    for one in found.changed[:_SHOWN]:
        at = f" at {one.time}" if one.time else ""
        before, after = (_figure(value) for value in (one.before, one.after))
        answer(f"plot {one.plot}{at}, {one.trait}: {before} becomes {after}")
    if len(found.changed) > _SHOWN:
        answer(f"and {len(found.changed) - _SHOWN} more changes; --json has them all")
    if found.lacking:
        shown = ", ".join(map(str, found.lacking[:_SHOWN]))
        more = " …" if len(found.lacking) > _SHOWN else ""
        answer(f"without a value: {shown}{more}")


def _values(count: int) -> str:
    return f"{count} value" if count == 1 else f"{count} values"


def _figure(value: float) -> str:
    return "lost" if isnan(value) else f"{value:.10g}"


def sheets(slug: Slug, site: Site, as_json: Json = False) -> None:
    """The field books that came back, newest first."""
    from agro.store import trials

    with reading() as c:
        found = known(lambda: trials.batches(c, site, slug))
    if as_json:
        answer_json([asdict(one) for one in found])
        return
    columns = ("no", "entered", "file", "who", "new", "refused", "undone")
    rows = (
        [str(one.number), one.imported_at, one.file, one.who, one.new, one.refused, one.undone_at]
        for one in found
    )
    answer_table(f"sheets of {slug}", columns, rows)


def undo(number: Number) -> None:
    """Take a whole sheet back; what was said before it counts again."""
    from agro.access.records import of_sheet
    from agro.store import trials

    with writing(of_sheet(number), {"undo": number}) as c:
        done = trials.undo_batch(c, number)
    if not done:
        raise BadInput([f"sheet {number}: has no value that stands; agro trial sheets lists them"])
    answer(f"sheet {number} is undone: {_values(done)}; agro trial redo {number} brings it again")


def redo(number: Number) -> None:
    """Bring back what the undoing of a sheet took."""
    from agro.access.records import of_sheet
    from agro.store import trials

    with writing(of_sheet(number), {"redo": number}) as c:
        done = trials.redo_batch(c, number)
    if not done:
        raise BadInput([f"sheet {number}: was not undone; agro trial sheets lists them"])
    answer(f"sheet {number} is back: {_values(done)}")
