"""Crops, soils and wetted fractions as published, each row with its source.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). Crop evapotranspiration. FAO Irrigation and Drainage
    Paper 56. Tables 11, 12, 17, 19, 20 and 22 to 24.
[2] FAO (2025). Crop evapotranspiration, FAO Irrigation and Drainage Paper 56, revision 1.
"""

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from math import nan
from pathlib import Path

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Crop:
    """A crop of Tables 11, 12, 17 and 22 to 24 [1].

    `kcb_…` are basal crop coefficients for a sub-humid climate [-]; `height` m; `root_depth_min`
    is the depth at the start, `root_depth_max` the greatest of Table 22 and `root_depth_irrigated`
    its smaller value, which the table's footnote gives for irrigation scheduling [m];
    `depletion_fraction` is p at crop_et = 5 mm d⁻¹ [-]; `length_…` are days of the four stages;
    `yield_response` is K_y [-] (NaN where Table 24 has none); `season_start` is the day of the
    year on which a perennial starts again (0 for annuals). `base_temperature` and
    `upper_temperature` °C bound what drives growth, and `thermal_time_…` °C d is what a short
    and a long variety need from planting to harvest [2] (NaN where it is not given). Where the
    salts of the soil exceed `salt_threshold`, EC_e in dS m⁻¹, the yield falls by `salt_slope`,
    % per dS m⁻¹ (Table 23, middles of its ranges; NaN where it has none).
    """

    key: str
    name_fr: str
    name_en: str
    kcb_ini: float
    kcb_mid: float
    kcb_end: float
    height: float
    root_depth_min: float
    root_depth_irrigated: float
    root_depth_max: float
    depletion_fraction: float
    length_ini: float
    length_dev: float
    length_mid: float
    length_late: float
    yield_response: float = nan
    season_start: int = 0
    base_temperature: float = nan
    upper_temperature: float = nan
    thermal_time_short: float = nan
    thermal_time_long: float = nan
    salt_threshold: float = nan
    salt_slope: float = nan
    source: str = ""

    @property
    def season_length(self) -> float:
        """Days from planting to the end of the late stage."""
        return self.length_ini + self.length_dev + self.length_mid + self.length_late


@dataclass(frozen=True, slots=True)
class Soil:
    """A soil of Table 19 [1]: water contents m³ m⁻³; `rew` and `tew` mm."""

    texture: str
    field_capacity: float
    wilting_point: float
    rew: float
    tew: float
    source: str = ""


_TEXT = ("key", "name_fr", "name_en", "source", "texture", "method")


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> float:
    return float(text) if text else nan


def _crop(row: dict[str, str]) -> Crop:
    start = int(row["season_start"] or 0)
    row = {name: value for name, value in row.items() if name not in ("season_start", "aliases")}
    text = {name: row.pop(name) for name in _TEXT if name in row}
    numbers = {name: _number(value) for name, value in row.items()}
    return Crop(**text, **numbers, season_start=start)  # type: ignore[arg-type]


def _soil(row: dict[str, str]) -> Soil:
    numbers = {name: float(row[name]) for name in ("field_capacity", "wilting_point", "rew", "tew")}
    return Soil(texture=row["texture"], **numbers, source=row["source"])


CROPS: dict[str, Crop] = {row["key"]: _crop(row) for row in _rows("crops.csv")}
SOILS: dict[str, Soil] = {row["texture"]: _soil(row) for row in _rows("soils.csv")}
WETTED_FRACTIONS: dict[str, tuple[float, float]] = {
    row["method"]: (float(row["low"]), float(row["high"])) for row in _rows("wetting.csv")
}


def _spelled(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_").replace("'", "_")


def _aliases(file: str, key: str, *names: str) -> dict[str, str]:
    """What else the rows of a table are called, in French and English, to their keys."""
    known: dict[str, str] = {}
    for row in _rows(file):
        for name in (*(row[column] for column in names), *row["aliases"].split(";")):
            known.setdefault(_spelled(name), row[key])
    return known


_CROP_ALIASES = _aliases("crops.csv", "key", "name_fr", "name_en")
_SOIL_ALIASES = _aliases("soils.csv", "texture", "texture")


def crop(key: str) -> Crop:
    """The crop of this key, or of another name it goes by in French or English.

    Raises
    ------
    ValueError  No such crop; the message names the nearest.
    """
    name = _spelled(key)
    if name not in CROPS:
        name = _CROP_ALIASES.get(name, name)
    if name in CROPS:
        return CROPS[name]
    raise ValueError(f"crop {key!r} is not in the table; {_nearest(name, CROPS)}")


def soil(texture: str) -> Soil:
    """The soil of this texture, in English or French.

    Raises
    ------
    ValueError  No such texture; the message names the nearest.
    """
    name = _spelled(texture)
    if name in _SOIL_ALIASES:
        return SOILS[_SOIL_ALIASES[name]]
    near = _nearest(name.replace("_", " "), SOILS)
    raise ValueError(f"soil {texture!r} is not in the table; {near}")


def _nearest(name: str, known: dict[str, Crop] | dict[str, Soil]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return "known: " + ", ".join(sorted(known))
