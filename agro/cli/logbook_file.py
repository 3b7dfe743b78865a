"""`agro import logbook`: any garden's table, read whole, then its good rows as one import."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.door import acting_here
from agro.cli.output import answer, answer_json, answer_table, nearest, pairs, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.logbook import BadRow, Choice, Preview, Stored
    from agro.logbook.preview import Total
    from agro.words import Words

QUIET_BELOW = 2000  # rows: what is done at once shows no progress
_TOLD = 20  # crops of a kind that are told one by one


class Plots(StrEnum):
    """What becomes of a plot that the site does not know."""

    NEED = "need"
    MAKE = "make"


class Dates(StrEnum):
    """How 03/04/2026 is read."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


Type = Annotated[
    str, typer.Option("--type", metavar="T", help="Type of rows that tell none, e.g. harvest.")
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=NAME", help="Take a field from this column of the file."),
]
MakePlots = Annotated[
    Plots, typer.Option(help="Refuse unknown plots, or make beds of them that have no area yet.")
]
Unit = Annotated[str, typer.Option(metavar="U", help="Unit of quantities that tell none.")]
DateOrder = Annotated[
    Dates | None, typer.Option(help="How 03/04/2026 is read; else as the other dates show.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be stored; store nothing.")
]
Who = Annotated[str, typer.Option(metavar="NAME", help="Who does it, kept in the history.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a file."""

    file: Path
    site: str
    choice: "Choice"
    who: str = ""
    dry_run: bool = False
    as_json: bool = False


def choice_of(
    type_: str, columns: Sequence[str], plots: Plots, unit: str, dates: Dates | None
) -> "Choice":
    """The options of a command as a choice.

    Raises
    ------
    BadInput  The type or the unit is not known, or a column is not FIELD=NAME.
    """
    from agro.logbook import TYPES, Choice
    from agro.logbook.names import type_named
    from agro.units import unit_of

    lines = []
    if type_ and type_named(type_) is None:
        lines.append(f"--type: {type_!r} is not a type; {nearest(type_, TYPES)}")
    if unit and unit_of(unit) is None:
        lines.append(f"--unit: {unit!r} is not a known unit; write kg, g, L, bunch, piece or head")
    if lines:
        raise BadInput(lines)
    first = None if dates is None else dates is Dates.DAY_FIRST
    named = (type_named(type_) or "") if type_ else ""
    return Choice(named, pairs(columns, "--column"), plots.value, unit, first)


def import_file(order: Order) -> None:
    """Read a file and store its good rows; the refused ones end the command with exit code 2.

    Raises
    ------
    BadInput  Rows are refused: one line each; the good ones are stored.
    """
    from agro.cli.city import city_store
    from agro.cli.output import configured
    from agro.cli.progress import progress
    from agro.cli.records_file import site_named
    from agro.logbook import read, store
    from agro.words import say

    body = _body(order.file)
    quiet = order.as_json or body.count(b"\n") < QUIET_BELOW
    words, stored = say("en"), None
    with city_store(configured()) as engine, progress(f"reads {order.file}", quiet=quiet) as bar:
        with engine.connect() as c:
            site_named(c, order.site)
            found = read(
                c,
                body,
                order.file.name,
                order.site,
                choice=order.choice,
                told=lambda done, total: bar("rows read", done, total),
            )
        if not order.dry_run:
            what = {"import": order.file.name}
            with acting_here(engine, "logbook.write", order.site, what) as c:
                stored = store(
                    c,
                    found,
                    who=order.who,
                    told=lambda done, total: bar("entries stored", done, total),
                )
    lines = [line(words, str(order.file), problem) for problem in found.problems]
    if order.as_json:
        answer_json(document(words, found, stored))
    else:
        _tell_reading(words, order.file, found)
        _answer(found, stored)
    if lines:
        raise BadInput(lines)


def line(words: "Words", file: str, problem: "BadRow") -> str:
    """A refused row as one line: which file, row, field, value and what to do."""
    from agro.words import problem_sentence

    sentence = problem_sentence(words, problem.code, problem.value, problem.facts)
    where = f"{file}, row {problem.row}" if problem.row else file
    return f"{where}, {problem.field}: {sentence}" if problem.field else f"{where}: {sentence}"


def document(words: "Words", found: "Preview", stored: "Stored | None") -> dict[str, Any]:
    """An import as one JSON document; what was only looked at has no batch."""
    from agro.words import note_sentence, problem_sentence

    problems = [
        asdict(one) | {"message": problem_sentence(words, one.code, one.value, one.facts)}
        for one in found.problems
    ]
    notes = [
        asdict(one) | {"message": note_sentence(words, one.code, one.rows, one.value, one.facts)}
        for one in found.notes
    ]
    return {
        "file": found.file,
        "site": found.site,
        "rows": found.rows,
        "good": len(found.entries),
        "refused": found.refused,
        "batch": stored.batch if stored else None,
        "new": stored.new if stored else None,
        "known": stored.known if stored else None,
        "plots_made": list(stored.made if stored else found.made),
        "columns": dict(found.columns.of),
        "unread": list(found.columns.unread),
        "totals": [asdict(one) for one in found.totals],
        "problems": problems,
        "notes": notes,
    }


def answer_totals(title: str, totals: "Sequence[Total]") -> None:
    """What entries add up to, by type, crop and unit."""
    columns = ("type", "crop", "quantity", "unit", "rows")
    rows = ([one.type, one.crop or "–", one.quantity, one.unit, one.rows] for one in totals)
    answer_table(title, columns, rows)


def _body(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error


def _tell_reading(words: "Words", file: Path, found: "Preview") -> None:
    """How the file was read, beside the answer."""
    from agro.words import note_sentence

    if found.columns.foreign:
        taken = ", ".join(f"{field} from {name}" for field, name in found.columns.of.items())
        tell(f"{file}: {taken}")
    if found.columns.unread:
        tell(f"{file}: not read: {', '.join(found.columns.unread)}")
    named = [one for one in found.notes if one.code == "crop_named"]
    if named:
        some = "; ".join(one.value for one in named[:_TOLD])
        tell(f"{file}: crops by their names in the table: {some}")
    others = [one for one in found.notes if one.code != "crop_named"]
    tell(
        f"{file}: {note_sentence(words, one.code, one.rows, one.value, one.facts)}".strip()
        for one in others
    )


def _answer(found: "Preview", stored: "Stored | None") -> None:
    if stored is None:
        answer_totals(f"{len(found.entries)} good rows, {found.refused} refused", found.totals)
        return
    known = f" ({stored.known} were there already)" if stored.known else ""
    answer(f"{stored.new} new entries{known} stored")
    if stored.batch is not None and (stored.refused or stored.new >= QUIET_BELOW):
        tell(f"agro logbook undo {stored.batch} takes them all back")
