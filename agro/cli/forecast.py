"""`agro forecast`: what every planting will give, and when."""

from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.moments import moment_of
from agro.cli.output import answer_json, answer_table, configured, nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    from agro.records import YieldForecast

_CODES = ("site", "plot", "crop", "variety", "planted", "issued_at")
_NUMBERS = ("low", "middle", "high", "area", "start", "end", "model", "factors", "sources")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(forecast)


def forecast(
    site: Annotated[
        str | None, typer.Option(metavar="S", help="Slug of one site; else all.")
    ] = None,
    at: Annotated[
        str, typer.Option(metavar="TIME", help="As known at 2026-07-20T05:00Z; else now.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """How much each planting will give, with an 80 % interval, when, and what moved it."""
    from agro.cli.progress import progress
    from agro.cli.season_demo import on_demo_clock
    from agro.config import now
    from agro.forecast import forecast as of
    from agro.store import farms
    from agro.store.values import time_zone

    settings = on_demo_clock(configured())
    with (
        city_store(settings) as engine,
        engine.connect() as c,
        progress("yield forecast", quiet=as_json) as told,
    ):
        moment = moment_of(at, time_zone(c), "--at") or now()
        sites = [one.slug for one in farms.sites(c)]
        if site is not None and site not in sites:
            raise BadInput([f"--site: {site!r} does not exist; {nearest(site, sites)}"])
        wanted = sites if site is None else [site]
        found: list[YieldForecast] = []
        for done, one in enumerate(wanted):
            told("sites forecast", done, len(wanted))
            found += of(c, site=one, at=moment)
    if as_json:
        answer_json([document(one) for one in found])
        return
    names = ("site", "plot", "crop", "kg/m²", "80 %", "kg", "in already kg", "from", "to", "model")
    answer_table(f"Yield forecast of {moment:%Y-%m-%dT%H:%MZ}", names, map(_row, found))


def document(one: "YieldForecast") -> dict[str, Any]:
    """A forecast as JSON: kg m⁻², and kg of the whole planting."""
    told: dict[str, Any] = {name: getattr(one, name) for name in (*_CODES, *_NUMBERS)}
    had = one.sources.get("harvested_kg")
    harvested = float("nan") if had is None else float(had)
    kg = {f"{name}_kg": getattr(one, name) * one.area for name in ("low", "middle", "high")}
    left = max(kg["middle_kg"] - harvested, 0.0) if isfinite(harvested) else kg["middle_kg"]
    return told | kg | {"harvested_kg": harvested, "remaining_kg": left}


def _row(one: "YieldForecast") -> list[Any]:
    known = document(one)
    between = f"{one.low:.2f}–{one.high:.2f}" if isfinite(one.middle) else None
    mass = [f"{known[name]:.0f}" if isfinite(known[name]) else None for name in _MASSES]
    return [one.site, one.plot, one.crop, one.middle, between, *mass, one.start, one.end, one.model]


_MASSES = ("middle_kg", "harvested_kg")
