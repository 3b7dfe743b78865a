"""What a place adds to the balance of a bed: options, and columns of crop and soil files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import inf, isfinite, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import tell
from agro.cli.parameter_file import entries, plain
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.water.tables import Crop, Soil

OF_CROP = ("canopy_cover",)
OF_SOIL = ("water_table", "drainage_tau", "saturation", "soil_salinity", "curve_number")
# Names of the balance's `Bed` that an option states.
_OPTIONS = {
    "et0_share": "--et0-share",
    "mulch_cover": "--mulch-cover",
    "water_table": "--water-table",
    "drainage_tau": "--drainage-days",
    "soil_salinity": "--soil-salinity",
    "canopy_cover": "--canopy-cover",
    "first_cut": "--first-cut",
    "cutting_interval": "--cutting-interval",
}


@dataclass(frozen=True, slots=True)
class Place:
    """What options say, None where they say nothing; `told` is what the files say.

    Units as in `models.water.parameters.Bed`; `mulch` is organic or plastic; `tree` keeps the
    crop's height all year.
    """

    covered: bool = False
    tree: bool = False
    mulch: str | None = None
    cuts: Sequence[date] = ()
    et0_share: float | None = None
    mulch_cover: float | None = None
    water_table: float | None = None
    drainage_tau: float | None = None
    soil_salinity: float | None = None
    canopy_cover: float | None = None
    first_cut: float | None = None
    cutting_interval: float | None = None


def of_file(
    file: Path, key: str, name: str, names: Mapping[str, str], wanted: Sequence[str]
) -> dict[str, float]:
    """The columns of a place in the row of a crop or soil file.

    Raises
    ------
    BadInput  A value cannot be: one line each.
    """
    row = _row(file, key, name, names)
    found, lines = {}, []
    for column in wanted:
        if column not in row:
            continue
        try:
            value = float(row[column])
        except (TypeError, ValueError):
            lines.append(f"{file}, {key}, {column}: {row[column]!r} is not a number; write one")
            continue
        fault = _fault(column, value)
        if fault and not isnan(value):
            lines.append(f"{file}, {key}, {column}: {fault}; correct it")
        found[column] = value
    if lines:
        raise BadInput(lines)
    return {column: value for column, value in found.items() if not isnan(value)}


def _row(file: Path, key: str, name: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The row of this key, else the first without any; of a soil of layers that of the top."""
    rows = [
        {names.get(plain(field), plain(field)): value for field, value in one.items()}
        for one in entries(file)
    ]
    own = [row for row in rows if str(row.get(name, "")) == key]
    unnamed = [row for row in rows if not row.get(name)]
    return next(iter(own or unnamed or rows[:1]), {})


def of_bed(place: Place, told: Mapping[str, float], crop: "Crop", planted: date) -> dict[str, Any]:
    """The place by the names of the balance's `Bed`; an option outweighs a file.

    Raises
    ------
    BadInput  An option cannot be: one line each.
    """
    from models.water.parameters import MULCHES

    stated = {name: getattr(place, name) for name in _OPTIONS if getattr(place, name) is not None}
    salt = stated.get("soil_salinity", told.get("soil_salinity", nan))
    lines = [
        f"{_OPTIONS[name]}: {fault}"
        for name, value in stated.items()
        if (fault := _fault(name, value))
    ]
    lines += [*_mulch_faults(place), *_cut_faults(place, planted)]
    if salt >= 0.0 and isnan(crop.salt_threshold + crop.salt_slope):
        lines.append(
            f"--soil-salinity: FAO-56 Table 23 has no salt tolerance of {crop.key!r}; "
            "give salt_threshold and salt_slope in --crop-file"
        )
    if lines:
        raise BadInput(lines)
    added = {**told, **stated, "covered": place.covered, "constant_height": place.tree}
    if place.mulch:
        held = MULCHES[place.mulch]
        added["mulch_cover"] = stated.get("mulch_cover", 1.0)
        added["mulch_reduction"] = held.mulch_reduction
        added["kcb_reduction"] = held.kcb_reduction
    days = sorted({(cut - planted) / timedelta(days=1) for cut in place.cuts})
    return {**added, "cuts": tuple(days)}


def with_known_rise(soil: "Soil", water_table: float) -> "Soil":
    """The soil as a texture whose capillary rise is known, that which holds about as much."""
    from models.water import capillary, tables

    name = soil.texture.strip().lower().replace("_", " ").replace("-", " ")
    if isnan(water_table) or name in capillary.TEXTURES:
        return soil
    held = soil.field_capacity
    known = [one for one in tables.SOILS.values() if one.texture in capillary.TEXTURES]
    near = min(known, key=lambda one: abs(one.field_capacity - held))
    tell(f"the water table: water rises in {soil.texture!r} as in {near.texture}, near to it")
    return replace(soil, texture=near.texture)


def _fault(name: str, value: float) -> str:
    from models.water.parameters import BOUNDS

    least, most, meaning = BOUNDS[name]
    if isfinite(value) and least <= value <= most and (name != "et0_share" or value > 0.0):
        return ""
    bounds = f"{least:g} or more" if most == inf else f"{least:g} to {most:g}"
    return f"{value:g} must be {bounds}, {meaning}"


def _mulch_faults(place: Place) -> Iterator[str]:
    from models.water.parameters import MULCHES

    if place.mulch is not None and place.mulch not in MULCHES:
        yield f"--mulch: {place.mulch!r} is not a mulch; write {' or '.join(MULCHES)}"
    if place.mulch_cover is not None and place.mulch is None:
        yield f"--mulch-cover: needs --mulch, {' or '.join(MULCHES)}"


def _cut_faults(place: Place, planted: date) -> Iterator[str]:
    if place.cuts and place.first_cut is not None:
        yield "--cut: stands beside --first-cut; give the dates or the days, not both"
    if place.cutting_interval is not None and place.first_cut is None:
        yield "--cutting-interval: needs --first-cut, the days from planting to the first cut"
    for cut in place.cuts:
        if cut <= planted:
            yield f"--cut: {cut} must be after planting on {planted}"
