"""Crops and soils of one's own, under our column names, the tables' or those of other programs."""

from collections.abc import Mapping
from dataclasses import fields, replace
from math import isfinite, isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from agro.cli import layers, place
from agro.cli.output import tell
from agro.cli.parameter_file import entry
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.water.profile import Layers
    from models.water.tables import Crop, Soil

    Entry = TypeVar("Entry", Crop, Soil)

_CROP_NAMES = {
    "name": "key",
    "crop": "key",
    "kcbini": "kcb_ini",
    "kcbmid": "kcb_mid",
    "kcbend": "kcb_end",
    "kcini": "kc_ini",
    "kcmid": "kc_mid",
    "kcend": "kc_end",
    "hmax_m": "height",
    "hmax": "height",
    "h": "height",
    "crop_height": "height",
    "zrini": "root_depth_min",
    "zr_ini": "root_depth_min",
    "zr_min": "root_depth_min",
    "zr_min_m": "root_depth_irrigated",
    "zr_max_m": "root_depth_max",
    "zr_max": "root_depth_max",
    "zrmax": "root_depth_max",
    "zr": "root_depth_max",
    "root_depth": "root_depth_max",
    "p": "depletion_fraction",
    "pbase": "depletion_fraction",
    "lini": "length_ini",
    "l_ini": "length_ini",
    "ldev": "length_dev",
    "l_dev": "length_dev",
    "lmid": "length_mid",
    "l_mid": "length_mid",
    "llate": "length_late",
    "l_late": "length_late",
    "lend": "length_late",
    "l_end": "length_late",
    "ky": "yield_response",
    "ky_t24": "yield_response",
    "ece_threshold": "salt_threshold",
    "ece_slope": "salt_slope",
}
_SOIL_NAMES = {
    "name": "texture",
    "soil": "texture",
    "key": "texture",
    "fc": "field_capacity",
    "fc_mid": "field_capacity",
    "theta_fc": "field_capacity",
    "thetafc": "field_capacity",
    "wp": "wilting_point",
    "wp_mid": "wilting_point",
    "theta_wp": "wilting_point",
    "thetawp": "wilting_point",
    "rew_mid_mm": "rew",
    "tew_mid_mm": "tew",
    "om": "organic_matter",
    "ze": "evaporation_depth",
    "theta_s": "saturation",
    "thetas": "saturation",
    "ece": "soil_salinity",
    "cn": "curve_number",
    "cn2": "curve_number",
}
# What a number of a crop or soil can be, with its unit.
_LIMITS = {
    "kcb_ini": (0.0, 2.0, ""),
    "kcb_mid": (0.0, 2.0, ""),
    "kcb_end": (0.0, 2.0, ""),
    "height": (0.0, 30.0, "m"),
    "root_depth_min": (0.0, 10.0, "m"),
    "root_depth_irrigated": (0.0, 10.0, "m"),
    "root_depth_max": (0.01, 10.0, "m"),
    "depletion_fraction": (0.05, 0.95, ""),
    "length_ini": (0.0, 400.0, "d"),
    "length_dev": (0.0, 400.0, "d"),
    "length_mid": (0.0, 400.0, "d"),
    "length_late": (0.0, 400.0, "d"),
    "field_capacity": (0.0, 0.9, "m³ m⁻³"),
    "wilting_point": (0.0, 0.9, "m³ m⁻³"),
    "rew": (0.0, 50.0, "mm"),
    "tew": (0.0, 200.0, "mm"),
}
_MAY_LACK = {"salt_threshold": (0.0, 60.0, "dS m⁻¹"), "salt_slope": (0.0, 100.0, "% per dS m⁻¹")}
_SOWN_DEPTH = 0.2  # m, of the first roots of an annual crop (FAO-56 chapter 8)
_OF_KC = {"ini": 0.15, "mid": -0.05, "end": -0.05}  # K_cb of it, or beside K_c (FAO-56 p. 135)


