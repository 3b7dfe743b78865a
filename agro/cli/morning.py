"""`agro advise`: what every bed needs."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.output import answer_json, answer_table, configured, nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.config import Settings
    from agro.records import Advice

_CODES = ("site", "plot", "issued_at", "decision", "when", "depth_mm", "litres", "minutes")
_FACTS = ("reason", "depletion_mm", "raw_mm", "taw_mm", "chance_of_stress", "sources", "data_age_h")
_PLAN = ("day", "et_mm", "rain_mm", "irrigation_mm", "depletion_mm", "low", "high")
_BESIDE = ("crop", "confidence", "cautions")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(advise)


def advise(
    site: Annotated[
        str | None, typer.Option(metavar="S", help="Slug of one site; else all.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As known at 2026-07-20T05:00Z; else now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    workers: Annotated[
        int, typer.Option(metavar="N", min=0, help="Processes on this machine; 0 = this one.")
    ] = 0,
    scheduler: Annotated[
        str,
        typer.Option(metavar="URL", help="Of a Dask scheduler; its workers read the same store."),
    ] = "",
) -> None:
    """Water or not, how much, when and why: for every bed, from the records as they stand."""
    from agro.cli.season_demo import on_demo_clock
    from agro.config import now
    from agro.store import farms

    settings = on_demo_clock(configured())
    moment = now() if at is None else _time(at)
    with city_store(settings) as engine, engine.connect() as c:
        sites = [one.slug for one in farms.sites(c)]
        if site is not None and site not in sites:
            raise BadInput([f"--site: {site!r} does not exist; {nearest(site, sites)}"])
    wanted = sites if site is None else [site]
    quiet = as_json or not (workers or scheduler)
    found = _advised(settings, wanted, moment, workers, scheduler, quiet=quiet)
    if as_json:
        answer_json([document(one) for one in found])
        return
    names = ("site", "plot", "decision", "when", "litres", "minutes", "reason")
    rows = ([getattr(one, name) for name in names] for one in found)
    answer_table(f"Advice of {moment:%Y-%m-%dT%H:%MZ}", names, rows)


def _advised(
    settings: "Settings",
    sites: list[str],
    at: datetime,
    workers: int,
    scheduler: str,
    *,
    quiet: bool,
) -> "list[Advice]":
    from agro.cli.progress import progress
    from agro.scale.morning import advise_city
    from agro.scale.pool import pool

    if scheduler and workers:
        raise BadInput(["--scheduler brings its own workers; leave --workers out"])
    # Workers elsewhere know their own way to the store; this one's may hold a password.
    database = "" if scheduler else settings.database
    with pool(scheduler, workers) as run, progress("advice", quiet=quiet) as told:
        return advise_city(
            sites,
            at,
            database=database,
            run=run,
            workers=workers,
            told=lambda done: told("beds advised", done, 0),
        )


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        line = f"--at: {text!r} is not a time; write it as 2026-07-20T05:00:00Z"
        raise BadInput([line]) from error
    if found.tzinfo is None:
        raise BadInput([f"--at: {text!r} has no time zone; write it as {text}Z for UTC"])
    return found.astimezone(UTC)


def document(advice: "Advice") -> dict[str, Any]:
    """An advice under the contract's keys."""
    return {
        **{name: getattr(advice, name) for name in (*_CODES, *_FACTS, *_BESIDE)},
        "plan": [{name: getattr(day, name) for name in _PLAN} for day in advice.plan],
    }
