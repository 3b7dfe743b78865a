"""Hours to days: what a daily model needs of an hourly file."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone, tzinfo

import pandas as pd

from sensors.feeds.weather_table import SUMS, WeatherTable

_HEARD = 0.9  # of a day's rows: less is not a day
_SPANS = {
    "tmin": (("tmin", "tmean"), "min"),
    "tmax": (("tmax", "tmean"), "max"),
    "tmean": (("tmean",), "mean"),
    "rh_min": (("rh_min", "rh_mean"), "min"),
    "rh_max": (("rh_max", "rh_mean"), "max"),
    "rh_mean": (("rh_mean",), "mean"),
    "vapour_pressure": (("vapour_pressure",), "mean"),
    "wind_2m": (("wind_2m",), "mean"),
    **{name: ((name,), "sum") for name in SUMS},
}


def to_days(table: WeatherTable, zone: tzinfo | None = None) -> WeatherTable:
    """The days of an hourly table, by the clock of `zone` (else the file's own).

    A quantity of a day is NaN unless nine tenths of the day's rows have it; a day without any
    quantity is left out.
    """
    if table.step == "day":
        return table
    own = timezone(timedelta(hours=table.utc_offset)) if table.utc_offset else UTC
    frame = table.frame
    local = pd.DatetimeIndex(frame.index).tz_convert(zone or own)
    day = pd.Index(local.date, name="day")
    rows = 24.0 / table.step_hours
    columns = {}
    for name, (sources, how) in _SPANS.items():
        source = next((one for one in sources if one in frame), None)
        if source is not None:
            grouped = frame[source].groupby(day)
            enough = grouped.count() >= _HEARD * rows
            columns[name] = grouped.agg(how).where(enough)
    days = pd.DataFrame(columns).dropna(how="all")
    lost = [f"{one}" for one in sorted(set(day) - set(days.index))]
    note = f"{len(lost)} incomplete days left out: {', '.join(lost[:3])}"
    note += ", …" if len(lost) > 3 else ""
    notes = (*table.notes, note) if lost else table.notes
    return replace(table, frame=days, step="day", step_hours=24.0, notes=notes)
