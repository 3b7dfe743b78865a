"""A table of weather in our names and units, and the faults of the rows that are not in it."""

from bisect import bisect
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import nan
from typing import Literal

import numpy as np
import pandas as pd

Step = Literal["day", "hour"]

MJ_PER_W_HOUR = 0.0036  # of a mean flux of 1 W m⁻² through one hour

# Name: unit, what a day can be, what an hour can be. The interval's amount for the last four.
LIMITS: dict[str, tuple[str, tuple[float, float], tuple[float, float]]] = {
    "tmin": ("°C", (-90.0, 60.0), (-90.0, 60.0)),
    "tmax": ("°C", (-90.0, 60.0), (-90.0, 60.0)),
    "tmean": ("°C", (-90.0, 60.0), (-90.0, 60.0)),
    "rh_min": ("%", (0.0, 100.0), (0.0, 100.0)),
    "rh_max": ("%", (0.0, 100.0), (0.0, 100.0)),
    "rh_mean": ("%", (0.0, 100.0), (0.0, 100.0)),
    "vapour_pressure": ("kPa", (0.0, 8.0), (0.0, 8.0)),
    "wind_2m": ("m s⁻¹", (0.0, 80.0), (0.0, 80.0)),
    "solar_radiation": ("MJ m⁻²", (0.0, 50.0), (0.0, 5.5)),
    "sunshine": ("h", (0.0, 24.0), (0.0, 1.0)),
    "rain": ("mm", (0.0, 1000.0), (0.0, 350.0)),
    "et0": ("mm", (0.0, 25.0), (-0.5, 3.0)),
}
COLUMNS = tuple(LIMITS)
SUMS = ("solar_radiation", "sunshine", "rain", "et0")
NIGHT_OFFSET = 0.036  # MJ m⁻² h⁻¹: −10 W m⁻² is what an unlit pyranometer may show

_PAIRS = (("tmin", "tmax", "°C"), ("rh_min", "rh_max", "%"))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a file that cannot be used. `row` is the line of the file (0 = the whole)."""

    row: int
    field: str
    value: str
    reason: str
    remedy: str

    def line(self, file: str) -> str:
        """One line for a person: file, row, field, value, what is wrong, what to do."""
        where = (file, f"row {self.row}" if self.row else "", self.field)
        told = f"{self.value} {self.reason}" if self.value else self.reason
        return f"{', '.join(part for part in where if part)}: {told}; {self.remedy}"


@dataclass(frozen=True)
class WeatherTable:
    """Weather as read from a file.

    `frame` is indexed by `day` (dates) or by `time` (aware UTC, the start of the interval) and has
    any of `COLUMNS`, NaN where missing; amounts (`SUMS`) are of the row's interval, radiation in
    MJ m⁻². `step_hours` is 24, 1 or what the file has. `utc_offset` hours is that of the file's own
    clock. `problems` are the rows left out; `gaps` the intervals that no row tells of; `notes`
    what was taken for what.
    """

    frame: pd.DataFrame
    step: Step
    source: str
    problems: tuple[Fault, ...] = ()
    gaps: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    step_hours: float = 24.0
    latitude: float = nan
    longitude: float = nan
    elevation: float = nan
    utc_offset: float = 0.0


@dataclass
class Draft:
    """A table being read: `times` and `rows` (line numbers) go with the rows of `columns`.

    `ends` are the amounts that stand at the end of their interval; `finish` moves them to the row
    at its start.
    """

    source: str
    step: Step
    times: "pd.Series[pd.Timestamp]"
    rows: Sequence[int]
    columns: pd.DataFrame
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ends: set[str] = field(default_factory=set)
    latitude: float = nan
    longitude: float = nan
    elevation: float = nan
    utc_offset: float = 0.0


def finish(draft: Draft) -> WeatherTable:
    """Leave out the rows that cannot be, put the others in order and name the gaps."""
    table = draft.columns.reset_index(drop=True)
    table.insert(0, "row", pd.Series(list(draft.rows), dtype="int64"))
    table.insert(0, "time", draft.times.reset_index(drop=True))
    hours = 24.0 if draft.step == "day" else _step_hours(table["time"])
    table = _without_night_offset(table, draft.step)
    # The range and pair faults of a row are all told; the row is left out once.
    faults = [*draft.faults, *_range_faults(table, hours), *_pair_faults(table)]
    refused = {fault.row for fault in faults}
    table = table[table["time"].notna() & ~table["row"].isin(refused)]
    twice = table.duplicated("time", keep="first")
    faults += _duplicates(table, twice, draft.step)
    table = _at_start(table[~twice].sort_values("time"), draft.ends, hours)
    return WeatherTable(
        frame=_indexed(table, draft.step),
        step=draft.step,
        source=draft.source,
        problems=tuple(sorted(faults, key=lambda fault: (fault.row, fault.field))),
        gaps=tuple(_gaps(table, hours, draft.step, refused)),
        notes=tuple(draft.notes),
        step_hours=hours,
        latitude=draft.latitude,
        longitude=draft.longitude,
        elevation=draft.elevation,
        utc_offset=draft.utc_offset,
    )


def _step_hours(times: "pd.Series[pd.Timestamp]") -> float:
    """The commonest distance between neighbouring times. [h]"""
    apart = times.dropna().drop_duplicates().sort_values().diff().dropna()
    if apart.empty:
        return 1.0
    return float(apart.mode().iloc[0] / pd.Timedelta(hours=1))


def _without_night_offset(table: pd.DataFrame, step: Step) -> pd.DataFrame:
    """A pyranometer's slightly negative night is no radiation."""
    if step == "day" or "solar_radiation" not in table:
        return table
    night = table["solar_radiation"].between(-NIGHT_OFFSET, 0.0)
    return table.assign(solar_radiation=table["solar_radiation"].mask(night, 0.0))


