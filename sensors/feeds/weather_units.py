"""From strangers' column names to ours: which quantity, in which unit.

A column is taken when its name is one of ours, a name the trade uses (`t_air`, `precip`, `u10`),
or such a name with a place and a unit (`rain_town_airport_mm`, `t_air_k`). Where a file has
several columns for one quantity the first is taken and the others are named.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd

from sensors.feeds.weather_table import MJ_PER_W_HOUR, Fault, Step

Convert = Callable[["pd.Series[float]"], "pd.Series[float]"]


def _times(factor: float, plus: float = 0.0) -> Convert:
    return lambda values: values * factor + plus


_TEMPERATURE = {
    "c": _times(1.0),
    "degc": _times(1.0),
    "celsius": _times(1.0),
    "k": _times(1.0, -273.15),
    "f": _times(5.0 / 9.0, -160.0 / 9.0),
    "degf": _times(5.0 / 9.0, -160.0 / 9.0),
}
_SHARE = {"pct": _times(1.0), "percent": _times(1.0), "fraction": _times(100.0)}
_PRESSURE = {"kpa": _times(1.0), "hpa": _times(0.1), "mbar": _times(0.1), "pa": _times(0.001)}
_SPEED = {
    "ms": _times(1.0),
    "m_s": _times(1.0),
    "mps": _times(1.0),
    "kmh": _times(1.0 / 3.6),
    "km_h": _times(1.0 / 3.6),
    "kn": _times(0.514444),
    "kt": _times(0.514444),
    "mph": _times(0.44704),
}
_ENERGY = {
    "mj_m2_d": _times(1.0),
    "mj_m2_day": _times(1.0),
    "mj_m2_h": _times(1.0),
    "mj_m2": _times(1.0),
    "mjm2": _times(1.0),
    "j_cm2": _times(0.01),
    "j_m2": _times(1e-6),
    "kwh_m2": _times(3.6),
    "wh_m2": _times(0.0036),
}
_FLUX = ("w_m2", "wm2")
_HOURS = {"h": _times(1.0), "min": _times(1.0 / 60.0), "s": _times(1.0 / 3600.0)}
_DEPTH = {"mm": _times(1.0), "cm": _times(10.0), "in": _times(25.4), "inch": _times(25.4)}

# Quantity: its units, and the names it goes by; `dewpoint` and `wind_10m` are converted after.
_QUANTITIES: dict[str, tuple[Mapping[str, Convert], tuple[str, ...]]] = {
    "tmin": (
        _TEMPERATURE,
        (
            *("tmin", "t_min", "tn", "temp_min", "temperature_min", "min_temp", "mintemp"),
            *("minimum_temperature", "temperature_2m_min", "température_min", "t_air_min"),
        ),
    ),
    "tmax": (
        _TEMPERATURE,
        (
            *("tmax", "t_max", "tx", "temp_max", "temperature_max", "max_temp", "maxtemp"),
            *("maximum_temperature", "temperature_2m_max", "température_max", "t_air_max"),
        ),
    ),
    "tmean": (
        _TEMPERATURE,
        (
            *("tmean", "t_mean", "tavg", "t_avg", "t_air", "tair", "air_temperature", "temp_mean"),
            *("temperature_mean", "temperature_2m", "temperature", "temp", "tm", "t2m", "t"),
            *("tmoy", "t_moy", "temperature_moyenne", "température", "température_moyenne"),
        ),
    ),
    "dewpoint": (
        _TEMPERATURE,
        ("t_dew", "tdew", "dewpoint", "dew_point", "dewpoint_2m", "dew_point_2m", "td"),
    ),
    "rh_min": (_SHARE, ("rh_min", "rhmin", "hr_min", "relative_humidity_min", "humidity_min")),
    "rh_max": (_SHARE, ("rh_max", "rhmax", "hr_max", "relative_humidity_max", "humidity_max")),
    "rh_mean": (
        _SHARE,
        (
            *("rh_mean", "rhmean", "rh", "hr", "relative_humidity", "relative_humidity_2m"),
            *("humidity", "humidite", "humidité", "humidité_relative"),
        ),
    ),
    "vapour_pressure": (
        _PRESSURE,
        ("vapour_pressure", "vapor_pressure", "actual_vapour_pressure", "ea", "vp"),
    ),
    "wind_2m": (_SPEED, ("wind_2m", "wind_speed_2m", "windspeed_2m", "u2")),
    "wind_10m": (_SPEED, ("wind_10m", "wind_speed_10m", "windspeed_10m", "u10")),
    "wind": (_SPEED, ("wind_speed", "windspeed", "wind", "wndsp", "ws", "ff", "vent")),
    "solar_radiation": (
        _ENERGY,
        (
            *("solar_radiation", "srad", "rs", "shortwave_radiation", "global_radiation"),
            *("solar_rad", "swdown", "ghi", "radiation"),
            *("rayonnement", "rayonnement_global"),
        ),
    ),
    "sunshine": (
        _HOURS,
        ("sunshine", "sunshine_duration", "sun_hours", "insolation", "ensoleillement"),
    ),
    "rain": (
        _DEPTH,
        (
            *("rain", "rainfall", "precip", "precipitation", "precipitation_sum", "prcp", "rr"),
            *("rr24", "pluie", "precipitations", "précipitations", "pluviometrie", "pluviométrie"),
        ),
    ),
    "et0": (
        _DEPTH,
        ("et0", "eto", "et_0", "et0_fao_evapotranspiration", "etref", "reference_et", "pet", "etp"),
    ),
}
# A name with one of these words tells of something else, whatever it begins with.
_OTHER = frozenset(
    [
        "gust",
        "gusts",
        "max",
        "min",
        "dir",
        "direction",
        "soil",
        "water",
        "surface",
        "ground",
        "road",
        "sd",
        "std",
        "flag",
        "snow",
        "quality",
        "probability",
        "heard",
    ]
)
_SYNONYMS = (
    ("°c", "c"),
    ("°f", "f"),
    ("%", "pct"),
    ("m³", "m3"),
    ("m²", "m2"),
    ("m-2", "m2"),
    ("m⁻²", "m2"),
    ("km/h", "kmh"),
    ("m/s", "ms"),
    ("m s-1", "ms"),
    ("m s⁻¹", "ms"),
)


@dataclass(frozen=True, slots=True)
class Match:
    """A column that was recognised. `hours` is what an accumulated amount covers (0 = its row)."""

    column: str
    quantity: str
    convert: Convert
    hours: int = 0


def normal(name: str) -> str:
    """A column name in small letters, with `_` for what separates, and units as letters."""
    text = name.strip().lower()
    for sign, letters in _SYNONYMS:
        text = text.replace(sign, letters)
    return re.sub(r"[^0-9a-zéèà]+", "_", text).strip("_")


def match(column: str, step: Step) -> Match | None:
    """Which quantity a column tells, or None."""
    name = normal(column)
    amount = re.fullmatch(r"rr(\d+)(_mm)?", name)
    if amount and not (step == "day" and amount[1] == "24"):
        return Match(column, "rain", _times(1.0), hours=int(amount[1]))
    for quantity, (units, aliases) in _QUANTITIES.items():
        for unit, convert in _units(quantity, units, step).items():
            if _tells(name, unit, aliases):
                return Match(column, quantity, convert)
    return None


def convert_as(column: str, quantity: str, step: Step) -> Convert:
    """How a column that a person named as `quantity` is converted: by its unit, if it has one."""
    units = _units(quantity, _QUANTITIES[quantity][0], step)
    name = normal(column)
    ends = [unit for unit in units if unit and name.endswith(f"_{unit}")]
    return units[max(ends, key=len, default="")]


def _units(quantity: str, units: Mapping[str, Convert], step: Step) -> dict[str, Convert]:
    """The units a quantity may carry in its name; "" is the one of a name that carries none."""
    if quantity != "solar_radiation":
        return {"": _times(1.0), **units}
    flux = _times(MJ_PER_W_HOUR * (24.0 if step == "day" else 1.0))
    plain = _times(1.0) if step == "day" else flux
    return {"": plain, **units, **dict.fromkeys(_FLUX, flux)}


def _tells(name: str, unit: str, aliases: Sequence[str]) -> bool:
    if unit and not name.endswith(f"_{unit}"):
        return False
    base = name.removesuffix(f"_{unit}") if unit else name
    if base in aliases:
        return True
    if not unit or _OTHER.intersection(base.split("_")):
        return False
    # A place after the name, `precip_seine_mm`, is only believed beside a unit.
    return any(len(alias) > 2 and base.startswith(f"{alias}_") for alias in aliases)


def choose(
    header: Sequence[str], step: Step, chosen: Mapping[str, str], *, hours: float
) -> tuple[dict[str, Match], list[str], list[Fault]]:
    """One column for each quantity: the person's choice, else the first.

    Returns
    -------
    The matches by quantity; notes on what was taken, left and not known; faults of the choice.
    """
    faults = [
        Fault(0, column, "", "is not a column of the file", f"choose from {', '.join(header)}")
        for column in chosen.values()
        if column not in header
    ]
    faults += [
        Fault(0, quantity, "", "is not a quantity of the weather", f"know {', '.join(_QUANTITIES)}")
        for quantity in chosen
        if quantity not in _QUANTITIES
    ]
    if faults:
        return {}, [], faults
    matches = [found for column in header if (found := match(column, step))]
    candidates: dict[str, list[Match]] = {}
    for found in matches:
        candidates.setdefault(found.quantity, []).append(found)
    if "rain" in candidates:
        candidates["rain"] = _of_interval(candidates["rain"], hours)
    taken = {quantity: found[0] for quantity, found in candidates.items()}
    for quantity, column in chosen.items():
        taken[quantity] = Match(column, quantity, convert_as(column, quantity, step))
    return taken, _notes(header, candidates, taken, chosen), []


def _of_interval(candidates: list[Match], hours: float) -> list[Match]:
    """Rain of the row's own interval first; amounts over other intervals cannot be added up."""
    return [found for found in candidates if found.hours in (0, round(hours))]


