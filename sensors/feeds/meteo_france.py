"""Météo-France: the public daily (`Q_…`) and hourly (`H_…`) files, and the packet of observations.

Times are UTC. Amounts of an hour (rain, radiation, sunshine) are of the hour *before* its time;
here they stand at its start. Values whose quality code is 2 (doubtful) are left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sensors.errors import FeedError
from sensors.feeds.plain_weather import one_series
from sensors.feeds.sheet import Sheet, numbers, read_sheet, times
from sensors.feeds.weather_table import SUMS, Draft, Step, WeatherTable, finish
from sensors.feeds.weather_units import derive

_PLACES = ("num_poste", "nom_usuel")
_DOUBTFUL = "2"
# Their column: our quantity, factor to our unit. Radiation in J cm⁻², sunshine in minutes,
# vapour pressure in hPa, wind in m s⁻¹ at 10 m unless its name says 2 m.
_DAILY = {
    "RR": ("rain", 1.0),
    "TN": ("tmin", 1.0),
    "TX": ("tmax", 1.0),
    "TM": ("tmean", 1.0),
    "FFM": ("wind_10m", 1.0),
    "FF2M": ("wind_2m", 1.0),
    "UN": ("rh_min", 1.0),
    "UX": ("rh_max", 1.0),
    "UM": ("rh_mean", 1.0),
    "TSVM": ("vapour_pressure", 0.1),
    "INST": ("sunshine", 1.0 / 60.0),
    "GLOT": ("solar_radiation", 0.01),
    "ETPMON": ("et0", 1.0),
    "ETPGRILLE": ("et0", 1.0),
}
_HOURLY = {
    "RR1": ("rain", 1.0),
    "T": ("tmean", 1.0),
    "TD": ("dewpoint", 1.0),
    "TN": ("tmin", 1.0),
    "TX": ("tmax", 1.0),
    "U": ("rh_mean", 1.0),
    "UN": ("rh_min", 1.0),
    "UX": ("rh_max", 1.0),
    "FF": ("wind_10m", 1.0),
    "FF2": ("wind_2m", 1.0),
    "GLO": ("solar_radiation", 0.01),
    "INS": ("sunshine", 1.0 / 60.0),
}
# The packet: kelvin, J m⁻², minutes, m s⁻¹.
_PACKET = {
    "t": ("tmean", 1.0, -273.15),
    "td": ("dewpoint", 1.0, -273.15),
    "tn": ("tmin", 1.0, -273.15),
    "tx": ("tmax", 1.0, -273.15),
    "u": ("rh_mean", 1.0, 0.0),
    "un": ("rh_min", 1.0, 0.0),
    "ux": ("rh_max", 1.0, 0.0),
    "ff": ("wind_10m", 1.0, 0.0),
    "rr1": ("rain", 1.0, 0.0),
    "ray_glo01": ("solar_radiation", 1e-6, 0.0),
    "insolh": ("sunshine", 1.0 / 60.0, 0.0),
}


def read_meteo_france(text: str, name: str, *, where: Mapping[str, str]) -> WeatherTable:
    """The weather of one station of a public CSV file.

    Raises
    ------
    FeedError  There is no column AAAAMMJJ or AAAAMMJJHH, or several stations are in the file.
    """
    sheet = one_series(read_sheet(text, name), name, where, _PLACES)
    step: Step = "hour" if "AAAAMMJJHH" in sheet.header else "day"
    when = "AAAAMMJJHH" if step == "hour" else "AAAAMMJJ"
    if when not in sheet.header:
        reason = "has no column AAAAMMJJ or AAAAMMJJHH; fetch the file again"
        raise FeedError("Météo-France", name, reason)
    read = times(sheet.cells[when], sheet.rows)
    draft = Draft("meteo-france", step, read.times, sheet.rows, pd.DataFrame())
    draft.faults += [*sheet.faults, *read.faults]
    for column, ours in (("LAT", "latitude"), ("LON", "longitude"), ("ALTI", "elevation")):
        if column in sheet.header:
            value = numbers(sheet.cells[column], sheet.rows, delimiter=sheet.delimiter)[0]
            setattr(draft, ours, float(value.iloc[0]))
    known = _DAILY if step == "day" else _HOURLY
    draft.columns = derive(_values(sheet, known, draft))
    return finish(draft)


def _values(sheet: Sheet, known: Mapping[str, tuple[str, float]], draft: Draft) -> pd.DataFrame:
    columns: dict[str, pd.Series[float]] = {}
    doubtful = 0
    for theirs, (ours, factor) in known.items():
        if theirs not in sheet.header:
            continue
        values, faults = numbers(sheet.cells[theirs], sheet.rows, delimiter=sheet.delimiter)
        draft.faults += faults
        if f"Q{theirs}" in sheet.header:
            wrong = (sheet.cells[f"Q{theirs}"] == _DOUBTFUL) & values.notna()
            doubtful += int(wrong.sum())
            values = values.mask(wrong)
        converted = values * factor
        columns[ours] = columns[ours].fillna(converted) if ours in columns else converted
    if draft.step == "hour":
        draft.ends.update(SUMS)
    if doubtful:
        draft.notes.append(f"{doubtful} values left out that the service calls doubtful (code 2)")
    return pd.DataFrame(columns, index=sheet.cells.index)


def read_packet(
    records: Sequence[Mapping[str, Any]], name: str, *, where: Mapping[str, str]
) -> WeatherTable:
    """The weather of one station of a packet of observations (JSON, kelvin).

    Raises
    ------
    FeedError  Several stations are in the packet, or none of the one asked for.
    """
    text = pd.DataFrame(
        [{key: _text(value) for key, value in record.items()} for record in records], dtype=object
    ).fillna("")
    sheet = Sheet(text, tuple(range(1, len(text) + 1)), ",", ())
    sheet = one_series(sheet, name, where, ("geo_id_insee",))
    read = times(sheet.cells["validity_time"], sheet.rows)
    draft = Draft("meteo-france", "hour", read.times, sheet.rows, pd.DataFrame())
    draft.faults += read.faults
    columns = {}
    for theirs, (ours, factor, plus) in _PACKET.items():
        if theirs in sheet.header:
            values, faults = numbers(sheet.cells[theirs], sheet.rows)
            draft.faults += faults
            columns[ours] = values * factor + plus
    draft.ends.update(SUMS)
    for theirs, where_ in (("lat", "latitude"), ("lon", "longitude")):
        if theirs in sheet.header:
            setattr(draft, where_, float(numbers(sheet.cells[theirs], sheet.rows)[0].iloc[0]))
    draft.columns = derive(pd.DataFrame(columns, index=sheet.cells.index))
    return finish(draft)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
