"""EnergyPlus weather files (EPW): 8 header lines, then 35 columns an hour.

Missing values are written as sentinels (`99.9`, `999`, `9999`, `999999`), column by column.
"""

from datetime import UTC, timedelta
from math import nan

import pandas as pd

from sensors.errors import FeedError
from sensors.feeds.sheet import numbers
from sensors.feeds.weather_table import MJ_PER_W_HOUR, Draft, Fault, WeatherTable, finish
from sensors.feeds.weather_units import derive

_COLUMNS = 35
_FEWEST = 34  # files written before 2010 lack the last column
# Our quantity: column, sentinel (that value and above is missing), factor to our unit.
_FIELDS = {
    "tmean": (6, 99.9, 1.0),
    "dewpoint": (7, 99.9, 1.0),
    "rh_mean": (8, 999.0, 1.0),
    "solar_radiation": (13, 9999.0, MJ_PER_W_HOUR),
    "wind_10m": (21, 999.0, 1.0),
    "rain": (33, 999.0, 1.0),
}


def read_epw(text: str, name: str) -> WeatherTable:
    """The weather of an EPW file: hours labelled by their start, in the file's standard time.

    Raises
    ------
    FeedError  The header is not that of an EPW file, or no hour follows it.
    """
    lines = text.splitlines()
    latitude, longitude, offset, elevation = _location(lines[0], name)
    body = next((i for i, line in enumerate(lines) if line.startswith("DATA PERIODS")), None)
    if body is None:
        raise FeedError("EPW", name, "has no line DATA PERIODS; export it again")
    faults: list[Fault] = []
    cells, rows = _cells(lines, body + 1, faults)
    if not rows:
        raise FeedError("EPW", name, "has no hours after DATA PERIODS; export it again")
    clock, note = _clock(cells, rows, faults)
    draft = Draft("epw", "hour", _utc(clock, offset), rows, pd.DataFrame(index=cells.index))
    draft.faults, draft.notes = faults, [note] if note else []
    draft.latitude, draft.longitude, draft.elevation = latitude, longitude, elevation
    draft.utc_offset = offset
    draft.columns = derive(_values(cells, rows, faults))
    return finish(draft)


def _location(line: str, name: str) -> tuple[float, float, float, float]:
    parts = line.split(",")
    try:
        latitude, longitude, offset, elevation = (float(part) for part in parts[6:10])
    except ValueError as error:
        reason = "the line LOCATION does not tell latitude, longitude, time zone and elevation"
        raise FeedError("EPW", name, f"{reason}; export it again") from error
    return latitude, longitude, offset, elevation


def _cells(lines: list[str], start: int, faults: list[Fault]) -> tuple[pd.DataFrame, list[int]]:
    table, rows = [], []
    for row, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) < _FEWEST:
            reason = f"has {len(cells)} cells of {_COLUMNS}"
            faults.append(Fault(row, "", "", reason, "complete the row"))
            continue
        table.append(cells[:_FEWEST])
        rows.append(row)
    return pd.DataFrame(table, columns=range(_FEWEST), dtype=object), rows


def _clock(
    cells: pd.DataFrame, rows: list[int], faults: list[Fault]
) -> tuple["pd.Series[pd.Timestamp]", str]:
    """Start of each hour by the file's clock; a typical year is put into one year."""
    parts = {}
    for column, label in enumerate(("year", "month", "day", "hour")):
        values, wrong = numbers(cells[column].rename(label), rows)
        parts[label] = values
        faults += wrong
    known = parts["year"].dropna()
    years = sorted({int(year) for year in known})
    note = ""
    if len(years) > 2:
        year = next((one for one in reversed(years) if one % 4), years[0])
        parts["year"] = known.mul(0.0).add(year).reindex(parts["year"].index)
        note = f"a typical year, of months from {years[0]} to {years[-1]}: shown as {year}"
    day = pd.to_datetime(
        pd.DataFrame({label: parts[label] for label in ("year", "month", "day")}), errors="coerce"
    )
    hour = parts["hour"].where(parts["hour"].between(1, 24))
    clock = day + pd.to_timedelta(hour - 1.0, unit="h")
    told = {fault.row for fault in faults}
    for i, row in enumerate(rows):
        if pd.isna(clock.iloc[i]) and row not in told:
            value = "-".join(str(cells[column].iloc[i]) for column in range(4))
            faults.append(
                Fault(row, "time", value, "is not year-month-day-hour 1 to 24", "correct it")
            )
    return clock, note


def _utc(clock: "pd.Series[pd.Timestamp]", offset: float) -> "pd.Series[pd.Timestamp]":
    return (clock - timedelta(hours=offset)).dt.tz_localize(UTC)


def _values(cells: pd.DataFrame, rows: list[int], faults: list[Fault]) -> pd.DataFrame:
    columns = {}
    for quantity, (column, sentinel, factor) in _FIELDS.items():
        values, wrong = numbers(cells[column].rename(quantity), rows)
        faults += wrong
        columns[quantity] = values.where(values < sentinel, nan) * factor
    return pd.DataFrame(columns, index=cells.index)
