"""`agro device add`, `list` and `import`: the register of devices."""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.moments import Since, moment_of
from agro.cli.output import answer, answer_json, answer_table, configured, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

    from agro.records import Device
    from agro.store.ingest import Ingested

registry = typer.Typer(help="The register of devices.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its id in its network.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Site = Annotated[str, typer.Option(metavar="S", help="Slug of its site.")]
Plot = Annotated[str, typer.Option(metavar="PLOT", help="Slug of its plot; none = site.")]
Eui = Annotated[str, typer.Option(metavar="EUI", help="Its 64-bit identifier.")]
Called = Annotated[str, typer.Option("--name", help="What people call it.")]
Depths = Annotated[str, typer.Option(metavar="CM,CM", help="Depth of each sensor, from the top.")]
_DEEPEST_CM = 1000.0


@registry.callback()
def _group() -> None:
    """The register of devices."""


def register_store() -> "AbstractContextManager[Engine]":
    """The engine of the store, by the clock of its season."""
    from agro.cli.season_demo import on_demo_clock

    return city_store(on_demo_clock(configured()))


@registry.command()
def add(
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="Its id in its network.")],
    model: Annotated[str, typer.Option(metavar="MODEL", help="As `agro models` lists it.")],
    site: Site,
    plot: Plot = "",
    eui: Eui = "",
    name: Called = "",
    depths: Depths = "",
    since: Since = "",
) -> None:
    """Register a device, or bring its registration up to date."""
    from agro.records import Device

    new = Device(device, eui, model, site, plot, name or device, depths_of(depths))
    save(new, since)


@registry.command("list")
def list_(as_json: AsJson = False) -> None:
    """The registered devices: where they stand since when, and when they were last heard."""
    from agro.store import deployments, farms, readings

    with register_store() as engine, engine.connect() as c:
        heard = readings.latest(c).groupby("device")["time"].max().to_dict()
        since = deployments.standing_since(c)
        rows = [
            {
                "device": one.device,
                "name": one.name,
                "site": one.site,
                "plot": one.plot,
                "model": one.model,
                "eui": one.eui,
                "depths": list(one.depths),
                "since": since.get(one.device),
                "last_seen": heard.get(one.device),
            }
            for one in farms.devices(c)
        ]
    if as_json:
        answer_json(rows)
        return
    names = ("device", "name", "site", "plot", "model", "depths", "since", "last_seen")
    shown = ([_plain(row[name]) for name in names] for row in rows)
    answer_table("Registered devices", names, shown)


def _plain(value: Any) -> Any:
    return ", ".join(f"{one:g}" for one in value) if isinstance(value, list) else value


@registry.command("import")
def import_(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Register the devices of a CSV: device,eui,model,site,plot,name,depths (5;15;25)."""
    from agro.store import farms

    devices, lines = _from_file(file)
    what = {"import": file.name}
    with register_store() as engine, acting_here(engine, "device.write", "", what) as c:
        good, stored = 0, 0
        for row, device in devices:
            faults = faults_of(c, device, option="")
            lines += [f"{file.name} row {row}: {fault}" for fault in faults]
            if not faults:
                stored += farms.save_device(c, device).rows
                good += 1
    answer(f"{good} devices registered, {stored} values of theirs that waited stored")
    if lines:
        raise BadInput(lines)


def _from_file(file: Path) -> "tuple[list[tuple[int, Device]], list[str]]":
    """The devices of a file with their rows, and a line for each row that cannot be used."""
    from agro.packs.folder import Folder
    from agro.packs.rows import DeviceRow
    from agro.records import Device
    from sensors.codecs import MODELS

    if not file.is_file():
        raise BadInput([f"{file}: no such file; check the name"])
    folder = Folder(file.parent)
    table = folder.table(file.name, DeviceRow)
    devices: dict[str, tuple[int, Device]] = {}
    for row, read in table.lines:
        known = read.model_dump()
        known["depths"] = known["depths"] or MODELS[read.model].depths
        if read.device in devices:
            told = f"device {read.device!r} stands twice; remove one"
            folder.faults.append(f"{file.name} row {row}: {told}")
        else:
            devices[read.device] = (row, Device(**known))
    return list(devices.values()), folder.faults


def save(device: "Device", since: str) -> None:
    """Check and register a device; say where it stands and what of it was waiting."""
    from agro.access.records import of_device
    from agro.store import farms, values

    with register_store() as engine:
        with engine.connect() as c:
            lines = faults_of(c, device)
            zone = values.time_zone(c)
        if lines:
            raise BadInput(lines)
        at = moment_of(since, zone)
        of, what = of_device(device.device, device.site), {"register": device.device}
        with acting_here(engine, "device.write", of, what) as c:
            try:
                done = farms.save_device(c, device, since=at)
            except ValueError as error:
                raise BadInput([f"--since: {error}"]) from error
    place = f", plot {device.plot}" if device.plot else ""
    answer(f"{device.device} is registered on {device.site}{place}")
    tell_of(done)


def tell_of(done: "Ingested") -> None:
    """What became of the messages that waited."""
    if done.messages:
        answer(f"{done.messages} messages that waited are read: {done.rows} values stored")
    if done.problems:
        tell(f"{done.problems} problems in them; the page of the sensors lists them")


def depths_of(text: str) -> tuple[float, ...]:
    """Depths from `10,20,30`. [cm]

    Raises
    ------
    BadInput  They are no numbers, or no depths.
    """
    try:
        found = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadInput([f"--depths: {text!r} are not numbers; write them as 10,20,30"]) from error
    wrong = [depth for depth in found if not 0.0 <= depth <= _DEEPEST_CM]
    if wrong:
        raise BadInput([f"--depths: {wrong[0]:g} cm is not within 0 to 1000 cm; correct it"])
    if any(low >= high for low, high in pairwise(found)):
        raise BadInput([f"--depths: {text!r} must go down, top first; write them as 10,20,30"])
    return found


def faults_of(c: "Connection", device: "Device", *, option: str = "--") -> list[str]:
    """What of a device's registration cannot be; a model may be missing for plain messages."""
    from agro.store import farms
    from sensors.codecs import MODELS

    lines = []
    if device.model and device.model not in MODELS:
        near = nearest(device.model, MODELS)
        lines.append(f"{option}model: {device.model!r} is not known; {near}")
    sites = [site.slug for site in farms.sites(c)]
    if device.site not in sites:
        near = nearest(device.site, sites)
        lines.append(f"{option}site: {device.site!r} does not exist; {near}")
    elif device.plot:
        plots = [plot.slug for plot in farms.plots(c, device.site)]
        if device.plot not in plots:
            near = nearest(device.plot, plots)
            lines.append(f"{option}plot: {device.plot!r} is not on {device.site}; {near}")
    eui = device.eui.replace("-", "").replace(":", "")
    if eui and (len(eui) != 16 or not all(digit in "0123456789abcdefABCDEF" for digit in eui)):
        lines.append(f"{option}eui: {device.eui!r} is not 16 hexadecimal digits; correct it")
    return lines