def crop_of(key: str, file: Path | None) -> "Crop":
    """The crop of this key, of a person's file or of the table.

    Raises
    ------
    BadInput  It is in neither, or its numbers cannot be.
    """
    from models.water import tables

    if file is None:
        try:
            return tables.crop(key)
        except ValueError as error:
            raise BadInput([f"--crop: {error}"]) from error
    row = entry(file, key, "key", _CROP_NAMES)
    known = tables.CROPS.get(key)
    blank = tables.Crop(key, "", "", nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan)
    found = _completed(_filled(known or blank, row, file), row, file)
    _must_be_possible(found, file)
    if found.root_depth_min > found.root_depth_max:
        told = f"{found.root_depth_min:g} m is above root_depth_max {found.root_depth_max:g} m"
        raise BadInput([f"{file}, {key}, root_depth_min: {told}; correct one of the two"])
    return found


def _completed(found: "Crop", row: Mapping[str, Any], file: Path) -> "Crop":
    """The crop with what follows from its other numbers; what was taken for what is told."""
    if not isfinite(found.root_depth_irrigated):
        found = replace(found, root_depth_irrigated=found.root_depth_max)
    if not isfinite(found.root_depth_min) and isfinite(found.root_depth_max):
        first = min(_SOWN_DEPTH, found.root_depth_max)
        tell(f"{file}: root_depth_min is taken as {first:g} m, the first roots (FAO-56 ch. 8)")
        found = replace(found, root_depth_min=first)
    # A file's own K_c outweighs the table's K_cb of a crop of the same key.
    single = [s for s in _OF_KC if f"kcb_{s}" not in row and f"kc_{s}" in row]
    if single:
        kcb = {
            f"kcb_{s}": _OF_KC[s] if s == "ini" else _number(row, f"kc_{s}", file) + _OF_KC[s]
            for s in single
        }
        told = ", ".join(f"{name} {value:.2f}" for name, value in kcb.items())
        tell(f"{file}: {told} taken beside its K_c (FAO-56 p. 135); give kcb_… to choose")
        found = replace(found, **kcb)  # type: ignore[arg-type]
    return found


def soil_of(name: str, file: Path | None) -> "Soil":
    """The soil of this name, of a person's file or of the table.

    Raises
    ------
    BadInput  It is in neither, or its numbers cannot be.
    """
    from models.water import soil, tables

    if file is None:
        try:
            return tables.soil(name)
        except ValueError as error:
            raise BadInput([f"--soil: {error}"]) from error
    row = layers.surface(name, file, _SOIL_NAMES) or entry(file, name, "texture", _SOIL_NAMES)
    blank = tables.Soil(name, nan, nan, nan, nan)
    found = _filled(_of_texture(row, name, file) or tables.SOILS.get(name) or blank, row, file)
    _must_be_below(found, "wilting_point", "field_capacity", file)
    if "tew" not in row and not {"field_capacity", "wilting_point"}.isdisjoint(row):
        # FAO-56 eq. 73, with the surface layer of 0.1 m where the file gives none.
        depth = _number(row, "evaporation_depth", file) if "evaporation_depth" in row else 0.1
        tew = float(soil.tew(found.field_capacity, found.wilting_point, depth))
        found = replace(found, tew=tew)
    found = _with_rew(found, row, file)
    _must_be_possible(found, file)
    _must_be_below(found, "rew", "tew", file)
    return found


def layers_of(found: "Soil", name: str, file: Path | None) -> "Layers | None":
    """The layers of a person's soil and its water at the start, where the file tells them.

    Raises
    ------
    BadInput  A layer cannot be.
    """
    return layers.layers_of(found, name, file, _SOIL_NAMES)


def place_of(
    crop: str, crop_file: Path | None, soil: str, soil_file: Path | None
) -> dict[str, float]:
    """What crop and soil files say of the place, by the names of the balance's `Bed`.

    Raises
    ------
    BadInput  A value cannot be.
    """
    found: dict[str, float] = {}
    if crop_file is not None:
        found |= place.of_file(crop_file, crop, "key", _CROP_NAMES, place.OF_CROP)
    if soil_file is not None:
        found |= place.of_file(soil_file, soil, "texture", _SOIL_NAMES, place.OF_SOIL)
    return found


