"""`agro report city` and `agro report site`: how far the farms are, from the store, as a PDF."""

import shlex
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import configured, nearest
from agro.cli.progress import progress
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.indicators.catalogue import Catalogue
    from agro.indicators.scope import Scope
    from agro.reports import FarmsReport
    from models.energy.payback import Assumptions

_YEARS = 3  # before the one that runs
_STEPS = 6

Say = Callable[[str], None]


def made(
    scope: "Scope", span: tuple[str, str], language: str, assume: list[str], *, public: bool
) -> bytes:
    """The report of a place as the bytes of a PDF.

    Raises
    ------
    BadInput  There is no such place, day or assumption, or no city in the store.
    """
    from agro.cli.city import city_store
    from agro.cli.energy_given import assumptions_of
    from agro.reports import farms_report

    settings, numbers = configured(), assumptions_of(assume)
    with progress("report") as told, city_store(settings) as engine:
        done = iter(range(1, _STEPS + 1))

        def step(what: str) -> None:
            told(what, next(done), _STEPS)

        step("books")
        with engine.connect() as c:
            found = _report(c, scope, span, (language, numbers), step, public=public)
        step("pages")
        return farms_report(found)


def _report(
    c: "Connection",
    scope: "Scope",
    span: tuple[str, str],
    said: tuple[str, "Assumptions"],
    step: Say,
    *,
    public: bool,
) -> "FarmsReport":
    from agro.config import now
    from agro.energy.returns import of_book, tells_of_few
    from agro.indicators.gathering import gather
    from agro.reports.farms_made import Asked, Place, report_of
    from agro.reports.provenance import versions
    from agro.store import farms
    from agro.store.values import time_zone

    language, numbers = said
    first, last = _span(c, span)
    _check(c, scope)
    city = farms.city(c)
    communes = farms.communes(c)
    book = gather(c, first, last)
    earlier = {
        year: gather(c, date(year, 1, 1), min(date(year, 12, 31), last))
        for year in range(last.year - _YEARS, last.year + 1)
    }
    asked = Asked(
        made_at=now().replace(microsecond=0),
        language=language,
        zone=str(time_zone(c)),
        public=public,
        command=_command(scope, first, last, public=public),
        versions=versions(),
    )
    names = {f"commune:{one.code}": one.name for one in communes}
    names |= {f"site:{one.slug}": one.name for one in farms.sites(c)}
    compared = tuple(one.code for one in communes) if scope.level == "city" else ()
    hidden = public and tells_of_few(book, scope)
    return report_of(
        book,
        earlier,
        Place(city.name if city else "", scope, names, compared),
        _catalogue(c),
        asked,
        returned=None if hidden else of_book(book, scope, numbers),
        step=step,
    )


def write(body: bytes, out: Path) -> None:
    """Write the PDF.

    Raises
    ------
    BadInput  The file cannot be written.
    """
    from agro.cli.output import answer

    try:
        out.write_bytes(body)
    except OSError as error:
        raise BadInput([f"--out: {out} cannot be written ({error.strerror})"]) from error
    answer(f"{out}: {len(body) / 1000:.0f} kB")


def checked_out(out: Path) -> None:
    """Refuse a file that is not named as a PDF, before anything is computed."""
    if out.suffix.lower() != ".pdf":
        raise BadInput([f"--out: {out.name!r} is no .pdf; name one"])


def _catalogue(c: "Connection") -> "Catalogue":
    from agro.indicators.catalogue import catalogue
    from agro.store import farms

    own, city = configured().city, farms.city(c)
    return catalogue(own, city.country, city.frameworks) if city else catalogue(own)


def _span(c: "Connection", span: tuple[str, str]) -> tuple[date, date]:
    from agro.cli.chain_given import today

    last = _day(span[1], "--to") or today(c)
    first = _day(span[0], "--from") or date(last.year, 1, 1)
    if first > last:
        raise BadInput([f"--from: {first} is after the last day, {last}; change one of them"])
    return first, last


def _day(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput([f"{option}: {text!r} is not a day; write 2026-12-31"]) from error


def _check(c: "Connection", scope: "Scope") -> None:
    from agro.store import farms

    if scope.level == "site":
        known = [one.slug for one in farms.sites(c) if one.kind != "control_post"]
        if scope.key not in known:
            raise BadInput([f"{scope.key}: no such site; {nearest(scope.key, known)}"])


def _command(scope: "Scope", first: date, last: date, *, public: bool) -> str:
    given: tuple[Any, ...] = ("--scope", scope, "--from", first, "--to", last)
    more = ("--public",) if public else ()
    return shlex.join(("agro", "indicators", *map(str, given), *more, "--json"))
