"""`agro flag`: the quality flags of what is stored, set again, and what they come to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.city import city_store
from agro.cli.output import Gathered, answer, answer_json, answer_table, configured, nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from agro.store.assessment.rounds import Progress

_BEGINNING = datetime.fromtimestamp(0, UTC)
_COUNTS = ("observations", "suspect", "failed", "missing")


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(flag)


def flag(
    site: Annotated[str, typer.Option(metavar="S", help="Devices of this site only.")] = "",
    device: Annotated[str, typer.Option(metavar="D", help="This device only.")] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Flags from then on; else all.")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="Count until then; else until now.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Set quality flags again from what is stored, and count what each test found.

    Values are never changed, and where nothing else was noted since, no flag is either.
    """
    from agro.cli.season_demo import on_demo_clock
    from agro.store.assessment import TESTS, assess_again, flag_counts

    with city_store(on_demo_clock(configured())) as engine:
        with engine.connect() as c:
            start, end = _span(c, since, until)
            devices = _devices(c, site, device)
        with _progress(len(devices)) as progress:
            done = assess_again(engine, devices, int(start.timestamp()), progress)
        with engine.connect() as c:
            counts = flag_counts(c, devices, start, end)
    if as_json:
        rows = counts.to_dict("records")
        answer_json({"changed": done.changed, "failed_devices": done.left, "datastreams": rows})
        return
    _answer(counts, TESTS)
    answer(f"{done.changed} flags changed")


def _answer(counts: "pd.DataFrame", tests: Sequence[str]) -> None:
    """A row for each quantity, and a column for each test that found anything."""
    by_quantity = counts.drop(columns=["device", "depth_cm"]).groupby("quantity").sum()
    found = [name for name in tests if by_quantity[name].any()]
    columns = [*_COUNTS, *found]
    rows = [[row[0], *map(int, row[1:])] for row in by_quantity[columns].itertuples()]
    answer_table("Quality flags", ("quantity", *columns), rows)


def _span(c: "Connection", since: str, until: str) -> tuple[datetime, datetime]:
    from agro.cli.moments import moment_of
    from agro.config import now
    from agro.store.values import time_zone

    zone, gathered = time_zone(c), Gathered()
    start = gathered.of(lambda: moment_of(since, zone, "--from")) or _BEGINNING
    end = gathered.of(lambda: moment_of(until, zone, "--to")) or now() + timedelta(days=1)
    gathered.check()
    if end <= start:
        raise BadInput([f"--to: {until or 'now'} is not after --from {since}; correct one"])
    return start, end


def _devices(c: "Connection", site: str, device: str) -> list[str]:
    """The devices asked for: all that stand somewhere, or one, which may have been taken away."""
    from agro.store import farms, things

    sites = [one.slug for one in farms.sites(c)]
    if site and site not in sites:
        raise BadInput([f"--site: {site!r} does not exist; {nearest(site, sites)}"])
    if device:
        one = things.device_named(c, device)
        if one is None:
            names = [known.device for known in farms.devices(c)]
            line = f"--device: {device!r} is not registered; {nearest(device, names)}"
            raise BadInput([line])
        if site and one.site != site:
            raise BadInput([f"--device: {device!r} stands on {one.site}, not on {site}"])
        return [one.device]
    return [one.device for one in farms.devices(c, site or None)]


@contextmanager
def _progress(total: int) -> "Iterator[Progress]":
    """A bar on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("flags of devices", total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)
