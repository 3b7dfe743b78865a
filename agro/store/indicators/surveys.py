"""Surveys of sites, one row a revision: nothing is overwritten, form versions are never mixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, insert, select, update

from agro.store import schema
from agro.store.indicators.places import Places
from agro.store.values import from_epoch, to_epoch

DRAFT, CONFIRMED, RETRACTED = "draft", "confirmed", "retracted"


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """A survey as it is filled in: answers by element and index; None = blank."""

    site: str
    version: str
    answers: Mapping[str, Mapping[str, Any]]
    day: date | None = None
    form: str = "caet"
    plot: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class SurveyRevision:
    """A revision of survey `number`, counted from 1. `status`: draft, confirmed, retracted."""

    number: int
    revision: int
    survey: SurveyAnswers
    status: str
    who: str
    said_at: datetime
    book: int | None = None


def add_revision(
    c: Connection,
    survey: SurveyAnswers,
    status: str,
    *,
    who: str,
    at: datetime,
    number: int | None = None,
    book: int | None = None,
) -> int:
    """Keep a survey, or a new revision of the one of this `number`, and return its number.

    Raises
    ------
    ValueError  Its site or plot does not exist, there is no such survey, or the site, the form or
    its version would change: that is another survey.
    """
    before = revisions(c, number)[-1] if number is not None else None
    if before is not None and _fixed(before.survey) != _fixed(survey):
        told = f"{before.survey.site}, {before.survey.form} {before.survey.version}"
        raise ValueError(f"survey {number} is of {told}; begin another survey")
    site, plot = Places(c).of(survey.site, survey.plot)
    table = schema.survey_revision
    row = {
        "survey": number or 0,
        "revision": 1 if before is None else before.revision + 1,
        "site_id": site,
        "plot_id": plot,
        **{name: getattr(survey, name) for name in ("form", "version", "day", "source")},
        "answers": {element: dict(indices) for element, indices in survey.answers.items()},
        "status": status,
        "who": who,
        "said_at": to_epoch(at),
        "farm_book_id": book if before is None else before.book,
    }
    own = int(c.execute(insert(table).values(row).returning(table.c.id)).scalar_one())
    if number is None:
        c.execute(update(table).where(table.c.id == own).values(survey=own))
    return own if number is None else number


def _fixed(survey: SurveyAnswers) -> tuple[str, str, str, str]:
    return survey.site, survey.plot, survey.form, survey.version


def surveys(
    c: Connection, *, site: str | None = None, statuses: Sequence[str] = (DRAFT, CONFIRMED)
) -> list[SurveyRevision]:
    """The newest revision of each survey that is of one of the statuses, oldest survey first."""
    table = schema.survey_revision
    last = select(table.c.survey, func.max(table.c.revision).label("revision"))
    newest = last.group_by(table.c.survey).subquery()
    same = and_(newest.c.survey == table.c.survey, newest.c.revision == table.c.revision)
    query = _query().join(newest, same).where(table.c.status.in_(list(statuses)))
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    return [_revision(row) for row in c.execute(query.order_by(table.c.survey)).mappings()]


def revisions(c: Connection, number: int) -> list[SurveyRevision]:
    """All revisions of a survey, oldest first.

    Raises
    ------
    ValueError  There is no such survey.
    """
    table = schema.survey_revision
    query = _query().where(table.c.survey == number).order_by(table.c.revision)
    found = [_revision(row) for row in c.execute(query).mappings()]
    if not found:
        raise ValueError(f"no survey {number}")
    return found


def write_surveys(
    c: Connection, said: Sequence[SurveyAnswers], *, who: str, at: datetime, book: int | None
) -> int:
    """Keep a farm book's surveys as confirmed; how many are new: known answers change nothing.

    A survey that the undoing of a book took back is confirmed again; one that a person took back,
    or whose answers were corrected since, stays as it is.
    """
    new = 0
    for one in said:
        own = [r for r in _ever(c, one.site) if replace(r.survey, source=one.source) == one]
        if not own:
            add_revision(c, one, CONFIRMED, who=who, at=at, book=book)
            new += 1
            continue
        newest = revisions(c, own[-1].number)[-1]
        if newest.status == RETRACTED and newest.book in _undone(c):
            add_revision(c, newest.survey, CONFIRMED, who=who, at=at, number=newest.number)
            _belongs(c, newest.number, book)
            new += 1
    return new


def undo(c: Connection, book: int, *, who: str, at: datetime) -> int:
    """Take back the surveys that a book brought; how many."""
    standing = [one for one in surveys(c) if one.book == book]
    for one in standing:
        add_revision(c, one.survey, RETRACTED, who=who, at=at, number=one.number)
    return len(standing)


def _ever(c: Connection, site: str) -> list[SurveyRevision]:
    query = _query().where(schema.site.c.slug == site).order_by(schema.survey_revision.c.id)
    return [_revision(row) for row in c.execute(query).mappings()]


def _undone(c: Connection) -> set[int]:
    own = schema.farm_book.c
    return set(c.scalars(select(own.id).where(own.undone_at.is_not(None))))


def _belongs(c: Connection, number: int, book: int | None) -> None:
    table = schema.survey_revision
    c.execute(update(table).where(table.c.survey == number).values(farm_book_id=book))


def _query() -> Any:
    table = schema.survey_revision
    return (
        select(table, schema.site.c.slug.label("site_slug"), schema.plot.c.slug.label("plot_slug"))
        .join_from(table, schema.site, schema.site.c.id == table.c.site_id)
        .outerjoin(schema.plot, schema.plot.c.id == table.c.plot_id)
    )


def _revision(row: RowMapping) -> SurveyRevision:
    survey = SurveyAnswers(
        site=row["site_slug"],
        plot=row["plot_slug"] or "",
        **{name: row[name] for name in ("version", "answers", "day", "form", "source")},
    )
    return SurveyRevision(
        number=row["survey"],
        revision=row["revision"],
        survey=survey,
        status=row["status"],
        who=row["who"],
        said_at=from_epoch(row["said_at"]),
        book=row["farm_book_id"],
    )
