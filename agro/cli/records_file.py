"""Readings as people send them, row by row: records or a line that says why not."""

from datetime import timedelta
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from agro.cli.output import nearest
from agro.cli.sheet_file import must_have, read_sheet_file
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.store.readings import Row

NOT_EVALUATED = 2
SKEW = timedelta(minutes=10)  # a clock may be ahead by so much
DEEPEST_CM = 1000.0


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
