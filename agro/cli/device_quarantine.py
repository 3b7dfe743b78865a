"""`agro device waiting`, `accept` and `forget`: devices that send but are not registered."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.device_register import (
    AsJson,
    Called,
    Depths,
    Name,
    Plot,
    Site,
    depths_of,
    register_store,
    save,
)
from agro.cli.door import acting_here
from agro.cli.moments import Since
from agro.cli.output import answer, answer_json, answer_table, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agro.store.quarantine import Waiting


def register(registry: typer.Typer) -> None:
    """Add these commands."""
    for command in (waiting, accept, forget):
        registry.command()(command)


def waiting(as_json: AsJson = False) -> None:
    """The devices that send but are not registered, and what they may be."""
    from agro.store import quarantine

    with register_store() as engine, engine.connect() as c:
        rows: list[dict[str, Any]] = [
            {
                "device": one.device,
                "eui": one.eui,
                "network": one.network,
                "models": list(quarantine.guessed(one).models),
                "messages": one.messages,
                "first": one.first,
                "last": one.last,
            }
            for one in quarantine.waiting(c)
        ]
    if as_json:
        answer_json(rows)
        return
    names = ("device", "eui", "network", "models", "messages", "first", "last")
    shown = ([{**row, "models": ", ".join(row["models"])}[name] for name in names] for row in rows)
    answer_table("Devices that wait: agro device accept NAME --site S", names, shown)


def accept(
    name: Name,
    site: Site,
    plot: Plot = "",
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="As `agro models` lists it; else as it seems.")
    ] = "",
    depths: Depths = "",
    called: Called = "",
    since: Since = "",
) -> None:
    """Register a device that waits, and store what it has sent so far."""
    from agro.records import Device
    from agro.store import quarantine

    with register_store() as engine, engine.connect() as c:
        found = quarantine.waiting(c)
    one = _waiting_as(name, found)
    known = model or _only_model(one)
    new = Device(one.device, one.eui, known, site, plot, called or one.device, depths_of(depths))
    save(new, since)


def _waiting_as(name: str, found: "Sequence[Waiting]") -> "Waiting":
    by_name = {one.device: one for one in found} | {one.eui: one for one in found if one.eui}
    if name not in by_name:
        near = nearest(name, by_name) if by_name else "none does now"
        raise BadInput([f"NAME: no device {name!r} waits; {near}"])
    return by_name[name]


def _only_model(one: "Waiting") -> str:
    """The model a waiting device must be; "" for one that needs none."""
    from agro.store import quarantine

    found = quarantine.guessed(one)
    models = found.models
    if len(models) == 1 or not found.needs_model:
        return models[0] if models else ""
    fit = f"may be {' or '.join(models)}" if models else "is none that we can read"
    raise BadInput([f"--model: {one.device} {fit}; say which, as `agro models` lists it"])


def forget(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Delete what a device that waits has sent; when it sends again, it waits again."""
    import sys

    from agro.store import quarantine

    with register_store() as engine:
        with engine.connect() as c:
            one = _waiting_as(name, quarantine.waiting(c))
        told = f"{one.messages} messages of {one.device} will be deleted for good"
        if not yes and not sys.stdin.isatty():
            raise BadInput([f"{told}; add --yes"])
        if not yes and not typer.confirm(f"{told}. Delete them?"):
            tell("nothing was deleted")
            return
        told_of = {"forget": one.device}
        with acting_here(engine, "device.write", "", told_of) as c:
            gone = quarantine.forget(c, one.device)
    answer(f"{gone} messages of {one.device} are deleted")