def _notes(
    header: Sequence[str],
    candidates: Mapping[str, Sequence[Match]],
    taken: Mapping[str, Match],
    chosen: Mapping[str, str],
) -> list[str]:
    notes = []
    for quantity, found in candidates.items():
        others = [one.column for one in found if one.column != taken[quantity].column]
        if others and quantity not in chosen:
            notes.append(
                f"{quantity} is taken from {taken[quantity].column}, not from {', '.join(others)}; "
                f"choose with --column {quantity}={others[0]}"
            )
    if "wind" in taken and not {"wind_2m", "wind_10m"} & taken.keys():
        notes.append(
            f"{taken['wind'].column} is taken as wind at 10 m, the height of weather stations; "
            f"for a mast of 2 m give --column wind_2m={taken['wind'].column}"
        )
    used = {one.column for one in taken.values()} | {
        one.column for found in candidates.values() for one in found
    }
    unknown = [column for column in header if column not in used]
    if unknown:
        notes.append(f"not used: {', '.join(unknown)}")
    return notes


def derive(columns: pd.DataFrame) -> pd.DataFrame:
    """Wind to 2 m and dewpoint to vapour pressure, where the better column is missing."""
    table = columns.copy()
    for name in ("wind", "wind_10m"):
        if name in table:
            at_2m = wind_2m(table.pop(name))
            table["wind_2m"] = table["wind_2m"].fillna(at_2m) if "wind_2m" in table else at_2m
    if "dewpoint" in table:
        humid = vapour_pressure(table.pop("dewpoint"))
        known = table.get("vapour_pressure")
        table["vapour_pressure"] = humid if known is None else known.fillna(humid)
    return table


def wind_2m(wind_10m: "pd.Series[float]") -> "pd.Series[float]":
    """Wind at 2 m from wind at 10 m. [m s⁻¹]  FAO-56 eq. 47."""
    return wind_10m * (4.87 / log(67.8 * 10.0 - 5.42))


def vapour_pressure(dewpoint: "pd.Series[float]") -> "pd.Series[float]":
    """Vapour pressure from dewpoint °C. [kPa]  FAO-56 eq. 14."""
    held = 0.6108 * np.exp(17.27 * dewpoint / (dewpoint + 237.3))
    return pd.Series(held, index=dewpoint.index)
