"""What the logbook keeps, as tables and documents; and the options that choose among it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.output import answer_table
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.records import Batch, Noted, Revision

Site = Annotated[str, typer.Option(metavar="S", help="Of this site.")]
Plot = Annotated[str, typer.Option(metavar="P", help="Of this plot.")]
Kind = Annotated[str, typer.Option("--type", metavar="T", help="Of this type, e.g. harvest.")]
Crop = Annotated[str, typer.Option(metavar="C", help="Of this crop.")]
Since = Annotated[str, typer.Option("--from", metavar="DAY", help="From this day on.")]
Until = Annotated[str, typer.Option("--to", metavar="DAY", help="Until this day, itself included.")]
Struck = Annotated[bool, typer.Option("--struck", help="Also what was struck.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; empty: all."""

    site: str = ""
    plot: str = ""
    type: str = ""
    crop: str = ""
    since: str = ""
    until: str = ""
    struck: bool = False


def kept(
    c: "Connection", wanted: Wanted, *, batch: int | None = None, limit: int | None = None
) -> "list[Noted]":
    """The entries that are asked for, newest first.

    Raises
    ------
    BadInput  The site does not exist, or a day is no day.
    """
    from agro.cli.records_file import site_named
    from agro.store import logbook

    if wanted.site:
        site_named(c, wanted.site)
    return logbook.noted(
        c,
        site=wanted.site or None,
        plot=wanted.plot or None,
        types=[wanted.type] if wanted.type else None,
        crop=wanted.crop or None,
        start=_start(c, wanted.since, "--from"),
        end=_start(c, wanted.until, "--to", after=1),
        batch=batch,
        struck=wanted.struck,
        limit=limit,
    )


def _start(c: "Connection", day: str, option: str, after: int = 0) -> datetime | None:
    """When a day of the city starts, or the day after it."""
    from agro.store.values import time_zone

    if not day:
        return None
    try:
        found = datetime.fromisoformat(day).date() + timedelta(days=after)
    except ValueError as error:
        raise BadInput([f"{option}: {day!r} is not a day; write it as 2026-07-20"]) from error
    return datetime.combine(found, time(), time_zone(c))


def entry_document(one: "Noted") -> dict[str, Any]:
    """A kept entry for a program."""
    told = asdict(one)
    return {"number": told.pop("number"), **told.pop("entry"), **told}


def revision_document(one: "Revision") -> dict[str, Any]:
    """A change of an entry for a program."""
    return asdict(one)


def answer_kept(found: "Iterable[Noted]") -> None:
    """Kept entries for people."""
    columns = ("no", "time", "site", "plot", "type", "crop", "quantity", "unit", "notes", "state")
    rows = (
        [
            *(str(one.number), one.entry.time, one.entry.site, one.entry.plot, one.entry.type),
            *(one.entry.crop, one.entry.quantity, one.entry.unit, one.entry.notes),
            "struck" if one.struck_at else "corrected" if one.revisions else "",
        ]
        for one in found
    )
    answer_table("logbook", columns, rows)


def answer_history(found: "Iterable[Revision]") -> None:
    """The changes of an entry for people."""
    rows = (
        [one.at, one.who, one.action, _fields(one.before), _fields(one.after), one.reason]
        for one in found
    )
    answer_table("history", ("time", "who", "action", "before", "after", "reason"), rows)


def answer_batches(found: "Iterable[Batch]") -> None:
    """The imports for people."""
    columns = ("no", "imported", "site", "file", "who", "new", "refused", "undone")
    rows = (
        [
            *(str(one.number), one.imported_at, one.site, one.file, one.who),
            *(one.new, one.refused, one.undone_at),
        ]
        for one in found
    )
    answer_table("imports", columns, rows)


def _fields(told: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in told.items())
