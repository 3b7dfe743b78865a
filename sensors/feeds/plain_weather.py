"""The plain weather CSV, and any CSV whose columns name their quantity and unit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo
from math import nan

import pandas as pd

from sensors.errors import FeedError
from sensors.feeds.sheet import Sheet, numbers, read_sheet, times
from sensors.feeds.weather_table import Draft, Step, WeatherTable, finish
from sensors.feeds.weather_units import Match, choose, derive, normal

_DAY = ("date", "day", "jour")
_TIME = ("time", "datetime", "timestamp", "date_time", "time_utc", "time_local", "valid_time")
TRACE = -0.1  # mm, as synoptic reports write rain too little to measure
_PLACE = ("catchment", "station", "site", "location", "station_id", "id", "name")


def read_plain(
    text: str, name: str, *, zone: tzinfo, columns: Mapping[str, str], where: Mapping[str, str]
) -> WeatherTable:
    """The weather of a plain CSV.

    Raises
    ------
    FeedError  No column tells the time or the weather, or there are several series in the file.
    """
    sheet = one_series(dated(read_sheet(text, name)), name, where, _PLACE)
    when = _time_column(sheet, name)
    read = times(sheet.cells[when], sheet.rows, UTC if normal(when) == "time_utc" else zone)
    step: Step = "day" if read.are_days else "hour"
    draft = Draft("plain", step, read.times, sheet.rows, pd.DataFrame(index=sheet.cells.index))
    draft.faults += [*sheet.faults, *read.faults]
    hours = _hours(read.times, step)
    header = [column for column in sheet.header if column != when and column not in where]
    taken, notes, faults = choose(header, step, columns, hours=hours)
    if faults:
        raise FeedError("file", name, f"{faults[0].field} {faults[0].reason}; {faults[0].remedy}")
    if not taken:
        known = "tmin, tmax, rh_mean, wind_2m, solar_radiation, rain"
        reason = f"no column tells of the weather ({', '.join(header)}); name them {known}, …"
        raise FeedError("file", name, reason)
    draft.notes += notes
    if read.naive and step == "hour" and zone is UTC:
        draft.notes.append("times without a zone are taken as UTC; give --timezone for another")
    draft.columns = _values(sheet, taken, draft, hours)
    draft.utc_offset = _offset(read.times, zone) if step == "hour" and read.naive else 0.0
    return finish(draft)


def one_series(sheet: Sheet, name: str, where: Mapping[str, str], places: tuple[str, ...]) -> Sheet:
    """The rows of one station; where there are several, a person must say which.

    Raises
    ------
    FeedError  Several series, or none of the name asked for.
    """
    for column, value in where.items():
        if column not in sheet.header:
            columns = ", ".join(sheet.header)
            raise FeedError("file", name, f"{column} is not a column; choose from {columns}")
        chosen = sheet.where(column, value)
        if not chosen.rows:
            known = ", ".join(sorted(set(sheet.cells[column]))[:8])
            raise FeedError("file", name, f"no row has {column} {value}; there are {known}")
        sheet = chosen
    for column in sheet.header:
        if normal(column) in places and len(series := sorted(set(sheet.cells[column]))) > 1:
            shown = ", ".join(series[:4]) + (", …" if len(series) > 4 else "")
            reason = f"column {column} has {len(series)} series ({shown}); "
            raise FeedError("file", name, f"{reason}choose one with --where {column}={series[0]}")
    return sheet


def dated(sheet: Sheet) -> Sheet:
    """A table whose date stands in columns year, month, day or year, doy, with a column date."""
    names = {normal(column): column for column in sheet.header}
    year = names.get("year")
    if year is None or {*_TIME, "date"} & names.keys():
        return sheet
    of_year = next((names[one] for one in ("doy", "day_of_year") if one in names), None)
    wanted = {of_year: 3} if of_year else {names.get("month"): 2, names.get("day"): 2}
    parts = {part: width for part, width in wanted.items() if part is not None}
    if len(parts) < len(wanted):
        return sheet
    cells = sheet.cells
    date = cells[year].str.removesuffix(".0")
    for part, width in parts.items():
        date = date + "-" + cells[part].str.removesuffix(".0").str.zfill(width)
    rest = cells.drop(columns=[year, *parts])
    rest.insert(0, "date", date)
    return replace(sheet, cells=rest)


def _time_column(sheet: Sheet, name: str) -> str:
    for wanted in (*_TIME, *_DAY):
        for column in sheet.header:
            if normal(column) == wanted:
                return column
    columns = ", ".join(sheet.header)
    reason = f"no column is named date or time ({columns}); name one date (2026-07-20)"
    raise FeedError("file", name, reason)


def _hours(at: "pd.Series[pd.Timestamp]", step: Step) -> float:
    if step == "day":
        return 24.0
    apart = at.dropna().drop_duplicates().sort_values().diff().dropna()
    return 1.0 if apart.empty else float(apart.mode().iloc[0] / pd.Timedelta(hours=1))


def _values(sheet: Sheet, taken: Mapping[str, Match], draft: Draft, hours: float) -> pd.DataFrame:
    columns = {}
    for quantity, found in taken.items():
        values, faults = numbers(sheet.cells[found.column], sheet.rows, delimiter=sheet.delimiter)
        draft.faults += faults
        converted = found.convert(values)
        if quantity == "solar_radiation" and draft.step == "hour" and hours != 1.0:
            converted = converted * hours
        if found.hours:  # a synoptic amount: −0.1 is a trace, and it stands at the interval's end
            converted = converted.mask(converted == TRACE, 0.0)
            draft.ends.add(quantity)
        if quantity.startswith("rh_") and converted.max() <= 1.0 and converted.max() > 0.0:
            converted = converted * 100.0
            draft.notes.append(f"{found.column} is at most 1: taken as a share, in % times 100")
        columns[quantity] = converted
    return derive(pd.DataFrame(columns, index=sheet.cells.index))


def _offset(at: "pd.Series[pd.Timestamp]", zone: tzinfo) -> float:
    """Hours of the zone's clock ahead of UTC at the start of the file."""
    known = at.dropna()
    if known.empty:
        return nan
    offset = known.iloc[0].tz_convert(zone).utcoffset()
    return 0.0 if offset is None else offset / timedelta(hours=1)
