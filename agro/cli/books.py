"""`agro book …`: farm books that were imported, surveys, and figures brought from outside."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from math import nan
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.door import acting_here
from agro.cli.output import answer, answer_json, answer_table, configured
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(
    help="Farm books that were imported, surveys, figures from outside.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As the list tells it.")]
Who = Annotated[str, typer.Option(metavar="NAME", help="Who does it, kept in the history.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Site = Annotated[str, typer.Option(metavar="S", help="Slug of the site; else the whole city.")]
_BOOK = ("number", "file", "start", "end", "who", "new", "known", "refused", "undone_at")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """The farm books that were imported, also those undone."""
    from agro.cli.city import city_store
    from agro.store import indicators

    with city_store(configured()) as engine, engine.connect() as c:
        found = indicators.books(c, undone=True)
    rows = [{name: getattr(one, name) for name in _BOOK} for one in found]
    if as_json:
        answer_json(rows)
    else:
        answer_table("farm books", _BOOK, [list(row.values()) for row in rows])


@app.command()
def undo(number: Number, who: Who = "") -> None:
    """Take back all that an imported book brought; its gardens and plots stay."""
    from agro.config import now
    from agro.indicators.importing import undo_import

    with _bad_input(), _figures({"undo": number}) as c:
        gone = undo_import(c, number, who=who, at=now())
    answer(f"{gone} records taken back; importing the book again brings them back")


@app.command()
def surveys(site: Site = "", as_json: Json = False) -> None:
    """The surveys of gardens: form, day, how much is answered, draft or confirmed."""
    from agro.cli.city import city_store
    from agro.indicators import tape
    from agro.store import indicators

    with city_store(configured()) as engine, engine.connect() as c:
        found = indicators.surveys(c, site=site or None)
    if as_json:
        answer_json([asdict(one) for one in found])
        return
    columns = ("number", "site", "form", "day", "answered", "status", "who", "revision")
    rows = []
    for one in found:
        said = one.survey
        given, asked = tape.answered(said.version, said.answers)
        form = f"{said.form} {said.version}"
        told = (one.number, said.site, form, said.day, f"{given} of {asked}")
        rows.append((*told, one.status, one.who, one.revision))
    answer_table("surveys", columns, rows)


@app.command()
def enter(
    indicator: Annotated[str, typer.Argument(metavar="ID", help="As the catalogue names it.")],
    *,
    start: Annotated[str, typer.Option("--from", metavar="D", help="First day.")],
    end: Annotated[str, typer.Option("--to", metavar="D", help="Last day.")],
    source: Annotated[str, typer.Option(metavar="TEXT", help="Where the figure is written.")],
    value: Annotated[float, typer.Option(help="The figure, where it divides nothing.")] = nan,
    numerator: Annotated[float, typer.Option(help="What is divided.")] = nan,
    denominator: Annotated[float, typer.Option(help="What divides.")] = nan,
    site: Site = "",
    who: Who = "",
) -> None:
    """A figure that others compute: its value, or what it divides. Take it back with retract."""
    from agro.cli.records_file import site_named
    from agro.config import now
    from agro.indicators import entering
    from agro.indicators.catalogue import whole

    figure = entering.EnteredFigure(
        indicator=indicator,
        start=_day(start, "--from"),
        end=_day(end, "--to"),
        source=source,
        value=value,
        numerator=numerator,
        denominator=denominator,
        site=site,
    )
    with _figures({"enter": indicator}, site) as c:
        if site:
            site_named(c, site)
        number = entering.enter(c, figure, whole(), who=who, at=now())
    answer(f"kept as {number}; agro book retract {number} takes it back")


@app.command()
def retract(number: Number, who: Who = "") -> None:
    """Take back one statement or entered figure; it stays kept, and counts no more."""
    from agro.config import now
    from agro.store import indicators

    with _bad_input(), _figures({"retract": number}) as c:
        gone = indicators.retract(c, number, who=who, at=now())
    answer("taken back" if gone else "was taken back already")


@contextmanager
def _figures(what: Mapping[str, object], site: str = "") -> Iterator["Connection"]:
    """The store, to be written in one transaction that the audit log tells of."""
    from agro.cli.city import city_store

    with city_store(configured()) as engine, acting_here(engine, "figure.write", site, what) as c:
        yield c


@contextmanager
def _bad_input() -> Iterator[None]:
    """What the store does not know is the caller's mistake."""
    try:
        yield
    except ValueError as error:
        raise BadInput([str(error)]) from error


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput([f"{option}: {text!r} is not a day; write 2026-12-31"]) from error
