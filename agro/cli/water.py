"""`agro et0` and `agro balance`: the FAO-56 models on anyone's weather file."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from agro.cli.output import Gathered, answer_json, answer_table, pairs, tell
from agro.cli.place import Place
from agro.cli.weather_file import Choice, Column, Where, Zone, read_weather, whole, zone_of
from agro.errors import BadInput

BALANCE_COLUMNS = (
    "et0",
    "kcb",
    "ke",
    "ks",
    "crop_et",
    "actual_et",
    "rain",
    "irrigation",
    "runoff",
    "deep_percolation",
    "depletion",
    "taw",
    "raw",
    "root_depth",
    "closure",
)
_SHOWN = ("et0", "kcb", "ks", "actual_et", "rain", "irrigation", "depletion", "taw", "raw")

Weather = Annotated[Path, typer.Argument(metavar="WEATHER", help="Weather file of any known kind.")]
Latitude = Annotated[float | None, typer.Option(help="Degrees north; else the file's own.")]
Elevation = Annotated[float | None, typer.Option(help="Metres above the sea; else the file's own.")]
Longitude = Annotated[float | None, typer.Option(help="Degrees east; hourly files only.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


_PLACE, _CUT = "What the place adds", "Forage, lawn and herbs that are cut"  # panels of --help


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(et0)
    app.command()(balance)


def et0(
    weather: Weather,
    latitude: Latitude = None,
    elevation: Elevation = None,
    longitude: Longitude = None,
    column: Column = None,
    where: Where = None,
    timezone: Zone = "UTC",
    daily: Annotated[bool, typer.Option("--daily", help="Days, also of an hourly file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Reference evapotranspiration (FAO-56 Penman–Monteith) of a weather file, in mm."""
    from agro.cli import reference

    table = whole(
        weather, read_weather(weather, Choice(column or (), where or (), zone_of(timezone)))
    )
    tell(gap.line(str(weather)) for gap in table.gaps)
    place = reference.place(table, latitude, elevation, longitude, str(weather))
    if table.step == "hour" and not daily and reference.has_hours(table, str(weather)):
        hours = reference.hours(table, place, str(weather))
        if as_json:
            answer_json({"hours": hours})
        else:
            answer_table("ET₀", ("time", "et0 mm"), ((h["time"], h["et0"]) for h in hours))
        return
    days = reference.days(table, place, str(weather))
    if as_json:
        answer_json({"days": days})
    else:
        names = ("date", "et0", "radiation", "humidity", "wind")
        titles = ("date", "et0 mm", "radiation from", "humidity from", "wind from")
        answer_table("ET₀", titles, ([day[name] for name in names] for day in days))


