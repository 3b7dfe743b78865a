"""Farm books that were imported: their period, what they look up, and undoing one as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from agro.store import schema
from agro.store.indicators import surveys
from agro.store.indicators.statements import UNDONE
from agro.store.values import from_epoch, to_epoch


@dataclass(frozen=True, slots=True)
class FarmBook:
    """A farm book as it was imported. `told`: references, said registers, stated coverage."""

    number: int
    file: str
    sha256: str
    start: date
    end: date
    imported_at: datetime
    who: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    new: int = 0
    known: int = 0
    refused: int = 0
    undone_at: datetime | None = None


def open_book(c: Connection, book: FarmBook) -> int:
    """Keep a book and return its number; `number` and `undone_at` of it say nothing."""
    names = ("file", "sha256", "start", "end", "who", "new", "known", "refused")
    row: dict[str, Any] = {name: getattr(book, name) for name in names}
    row |= {"told": dict(book.told), "imported_at": to_epoch(book.imported_at)}
    own = schema.farm_book.c.id
    return int(c.execute(insert(schema.farm_book).values(row).returning(own)).scalar_one())


def close_book(
    c: Connection,
    number: int,
    *,
    new: int,
    known: int,
    refused: int,
    batches: Sequence[int] = (),
) -> int | None:
    """Say what a book brought, and the logbook's imports that are part of it.

    One that brought nothing, and looks up nothing but what another one does, is forgotten: None.
    """
    table, own = schema.farm_book, schema.farm_book.c.id == number
    others = {one.number: one for one in books(c)}
    mine = others.pop(number)
    said = [_without_batches(one.told) for one in others.values() if _same_period(one, mine)]
    if not new and mine.told in said:
        c.execute(delete(table).where(own))
        return None
    told = {**mine.told, "batches": list(batches)}
    c.execute(update(table).where(own).values(new=new, known=known, refused=refused, told=told))
    return number


def _same_period(one: FarmBook, other: FarmBook) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _without_batches(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "batches"}


def books(c: Connection, *, undone: bool = False) -> list[FarmBook]:
    """The farm books that stand, in the order they came; with `undone` also the others."""
    own = schema.farm_book.c
    asked = select(schema.farm_book).order_by(own.id)
    if not undone:
        asked = asked.where(own.undone_at.is_(None))
    return [
        FarmBook(
            number=row["id"],
            imported_at=from_epoch(row["imported_at"]),
            undone_at=None if row["undone_at"] is None else from_epoch(row["undone_at"]),
            told=row["told"] or {},
            **{name: row[name] for name in ("file", "sha256", "start", "end", "who")},
            **{name: row[name] for name in ("new", "known", "refused")},
        )
        for row in c.execute(asked).mappings()
    ]


def undo_book(c: Connection, number: int, *, who: str, at: datetime) -> int:
    """Take back the statements and surveys that a book brought; how many. Twice is once.

    Raises
    ------
    ValueError  There is no such book.
    """
    known = {one.number: one for one in books(c, undone=True)}
    if number not in known:
        raise ValueError(f"no farm book {number}; agro book list tells them")
    if known[number].undone_at is not None:
        return 0
    table, book = schema.indicator_record, schema.farm_book
    its = (table.c.farm_book_id == number) & table.c.retracted_at.is_(None)
    told = {"retracted_at": to_epoch(at), "retracted_by": who, "reason": UNDONE}
    gone = c.execute(update(table).where(its).values(told)).rowcount
    gone += surveys.undo(c, number, who=who, at=at)
    c.execute(update(book).where(book.c.id == number).values(undone_at=to_epoch(at)))
    return gone
