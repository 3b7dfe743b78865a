"""Weather files for commands: read, their faults as lines, days or hours as asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.fixed_file import station_of, weather_csv
from agro.cli.output import pairs, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sensors.feeds.weather import WeatherTable

Column = Annotated[
    list[str] | None,
    typer.Option(metavar="QUANTITY=NAME", help="Take a quantity from this column of the file."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(metavar="COLUMN=VALUE", help="Take the rows of one station of the file."),
]
Zone = Annotated[
    str, typer.Option(metavar="ZONE", help="Clock of times that name none, e.g. Europe/Paris.")
]


@dataclass(frozen=True, slots=True)
class Choice:
    """How a person wants a weather file to be read."""

    columns: Sequence[str] = ()
    where: Sequence[str] = ()
    zone: tzinfo = UTC


def zone_of(name: str) -> tzinfo:
    """The time zone of this name.

    Raises
    ------
    BadInput  There is none.
    """
    from zoneinfo import ZoneInfo

    if name.upper() in ("UTC", "Z", ""):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        line = f"--timezone: {name!r} is not a time zone; write one like Europe/Paris"
        raise BadInput([line]) from error


def read_weather(file: Path, choice: Choice) -> "WeatherTable":
    """The weather of a file; what was taken for what is told on standard error.

    Raises
    ------
    BadInput  Nothing of the file can be used.
    """
    from sensors.errors import FeedError
    from sensors.feeds import weather

    columns = pairs(choice.columns, "--column")
    where = pairs(choice.where, "--where")
    try:
        body = file.read_bytes()
        if body.startswith(b"***"):
            return _of_fixed(file, body, choice)
        table = weather.read(body, name=file.name, zone=choice.zone, columns=columns, where=where)
    except FeedError as error:
        raise BadInput([f"{file}: {error.reason}"]) from error
    except OSError as error:
        raise BadInput(
            [f"{file}: {(error.strerror or str(error)).lower()}; check the name"]
        ) from error
    tell(f"{file}: {note}" for note in table.notes)
    return table


def _of_fixed(file: Path, body: bytes, choice: Choice) -> "WeatherTable":
    """The weather of a .wth file of pyfao56, with the place that it tells."""
    from sensors.feeds import weather
    from sensors.feeds.sheet import text_of

    text = text_of(body, file.name)
    station = station_of(text)
    table = weather.read(
        weather_csv(text, str(file), station),
        name=file.name,
        columns=pairs(choice.columns, "--column"),
    )
    if station is None:
        return table
    if station.tall_reference:
        tell(f"{file}: its ETref is of a tall crop; ET₀ of short grass is computed instead")
    return replace(table, latitude=station.latitude, elevation=station.elevation)


def whole(file: Path, table: "WeatherTable", *, gaps: bool = False) -> "WeatherTable":
    """The table, when no row of it had to be left out (and none lacks, with `gaps`).

    Raises
    ------
    BadInput  Rows cannot be used: one line each.
    """
    faults = (*table.problems, *table.gaps) if gaps else table.problems
    if faults:
        raise BadInput(fault.line(str(file)) for fault in faults)
    if table.frame.empty:
        raise BadInput([f"{file}: no row tells of the weather; add rows"])
    return table
