"""`agro device move`, `replace` and `history`: where devices stand, and stood."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from agro.cli.device_register import (
    AsJson,
    Depths,
    Eui,
    Name,
    depths_of,
    faults_of,
    register_store,
    tell_of,
)
from agro.cli.door import acting_here
from agro.cli.moments import Since, moment_of
from agro.cli.output import answer, answer_json, answer_table, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from sqlalchemy import Connection, Engine

    from agro.records import Device
    from agro.store.calibrations import Calibration

_Made = TypeVar("_Made")


def register(registry: typer.Typer) -> None:
    """Add these commands."""
    for command in (move, replace_, history):
        registry.command(command.__name__.rstrip("_"))(command)


def move(
    name: Name,
    site: Annotated[str, typer.Option(metavar="S", help="Slug of its new site.")] = "",
    plot: Annotated[
        str | None, typer.Option(metavar="PLOT", help="Slug of its new plot; '' = whole site.")
    ] = None,
    depths: Depths = "",
    since: Since = "",
) -> None:
    """A device stands elsewhere, or deeper, since TIME (now); its past stays where it was."""
    from agro.access.records import of_device
    from agro.store import farms

    if not site and plot is None and not depths:
        raise BadInput(["agro device move: nothing to change; give --site, --plot or --depths"])
    with register_store() as engine:
        old, zone = known(engine, name)
        moved = replace(
            old,
            site=site or old.site,
            plot=plot if plot is not None else "" if site else old.plot,
            depths=depths_of(depths) or old.depths,
        )
        at = moment_of(since, zone)
        with engine.connect() as c:
            lines = faults_of(c, moved)
        if lines:
            raise BadInput(lines)
        of, what = of_device(name, moved.site), {"move": name, "plot": moved.plot}
        with acting_here(engine, "device.write", of, what) as c:
            done = or_bad(lambda: farms.save_device(c, moved, since=at))
            kept = _still_calibrated(c, name)
    place = f", plot {moved.plot}" if moved.plot else ""
    deep = f" at {', '.join(f'{depth:g}' for depth in moved.depths)} cm" if moved.depths else ""
    answer(f"{name} stands on {moved.site}{place}{deep}")
    tell_of(done)
    tell(
        f"its calibration of {one} goes on; end it if it was made for the old soil" for one in kept
    )


def replace_(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The device that goes.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The device in its place.")],
    model: Annotated[str, typer.Option(metavar="MODEL", help="Else the old one's.")] = "",
    eui: Eui = "",
    depths: Depths = "",
    since: Since = "",
) -> None:
    """NEW stands where OLD stood, since TIME (now); what OLD measured stays its own."""
    from agro.access.records import of_device
    from agro.config import now
    from agro.store import farms, quarantine, things

    if old == new:
        raise BadInput([f"NEW: {new!r} is the old one; tell its new EUI with agro device add"])
    with register_store() as engine:
        gone, zone = known(engine, old)
        at = moment_of(since, zone) or now()
        with engine.connect() as c:
            other = things.device_named(c, new)
            euis = {one.device: one.eui for one in quarantine.waiting(c)}
            fresh = replace(
                gone,
                device=new,
                eui=eui or (other.eui if other else euis.get(new, "")),
                model=model or (other.model if other else gone.model),
                depths=depths_of(depths) or gone.depths,
            )
            lines = faults_of(c, fresh)
        if lines:
            raise BadInput(lines)
        what = {"replace": old, "by": new}
        with acting_here(engine, "device.write", of_device(old), what) as c:
            or_bad(lambda: things.take_away(c, old, at))
            notes = f"replaces {old}"
            done = or_bad(lambda: farms.save_device(c, fresh, since=at, notes=notes))
    place = f", plot {fresh.plot}" if fresh.plot else ""
    answer(f"{new} stands in the place of {old} on {fresh.site}{place}")
    tell_of(done)


def history(name: Name, as_json: AsJson = False) -> None:
    """Where a device stood, as what, and how it was calibrated."""
    from agro.store import calibrations, deployments
    from agro.store.values import from_epoch

    with register_store() as engine, engine.connect() as c:
        _device(c, name)
        stays = [
            {
                "since": from_epoch(stay.since) if stay.since else None,
                "until": None if stay.until is None else from_epoch(stay.until),
                "site": stay.site,
                "plot": stay.plot,
                "eui": stay.eui,
                "model": stay.model,
                "depths": list(stay.depths),
                "notes": stay.notes,
            }
            for stay in deployments.history(c, name)
        ]
        kept = [_document(one) for one in calibrations.of(c, name)]
    if as_json:
        answer_json({"device": name, "deployments": stays, "calibrations": kept})
        return
    names = ("since", "until", "site", "plot", "model", "eui", "depths", "notes")
    answer_table(f"Where {name} stood", names, ([_cell(row[n]) for n in names] for row in stays))
    if kept:
        rows = ([_cell(value) for value in row.values()] for row in kept)
        answer_table("Its calibrations", list(kept[0]), rows)


def _document(one: "Calibration") -> dict[str, Any]:
    return {
        "quantity": one.quantity,
        "depth_cm": one.depth_cm,
        "since": one.since,
        "until": one.until,
        "kind": one.kind,
        "coefficients": list(one.coefficients),
        "source": one.source,
    }


def _cell(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return "; ".join(
        f"{one:g}" if isinstance(one, float | int) else " → ".join(f"{part:g}" for part in one)
        for one in value
    )


def known(engine: "Engine", name: str) -> "tuple[Device, tzinfo]":
    """The device of this name, and the city's zone."""
    from agro.store import values

    with engine.connect() as c:
        return _device(c, name), values.time_zone(c)


def _device(c: "Connection", name: str) -> "Device":
    from agro.store import farms, things

    found = things.device_named(c, name)
    if found is None:
        near = nearest(name, [device.device for device in farms.devices(c)])
        raise BadInput([f"NAME: no device {name!r} is registered; {near}"])
    return found


def _still_calibrated(c: "Connection", name: str) -> list[str]:
    from agro.store import calibrations

    return sorted({one.quantity for one in calibrations.of(c, name) if one.until is None})


def or_bad(act: "Callable[[], _Made]", option: str = "--since") -> _Made:
    """What `act` gives; what it refuses is bad input."""
    try:
        return act()
    except ValueError as error:
        raise BadInput([f"{option}: {error}"]) from error
