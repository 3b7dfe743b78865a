"""Reference evapotranspiration of a weather table, by day or by hour."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agro.cli.output import tell
from agro.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from models.water.et0 import Array
    from sensors.feeds.weather import WeatherTable

_INPUTS = (
    *("tmin", "tmax", "tmean", "vapour_pressure", "rh_min", "rh_max", "rh_mean"),
    *("wind_2m", "solar_radiation", "sunshine"),
)
_CALM = 2.0  # m s⁻¹, FAO-56 p. 63


@dataclass(frozen=True, slots=True)
class Place:
    """Where a weather file was measured: degrees and metres; `longitude` NaN = not known."""

    latitude: float
    elevation: float
    longitude: float = float("nan")


def place(
    table: "WeatherTable",
    latitude: float | None,
    elevation: float | None,
    longitude: float | None,
    file: str,
) -> Place:
    """The place given, completed by the file's own.

    Raises
    ------
    BadInput  Latitude or elevation are known from neither, or cannot be.
    """
    found = {
        "latitude": table.latitude if latitude is None else latitude,
        "elevation": table.elevation if elevation is None else elevation,
        "longitude": table.longitude if longitude is None else longitude,
    }
    limits = {
        "latitude": (-90, 90, "°"),
        "elevation": (-500, 9000, "m"),
        "longitude": (-180, 180, "°"),
    }
    lines = []
    for name, value in found.items():
        low, high, unit = limits[name]
        if value != value and name != "longitude":
            lines.append(f"{file}: the file does not tell its {name}; give --{name}")
        elif value == value and not low <= value <= high:
            lines.append(
                f"--{name}: {value:g} {unit} is not within {low} to {high} {unit}; correct it"
            )
    if lines:
        raise BadInput(lines)
    return Place(**found)


def days(
    table: "WeatherTable", where: Place, file: str, *, missing_told: bool = True
) -> list[dict[str, Any]]:
    """ET₀ of each day, and what radiation, humidity and wind were taken from.

    Raises
    ------
    BadInput  The file has no temperatures.
    """
    import numpy as np

    from models.water import et0
    from sensors.feeds.weather import to_days

    by_day = to_days(table)
    if by_day is not table:
        tell(f"{file}: {note}" for note in by_day.notes[len(table.notes) :])
    frame = by_day.frame.reindex(columns=list(_INPUTS)).astype(float)
    numbers = {name: frame[name].to_numpy() for name in _INPUTS}
    found = et0.daily_with_methods(
        latitude=where.latitude,
        elevation=where.elevation,
        day_of_year=[day.timetuple().tm_yday for day in frame.index],
        **numbers,
    )
    missing = np.isnan(found.et0)
    if missing.all():
        line = f"{file}: no day has tmin and tmax; ET₀ cannot be computed without both, add them"
        raise BadInput([line])
    if missing_told:
        _tell_missing(frame.index[missing], "tmin and tmax are not both there", file)
    return [
        {
            "date": day,
            "et0": value,
            "radiation": str(sun),
            "humidity": str(humid),
            "wind": str(wind),
        }
        for day, value, sun, humid, wind in zip(
            frame.index, found.et0, found.radiation, found.humidity, found.wind, strict=True
        )
    ]


def _tell_missing(labels: "pd.Index[Any]", why: str, file: str) -> None:
    if len(labels):
        more = "" if len(labels) == 1 else f" and {len(labels) - 1} more"
        tell(f"{file}: no ET₀ for {labels[0]}{more}: {why}")


def has_hours(table: "WeatherTable", file: str) -> bool:
    """Whether ET₀ can be computed by the hour; else says why it is computed by the day."""
    frame = table.frame
    needed = {
        "hours one by one": table.step_hours == 1.0,
        "tmean": "tmean" in frame,
        "solar_radiation": "solar_radiation" in frame and bool(frame["solar_radiation"].any()),
        "rh_mean or vapour_pressure": bool({"rh_mean", "vapour_pressure"} & set(frame.columns)),
    }
    lacking = [name for name, there in needed.items() if not there]
    if lacking:
        tell(f"{file}: computed by the day; by the hour it needs {', '.join(lacking)}")
    return not lacking


def hours(table: "WeatherTable", where: Place, file: str) -> list[dict[str, Any]]:
    """ET₀ of each hour, labelled by its start; null where a value is missing."""
    import numpy as np
    import pandas as pd

    frame = table.frame.reindex(columns=list(_INPUTS)).astype(float)
    index = pd.DatetimeIndex(frame.index)
    longitude = where.longitude
    if longitude != longitude:
        longitude = _longitude(frame["solar_radiation"].to_numpy(), index)
        tell(f"{file}: longitude taken as {longitude:.1f}° from the radiation; give --longitude")
    found = _of_hours(frame, index, Place(where.latitude, where.elevation, longitude))
    missing = index[np.isnan(found)]
    _tell_missing(missing, "temperature, humidity or radiation is missing", file)
    if frame["wind_2m"].isna().any():
        tell(f"{file}: wind is taken as {_CALM:g} m s⁻¹ where it is missing (FAO-56 p. 63)")
    return [
        {"time": time.to_pydatetime(), "et0": float(value)}
        for time, value in zip(index, found, strict=True)
    ]


def _of_hours(frame: "pd.DataFrame", index: "pd.DatetimeIndex", where: Place) -> "Array":
    """ET₀ of hours. [mm h⁻¹]"""
    from models.water import hourly
    from models.water.et0 import saturation_vapour_pressure

    temperature, solar = frame["tmean"].to_numpy(), frame["solar_radiation"].to_numpy()
    saturated = saturation_vapour_pressure(temperature)
    humid = frame["vapour_pressure"].fillna(frame["rh_mean"] / 100.0 * saturated).to_numpy()
    day = index.day_of_year.to_numpy()
    angle = hourly.solar_hour_angle(_middle(index), longitude=where.longitude, day_of_year=day)
    top = hourly.extraterrestrial_radiation(angle, latitude=where.latitude, day_of_year=day)
    sun = hourly.sun_elevation(angle, latitude=where.latitude, day_of_year=day)
    clouds = hourly.cloudiness(solar, hourly.clear_sky(top, where.elevation), sun)
    net = hourly.net_radiation(
        solar, temperature=temperature, vapour_pressure=humid, cloudiness=clouds
    )
    return hourly.hourly(
        temperature=temperature,
        vapour_pressure=humid,
        wind_2m=frame["wind_2m"].fillna(_CALM).to_numpy(),
        net_radiation=net,
        elevation=where.elevation,
        daytime=sun > 0.0,
    )


def _middle(index: "pd.DatetimeIndex") -> "Array":
    """Middle of each hour, UTC. [h]"""
    return (index.hour + index.minute / 60.0).to_numpy(float) + 0.5


def _longitude(solar: "Array", index: "pd.DatetimeIndex") -> float:
    """Where the sun is highest at the middle of the measured radiation. [°]"""
    import numpy as np

    from models.water.hourly import seasonal_correction

    known = ~np.isnan(solar)
    weights = solar[known]
    noon = (
        np.angle((weights * np.exp(2j * np.pi * _middle(index)[known] / 24.0)).sum()) * 12 / np.pi
    )
    day = index.day_of_year.to_numpy()[known]
    correction = np.average(seasonal_correction(day), weights=weights)
    return float((15.0 * (12.0 - noon - correction) + 180.0) % 360.0 - 180.0)
