"""`agro city …`: what the city's own equipment tells, and the outlines of its communes."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.door import acting_here
from agro.cli.moments import moment_of
from agro.cli.output import answer, answer_json, answer_table, configured, nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.city.reading import CommuneState, Figure

app = typer.Typer(help="The city's own equipment and its communes.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="GeoJSON, in WGS 84.")]
Entities = Annotated[Path, typer.Argument(metavar="FILE", help="JSON: NGSI-LD entities.")]
OneKind = Annotated[str, typer.Option("--kind", metavar="K", help="Of this kind only.")]
OneCommune = Annotated[str, typer.Option("--commune", metavar="CODE", help="In this commune only.")]
At = Annotated[str, typer.Option("--at", metavar="TIME", help="As it was known then.")]
Notify = Annotated[
    str, typer.Argument(metavar="URL", help="Where the broker reaches us: …/ngsi-ld/v1/notify.")
]


@app.command()
def boundaries(file: File, as_json: Json = False) -> None:
    """The outlines of the communes, from the official GeoJSON; good ones are kept."""
    from agro.city.boundaries import read_boundaries
    from agro.config import now
    from agro.store import farms
    from agro.store.city.places import save_boundaries
    from agro.store.city.registering import place_again

    body = _bytes(file)
    what = {"boundaries": file.name}
    with city_store(configured()) as engine, acting_here(engine, "device.write", "", what) as c:
        communes = farms.communes(c)
        outlines = read_boundaries(file.name, body, communes)
        save_boundaries(c, outlines.found, now())
        moved = place_again(c) if outlines.found else 0
    told = {"communes": len(outlines.found), "of": len(communes), "moved_assets": moved}
    if as_json:
        answer_json({**told, "problems": list(outlines.faults)})
    else:
        answer(f"{told['communes']} of {told['of']} communes have an outline from {file.name}")
    if outlines.faults:
        raise BadInput(outlines.faults)


@app.command(name="import")
def import_(file: Entities, as_json: Json = False) -> None:
    """NGSI-LD entities of a file: equipment and what it measured; good ones are kept."""
    from agro.city.receiving import read_in
    from agro.config import now
    from sensors.errors import DecodeError

    body = _bytes(file)
    what = {"import": file.name}
    with city_store(configured()) as engine, acting_here(engine, "device.write", "", what) as c:
        try:
            done, faults = read_in(c, body, now())
        except DecodeError as error:
            raise BadInput([f"{file.name}: {error.reason}: {error.detail}"]) from error
    if as_json:
        answer_json(asdict(done))
    else:
        answer(f"{done.entities} entities, {done.new} new; {done.rows} values kept")
    lines = [
        f"{file.name}, {one.device or 'no id'}, {one.field}: {one.value} {one.reason}; {one.detail}"
        for one in faults
    ]
    more = done.problems - len(lines)
    lines += [f"{file.name}: {more} more refused; see the sensors page"] if more else []
    if lines:
        raise BadInput(lines)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput([f"{file}: cannot be read ({error.strerror})"]) from error


@app.command()
def assets(kind: OneKind = "", commune: OneCommune = "", as_json: Json = False) -> None:
    """The city's equipment: what there is, where, who tells of it, and its newest values."""
    from agro.store import farms
    from agro.store.city.assets import assets as stored
    from agro.store.city.assets import latest
    from agro.store.values import from_epoch
    from sensors.feeds.city_assets import KINDS
    from sensors.quantities import QUANTITIES

    if kind and kind not in KINDS:
        raise BadInput([f"--kind: {kind!r} is no kind; {nearest(kind, KINDS)}"])
    with city_store(configured()) as engine, engine.connect() as c:
        codes = [one.code for one in farms.communes(c)]
        if commune and commune not in codes:
            raise BadInput([f"--commune: {commune!r} is no commune; {nearest(commune, codes)}"])
        found = stored(c, kind=kind or None, commune=commune or None)
        values: dict[str, list[dict[str, Any]]] = {}
        for row in latest(c).to_dict("records"):
            unit = QUANTITIES[row["quantity"]].unit
            own = {name: row[name] for name in ("quantity", "value", "flag")}
            at = from_epoch(int(row["time"]))
            values.setdefault(row["device"], []).append({**own, "unit": unit, "time": at})
    if as_json:
        told = [{**asdict(one), "values": values.get(one.device, [])} for one in found]
        answer_json([{k: v for k, v in row.items() if k != "locality"} for row in told])
        return
    columns = ("id", "kind", "name", "commune", "mode", "source", "newest values")
    rows = (
        [
            *(one.device, one.kind, one.name, one.commune, one.mode, one.source),
            _said(values.get(one.device, [])),
        ]
        for one in found
    )
    answer_table("equipment", columns, rows)


def _said(values: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['quantity']} {one['value']:g} {one['unit']}" for one in values)


@app.command()
def communes(at: At = "", as_json: Json = False) -> None:
    """Each commune now or then: lights, car parks, traffic, buildings, sun, air, soils."""
    from agro.city.reading import communes_now
    from agro.config import now
    from agro.store.values import time_zone

    with city_store(configured()) as engine, engine.connect() as c:
        moment = moment_of(at, time_zone(c), "--at") or now()
        found = communes_now(c, moment)
    if as_json:
        answer_json([_state(one) for one in found])
        return
    rows = (
        [one.commune.code, one.commune.name, layer, *_told(figure)]
        for one in found
        for layer, figure in one.figures.items()
    )
    columns = ("code", "commune", "layer", "value", "of", "unit", "from", "mode", "oldest")
    answer_table("communes", columns, rows)


def _state(one: "CommuneState") -> dict[str, Any]:
    figures = {name: asdict(figure) for name, figure in one.figures.items()}
    return {
        "code": one.commune.code,
        "name": one.commune.name,
        "sites": one.sites,
        "plots": one.plots,
        "figures": figures,
    }


def _told(figure: "Figure") -> list[Any]:
    heard = f"{figure.assets} of {figure.known}"
    modes = ", ".join(figure.modes)
    return [figure.value, figure.whole, figure.unit, heard, modes, figure.observed_at]


@app.command()
def subscribe(notify: Notify) -> None:
    """Let the city's context broker notify us of all equipment that we can read."""
    from agro.city.subscribing import subscribe as ask

    is_new = ask(configured(), notify)
    answer("subscribed" if is_new else "the subscription is up to date")
