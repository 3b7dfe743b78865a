"""Statements: records of a farm book's registers that no other table holds, each kept once.

`content` holds the fields of the register's record as JSON: missing numbers are null.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select, update

from agro.store import schema
from agro.store.indicators.places import Places
from agro.store.values import from_epoch, insert_new, to_epoch

CORRECTED, UNDONE = "corrected", "import_undone"
_AT_ONCE = 500  # keys in one question: databases bound their number


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said: of which register, place and period; `day` None = of the whole period.

    `site` "" = of the whole city, `plot` "" = of the whole site; `plot` is a slug within its site.
    """

    register: str
    content: Mapping[str, Any]
    start: date
    end: date
    day: date | None = None
    site: str = ""
    plot: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement as it is kept: `number` names it, `book` the farm book that brought it."""

    number: int
    statement: Statement
    who: str
    recorded_at: datetime
    book: int | None = None
    retracted_at: datetime | None = None
    retracted_by: str = ""
    reason: str = ""
    replaces: int | None = None


def write(
    c: Connection,
    said: Sequence[Statement],
    *,
    who: str,
    at: datetime,
    book: int | None = None,
    repeats: Counter[str] | None = None,
) -> int:
    """Keep statements and return how many are new; the same one again changes nothing.

    What the undoing of a book took back stands again; what a person took back does not. `repeats`
    counts what one file says more than once: with it, each time is a statement of its own.

    Raises
    ------
    ValueError  A site or plot does not exist.
    """
    places = Places(c)
    rows = []
    for one_said in said:
        first = key(one_said)
        time = 0 if repeats is None else repeats[first]
        if repeats is not None:
            repeats[first] += 1
        row = _row(places, one_said) | {"key": key(one_said, time), "farm_book_id": book}
        rows.append(row | {"who": who, "recorded_at": to_epoch(at)})
    new = insert_new(c, schema.indicator_record, rows, ("key",))
    if new < len(rows):
        new += _undone_again(c, [row["key"] for row in rows], book)
    return new


def key(said: Statement, repeat: int = 0) -> str:
    """What makes two statements the same: register, place, time and content, not who wrote it."""
    parts = [said.register, said.site, said.plot, said.start, said.end, said.day, repeat]
    told = json.dumps([[str(part) for part in parts], said.content], sort_keys=True)
    return sha256(told.encode()).hexdigest()


def _row(places: Places, said: Statement) -> dict[str, Any]:
    site, plot = places.of(said.site, said.plot)
    return {
        "register": said.register,
        "site_id": site,
        "plot_id": plot,
        "start": said.start,
        "end": said.end,
        "day": said.day,
        "content": dict(said.content),
        "source": said.source,
    }


def _undone_again(c: Connection, keys: Sequence[str], book: int | None) -> int:
    """Let what an undone book had said stand again, as this book's; how many did."""
    table, back = schema.indicator_record, 0
    again = {"retracted_at": None, "retracted_by": "", "reason": "", "farm_book_id": book}
    for place in range(0, len(keys), _AT_ONCE):
        own = table.c.key.in_(keys[place : place + _AT_ONCE])
        undone = own & table.c.retracted_at.is_not(None) & (table.c.reason == UNDONE)
        back += c.execute(update(table).where(undone).values(again)).rowcount
    return back


def statements(
    c: Connection,
    *,
    registers: Collection[str] | None = None,
    site: str | None = None,
    book: int | None = None,
    retracted: bool = False,
) -> list[Kept]:
    """The statements that stand, in the order they came; with `retracted` also the others."""
    own = schema.indicator_record.c
    asked = _query().order_by(own.id)
    if registers is not None:
        asked = asked.where(own.register.in_(list(registers)))
    if site is not None:
        asked = asked.where(schema.site.c.slug == site)
    if book is not None:
        asked = asked.where(own.farm_book_id == book)
    if not retracted:
        asked = asked.where(own.retracted_at.is_(None))
    return [_kept(row) for row in c.execute(asked).mappings()]


