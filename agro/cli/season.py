"""The water balance of one bed on anyone's weather file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import tell
from agro.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from models.water.tables import Crop, Soil
    from sensors.feeds.weather import WeatherTable

_OF_BALANCE = ("et0", "rain", "wind_2m", "rh_min")
_IRRIGATION_NAMES = ("depth_mm", "irrigation", "irrigation_mm", "mm", "depth")


@dataclass(frozen=True)
class Run:
    """Everything a season of one bed needs; `weather` is indexed by day."""

    weather: "pd.DataFrame"
    crop: "Crop"
    soil: "Soil"
    planted: date | None
    irrigation: Mapping[date, float]
    initial_depletion: float = 0.0
    wetted_fraction: float = 1.0
    drip: bool = False
    curve_number: float = float("nan")
    root_limit: float = float("inf")
    thermal: bool = False


def daily_weather(
    table: "WeatherTable", latitude: float | None, elevation: float | None, file: str
) -> "pd.DataFrame":
    """Whole days of ET₀ and rain; ET₀ is the file's own, else computed.

    Raises
    ------
    BadInput  A day has no rain or no ET₀: one line each.
    """
    from agro.cli import reference
    from sensors.feeds.weather import to_days

    by_day = to_days(table)
    frame = by_day.frame.reindex(columns=[*_OF_BALANCE, "tmin", "tmax"]).astype(float)
    if by_day.frame.get("rain") is None:
        raise BadInput([f"{file}: no column tells of rain; add rain (mm, 0 where none fell)"])
    if frame["et0"].isna().any():
        where = reference.place(table, latitude, elevation, None, file)
        computed = [day["et0"] for day in reference.days(by_day, where, file, missing_told=False)]
        frame["et0"] = frame["et0"].fillna(dict(zip(frame.index, computed, strict=True)))
    lines = [
        f"{file}, {day}, {name}: is missing; {remedy}"
        for name, remedy in (
            ("et0", "give tmin and tmax, or et0, of that day"),
            ("rain", "write 0 where none fell"),
        )
        for day in frame.index[frame[name].isna()]
    ]
    if lines:
        raise BadInput(lines)
    return frame


def irrigation_of(file: Path | None) -> dict[date, float]:
    """Irrigation by day, several of one day added up. [mm]

    Raises
    ------
    BadInput  The file or a row of it cannot be used: one line each.
    """
    if file is None:
        return {}
    from agro.cli.sheet_file import read_sheet_file
    from sensors.feeds.sheet import numbers, times

    sheet = read_sheet_file(file)
    depth = next((name for name in _IRRIGATION_NAMES if name in sheet.header), None)
    if "date" not in sheet.header or depth is None:
        columns = ", ".join(sheet.header)
        raise BadInput([f"{file}: its columns are {columns}; name them date and irrigation (mm)"])
    read = times(sheet.cells["date"], sheet.rows)
    values, wrong = numbers(sheet.cells[depth], sheet.rows, delimiter=sheet.delimiter)
    lines = [fault.line(str(file)) for fault in (*sheet.faults, *read.faults, *wrong)]
    lines += [
        f"{file}, row {row}, {depth}: {value:g} mm is below 0; correct it"
        for row, value in zip(sheet.rows, values, strict=True)
        if value < 0.0
    ]
    if lines:
        raise BadInput(lines)
    given: dict[date, float] = {}
    for time, value in zip(read.times, values, strict=True):
        given[time.date()] = given.get(time.date(), 0.0) + (value if isfinite(value) else 0.0)
    return given


def days(run: Run, columns: Sequence[str], irrigation_file: str) -> list[dict[str, Any]]:
    """Every day of the season as rows of these columns.

    Raises
    ------
    BadInput  Irrigation lies outside the weather, or the start cannot be.
    """
    from models.water import balance

    dates: list[date] = list(run.weather.index)
    outside = sorted(day for day in run.irrigation if not dates[0] <= day <= dates[-1])
    lines = [
        f"{irrigation_file}, {day}: is outside the weather, {dates[0]} to {dates[-1]}; remove it"
        for day in outside
    ]
    if not 0.0 <= run.initial_depletion < float("inf"):
        lines.append(f"--initial-depletion: {run.initial_depletion:g} mm must be 0 or more")
    if not 0.0 < run.wetted_fraction <= 1.0:
        lines.append(f"--wetted-fraction: {run.wetted_fraction:g} must be above 0, at most 1")
    if not (run.curve_number != run.curve_number or 0.0 < run.curve_number <= 100.0):
        lines.append(f"--curve-number: {run.curve_number:g} must be above 0, at most 100")
    if not run.root_limit > 0.0:
        lines.append(f"--root-limit: {run.root_limit:g} m must be above 0")
    if lines:
        raise BadInput(lines)
    planted = run.planted or dates[0]
    if planted > dates[-1]:
        tell(f"--planted: {planted} is after the last day {dates[-1]}; the soil is bare throughout")
    bed = balance.Bed(
        crop=_staged(run, planted) if run.thermal else run.crop,
        soil=run.soil,
        planted=(planted - dates[0]) / timedelta(days=1),
        wetted_fraction=run.wetted_fraction,
        drip=run.drip,
        curve_number=run.curve_number,
        root_limit=run.root_limit,
    )
    season = balance.run(
        balance.DailyWeather(**{name: run.weather[name].to_numpy() for name in _OF_BALANCE}),
        balance.beds([bed]),
        irrigation=[run.irrigation.get(day, 0.0) for day in dates],
        initial_depletion=run.initial_depletion,
    )
    _tell_start(run, float(season.taw[0, 0]))
    table = {name: getattr(season, name)[:, 0] for name in columns if name != "et0"}
    table["et0"] = run.weather["et0"].to_numpy()
    return [
        {"date": day, **{name: float(table[name][row]) for name in columns}}
        for row, day in enumerate(dates)
    ]


def _staged(run: Run, planted: date) -> "Crop":
    """The crop with the stages that the temperatures since planting give it."""
    from models.water import thermal

    grown = run.weather.loc[[day >= planted for day in run.weather.index]]
    try:
        crop = thermal.with_stages_of(run.crop, grown["tmin"], grown["tmax"])
    except ValueError as error:
        raise BadInput([f"--thermal: {error}; leave it out"]) from error
    lengths = (crop.length_ini, crop.length_dev, crop.length_mid, crop.length_late)
    told = ", ".join(f"{days:.0f}" for days in lengths)
    tell(f"--thermal: the stages last {told} days by the temperatures")
    return crop


def _tell_start(run: Run, taw: float) -> None:
    if run.initial_depletion > taw:
        tell(
            f"--initial-depletion: {run.initial_depletion:g} mm is more than the first day's roots "
            f"reach; {taw:.1f} mm is taken"
        )
