"""Soil-moisture series for commands: read, their faults as lines, brought to days."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agro.cli.output import tell
from agro.cli.sheet_file import must_have, read_sheet_file
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.irrigation.moisture_series import Probe
    from sensors.feeds.sheet import Sheet

NEEDED = ("site", "depth_cm", "time", "vwc")
MEANS = ("tmin", "tmax", "tmean", "solar_radiation")
SUMS = ("rain", "et0")
UNUSED = (
    *("rh_min", "rh_max", "rh_mean", "vapour_pressure", "wind_2m", "wind_10m", "sunshine"),
    "date",
)
WETTEST = 1.1  # relative saturation of a probe whose porosity is not quite known
PERCENT = 1.5  # a median above it cannot be m³ m⁻³ nor relative saturation
HALF = 0.5  # of a day's usual number of rows, below which it is no day
FLUX_TO_DAY = 0.0864  # MJ m⁻² d⁻¹ of a mean of 1 W m⁻²


@dataclass(frozen=True)
class SoilDays:
    """Probes and weather by site, (days,) each, on the calendar `days`."""

    days: pd.DatetimeIndex
    probes: "tuple[Probe, ...]"
    sky: dict[str, dict[str, np.ndarray]]


def read_soil(file: Path) -> SoilDays:
    """The series of a file; what was taken for what is told on standard error.

    Raises
    ------
    BadInput  Rows cannot be used: one line each.
    """
    sheet = read_sheet_file(file)
    must_have(sheet, NEEDED, file)
    table = _table(sheet, file)
    unknown = set(sheet.header) - {*NEEDED, *MEANS, *SUMS, *UNUSED}
    if unknown:
        tell(f"{file}: columns {', '.join(sorted(unknown))} are not used")
    table = _in_cubic_metres(table, file)
    _check(table, file)
    return _days(table, file)


def _table(sheet: "Sheet", file: Path) -> pd.DataFrame:
    """Numbers and times of the sheet, with the row each stands on."""
    from sensors.feeds.sheet import numbers, times

    read = times(sheet.cells["time"], sheet.rows)
    faults = [*sheet.faults, *read.faults]
    table = pd.DataFrame({"site": sheet.cells["site"].astype(str), "time": read.times})
    for name in ("depth_cm", "vwc", *MEANS, *SUMS):
        if name not in sheet.header:
            continue
        table[name], wrong = numbers(sheet.cells[name], sheet.rows, delimiter=sheet.delimiter)
        faults += wrong
    table["row"] = list(sheet.rows)
    if faults:
        ordered = sorted(faults, key=lambda fault: fault.row)
        raise BadInput(fault.line(str(file)) for fault in ordered)
    if not read.are_days and read.naive:
        tell(f"{file}: times without a zone are taken as UTC")
    return table


def _in_cubic_metres(table: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The table with vwc in m³ m⁻³; percent is told apart by its median."""
    known = table["vwc"].dropna()
    if known.empty or known.median() <= PERCENT or known.max() > 100.0:
        return table
    tell(f"{file}, vwc: reaches {known.max():g}, so it is taken as percent and divided by 100")
    return table.assign(vwc=table["vwc"] / 100.0)


def _check(table: pd.DataFrame, file: Path) -> None:
    """Refuse what cannot be.

    Raises
    ------
    BadInput  One line for each row.
    """
    lines = [
        (row, f"{file}, row {row}, vwc: {vwc:g} is not within 0 and 1; give m³ m⁻³, or leave empty")
        for row, vwc in zip(table["row"], table["vwc"], strict=True)
        if vwc < 0.0 or vwc > WETTEST
    ]
    lines += [
        (row, f"{file}, row {row}, depth_cm: is missing; give the probe's depth in cm")
        for row in table.loc[table["depth_cm"].isna(), "row"]
    ]
    lines += [
        (row, f"{file}, row {row}, rain: {rain:g} is negative; give mm, or leave empty")
        for row, rain in zip(table["row"], table.get("rain", ()), strict=False)
        if rain < 0.0
    ]
    lines += _contradictions(table, file)
    if lines:
        raise BadInput(line for _, line in sorted(lines))
    if table["vwc"].notna().sum() < 2:
        raise BadInput([f"{file}, vwc: no value stands in it; add the series' values"])


