"""`agro decode`, `agro models` and `agro device add`."""

from typing import Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.output import answer, answer_json, answer_table, configured, nearest, tell
from agro.errors import BadInput

registry = typer.Typer(help="The register of devices.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(decode)
    app.command()(models)


def decode(
    payload: Annotated[str, typer.Argument(metavar="HEX", help="The payload's bytes.")],
    model: Annotated[str, typer.Option(metavar="MODEL", help="As `agro models` lists it.")],
    port: Annotated[int | None, typer.Option(min=0, max=255, help="LoRaWAN port.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a device's payload says."""
    from sensors import codecs
    from sensors.errors import DecodeError

    problem = None
    readings: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    try:
        decoded = codecs.decode(model, port, _bytes(payload))
    except DecodeError as error:
        problem = _explained(model, port, error)
        problems = [{"reason": error.reason, "detail": error.detail}]
    else:
        readings = [_reading(reading) for reading in decoded.readings]
        problems = [_problem(one) for one in decoded.problems]
    if as_json:
        answer_json({"readings": readings, "problems": problems})
    elif problem is None:
        names = ("quantity", "value", "unit", "depth_cm", "offset_s")
        answer_table(model, names, ([row[name] for name in names] for row in readings))
        tell(f"{model}: {' '.join(str(p) for p in one.values() if p)}" for one in problems)
    if problem is not None:
        raise BadInput([problem])


def _bytes(text: str) -> bytes:
    cleaned = text.strip().removeprefix("0x").removeprefix("0X")
    for separator in " :-_\n\t":
        cleaned = cleaned.replace(separator, "")
    try:
        return bytes.fromhex(cleaned)
    except ValueError as error:
        wrong = "an odd number of digits" if len(cleaned) % 2 else "other characters"
        line = f"HEX: {text!r} has {wrong}; write two digits 0-9 a-f for each byte"
        raise BadInput([line]) from error


def _explained(model: str, port: int | None, error: Any) -> str:
    from sensors import codecs

    if model not in codecs.MODELS:
        return f"--model: {model!r} is not known; {nearest(model, codecs.MODELS)}"
    where = f"{model}, port {'none' if port is None else port}"
    return f"{where}: {error.reason}" + (f"; {error.detail}" if error.detail else "")


def _reading(reading: Any) -> dict[str, Any]:
    from sensors.quantities import QUANTITIES

    known = QUANTITIES.get(reading.quantity)
    return {
        "quantity": reading.quantity,
        "value": reading.value,
        "unit": known.unit if known else "",
        "depth_cm": reading.depth_cm,
        "offset_s": reading.offset_s,
    }


def _problem(problem: Any) -> dict[str, Any]:
    return {
        "reason": problem.reason,
        "field": problem.field,
        "value": problem.value,
        "detail": problem.detail,
    }


def models(as_json: AsJson = False) -> None:
    """The supported device models."""
    from sensors.codecs import MODELS

    rows = [
        {
            "model": one.key,
            "vendor": one.vendor,
            "name": one.name,
            "quantities": list(one.quantities),
        }
        for one in sorted(MODELS.values(), key=lambda one: one.key)
    ]
    if as_json:
        answer_json(rows)
        return
    names = ("model", "vendor", "name", "quantities")
    shown = ([r["model"], r["vendor"], r["name"], ", ".join(r["quantities"])] for r in rows)
    answer_table("Device models", names, shown)


@registry.callback()
def _group() -> None:
    """The register of devices."""


@registry.command()
def add(
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="Its id in its network.")],
    model: Annotated[str, typer.Option(metavar="MODEL", help="As `agro models` lists it.")],
    site: Annotated[str, typer.Option(metavar="S", help="Slug of its site.")],
    plot: Annotated[str, typer.Option(metavar="PLOT", help="Slug of its plot; none = site.")] = "",
    eui: Annotated[str, typer.Option(metavar="EUI", help="Its 64-bit identifier.")] = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    depths: Annotated[
        str, typer.Option(metavar="CM,CM", help="Depth of each sensor, from the top.")
    ] = "",
) -> None:
    """Register a device, or bring its registration up to date."""
    from agro.records import Device
    from agro.store import farms, writing

    new = Device(device, eui, model, site, plot, name or device, _depths(depths))
    with city_store(configured()) as engine:
        with engine.connect() as c:
            lines = _faults(c, new)
        if lines:
            raise BadInput(lines)
        with writing(engine) as c:
            farms.save_device(c, new)
    answer(f"{device} is registered on {site}{f', plot {plot}' if plot else ''}")


def _depths(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadInput([f"--depths: {text!r} are not numbers; write them as 10,20,30"]) from error
    wrong = [depth for depth in found if not 0.0 <= depth <= 1000.0]
    if wrong:
        raise BadInput([f"--depths: {wrong[0]:g} cm is not within 0 to 1000 cm; correct it"])
    return found


def _faults(c: Any, new: Any) -> list[str]:
    """What of a device's registration cannot be."""
    from agro.store import farms
    from sensors.codecs import MODELS

    lines = []
    if new.model not in MODELS:
        lines.append(f"--model: {new.model!r} is not known; {nearest(new.model, MODELS)}")
    sites = [site.slug for site in farms.sites(c)]
    if new.site not in sites:
        lines.append(f"--site: {new.site!r} does not exist; {nearest(new.site, sites)}")
    elif new.plot:
        plots = [plot.slug for plot in farms.plots(c, new.site)]
        if new.plot not in plots:
            lines.append(f"--plot: {new.plot!r} is not on {new.site}; {nearest(new.plot, plots)}")
    eui = new.eui.replace("-", "").replace(":", "")
    if eui and (len(eui) != 16 or not all(digit in "0123456789abcdefABCDEF" for digit in eui)):
        lines.append(f"--eui: {new.eui!r} is not 16 hexadecimal digits; correct it")
    return lines