def _of_texture(row: Mapping[str, Any], name: str, file: Path) -> "Soil | None":
    """The soil that sand and clay make, where the file gives them."""
    from models.water import pedotransfer

    if not {"sand", "clay"} <= row.keys():
        return None
    shares = [_number(row, part, file) for part in ("sand", "clay")]
    if "organic_matter" in row:
        shares.append(_number(row, "organic_matter", file))
    try:
        found = pedotransfer.soil_of_texture(*shares)
    except ValueError as error:
        raise BadInput([f"{file}, {name}: {error}; correct it"]) from error
    tell(
        f"{file}: {name} is a {found.texture}: field_capacity {found.field_capacity:.3f}, "
        f"wilting_point {found.wilting_point:.3f} m³ m⁻³ where it gives none (Saxton & Rawls 2006)"
    )
    return replace(found, texture=name)


def _with_rew(found: "Soil", row: Mapping[str, Any], file: Path) -> "Soil":
    """The soil with the REW of its texture, or of the one that holds about as much."""
    from models.water import tables

    if "rew" in row:
        return found
    rew = found.rew
    if not isfinite(rew) and isfinite(found.field_capacity):
        held = found.field_capacity
        near = min(tables.SOILS.values(), key=lambda one: abs(one.field_capacity - held))
        tell(f"{file}: rew is taken as {near.rew:g} mm, that of {near.texture}; give rew to choose")
        rew = near.rew
    return replace(found, rew=min(rew, found.tew))


def _must_be_below(found: "Soil", low: str, high: str, file: Path) -> None:
    least, most = getattr(found, low), getattr(found, high)
    if least > most or (low == "wilting_point" and least == most):
        told = f"{least:g} is not below {high} {most:g} {_LIMITS[low][2]}"
        raise BadInput([f"{file}, {found.texture}, {low}: {told}; correct one of the two"])


def _number(row: Mapping[str, Any], name: str, file: Path) -> float:
    try:
        return float(row[name])
    except (TypeError, ValueError) as error:
        line = f"{file}, {name}: {row[name]!r} is not a number; write a number"
        raise BadInput([line]) from error


def _filled(base: "Entry", row: Mapping[str, Any], file: Path) -> "Entry":
    """`base` with what the row tells; a value that is no number is a fault."""
    text = {"key", "name_fr", "name_en", "source", "texture"}
    known = {f.name for f in fields(base)}
    numbers: dict[str, Any] = {}
    lines = []
    for name, value in row.items():
        if name not in known:
            continue
        if name in text:
            numbers[name] = str(value)
            continue
        try:
            numbers[name] = int(value) if name == "season_start" else float(value)
        except (TypeError, ValueError):
            lines.append(f"{file}, {name}: {value!r} is not a number; write a number")
    if lines:
        raise BadInput(lines)
    return replace(base, **numbers)


def _must_be_possible(found: "Crop | Soil", file: Path) -> None:
    lines = []
    for name, (low, high, unit) in _LIMITS.items():
        value = getattr(found, name, None)
        if value is None:
            continue
        limits = f"{low:g} to {high:g} {unit}".rstrip()
        if not isfinite(value):
            lines.append(f"{file}, {name}: is missing; add it ({limits})")
        elif not low <= value <= high:
            lines.append(f"{file}, {name}: {value:g} is not within {limits}; correct it")
    for name, (low, high, unit) in _MAY_LACK.items():
        value = float(getattr(found, name, nan))
        if not (isnan(value) or low <= value <= high):
            told = f"{value:g} is not within {low:g} to {high:g} {unit}; correct it"
            lines.append(f"{file}, {name}: {told}")
    if lines:
        raise BadInput(lines)