def _contradictions(table: pd.DataFrame, file: Path) -> list[tuple[int, str]]:
    """Lines of rows that tell another value for a probe and time already told."""
    seen: dict[tuple[str, float, pd.Timestamp], tuple[int, float]] = {}
    lines = []
    same = 0
    columns = (table[name] for name in ("row", "site", "depth_cm", "time", "vwc"))
    for row, site, depth, time, vwc in zip(*columns, strict=True):
        first = seen.setdefault((site, depth, time), (row, vwc))
        if first[0] == row:
            continue
        if first[1] == vwc or (first[1] != first[1] and vwc != vwc):
            same += 1
            continue
        told = f"{time:%Y-%m-%dT%H:%MZ} of {site}, {depth:g} cm is also in row {first[0]}"
        lines.append((row, f"{file}, row {row}, time: {told}; keep one of them"))
    if same:
        tell(f"{file}: {same} rows are there twice and counted once")
    return lines


def _days(table: pd.DataFrame, file: Path) -> SoilDays:
    """Days of the rows: means of water content, sums of rain, on one calendar."""
    from models.irrigation.moisture_series import Probe

    keys = ["site", "depth_cm", "time"]
    table = table.drop_duplicates(keys)
    if not table.groupby(keys[:2])["time"].is_monotonic_increasing.all():
        tell(f"{file}: rows are not in order of time; they are sorted")
    table = table.assign(day=table["time"].dt.floor("D").dt.tz_localize(None))
    per_day = table.groupby(["site", "depth_cm", "day"])["vwc"].count()
    often = int(per_day[per_day > 0].median()) if (per_day > 0).any() else 1
    days = pd.date_range(table["day"].min(), table["day"].max(), freq="D")
    probes = []
    for _, rows in table.groupby(["site", "depth_cm"], sort=False):
        site, depth = str(rows["site"].iloc[0]), float(rows["depth_cm"].iloc[0])
        content = rows.groupby("day")["vwc"].agg(["mean", "count"])
        whole = content["mean"].where(content["count"] >= HALF * often)
        values = whole.reindex(days).to_numpy(dtype=float)
        if np.isfinite(values).any():
            probes.append(Probe(site, depth, values))
        else:
            tell(f"{file}: {site}, {depth:g} cm has no value and is left out")
    return SoilDays(days, tuple(probes), _sky(table, days, hourly=often > 1))


def _sky(
    table: pd.DataFrame, days: pd.DatetimeIndex, *, hourly: bool
) -> dict[str, dict[str, np.ndarray]]:
    """Weather by site: what any of its probes' rows tell of a time counts once."""
    names: Sequence[str] = [name for name in (*MEANS, *SUMS) if name in table]
    found: dict[str, dict[str, np.ndarray]] = {}
    for site, rows in table.groupby("site", sort=False):
        times = rows.groupby(["day", "time"])[list(names)].mean() if names else None
        if times is None:
            continue
        by_day = times.groupby("day")
        daily = {name: by_day[name].sum(min_count=1) for name in SUMS if name in names}
        daily |= {name: by_day[name].mean() for name in MEANS if name in names}
        daily |= {name: by_day[name].min() for name in ("tmin",) if name in names}
        daily |= {name: by_day[name].max() for name in ("tmax",) if name in names}
        if hourly and "solar_radiation" in daily:
            daily["solar_radiation"] = daily["solar_radiation"] * FLUX_TO_DAY
        found[str(site)] = {
            name: values.reindex(days).to_numpy(dtype=float) for name, values in daily.items()
        }
    return found
