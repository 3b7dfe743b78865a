"""`agro device calibrate` and `uncalibrate`: what a probe says becomes what is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.device_history import known, or_bad
from agro.cli.device_register import Name, register_store
from agro.cli.door import acting_here
from agro.cli.moments import moment_of
from agro.cli.output import answer, nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from agro.records import Device

Quantity = Annotated[str, typer.Option(metavar="Q", help="As `agro models` lists it.")]
Depth = Annotated[float | None, typer.Option(metavar="CM", help="One depth; else every depth.")]


def register(registry: typer.Typer) -> None:
    """Add these commands."""
    for command in (calibrate, uncalibrate):
        registry.command()(command)


def calibrate(
    name: Name,
    quantity: Quantity,
    source: Annotated[str, typer.Option(metavar="TEXT", help="Who found it, and how.")],
    since: Annotated[str, typer.Option(metavar="TIME", help="From when it holds.")],
    until: Annotated[str, typer.Option(metavar="TIME", help="Until when; else it goes on.")] = "",
    depth: Depth = None,
    offset: Annotated[float | None, typer.Option(help="A line: offset + gain × value.")] = None,
    gain: Annotated[float | None, typer.Option(help="A line's gain; 1 without one.")] = None,
    polynomial: Annotated[
        str, typer.Option(metavar="A,B,C", help="A + B × value + C × value² + …")
    ] = "",
    curve: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV uncalibrated,value: its points.")
    ] = None,
) -> None:
    """What a probe says becomes what is, from TIME on; what it said is kept beside it."""
    from math import nan

    from agro.access.records import of_device
    from agro.store import calibrations
    from agro.store.calibrations import Calibration

    kind, coefficients = _told(offset, gain, polynomial, curve)
    with register_store() as engine:
        device, zone = known(engine, name)
        _measured(device, quantity)
        start = _moment(since, zone, "--since")
        end = moment_of(until, zone, "--until")
        depth_cm = nan if depth is None else depth
        told = (name, quantity, depth_cm, start, end, kind, coefficients, source)
        what = {"calibrate": name, "quantity": quantity}
        with acting_here(engine, "device.write", of_device(name), what) as c:
            count = or_bad(lambda: calibrations.save(c, Calibration(*told)), "calibration")
    answer(f"{quantity} of {name} is calibrated; {count} stored values computed again")


def uncalibrate(
    name: Name,
    quantity: Quantity,
    since: Annotated[str, typer.Option(metavar="TIME", help="When it began, by its history.")],
    depth: Depth = None,
) -> None:
    """Take a calibration away: what the probe said counts again."""
    from math import nan

    from agro.access.records import of_device
    from agro.store import calibrations

    with register_store() as engine:
        _, zone = known(engine, name)
        start, depth_cm = _moment(since, zone, "--since"), nan if depth is None else depth
        what = {"uncalibrate": name, "quantity": quantity}
        with acting_here(engine, "device.write", of_device(name), what) as c:
            count = or_bad(lambda: calibrations.remove(c, name, quantity, start, depth_cm=depth_cm))
    answer(f"the calibration is gone; {count} stored values computed again")


def _measured(device: "Device", quantity: str) -> None:
    """Refuse a quantity that is none, or that the device does not measure."""
    from sensors.codecs import MODELS
    from sensors.quantities import QUANTITIES

    if quantity not in QUANTITIES:
        near = nearest(quantity, QUANTITIES)
        raise BadInput([f"--quantity: {quantity!r} is not known; {near}"])
    model = MODELS.get(device.model)
    # What one of its pulses is in litres is told as a calibration of what it does not say itself.
    is_litres = quantity == "water_volume" and model and "pulse_total" in model.quantities
    if model and quantity not in model.quantities and not is_litres:
        told = f"{device.model} measures {', '.join(model.quantities)}"
        raise BadInput([f"--quantity: {quantity!r} is not what {device.device} measures; {told}"])


def _moment(text: str, zone: "tzinfo", option: str) -> "datetime":
    found = moment_of(text, zone, option)
    if found is None:
        raise BadInput([f"{option}: is empty; write it as 2026-07-20T05:00:00Z"])
    return found


def _told(
    offset: float | None, gain: float | None, polynomial: str, curve: Path | None
) -> tuple[str, Any]:
    """Kind and coefficients of the one calibration that is told."""
    line = offset is not None or gain is not None
    if (line, bool(polynomial), curve is not None).count(True) != 1:
        told = "give one of --offset and --gain, --polynomial, --curve"
        raise BadInput([f"agro device calibrate: {told}"])
    if line:
        return "linear", (offset or 0.0, 1.0 if gain is None else gain)
    if curve is not None:
        return "curve", _points(curve)
    try:
        return "polynomial", tuple(float(part) for part in polynomial.split(","))
    except ValueError as error:
        told = "are not numbers; write them as 0.01,0.9,0.2, the constant first"
        raise BadInput([f"--polynomial: {polynomial!r} {told}"]) from error


def _points(file: Path) -> list[tuple[float, float]]:
    """The points of a curve, what the probe says and what is, by what the probe says."""
    from agro.cli.sheet_file import must_have, read_sheet_file
    from sensors.feeds.sheet import numbers

    names = ("uncalibrated", "value")
    sheet = read_sheet_file(file)
    must_have(sheet, names, file)
    read = [numbers(sheet.cells[name], sheet.rows, delimiter=sheet.delimiter) for name in names]
    faults = [*sheet.faults, *(fault for _, found in read for fault in found)]
    lines = [fault.line(str(file)) for fault in sorted(faults, key=lambda fault: fault.row)]
    lines += [
        f"{file}, row {row}: a point needs both numbers; fill it in or remove it"
        for row, x, y in zip(sheet.rows, read[0][0], read[1][0], strict=True)
        if not lines and (x != x or y != y)
    ]
    if lines:
        raise BadInput(lines)
    return sorted(zip(read[0][0].tolist(), read[1][0].tolist(), strict=True))
