"""`agro import weather|readings|logbook|book`: files of people and services into the store."""

from pathlib import Path
from typing import Annotated

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.logbook_file import (
    DateOrder,
    DryRun,
    Json,
    MakePlots,
    Mapped,
    Order,
    Plots,
    Type,
    Unit,
    Who,
    choice_of,
    import_file,
)
from agro.cli.output import answer, configured, tell
from agro.cli.weather_file import Choice, Column, Where, read_weather, zone_of
from agro.errors import BadInput

app = typer.Typer(
    help="Files into the store: good rows are kept, bad ones listed.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(metavar="FILE")]
Site = Annotated[str, typer.Option(metavar="S", help="Slug of the site.")]


@app.command()
def weather(
    file: File,
    site: Site,
    column: Column = None,
    where: Where = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Clock of times that name none; else the city's."),
    ] = None,
) -> None:
    """Daily weather (hours are summed up to days) from EPW, Open-Meteo, Météo-France or CSV."""
    from agro.cli.records_file import site_named
    from agro.store import values
    from agro.store import weather as records
    from sensors.feeds.weather import to_days

    with city_store(configured()) as engine:
        with engine.connect() as c:
            site_named(c, site)
            city_zone = values.time_zone(c)
        zone = zone_of(timezone) if timezone else city_zone
        table = read_weather(file, Choice(column or (), where or (), zone))
        days = to_days(table, zone)
        tell(f"{file}: {note}" for note in days.notes[len(table.notes) :])
        with acting_here(engine, "device.write", site, {"import": file.name}) as c:
            stored = records.write_days(c, site, table.source, days.frame)
    tell(gap.line(str(file)) for gap in table.gaps)
    _answer(stored, "days", [fault.line(str(file)) for fault in table.problems])


@app.command()
def readings(file: File) -> None:
    """Measurements of registered devices: CSV time,device,quantity,depth_cm,value."""
    from agro.cli.records_file import read_readings
    from agro.store import calibrations
    from agro.store import readings as records
    from agro.store.flagging import flagged

    with city_store(configured()) as engine:
        with engine.connect() as c:
            rows, lines = read_readings(c, file)
        with acting_here(engine, "device.write", "", {"import": file.name}) as c:
            stored = records.write(c, flagged(c, calibrations.applied(c, rows))).rows
    _answer(stored, "readings", lines)


@app.command()
def logbook(
    file: File,
    site: Site,
    *,
    type_: Type = "",
    column: Mapped = None,
    plots: MakePlots = Plots.NEED,
    unit: Unit = "",
    dates: DateOrder = None,
    who: Who = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """What was done: CSV or XLSX date,type,plot,crop,variety,quantity,unit,notes, or any garden's.

    Common French and English column names are recognised. One import is undone as a whole:
    agro logbook undo.
    """
    choice = choice_of(type_, column or (), plots, unit, dates)
    import_file(Order(file, site, choice, who=who, dry_run=dry_run, as_json=as_json))


@app.command()
def book(
    file: File,
    *,
    replaces: Annotated[
        int | None,
        typer.Option(metavar="N", help="Take back this import, an earlier edition, before."),
    ] = None,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """A whole farm book (YAML): sites, plots, crops, harvests, water, purchases, surveys …

    The same book again changes nothing. One import is undone as a whole: agro book undo.
    """
    from agro.cli.book_file import import_file as import_book

    import_book(file, who=who, replaces=replaces, as_json=as_json)


def _answer(stored: int, what: str, lines: list[str]) -> None:
    """How much was stored; the refused rows end the command with exit code 2."""
    answer(f"{stored} {what} stored")
    if lines:
        raise BadInput(lines)
