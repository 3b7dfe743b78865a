"""Soil water as probes, augers or tubes measured it, and the season that is fitted to it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.water.balance import Beds
    from models.water.et0 import Array
    from models.water.fit import Fitted
    from models.water.profile import Layers, ProfileSeason
    from sensors.feeds.sheet import Sheet

_DATE = ("date", "time", "day", "jour")
_VALUE = ("vwc", "theta", "swc", "water_content", "soil_moisture", "soil_water")
_DEPTH = ("depth_cm", "depth")
_OF_DEPTH = re.compile(r"(?:vwc|theta|swc|sm|soil_moisture|soil_water)_?(\d+(?:\.\d+)?)_?(?:cm)?")
_WETTEST = 0.95  # m³ m⁻³
_PERCENT = 1.5  # a greatest content above it is in percent


@dataclass(frozen=True, slots=True)
class Measured:
    """Water contents by day and depth [m³ m⁻³, m]; the fit sees those up to `until`."""

    file: Path
    contents: dict[date, dict[float, float]]
    until: date | None = None


def measured_of(file: Path | None, until: date | None) -> Measured | None:
    """What a file tells: `date,depth_cm,vwc`, or a column for each depth like `vwc_20cm`.

    Raises
    ------
    BadInput  The file or a row of it cannot be used: one line each.
    """
    if file is None:
        return None
    from agro.cli.parameter_file import plain
    from agro.cli.sheet_file import read_sheet_file
    from sensors.feeds.sheet import times

    sheet = read_sheet_file(file)
    known = {plain(column): column for column in sheet.header}
    when = next((known[name] for name in _DATE if name in known), None)
    columns = _columns(known)
    if when is None or not columns:
        told = ", ".join(sheet.header)
        wanted = "date, depth_cm and vwc, or date and vwc_20cm for each depth"
        raise BadInput([f"{file}: its columns are {told}; name them {wanted}"])
    read = times(sheet.cells[when], sheet.rows)
    lines = [fault.line(str(file)) for fault in (*sheet.faults, *read.faults)]
    cells = [
        cell
        for name, depth in columns.items()
        for cell in _cells(sheet, name, depth, lines, str(file))
    ]
    scale = 0.01 if max((value for _, _, value in cells), default=0.0) > _PERCENT else 1.0
    lines += [
        f"{file}, row {sheet.rows[n]}: {value:g} is not a water content; give m³ m⁻³, or nothing"
        for n, _, value in cells
        if not 0.0 <= value * scale <= _WETTEST
    ]
    if lines:
        raise BadInput(lines)
    if scale < 1.0:
        tell(f"{file}: water contents are taken as percent")
    return Measured(file, _by_day([(read.times[n], d, v * scale) for n, d, v in cells]), until)


def _columns(known: dict[str, str]) -> dict[str, float | str]:
    """Columns of contents, each with its depth [m] or with the column that tells the depth."""
    of_depth = {
        known[name]: float(found[1]) / 100.0
        for name in known
        if (found := _OF_DEPTH.fullmatch(name)) is not None
    }
    value = next((known[name] for name in _VALUE if name in known), None)
    depth = next((known[name] for name in _DEPTH if name in known), None)
    return {value: depth} if value and depth else {**of_depth}


def _cells(
    sheet: "Sheet", name: str, depth: float | str, lines: list[str], file: str
) -> list[tuple[int, float, float]]:
    """Position, depth [m] and content of each cell that tells something."""
    from sensors.feeds.sheet import numbers

    values, wrong = numbers(sheet.cells[name], sheet.rows, delimiter=sheet.delimiter)
    lines += [fault.line(file) for fault in wrong]
    if isinstance(depth, str):
        depths, bad = numbers(sheet.cells[depth], sheet.rows, delimiter=sheet.delimiter)
        lines += [fault.line(file) for fault in bad]
        metres = [value / 100.0 for value in depths]
    else:
        metres = [depth] * len(values)
    pairs = zip(metres, values, strict=True)
    return [(n, d, v) for n, (d, v) in enumerate(pairs) if d == d and v == v]


def _by_day(cells: Sequence[tuple[Any, float, float]]) -> dict[date, dict[float, float]]:
    """The mean content of each depth on each day."""
    gathered: dict[date, dict[float, list[float]]] = {}
    for time, depth, value in cells:
        gathered.setdefault(time.date(), {}).setdefault(depth, []).append(value)
    return {
        day: {depth: sum(values) / len(values) for depth, values in depths.items()}
        for day, depths in gathered.items()
    }


def root_zone(measured: Measured, dates: Sequence[date], roots: "Array") -> "Array":
    """Mean water content of the day's root zone, NaN where nothing was measured. [m³ m⁻³]"""
    import numpy as np

    from models.irrigation.state import layer_weights

    found = np.full(len(dates), np.nan)
    for n, day in enumerate(dates):
        depths = sorted(measured.contents.get(day, ()))
        if depths:
            contents = np.array([measured.contents[day][depth] for depth in depths])
            found[n] = float(layer_weights(depths, roots[n]) @ contents)
    return found


def fitted(
    measured: Measured,
    dates: Sequence[date],
    beds: "Beds",
    layers: "Layers",
    run: "Callable[[Beds, Layers], ProfileSeason]",
    *,
    start_known: bool,
) -> "Fitted":
    """The season fitted to what was measured.

    Raises
    ------
    BadInput  No reading falls on a day of the season.
    """
    import numpy as np

    from models.water import fit, profile

    water = root_zone(measured, dates, profile.root_depth(beds, np.arange(float(len(dates)))))
    used = np.array([measured.until is None or day <= measured.until for day in dates])
    try:
        return fit.fit(water, used, beds, layers, run, start_known=start_known)
    except ValueError as error:
        raise BadInput([f"{measured.file}: {error}"]) from error


def told(found: "Fitted", measured: Measured, dates: Sequence[date]) -> dict[str, Any]:
    """The fit as numbers: what was found, and how far off the season is before and after. [mm]"""
    import numpy as np

    seen = np.array([measured.until is None or day <= measured.until for day in dates])
    answer: dict[str, Any] = {
        "field_capacity_shift": found.fit.field_capacity_shift,
        "wilting_point_shift": found.fit.wilting_point_shift,
        "kcb_factor": found.fit.kcb_factor,
        "drainage_days": found.fit.drainage_tau,
        "missing_share": found.fit.missing_share,
    }
    for name, days in (("fitted", seen), ("held_out", ~seen)):
        there = np.isfinite(found.error_after) & days
        answer[name] = {"readings": int(there.sum())}
        for when, errors in (("before", found.error_before), ("after", found.error_after)):
            answer[name][f"rmse_{when}"] = _rmse(errors[there])
            answer[name][f"bias_{when}"] = float(errors[there].mean()) if there.any() else None
    return answer


def tell_fit(answer: dict[str, Any], file: Path) -> None:
    """The fit in a line or two beside the answer."""
    tell(
        f"{file}: field capacity {answer['field_capacity_shift']:+.3f}, wilting point "
        f"{answer['wilting_point_shift']:+.3f} m³ m⁻³, K_cb × {answer['kcb_factor']:.2f}, "
        f"drainage in {answer['drainage_days']:.1f} d"
    )
    for name in ("fitted", "held_out"):
        part = answer[name]
        if part["readings"]:
            tell(
                f"{file}: {part['readings']} readings {name.replace('_', ' ')}, RMSE "
                f"{part['rmse_before']:.1f} mm before and {part['rmse_after']:.1f} mm after"
            )


def _rmse(errors: "Array") -> float | None:
    return sqrt(float((errors**2).mean())) if errors.size else None
