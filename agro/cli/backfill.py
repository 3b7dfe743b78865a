"""`agro backfill`: what is missing in the frame counters, fetched from the network's storage."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.city import city_store
from agro.cli.output import Gathered, answer, answer_json, configured, nearest, tell
from agro.errors import AgroError, BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.backfill import Filled, Storages
    from agro.config import Settings
    from agro.store.frame_gaps import Wanted


def register(app: typer.Typer) -> None:
    """Add these commands; the child is hidden: it is started by `agro serve`."""
    app.command()(backfill)
    app.command(hidden=True)(backfiller)


def backfill(
    device: Annotated[str, typer.Option(metavar="DEVICE", help="Of this device only.")] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="All since then, gap or no gap.")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="With --from: until then; else now.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Fetch what is missing from The Things Stack's storage, now; exits 1 if it does not answer."""
    from agro.backfill import fill

    settings = configured()
    gathered = Gathered()
    storages = gathered.of(lambda: storages_of(settings, needed=True))
    with city_store(settings) as engine:
        with engine.connect() as c:
            wanted = gathered.of(lambda: _wanted(c, device, _span(c, since, until)))
        gathered.check()
        if storages is None or wanted is None:
            return
        with storages:
            done = fill(engine, storages, wanted, tell=tell)
    if as_json:
        answer_json(asdict(done))
    else:
        answer(_told(done))
    if done.trouble:
        raise AgroError("\n".join(done.trouble))


def storages_of(settings: "Settings", *, needed: bool = False) -> "Storages":
    """The configured storages.

    Raises
    ------
    BadInput  The address or a key cannot be used, or is `needed` and not set.
    """
    from agro.backfill import Storages

    try:
        found = Storages(settings)
    except ValueError as error:
        raise BadInput([str(error)]) from error
    if needed and not found.usable:
        name, example = "AGRO_TTS_KEY", "an API key that may read the application's traffic"
        if not found.url:
            name, example = "AGRO_TTS_URL", "https://eu1.cloud.thethings.network"
        raise BadInput([f"{name}: is not set; write {example}"])
    return found


def _span(c: "Connection", since: str, until: str) -> tuple[int, int] | None:
    """The span that was asked for [epoch s]; None for the gaps alone."""
    from agro.cli.moments import moment_of
    from agro.config import now
    from agro.store.values import time_zone, to_epoch

    zone, gathered = time_zone(c), Gathered()
    start = gathered.of(lambda: moment_of(since, zone, "--from"))
    end = gathered.of(lambda: moment_of(until, zone, "--to"))
    gathered.check()
    if start is None and end is None:
        return None
    if start is None:
        raise BadInput(["--to: needs --from; say from when"])
    end = end or now()
    if end <= start:
        raise BadInput([f"--to: {until or 'now'} is not after --from {since}; correct one"])
    return to_epoch(start), to_epoch(end)


def _wanted(c: "Connection", device: str, span: tuple[int, int] | None) -> "list[Wanted]":
    from agro.store import farms, frame_gaps

    if device:
        names = [one.device for one in farms.devices(c)]
        if device not in names:
            raise BadInput([f"--device: {device!r} is not registered; {nearest(device, names)}"])
    if span is None:
        return frame_gaps.due(c, None, device=device)
    found = frame_gaps.heard(c, *span, device=device)
    if device and not found:
        line = f"--device: {device!r} was never heard through The Things Stack; nobody can be asked"
        raise BadInput([line])
    return found


def _told(done: "Filled") -> str:
    """What a round came to, in one line."""
    return (
        f"gaps: {done.gaps}; missing frames found: {done.found}, not found: {done.missing}, given "
        f"up of these: {done.given_up}; messages fetched: {done.messages}, rows stored: "
        f"{done.rows}, new problems: {done.problems}"
    )


def backfiller() -> None:
    """Gaps are filled as they become due."""
    import logging
    import signal
    from threading import Event

    from agro import logs
    from agro.cli.output import store

    settings = configured()
    logs.configure(settings.log, logging.WARNING, "backfill")
    from agro.backfill import run

    storages_of(settings)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with store(settings.database) as engine:
        run(engine, settings, stop)
