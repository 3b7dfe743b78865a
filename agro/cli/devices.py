"""`agro decode` and `agro models`."""

from typing import Annotated, Any

import typer

from agro.cli.output import answer_json, answer_table, nearest, tell
from agro.errors import BadInput

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
