"""Figures of tier 3 that people bring from outside: checked, kept, corrected, taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from math import isinf, isnan, nan

from sqlalchemy import Connection

from agro.errors import BadInput
from agro.indicators.book import Entered, Source
from agro.indicators.catalogue import Catalogue, Indicator
from agro.indicators.keeping import content_of, record_of
from agro.store import indicators
from agro.store.indicators import Kept, Statement

REGISTER = "entered"
_TIER = 3


@dataclass(frozen=True, slots=True)
class EnteredFigure:
    """A figure of a period: its value, or what divides; `source` is where it stands written.

    `site` "" = of the whole city. NaN = not given. `version` sets apart what is not comparable.
    """

    indicator: str
    start: date
    end: date
    source: str
    value: float = nan
    numerator: float = nan
    denominator: float = nan
    site: str = ""
    plot: str = ""
    day: date | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class KeptFigure:
    """A figure as it is kept: `number` names it, `replaces` the one that it corrected."""

    number: int
    figure: EnteredFigure
    who: str
    recorded_at: datetime
    retracted_at: datetime | None = None
    retracted_by: str = ""
    replaces: int | None = None


def can_be_entered(indicator: Indicator) -> bool:
    """Whether people bring this figure: tier 3, and what only others compute."""
    return indicator.tier == _TIER or indicator.how == "entered"


def check(figure: EnteredFigure, known: Catalogue) -> list[tuple[str, str, str]]:
    """(field, value, what to do) of each thing that cannot be; empty where all is well."""
    found = _of_indicator(figure, known)
    if not figure.source.strip():
        found.append(("source", "", "is empty; name where the figure is written"))
    if figure.end < figure.start:
        told = f"is before the start, {figure.start}; change one"
        found.append(("end", f"{figure.end}", told))
    return found + _of_numbers(figure)


def _of_indicator(figure: EnteredFigure, known: Catalogue) -> list[tuple[str, str, str]]:
    one = known.by_id.get(figure.indicator)
    if one is not None and can_be_entered(one):
        return []
    if one is not None:
        told = "is computed from the records; correct those"
        return [("indicator", figure.indicator, told)]
    open_ = [name for name, other in known.by_id.items() if can_be_entered(other)]
    near = get_close_matches(figure.indicator, open_, n=1) or open_[:3]
    return [("indicator", figure.indicator, f"is not in the catalogue; write {' or '.join(near)}")]


def _of_numbers(figure: EnteredFigure) -> list[tuple[str, str, str]]:
    numbers = {name: getattr(figure, name) for name in ("value", "numerator", "denominator")}
    found = [(n, f"{v}", "is not a number; correct it") for n, v in numbers.items() if isinf(v)]
    parts = [isnan(figure.numerator), isnan(figure.denominator)]
    if any(parts) and not all(parts):
        empty = "numerator" if parts[0] else "denominator"
        found.append((empty, "", "is empty; give both numerator and denominator, or neither"))
    if all(parts) and isnan(figure.value):
        found.append(("value", "", "is empty; give it, or numerator and denominator"))
    if figure.denominator <= 0.0:
        found.append(("denominator", f"{figure.denominator:g}", "must be above 0; correct it"))
    return found


def enter(c: Connection, figure: EnteredFigure, known: Catalogue, *, who: str, at: datetime) -> int:
    """Keep a figure and return its number; the same one again changes nothing.

    Raises
    ------
    BadInput    Something of it cannot be: one line each.
    ValueError  Its site does not exist.
    """
    _checked(figure, known)
    said = _statement(figure)
    indicators.write(c, [said], who=who, at=at)
    same = [one for one in _kept(c, retracted=True) if _alike(one.statement, said)]
    standing = [one for one in same if one.retracted_at is None]
    if standing:
        return standing[-1].number
    indicators.restore(c, same[-1].number)
    return same[-1].number


def correct(
    c: Connection, number: int, figure: EnteredFigure, known: Catalogue, *, who: str, at: datetime
) -> int:
    """Let another figure take the place of one; the number of the new one.

    Raises
    ------
    BadInput    Something of it cannot be: one line each.
    ValueError  There is no such figure, it was taken back, or the site does not exist.
    """
    _checked(figure, known)
    return indicators.correct(c, number, _statement(figure), who=who, at=at)


def retract(c: Connection, number: int, *, who: str, at: datetime) -> bool:
    """Take a figure back; False when it was taken back already.

    Raises
    ------
    ValueError  There is no such figure.
    """
    return indicators.retract(c, number, who=who, at=at)


def restore(c: Connection, number: int) -> bool:
    """Let a figure that was taken back stand again; False when it stands.

    Raises
    ------
    ValueError  There is no such figure, or another has taken its place.
    """
    return indicators.restore(c, number)


def figures(
    c: Connection,
    *,
    indicator: str | None = None,
    site: str | None = None,
    retracted: bool = False,
) -> list[KeptFigure]:
    """The figures that stand, oldest first; with `retracted` also the others."""
    found = [_figure(one) for one in _kept(c, site=site, retracted=retracted)]
    return [one for one in found if indicator in (None, one.figure.indicator)]


def _kept(c: Connection, *, site: str | None = None, retracted: bool) -> list[Kept]:
    return indicators.statements(c, registers=(REGISTER,), site=site, retracted=retracted)


def _checked(figure: EnteredFigure, known: Catalogue) -> None:
    wrong = check(figure, known)
    if wrong:
        raise BadInput([f"{name} {value!r} {told}" for name, value, told in wrong])


def _statement(figure: EnteredFigure) -> Statement:
    record = Entered(
        source=Source(REGISTER, figure.source),
        indicator=figure.indicator,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        version=figure.version,
    )
    return Statement(
        register=REGISTER,
        content=content_of(record),
        start=figure.start,
        end=figure.end,
        day=figure.day,
        site=figure.site,
        plot=figure.plot,
        source=figure.source,
    )


def _alike(one: Statement, other: Statement) -> bool:
    names = ("register", "content", "start", "end", "day", "site", "plot")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _figure(one: Kept) -> KeptFigure:
    said = one.statement
    record = record_of(said, one.number)
    figure = EnteredFigure(
        start=said.start,
        end=said.end,
        source=said.source,
        site=said.site,
        plot=said.plot,
        day=said.day,
        **{n: getattr(record, n) for n in ("indicator", "value", "numerator", "denominator")},
        version=record.version,
    )
    told = ("who", "recorded_at", "retracted_at", "retracted_by", "replaces")
    return KeptFigure(one.number, figure, **{name: getattr(one, name) for name in told})
