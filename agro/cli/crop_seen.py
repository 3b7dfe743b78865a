"""What was seen of a crop (K_cb, cover, height), in the weather file or in a file of its own."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from agro.cli.output import tell
from agro.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from models.water.profile import Seen
    from sensors.feeds.sheet import Sheet

# Our name: what it can be, its unit, names in any file, and names only in a file of the crop.
_QUANTITIES: dict[str, tuple[float, str, tuple[str, ...], tuple[str, ...]]] = {
    "kcb": (2.0, "", ("kcb", "kcb_observed", "kcb_obs"), ("kc_b",)),
    "canopy_cover": (
        *(1.0, ""),
        ("canopy_cover", "crop_cover", "fcover", "green_cover", "ground_cover", "fcov"),
        ("fc", "cover", "cc", "fvc"),
    ),
    "crop_height": (30.0, "m", ("crop_height", "canopy_height", "plant_height"), ("h", "height")),
}
_DATE = ("date", "time", "day", "jour", "year-doy")


def seen_of(
    weather: Path, where: Mapping[str, str], file: Path | None, dates: Sequence[date]
) -> "Seen | None":
    """The crop on each day as it was seen, straight between two observations.

    Raises
    ------
    BadInput  A value cannot be: one line each.
    """
    import numpy as np

    from models.water.profile import Seen, between

    found = _of_weather(weather, where)
    if file is not None:
        found |= _of_file(file)
    told = {name: values for name, values in found.items() if values}
    if not told:
        return None
    day = np.arange(float(len(dates)))
    columns = {name: np.full(len(dates), np.nan) for name in _QUANTITIES}
    for name, values in told.items():
        some = np.array([values.get(one, np.nan) for one in dates])
        columns[name] = between(day, some)
        tell(f"{name} as seen on {int(np.isfinite(some).sum())} days, straight between them")
    return Seen(**columns)


def _of_weather(weather: Path, where: Mapping[str, str]) -> dict[str, dict[date, float]]:
    """Columns of a plain weather CSV that tell of the crop; other kinds of file have none."""
    from agro.cli.parameter_file import plain
    from agro.cli.sheet_file import read_sheet_file

    known = {name for quantity in _QUANTITIES.values() for name in quantity[2]}
    if not known & {plain(column) for column in _header(weather)}:
        return {}
    sheet = read_sheet_file(weather)
    for column, value in where.items():
        sheet = sheet.where(column, value)
    return _values(sheet, weather, strict=True)


def _header(file: Path) -> list[str]:
    import gzip

    packed = file.suffix == ".gz"
    with gzip.open(file, "rb") if packed else file.open("rb") as body:
        for line in body:
            text = line.decode("utf-8", "replace").strip()
            if text and not text.startswith("#"):
                return text.replace(";", ",").replace("\t", ",").split(",")
    return []


def _of_file(file: Path) -> dict[str, dict[date, float]]:
    from agro.cli.sheet_file import read_sheet_file

    sheet = read_sheet_file(file)
    found = _values(sheet, file, strict=False)
    if not found:
        columns = ", ".join(sheet.header)
        wanted = "date and kcb, canopy_cover or crop_height (m)"
        raise BadInput([f"{file}: its columns are {columns}; name them {wanted}"])
    return found


def _values(sheet: "Sheet", file: Path, *, strict: bool) -> dict[str, dict[date, float]]:
    """The quantities of a sheet by day, the mean of several of one day."""
    from agro.cli.parameter_file import plain
    from sensors.feeds.plain_weather import dated
    from sensors.feeds.sheet import numbers, times

    sheet = dated(sheet)
    known = {plain(column): column for column in sheet.header}
    when = next((known[name] for name in _DATE if name in known), None)
    if when is None:
        return {}
    read = times(sheet.cells[when], sheet.rows)
    lines = [] if strict else [fault.line(str(file)) for fault in (*sheet.faults, *read.faults)]
    found = {}
    for quantity, (most, unit, names, more) in _QUANTITIES.items():
        allowed = names if strict else (*names, *more)
        column = next((known[name] for name in allowed if name in known), None)
        if column is None:
            continue
        values, wrong = numbers(sheet.cells[column], sheet.rows, delimiter=sheet.delimiter)
        lines += [fault.line(str(file)) for fault in wrong]
        values = _as_share(values, quantity, column, file)
        lines += [
            f"{file}, row {row}, {column}: {value:g} is not within 0 to {most:g} {unit}".rstrip()
            + "; correct it, or leave it empty"
            for row, value in zip(sheet.rows, values, strict=True)
            if not (value != value or 0.0 <= value <= most)
        ]
        found[quantity] = _by_day(read.times, values)
    if lines:
        raise BadInput(lines)
    return found


def _as_share(
    values: "pd.Series[float]", quantity: str, column: str, file: Path
) -> "pd.Series[float]":
    if quantity != "canopy_cover" or not 1.0 < values.max() <= 100.0:
        return values
    tell(f"{file}: {column} is above 1: taken as percent")
    return values / 100.0


def _by_day(times: "pd.Series[pd.Timestamp]", values: "pd.Series[float]") -> dict[date, float]:
    kept = values.notna().to_numpy() & times.notna().to_numpy()
    mean = values[kept].groupby([time.date() for time in times[kept]]).mean()
    return {day: float(value) for day, value in mean.items()}  # type: ignore[misc]