def one(c: Connection, number: int) -> Kept:
    """The statement of this number, also when it was taken back.

    Raises
    ------
    ValueError  There is none.
    """
    asked = _query().where(schema.indicator_record.c.id == number)
    row = c.execute(asked).mappings().first()
    if row is None:
        raise ValueError(f"no statement {number}; agro indicators --json names those of a figure")
    return _kept(row)


def retract(c: Connection, number: int, *, who: str, at: datetime, reason: str = "") -> bool:
    """Take a statement back; False when it was taken back already.

    Raises
    ------
    ValueError  There is no such statement.
    """
    if one(c, number).retracted_at is not None:
        return False
    table = schema.indicator_record
    told = {"retracted_at": to_epoch(at), "retracted_by": who, "reason": reason}
    c.execute(update(table).where(table.c.id == number).values(told))
    return True


def restore(c: Connection, number: int) -> bool:
    """Let a statement that was taken back stand again; False when it stands.

    Raises
    ------
    ValueError  There is no such statement, or another one has taken its place.
    """
    kept = one(c, number)
    if kept.retracted_at is None:
        return False
    table = schema.indicator_record
    later = (table.c.replaces_id == number) & table.c.retracted_at.is_(None)
    newer = c.scalar(select(table.c.id).where(later))
    if newer is not None:
        raise ValueError(f"statement {newer} has taken the place of {number}; take that back first")
    told = {"retracted_at": None, "retracted_by": "", "reason": ""}
    c.execute(update(table).where(table.c.id == number).values(told))
    return True


def correct(c: Connection, number: int, said: Statement, *, who: str, at: datetime) -> int:
    """Let another statement take the place of one, and return its number; both stay kept.

    Raises
    ------
    ValueError  There is no such statement, it was taken back, or the new one's place is none.
    """
    before = one(c, number)
    if before.retracted_at is not None:
        raise ValueError(f"statement {number} was taken back; restore it first")
    if replace(before.statement, source=said.source) == said:
        return number
    table = schema.indicator_record
    stated = {"who": who, "recorded_at": to_epoch(at), "replaces_id": number}
    # The same words may have stood, and been corrected, before: the new row is one of its own.
    own = _row(Places(c), said) | stated | {"key": key(said, _free(c, said))}
    rows = insert_new(c, table, [own], ("key",))
    if rows != 1:
        raise ValueError(f"statement {number} was corrected at the same time; look at it again")
    retract(c, number, who=who, at=at, reason=CORRECTED)
    asked = select(table.c.id).where(table.c.key == own["key"])
    return int(c.execute(asked).scalar_one())


def _free(c: Connection, said: Statement) -> int:
    """The first repeat of a statement that no row has."""
    column, repeat = schema.indicator_record.c.key, 0
    while c.scalar(select(column).where(column == key(said, repeat))) is not None:
        repeat += 1
    return repeat


def _query() -> Select[Any]:
    table = schema.indicator_record
    return (
        select(table, schema.site.c.slug.label("site_slug"), schema.plot.c.slug.label("plot_slug"))
        .outerjoin_from(table, schema.site, schema.site.c.id == table.c.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == table.c.plot_id)
    )


def _kept(row: RowMapping) -> Kept:
    said = Statement(
        site=row["site_slug"] or "",
        plot=row["plot_slug"] or "",
        **{name: row[name] for name in ("register", "content", "start", "end", "day", "source")},
    )
    gone = row["retracted_at"]
    return Kept(
        number=row["id"],
        statement=said,
        who=row["who"],
        recorded_at=from_epoch(row["recorded_at"]),
        book=row["farm_book_id"],
        retracted_at=None if gone is None else from_epoch(gone),
        retracted_by=row["retracted_by"],
        reason=row["reason"],
        replaces=row["replaces_id"],
    )
