"""Readings and logbooks as people send them, row by row: records or a line that says why not."""

from datetime import UTC, datetime, time, timedelta
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agro.cli.output import nearest
from agro.cli.sheet_file import must_have, read_sheet_file
from agro.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from agro.records import LogEntry
    from agro.store.readings import Row

NOT_EVALUATED = 2
NOON = time(12)
SKEW = timedelta(minutes=10)  # a clock may be ahead by so much
DEEPEST_CM = 1000.0
TYPES = (
    *("seeding", "transplanting", "irrigation", "harvest", "input", "maintenance"),
    *("observation", "delivery", "labour"),
)
# Units of an amount of water, which the water balance reads.
_WATER_UNITS = ("mm", "L", "m3", "min")


def site_named(c: "Connection", site: str) -> None:
    """Refuse a site that does not exist.

    Raises
    ------
    BadInput  There is none of this slug.
    """
    from agro.store import farms

    sites = [one.slug for one in farms.sites(c)]
    if site not in sites:
        raise BadInput([f"--site: {site!r} does not exist; {nearest(site, sites)}"])


def read_readings(c: "Connection", file: Path) -> "tuple[list[Row], list[str]]":
    """The rows of a readings file, not yet flagged, and a line for each that cannot be used."""
    from agro.config import now
    from agro.store import farms
    from agro.store.readings import Row
    from sensors.feeds.sheet import numbers, times

    sheet = read_sheet_file(file)
    must_have(sheet, ("time", "device", "quantity", "value"), file)
    cells = sheet.cells
    if "depth_cm" not in cells:
        cells = cells.assign(depth_cm="")
    read = times(cells["time"], sheet.rows)
    values, wrong = numbers(cells["value"], sheet.rows, delimiter=sheet.delimiter)
    depths, crooked = numbers(cells["depth_cm"], sheet.rows, delimiter=sheet.delimiter)
    faults = [*sheet.faults, *read.faults, *wrong, *crooked]
    lines: dict[int, list[str]] = {fault.row: [] for fault in faults}
    for fault in faults:
        lines[fault.row].append(fault.line(str(file)))
    devices, latest = {device.device for device in farms.devices(c)}, now() + SKEW
    rows = []
    columns = (sheet.rows, read.times, cells["device"], cells["quantity"], depths, values)
    for row, at, device, quantity, depth, value in zip(*columns, strict=True):
        told = _reading_faults(device, quantity, depth, devices)
        if at == at and at > latest:
            told.append(f"time: {at:%Y-%m-%dT%H:%MZ} is in the future; correct it")
        if told:
            lines.setdefault(row, []).extend(f"{file}, row {row}, {one}" for one in told)
        if row not in lines:
            rows.append(Row(device, quantity, depth, int(at.timestamp()), value, NOT_EVALUATED))
    return rows, _sorted(lines)


def _reading_faults(device: str, quantity: str, depth: float, devices: set[str]) -> list[str]:
    """What of a reading cannot be believed."""
    from sensors.quantities import QUANTITIES

    told = []
    if device not in devices:
        told.append(f"device: {device!r} is not registered; {nearest(device, devices)}")
    if quantity not in QUANTITIES:
        told.append(f"quantity: {quantity!r} is not known; {nearest(quantity, QUANTITIES)}")
    if not isnan(depth) and not 0.0 <= depth <= DEEPEST_CM:
        told.append(f"depth_cm: {depth:g} cm is not within 0 to {DEEPEST_CM:g} cm; correct it")
    return told


def _sorted(lines: dict[int, list[str]]) -> list[str]:
    return [line for row in sorted(lines) for line in lines[row]]


def read_logbook(c: "Connection", file: Path, site: str) -> "tuple[list[LogEntry], list[str]]":
    """The entries of a logbook file, and a line for each that cannot be used.

    A date without a time stands for its noon by the city's clock.
    """
    from agro.store import farms, values

    sheet = read_sheet_file(file)
    must_have(sheet, ("date", "type"), file)
    lines: dict[int, list[str]] = {}
    for fault in sheet.faults:
        lines.setdefault(fault.row, []).append(fault.line(str(file)))
    zone = values.time_zone(c)
    plots = [plot.slug for plot in farms.plots(c, site)]
    entries = []
    for row, cells in zip(sheet.rows, sheet.cells.to_dict("records"), strict=True):
        entry = _entry(cells, site, zone, plots, sheet.delimiter)
        if isinstance(entry, list):
            told = [f"{file}, row {row}, {one}" for one in entry]
            lines.setdefault(row, []).extend(told)
        else:
            entries.append(entry)
    return entries, _sorted(lines)


def _entry(
    cells: "dict[Any, str]", site: str, zone: Any, plots: "Iterable[str]", delimiter: str
) -> "LogEntry | list[str]":
    """One entry, or what of its cells cannot be used."""
    from agro.records import LogEntry

    told = []
    type_ = cells["type"].strip().lower()
    if type_ not in TYPES:
        told.append(f"type: {cells['type']!r} is not a type; {nearest(type_, TYPES)}")
    plot = cells.get("plot", "").strip()
    if plot and plot not in plots:
        told.append(f"plot: {plot!r} is not on {site}; {nearest(plot, plots)}")
    at = _when(cells["date"], zone)
    if at is None:
        told.append(f"date: {cells['date']!r} is not a date; write it as 2026-07-20")
    quantity, fault = _quantity(cells.get("quantity", ""), delimiter)
    unit = cells.get("unit", "").strip()
    told += [fault] if fault else []
    if not isnan(quantity) and not unit:
        told.append("unit: is missing; write what the quantity counts, like kg or L")
    if type_ == "irrigation" and unit and (unit := _water_unit(unit)) not in _WATER_UNITS:
        told.append(f"unit: {unit!r} does not measure water; write {', '.join(_WATER_UNITS)}")
    if told or at is None:
        return told
    if unit == "m3":
        quantity, unit = quantity * 1000.0, "L"
    crop, variety, notes = (cells.get(name, "").strip() for name in ("crop", "variety", "notes"))
    return LogEntry(site, plot, type_, at, quantity, unit, crop, variety, notes)


def _water_unit(unit: str) -> str:
    spelled = unit.lower().rstrip(".").replace("³", "3")
    known = {"l": "L", "litre": "L", "litres": "L", "liter": "L", "liters": "L", "m3": "m3"}
    known |= {"mm": "mm", "min": "min", "minute": "min", "minutes": "min"}
    return known.get(spelled, unit)


def _when(text: str, zone: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if len(text.strip()) <= len("2026-07-20"):
        found = datetime.combine(found.date(), NOON)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _quantity(text: str, delimiter: str) -> tuple[float, str]:
    cleaned = text.strip()
    if not cleaned:
        return nan, ""
    try:
        value = float(cleaned.replace(",", ".") if delimiter != "," else cleaned)
    except ValueError:
        return nan, f"quantity: {text!r} is not a number; write a number or leave it empty"
    if not 0.0 <= value < float("inf"):
        return nan, f"quantity: {text!r} is not 0 or more; correct it"
    return value, ""
