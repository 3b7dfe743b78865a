"""Crops and soils of one's own, in CSV, TOML or JSON, under our column names or the tables'."""

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from agro.cli.output import nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.water.tables import Crop, Soil

    Entry = TypeVar("Entry", Crop, Soil)

_CROP_NAMES = {
    "name": "key",
    "crop": "key",
    "hmax_m": "height",
    "h": "height",
    "zr_min_m": "root_depth_irrigated",
    "zr_max_m": "root_depth_max",
    "p": "depletion_fraction",
    "lini": "length_ini",
    "ldev": "length_dev",
    "lmid": "length_mid",
    "llate": "length_late",
    "ky": "yield_response",
    "ky_t24": "yield_response",
}
_SOIL_NAMES = {
    "name": "texture",
    "soil": "texture",
    "key": "texture",
    "fc": "field_capacity",
    "fc_mid": "field_capacity",
    "theta_fc": "field_capacity",
    "wp": "wilting_point",
    "wp_mid": "wilting_point",
    "theta_wp": "wilting_point",
    "rew_mid_mm": "rew",
    "tew_mid_mm": "tew",
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
    row = _entry(file, key, "key", _CROP_NAMES)
    known = tables.CROPS.get(key)
    blank = tables.Crop(key, "", "", nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan)
    found = _filled(known or blank, row, file)
    if not isfinite(found.root_depth_irrigated):
        found = replace(found, root_depth_irrigated=found.root_depth_max)
    _must_be_possible(found, file)
    if found.root_depth_min > found.root_depth_max:
        told = f"{found.root_depth_min:g} m is above root_depth_max {found.root_depth_max:g} m"
        raise BadInput([f"{file}, {key}, root_depth_min: {told}; correct one of the two"])
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
    row = _entry(file, name, "texture", _SOIL_NAMES)
    blank = tables.Soil(name, nan, nan, nan, nan)
    found = _filled(tables.SOILS.get(name) or blank, row, file)
    if "tew" not in row and {"field_capacity", "wilting_point"} <= row.keys():
        # FAO-56 eq. 73 with the surface layer of 0.1 m.
        found = replace(found, tew=float(soil.tew(found.field_capacity, found.wilting_point)))
    if "rew" not in row:
        found = replace(found, rew=min(found.rew, found.tew))  # of the texture, where it is known
    _must_be_possible(found, file)
    lines = []
    for low, high in (("wilting_point", "field_capacity"), ("rew", "tew")):
        least, most = getattr(found, low), getattr(found, high)
        if least > most or (low == "wilting_point" and least == most):
            told = f"{least:g} is not below {high} {most:g} {_LIMITS[low][2]}"
            lines.append(f"{file}, {name}, {low}: {told}; correct one of the two")
    if lines:
        raise BadInput(lines)
    return found


def _entry(file: Path, key: str, name: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The entry of this key in a CSV, TOML or JSON file, under our names."""
    entries = [
        {names.get(_plain(field), _plain(field)): value for field, value in entry.items()}
        for entry in _entries(file)
    ]
    named = {str(entry[name]): entry for entry in entries if entry.get(name)}
    if key in named:
        return named[key]
    if len(entries) == 1 and not named:
        return entries[0]
    raise BadInput([f"{file}, {name}: {key!r} is not in the file; {nearest(key, named)}"])


def _plain(field: str) -> str:
    return field.strip().lower().replace(" ", "_")


def _entries(file: Path) -> list[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".toml":
            return _listed(tomllib.loads(text), file)
        if file.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "["):
            return _listed(json.loads(text), file)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error
    except ValueError as error:
        raise BadInput([f"{file}: cannot be read ({error}); correct it"]) from error
    delimiter = max(";\t,", key=text.partition("\n")[0].count)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if not rows:
        raise BadInput([f"{file}: has no row; add one below the header"])
    return [{k: v for k, v in row.items() if k and v not in (None, "")} for row in rows]


def _listed(document: Any, file: Path) -> list[dict[str, Any]]:
    """One entry, a list of entries, or entries by their key."""
    if isinstance(document, list) and all(isinstance(one, dict) for one in document):
        return document
    if isinstance(document, dict):
        if not any(isinstance(value, (dict, list)) for value in document.values()):
            return [document]
        found: list[dict[str, Any]] = []
        for key, value in document.items():
            if isinstance(value, list):
                found += _listed(value, file)
            elif isinstance(value, dict):
                found.append({"key": key, **value})
        return found
    raise BadInput([f"{file}: holds no entries; write names and numbers"])


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
    if lines:
        raise BadInput(lines)