def balance(
    weather: Weather,
    crop: Annotated[str, typer.Option(metavar="KEY", help="Key of a crop, e.g. tomato.")],
    soil: Annotated[str, typer.Option(metavar="NAME", help="Texture of the soil, e.g. loam.")],
    planted: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day of planting; else the first row's.")
    ] = None,
    irrigation: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV date,irrigation (mm that reach the soil)."),
    ] = None,
    crop_file: Annotated[
        Path | None, typer.Option(metavar="F", help="Crops of your own: CSV, TOML or JSON.")
    ] = None,
    soil_file: Annotated[
        Path | None, typer.Option(metavar="F", help="Soils of your own: CSV, TOML or JSON.")
    ] = None,
    crop_observations: Annotated[
        Path | None,
        typer.Option(metavar="F", help="CSV date,kcb,canopy_cover,crop_height: as it was seen."),
    ] = None,
    measured: Annotated[
        Path | None,
        typer.Option(
            metavar="F", help="CSV date,depth_cm,vwc: fits soil and crop to measured water."
        ),
    ] = None,
    fit_until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Last day the fit may see; later ones judge it."),
    ] = None,
    initial_depletion: Annotated[
        float | None,
        typer.Option(metavar="MM", help="Water missing before the first day; else the soil's."),
    ] = None,
    wetted_fraction: Annotated[
        float, typer.Option(help="Share of the surface that irrigation wets (FAO-56 Table 20).")
    ] = 1.0,
    drip: Annotated[
        bool, typer.Option("--drip", help="Irrigation drips under the plants.")
    ] = False,
    curve_number: Annotated[
        float | None, typer.Option(metavar="CN", help="Runoff of heavy rain; else none runs off.")
    ] = None,
    root_limit: Annotated[
        float | None, typer.Option(metavar="M", help="Depth of the soil or container.")
    ] = None,
    covered: Annotated[
        bool, typer.Option("--covered", help="No rain falls on it.", rich_help_panel=_PLACE)
    ] = False,
    et0_share: Annotated[
        float | None,
        typer.Option(help="Of the ET₀ outside; glasshouse 0.64.", rich_help_panel=_PLACE),
    ] = None,
    mulch: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="organic (straw, leaves, compost), plastic.",
            rich_help_panel=_PLACE,
        ),
    ] = None,
    mulch_cover: Annotated[
        float | None,
        typer.Option(help="Share of the soil under the mulch; else all.", rich_help_panel=_PLACE),
    ] = None,
    water_table: Annotated[
        float | None,
        typer.Option(metavar="M", help="Below the surface.", rich_help_panel=_PLACE),
    ] = None,
    drainage_days: Annotated[
        float | None,
        typer.Option(
            metavar="D",
            help="Water above field capacity falls to 37 %; else all drains in a day.",
            rich_help_panel=_PLACE,
        ),
    ] = None,
    soil_salinity: Annotated[
        float | None,
        typer.Option(metavar="DS_M", help="EC_e, by FAO-56 Table 23.", rich_help_panel=_PLACE),
    ] = None,
    canopy_cover: Annotated[
        float | None,
        typer.Option(help="Ground that trees or wide rows shade at noon.", rich_help_panel=_PLACE),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Has its height all year.", rich_help_panel=_PLACE)
    ] = False,
    cut: Annotated[
        list[str] | None,
        typer.Option(metavar="DATE", help="A day of mowing; repeatable.", rich_help_panel=_CUT),
    ] = None,
    first_cut: Annotated[
        float | None,
        typer.Option(metavar="D", help="Days from planting to mowing.", rich_help_panel=_CUT),
    ] = None,
    cutting_interval: Annotated[
        float | None,
        typer.Option(metavar="D", help="Days between cuts after it.", rich_help_panel=_CUT),
    ] = None,
    thermal: Annotated[
        bool, typer.Option("--thermal", help="Stage lengths from the file's temperatures.")
    ] = False,
    latitude: Latitude = None,
    elevation: Elevation = None,
    column: Column = None,
    where: Where = None,
    timezone: Zone = "UTC",
    as_json: AsJson = False,
) -> None:
    """The FAO-56 dual crop coefficient water balance of a season, day by day."""
    from agro.cli import parameters, season
    from agro.cli.crop_seen import seen_of
    from agro.cli.irrigation_file import irrigation_of
    from agro.cli.measured_file import measured_of

    file = str(weather)
    choice = Choice(column or (), where or (), zone_of(timezone))
    bad = Gathered()
    parts: dict[str, Any] = {
        "weather": bad.of(
            lambda: season.daily_weather(
                whole(weather, read_weather(weather, choice), gaps=True), latitude, elevation, file
            )
        ),
        "crop": bad.of(lambda: parameters.crop_of(crop, crop_file)),
        "soil": bad.of(lambda: parameters.soil_of(soil, soil_file)),
        "planted": bad.of(lambda: _date(planted, "--planted")),
        "irrigation": bad.of(lambda: irrigation_of(irrigation)),
        "told": bad.of(lambda: parameters.place_of(crop, crop_file, soil, soil_file)),
        "place": bad.of(
            lambda: Place(
                covered=covered,
                tree=tree,
                mulch=mulch,
                cuts=_dates(cut or (), "--cut"),
                et0_share=et0_share,
                mulch_cover=mulch_cover,
                water_table=water_table,
                drainage_tau=drainage_days,
                soil_salinity=soil_salinity,
                canopy_cover=canopy_cover,
                first_cut=first_cut,
                cutting_interval=cutting_interval,
            )
        ),
    }
    until = bad.of(lambda: _date(fit_until, "--fit-until"))
    parts["measured"] = bad.of(lambda: measured_of(measured, until))
    bad.check()
    parts["layers"] = parameters.layers_of(parts["soil"], soil, soil_file)
    places = pairs(choice.where, "--where")
    parts["seen"] = seen_of(weather, places, crop_observations, parts["weather"].index)
    run = season.Run(
        **parts,
        initial_depletion=initial_depletion,
        wetted_fraction=wetted_fraction,
        drip=drip,
        curve_number=float("nan") if curve_number is None else curve_number,
        root_limit=float("inf") if root_limit is None else root_limit,
        thermal=thermal,
    )
    found = season.answer(run, BALANCE_COLUMNS, str(irrigation) if irrigation else "")
    if as_json:
        answer_json(found)
        return
    rows = ([day["date"], *(day[name] for name in _SHOWN)] for day in found["days"])
    answer_table(
        f"{run.crop.name_en or run.crop.key} on {run.soil.texture}", ("date", *_SHOWN), rows
    )


def _dates(texts: Sequence[str], option: str) -> list[date]:
    bad = Gathered()
    found = [bad.of(lambda text=text: _date(text, option)) for text in texts]  # type: ignore[misc]
    bad.check()
    return [day for day in found if day is not None]


def _date(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        line = f"{option}: {text!r} is not a date; write it as 2026-05-01"
        raise BadInput([line]) from error
