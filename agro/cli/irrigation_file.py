"""Irrigation as people note it: date, depth, and what of it reaches how much of the soil."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING

from agro.cli.output import tell
from agro.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from sensors.feeds.sheet import Sheet

_DATE = ("date", "jour", "time", "year-doy")
_DEPTH = (
    *("depth_mm", "irrigation", "irrigation_mm", "mm", "depth", "amount", "amount_mm", "irrig"),
    *("irrig_mm", "irr", "irr_mm", "dose", "dose_mm", "applied", "applied_mm", "gross"),
)
_EFFICIENCY = ("efficiency", "ieff", "irreff", "efficiency_pct", "irrigation_efficiency")
_WETTED = ("wetted_fraction", "fw", "wetted")


@dataclass(frozen=True, slots=True)
class Irrigation:
    """Water that reaches the soil, by day [mm], and the share of the surface it wets [-]."""

    depth: Mapping[date, float] = field(default_factory=dict)
    wetted: Mapping[date, float] = field(default_factory=dict)


def irrigation_of(file: Path | None) -> Irrigation:
    """Irrigation by day, several of one day added up.

    Raises
    ------
    BadInput  The file or a row of it cannot be used: one line each.
    """
    if file is None:
        return Irrigation()
    from agro.cli.sheet_file import read_sheet_file
    from sensors.feeds.sheet import times

    sheet = read_sheet_file(file)
    when, depth = _column(sheet, _DATE), _column(sheet, _DEPTH)
    if when is None or depth is None:
        columns = ", ".join(sheet.header)
        raise BadInput([f"{file}: its columns are {columns}; name them date and irrigation (mm)"])
    read = times(sheet.cells[when], sheet.rows)
    lines = [fault.line(str(file)) for fault in (*sheet.faults, *read.faults)]
    amounts = _numbers(sheet, depth, (0.0, nan, "mm"), file, lines)
    reaches = _numbers(sheet, _column(sheet, _EFFICIENCY), (0.0, 100.0, "%"), file, lines)
    wetted = _numbers(sheet, _column(sheet, _WETTED), (0.0, 1.0, ""), file, lines)
    if lines:
        raise BadInput(lines)
    share = _share(reaches, file)
    given: dict[date, float] = {}
    wet: dict[date, float] = {}
    for time, amount, part, fraction in zip(read.times, amounts, share, wetted, strict=True):
        day = time.date()
        reached = (amount if isfinite(amount) else 0.0) * (part if isfinite(part) else 1.0)
        given[day] = given.get(day, 0.0) + reached
        if fraction > 0.0:
            wet[day] = max(wet.get(day, 0.0), fraction)
    return Irrigation(given, wet)


def _column(sheet: "Sheet", names: tuple[str, ...]) -> str | None:
    from agro.cli.parameter_file import plain

    known = {plain(column): column for column in sheet.header}
    return next((known[name] for name in names if name in known), None)


def _numbers(
    sheet: "Sheet",
    column: str | None,
    limits: tuple[float, float, str],
    file: Path,
    lines: list[str],
) -> "pd.Series[float]":
    """The numbers of a column, NaN where there is none; what cannot be is added to `lines`."""
    import pandas as pd

    from sensors.feeds.sheet import numbers

    if column is None:
        return pd.Series(nan, index=sheet.cells.index)
    values, wrong = numbers(sheet.cells[column], sheet.rows, delimiter=sheet.delimiter)
    lines += [fault.line(str(file)) for fault in wrong]
    low, high, unit = limits
    for row, value in zip(sheet.rows, values, strict=True):
        told = f"{file}, row {row}, {column}: {value:g} {unit}".rstrip()
        if value < low:
            lines.append(f"{told} is below {low:g}; correct it")
        elif value > high:
            lines.append(f"{told} is above {high:g}; correct it")
    return values


def _share(efficiency: "pd.Series[float]", file: Path) -> "pd.Series[float]":
    """What reaches the soil of what was given, from a share or from percent."""
    most = efficiency.max()
    if most != most or (most in (1.0, 100.0) and (efficiency.fillna(most) == most).all()):
        return efficiency.where(efficiency.isna(), 1.0)
    in_percent = most > 1.0
    unit = "percent" if in_percent else "share"
    tell(f"{file}: only its efficiency ({unit}) of each irrigation is taken to reach the soil")
    return efficiency / 100.0 if in_percent else efficiency
