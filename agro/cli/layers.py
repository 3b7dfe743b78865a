"""Soils of several layers, and the water they hold at the start, from a person's soil file."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import tell
from agro.cli.parameter_file import entries, plain
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.water.profile import Layers
    from models.water.tables import Soil

_BOTTOM = ("bottom", "zbot", "lower", "depth_bottom", "bottom_depth", "depth_to", "to", "depth")
_THICKNESS = ("thickness", "dz", "layer_thickness")
_INITIAL = ("theta0", "theta_0", "th0", "initial", "initial_water", "initial_vwc", "theta_ini")
_IN_METRES = 10.0  # depths of which none is greater are metres: no root goes deeper
_UNITS = {"_cm": 0.01, "_mm": 0.001, "_m": 1.0}
_CONTENTS = ("field_capacity", "wilting_point")
_SURFACE = 0.1  # m, of the layer that evaporates (FAO-56 p. 144)
_RANGE = re.compile(r"\s*[\d.]+\s*(?:-|–|to|à)\s*([\d.]+)\s*(?:cm)?\s*")


def layers_of(
    soil: "Soil", name: str, file: Path | None, names: Mapping[str, str]
) -> "Layers | None":
    """The layers of a soil, or its water at the start; None where the file gives neither.

    Raises
    ------
    BadInput  A layer cannot be: one line each.
    """
    import numpy as np

    from models.water.profile import Layers

    if file is None:
        return None
    rows = _rows(name, file, names)
    layered = len(rows) > 1
    if not layered and not (rows and "initial" in rows[0]):
        return None
    table = [_numbers(row, file) for row in rows]
    own = {"field_capacity": soil.field_capacity, "wilting_point": soil.wilting_point}
    contents = [[{**own, **row}[part] for row in table] for part in (*_CONTENTS, "initial")]
    bottom = _bottoms(table, file) if layered else [_IN_METRES]
    _check(bottom, contents, file)
    return Layers(np.array(bottom), *(np.array(values) for values in contents))


def surface(name: str, file: Path, names: Mapping[str, str]) -> dict[str, Any] | None:
    """A layered soil as one entry: the top layers' contents down to where water evaporates.

    Raises
    ------
    BadInput  A layer cannot be.
    """
    rows = _rows(name, file, names)
    if len(rows) < 2:
        return None
    table = [_numbers(row, file) for row in rows]
    bottom = _bottoms(table, file)
    edges = [0.0, *bottom]
    parts = [max(0.0, min(low, _SURFACE) - high) for high, low in pairwise(edges)]
    found = dict(rows[0])
    for content in _CONTENTS:
        if all(content in row for row in table):
            held = sum(row[content] * part for row, part in zip(table, parts, strict=True))
            found[content] = held / sum(parts)
    tell(f"{file}: {name} has {len(rows)} layers down to {bottom[-1]:g} m")
    return found


def _rows(name: str, file: Path, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The layers' rows of this soil, top first; of a soil without layers its own row."""
    found = []
    for one in entries(file):
        common = {k: v for k, v in one.items() if not isinstance(v, (list, dict))}
        listed = one.get("layers")
        parts = listed if isinstance(listed, list) else [{}]
        found += [_named({**common, **part}, names) for part in parts if isinstance(part, dict)]
    own = [row for row in found if str(row.get("texture", "")) == name]
    unnamed = [row for row in found if not row.get("texture")]
    rows = own or unnamed
    return rows if len(rows) == 1 or any(_has_depth(row) for row in rows) else []


def _named(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A row under our names; depths in metres as `bottom` or `thickness`."""
    found: dict[str, Any] = {}
    for field, value in row.items():
        field_name = plain(field)
        stem, unit = _stem(field_name)
        if "(cm" in field.lower() or "[cm" in field.lower():
            unit = "_cm"
        if field_name in _INITIAL:
            found["initial"] = value
        elif stem in _BOTTOM or stem in _THICKNESS:
            ends = _RANGE.fullmatch(str(value))
            kind = "bottom" if stem in _BOTTOM else "thickness"
            # Of a top and a bottom, or of two names of one depth, the more exact comes first.
            if kind not in found or stem != "depth":
                found[kind], found["unit"] = ends[1] if ends else value, unit
        else:
            found[names.get(field_name, field_name)] = value
    return found


def _stem(name: str) -> tuple[str, str]:
    for unit in _UNITS:
        if name.endswith(unit):
            return name.removesuffix(unit), unit
    return name, ""


def _has_depth(row: Mapping[str, Any]) -> bool:
    return "bottom" in row or "thickness" in row


def _numbers(row: Mapping[str, Any], file: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": row.get("unit", "")}
    for name in (*_CONTENTS, "initial", "bottom", "thickness"):
        if name not in row:
            continue
        try:
            found[name] = float(row[name])
        except (TypeError, ValueError) as error:
            told = f"{file}, {name}: {row[name]!r} is not a number; write a number"
            raise BadInput([told]) from error
    return {"initial": nan, **found}


def _bottoms(table: Sequence[Mapping[str, Any]], file: Path) -> list[float]:
    """How deep each layer goes. [m]"""
    if all("bottom" in row for row in table):
        depths = [row["bottom"] for row in table]
    elif all("thickness" in row for row in table):
        depths = [sum(row["thickness"] for row in table[: n + 1]) for n in range(len(table))]
    else:
        raise BadInput([f"{file}: some layers have no depth; give each its bottom_cm"])
    unit = table[0]["unit"] or ("_m" if max(depths) <= _IN_METRES else "_cm")
    if not table[0]["unit"]:
        tell(f"{file}: depths are taken in {unit[1:]}; name the column bottom_cm or bottom_m")
    found = [depth * _UNITS[unit] for depth in depths]
    lines = [
        f"{file}, layer {n + 2}: ends at {low:g} m, not below {high:g} m; give layers top first"
        for n, (high, low) in enumerate(pairwise(found))
        if not low > high
    ]
    if not found[0] > 0.0:
        lines.append(f"{file}, layer 1: ends at {found[0]:g} m; a layer's end is below 0")
    if lines:
        raise BadInput(lines)
    return found


def _check(bottom: Sequence[float], contents: Sequence[Sequence[float]], file: Path) -> None:
    lines = []
    for n, (full, dry, first) in enumerate(zip(*contents, strict=True)):
        where = f"{file}, layer {n + 1} to {bottom[n]:g} m" if len(bottom) > 1 else f"{file}"
        if not (isfinite(full) and isfinite(dry)):
            lines.append(f"{where}: lacks field_capacity or wilting_point; add them")
        elif not 0.0 <= dry < full <= 0.9:
            told = f"wilting_point {dry:g}, field_capacity {full:g} m³ m⁻³"
            lines.append(f"{where}: {told} are not in order within 0 to 0.9; correct them")
        if not (first != first or 0.0 <= first <= 0.95):
            lines.append(f"{where}, theta0: {first:g} is not within 0 to 0.95 m³ m⁻³; correct it")
    if lines:
        raise BadInput(lines)