def _range_faults(table: pd.DataFrame, hours: float) -> Iterable[Fault]:
    for name in table.columns.intersection(list(COLUMNS)):
        unit, day, hour = LIMITS[str(name)]
        low, high = day if hours >= 24.0 else hour
        if name in SUMS and 1.0 < hours < 24.0:
            high *= hours
        values = table[name].to_numpy(float)
        for i in np.flatnonzero((values < low) | (values > high)):
            told = f"{values[i]:g} {unit}"
            reason = f"is not within {low:g} to {high:g} {unit}"
            remedy = "correct it, or leave the cell empty where it was not measured"
            yield Fault(int(table["row"].iloc[i]), str(name), told, reason, remedy)


def _pair_faults(table: pd.DataFrame) -> Iterable[Fault]:
    for least, most, unit in _PAIRS:
        if least not in table or most not in table:
            continue
        low, high = table[least].to_numpy(float), table[most].to_numpy(float)
        for i in np.flatnonzero(low > high):
            told, reason = f"{low[i]:g} {unit}", f"is above {most} {high[i]:g} {unit}"
            remedy = "swap the two, or correct the wrong one"
            yield Fault(int(table["row"].iloc[i]), least, told, reason, remedy)


def _label(time: pd.Timestamp, step: Step) -> str:
    return f"{time:%Y-%m-%d}" if step == "day" else f"{time:%Y-%m-%dT%H:%MZ}"


def _duplicates(table: pd.DataFrame, twice: "pd.Series[bool]", step: Step) -> Iterable[Fault]:
    first = table.drop_duplicates("time").set_index("time")["row"]
    name = "date" if step == "day" else "time"
    for time, row in table.loc[twice, ["time", "row"]].itertuples(index=False):
        reason = f"is in row {first[time]} already"
        yield Fault(int(row), name, _label(time, step), reason, "keep one of the two")


def _gaps(
    table: pd.DataFrame, hours: float, step: Step, refused: Collection[int]
) -> Iterable[Fault]:
    """Intervals that no row tells of; those of refused rows are told already."""
    left_out = sorted(refused)
    times, rows = table["time"].tolist(), table["row"].tolist()
    length = timedelta(hours=hours)
    for before, after, above, row in zip(times, times[1:], rows, rows[1:], strict=False):
        missing = round((after - before) / length) - 1
        between = bisect(left_out, max(above, row)) - bisect(left_out, min(above, row))
        if missing < 1 or missing == between:
            continue
        first, last = _label(before + length, step), _label(after - length, step)
        noun = "day" if step == "day" else "time"
        many = f"{first} is" if missing == 1 else f"{first} to {last} ({missing} {noun}s) are"
        remedy = f"add a row for each {noun}; cells may be empty"
        where = "date" if step == "day" else "time"
        yield Fault(int(row), where, many, "missing before this row", remedy)


def _at_start(table: pd.DataFrame, ends: set[str], hours: float) -> pd.DataFrame:
    """Amounts of the interval before their time, moved to the row at its start."""
    names = [name for name in table.columns if name in ends]
    if not names:
        return table
    by_time = table.set_index("time")[names]
    moved = by_time.reindex(by_time.index + timedelta(hours=hours))
    return table.assign(**{name: moved[name].to_numpy() for name in names})


def _indexed(table: pd.DataFrame, step: Step) -> pd.DataFrame:
    columns = [name for name in COLUMNS if name in table]
    frame = table[columns].astype(float)
    if step == "day":
        frame.index = pd.Index([time.date() for time in table["time"]], name="day", dtype=object)
    else:
        frame.index = pd.DatetimeIndex(table["time"], name="time")
    return frame
