"""The water balance of one bed on anyone's weather file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from agro.cli import place
from agro.cli.output import tell
from agro.cli.place import Place
from agro.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from agro.cli.irrigation_file import Irrigation
    from agro.cli.measured_file import Measured
    from models.water.et0 import Array
    from models.water.parameters import Beds
    from models.water.profile import Layers, ProfileSeason, Seen
    from models.water.tables import Crop, Soil
    from sensors.feeds.weather import WeatherTable

_OF_BALANCE = ("et0", "rain", "wind_2m", "rh_min")
_OF_AIR = ("tmin", "tmax", "rh_min", "rh_max", "rh_mean", "vapour_pressure")


@dataclass(frozen=True)
class Run:
    """Everything a season of one bed needs; `weather` is indexed by day.

    Without `initial_depletion` the soil starts with what `layers` say, else full. `place` is what
    options say of the place, `told` what the crop's and the soil's files say.
    """

    weather: "pd.DataFrame"
    crop: "Crop"
    soil: "Soil"
    planted: date | None
    irrigation: "Irrigation"
    layers: "Layers | None" = None
    seen: "Seen | None" = None
    measured: "Measured | None" = None
    initial_depletion: float | None = None
    wetted_fraction: float = 1.0
    drip: bool = False
    curve_number: float = float("nan")
    root_limit: float = float("inf")
    thermal: bool = False
    place: Place = field(default_factory=Place)
    told: Mapping[str, float] = field(default_factory=dict)


def daily_weather(
    table: "WeatherTable", latitude: float | None, elevation: float | None, file: str
) -> "pd.DataFrame":
    """Whole days of ET₀ and rain; ET₀ is the file's own, else computed.

    Raises
    ------
    BadInput  A day has no rain or no ET₀: one line each.
    """
    from agro.cli import reference
    from models.water import humidity
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
    return frame.assign(rh_min=humidity.rh_min(**_air(by_day.frame)))


def _air(frame: "pd.DataFrame") -> "dict[str, Array]":
    columns = frame.reindex(columns=list(_OF_AIR)).astype(float)
    return {name: columns[name].to_numpy() for name in _OF_AIR}


def answer(run: Run, columns: Sequence[str], irrigation_file: str) -> dict[str, Any]:
    """Every day of the season as rows of these columns, and the fit to what was measured.

    Raises
    ------
    BadInput  Irrigation lies outside the weather, or the start cannot be.
    """
    from models.water import balance, profile

    dates: list[date] = list(run.weather.index)
    outside = sorted(day for day in run.irrigation.depth if not dates[0] <= day <= dates[-1])
    lines = [
        f"{irrigation_file}, {day}: is outside the weather, {dates[0]} to {dates[-1]}; remove it"
        for day in outside
    ]
    if run.initial_depletion is not None and not 0.0 <= run.initial_depletion < float("inf"):
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
    added = place.of_bed(run.place, run.told, run.crop, planted)
    if not isnan(run.curve_number):
        added["curve_number"] = run.curve_number
    if planted > dates[-1]:
        tell(f"--planted: {planted} is after the last day {dates[-1]}; the soil is bare throughout")
    bed = balance.Bed(
        crop=_staged(run, planted) if run.thermal else run.crop,
        soil=place.with_known_rise(run.soil, added.get("water_table", nan)),
        planted=(planted - dates[0]) / timedelta(days=1),
        wetted_fraction=run.wetted_fraction,
        drip=run.drip,
        root_limit=run.root_limit,
        **added,
    )
    beds = balance.beds([bed])
    found, fit = _grown(run, beds, run.layers or profile.uniform(beds))
    season = found.season
    _tell_start(run, float(season.taw[0, 0]))
    table = {name: getattr(season, name)[:, 0] for name in columns if name != "et0"}
    table["et0"] = run.weather["et0"].to_numpy()
    if run.layers is not None or found.depletion_below.any():
        table["depletion_below"] = found.depletion_below
        columns = (*columns, "depletion_below")
    rows = [
        {"date": day, **{name: float(table[name][row]) for name in columns}}
        for row, day in enumerate(dates)
    ]
    return {"days": rows, **fit}


def _grown(
    run: Run, beds: "Beds", layers: "Layers"
) -> "tuple[ProfileSeason, dict[str, dict[str, Any]]]":
    """The season, fitted to what was measured where something was, and what the fit found."""
    import numpy as np

    from agro.cli import measured_file
    from models.water import balance, profile

    dates: list[date] = list(run.weather.index)
    weather = balance.DailyWeather(**{name: run.weather[name].to_numpy() for name in _OF_BALANCE})
    water = [run.irrigation.depth.get(day, 0.0) for day in dates]
    wetted = [run.irrigation.wetted.get(day, nan) for day in dates]

    def season_of(beds: "Beds", layers: "Layers") -> "ProfileSeason":
        return profile.run(
            weather,
            beds,
            layers=layers,
            seen=run.seen,
            irrigation=water,
            wetted_fraction=wetted,
            initial_depletion=run.initial_depletion,
        )

    if run.measured is None:
        return season_of(beds, layers), {}
    known = run.initial_depletion is not None or bool(np.isfinite(layers.initial).all())
    fitted = measured_file.fitted(run.measured, dates, beds, layers, season_of, start_known=known)
    answer = measured_file.told(fitted, run.measured, dates)
    measured_file.tell_fit(answer, run.measured.file)
    return fitted.after, {"fit": answer}


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
    if run.initial_depletion is not None and run.initial_depletion > taw:
        tell(
            f"--initial-depletion: of {run.initial_depletion:g} mm the first day's roots reach "
            f"{taw:.1f} mm; the rest lies below, as deep as they will grow"
        )
