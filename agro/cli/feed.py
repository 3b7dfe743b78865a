"""`agro feed …`: outside sources, asked now, and how they stand."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agro.cli.city import city_store
from agro.cli.output import answer_json, answer_table, configured, nearest
from agro.errors import AgroError, BadInput

if TYPE_CHECKING:
    from agro.feeds import Outcome
    from agro.records import Site

app = typer.Typer(
    help="Outside sources: weather, drought orders, rivers and air, the city.", no_args_is_help=True
)

OneSite = Annotated[str, typer.Option("--site", metavar="S", help="Of this site only.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def weather(site: OneSite = "", as_json: Json = False) -> None:
    """Ask now: Open-Meteo, and Météo-France where its key is set; exits 1 if one fails.

    Open-Meteo is told the position of each site; without a key it is free for non-commercial use.
    """
    from agro.config import clock_is_simulated, now
    from agro.feeds import Asking, fetch_weather, gardens, sources_of
    from agro.store.values import time_zone
    from sensors.feeds.fetching import Fetcher

    settings = configured()
    if clock_is_simulated():
        line = "AGRO_CLOCK: is a demo's, whose weather is simulated too; unset it to ask a service"
        raise BadInput([line])
    sources = sources_of(settings, consented=True)
    with city_store(settings) as engine, Fetcher() as fetcher:
        with engine.connect() as c:
            zone = time_zone(c)
        done = []
        for one in _wanted(gardens(engine), site):
            due = frozenset(sources.keys)
            done += fetch_weather(Asking(engine, fetcher, sources, one, zone, now(), due))
    if as_json:
        answer_json([asdict(one) for one in done])
    else:
        columns = ("site", "source", "state", "days", "members", "age h", "licence")
        rows = (
            [one.site, one.source, one.state, one.days, one.members, one.age_h, one.licence]
            for one in done
        )
        answer_table("asked now", columns, rows)
    failed = [f"{one.source}, {one.site}: {one.reason}" for one in done if one.state == "failed"]
    if failed:
        raise AgroError("\n".join(failed))


@app.command()
def orders(
    site: OneSite = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="F", help="An answer that was saved.")
    ] = None,
    water: Annotated[
        Literal["AEP", "SOU", "SUP"] | None,
        typer.Option("--water", help="Of the file: mains, groundwater or surface."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask VigiEau now for the drought orders at each bed; exits 1 if a question fails.

    VigiEau is told positions to a hundred metres. With --file an answer is taken as it stands.
    """
    from agro.cli.feed_orders import asked_orders, filed_order
    from agro.feeds import gardens

    settings = configured()
    with city_store(settings) as engine:
        sites = _wanted(gardens(engine), site)
        if file is not None:
            done = filed_order(engine, sites, file, water)
        else:
            done = asked_orders(engine, settings, sites)
    _tell(done, as_json=as_json)


@app.command(name="water")
def water_(as_json: Json = False) -> None:
    """Ask now for rivers, water tables and air: AGRO_RIVERS, AGRO_WATER_TABLES, AGRO_AIR.

    They are early warnings, never a statement of what is allowed.
    """
    from threading import Event

    from agro.config import now
    from agro.feeds.early import fetch_early, is_asked
    from sensors.feeds.fetching import Fetcher

    settings = configured()
    if not is_asked(settings):
        raise BadInput(["AGRO_RIVERS, AGRO_WATER_TABLES, AGRO_AIR: none is set; name a station"])
    with city_store(settings) as engine, Fetcher() as fetcher:
        _tell(
            fetch_early(engine, fetcher, settings, Event(), at=now(), only_due=False),
            as_json=as_json,
        )


@app.command()
def city(as_json: Json = False) -> None:
    """Ask now for what the city's own systems tell: equipment, car parks, public transport.

    AGRO_NGSI_LD_URL, AGRO_SENSOR_THINGS_URL, AGRO_CAR_PARKS_URL and AGRO_TRANSIT_…_URL name them.
    """
    from threading import Event

    from agro.config import now
    from agro.feeds.equipment import fetch_equipment, is_asked, unnamed
    from sensors.feeds.fetching import Fetcher

    settings = configured()
    if not is_asked(settings):
        raise BadInput(["AGRO_CAR_PARKS_URL and the others: none is set; name an address"])
    with city_store(settings) as engine, Fetcher() as fetcher:
        if left_out := unnamed(engine, settings):
            raise BadInput([f"city.toml, feeds: add {', '.join(left_out)}, or unset its address"])
        done = fetch_equipment(engine, fetcher, settings, Event(), at=now(), only_due=False)
        _tell(done, as_json=as_json)


@app.command()
def reports(as_json: Json = False) -> None:
    """Hand on what waits to the city's own reporting system, and read there what has changed.

    AGRO_OPEN311_URL names it, AGRO_OPEN311_FORWARD says whether reports are handed on.
    """
    from agro.config import now
    from agro.feeds.forwarding import forward_reports
    from agro.feeds.reports import fetch_reports, is_asked
    from sensors.feeds.fetching import Fetcher

    settings = configured()
    if not is_asked(settings):
        raise BadInput(["AGRO_OPEN311_URL: is not set; name the system's address"])
    with city_store(settings) as engine, Fetcher() as fetcher:
        done = fetch_reports(engine, fetcher, settings, now(), only_due=False)
        _tell(done + forward_reports(engine, fetcher, settings, now()), as_json=as_json)


def _tell(done: "list[Outcome]", *, as_json: bool) -> None:
    """How asking went; raises where a question failed."""
    if as_json:
        answer_json([asdict(one) for one in done])
    else:
        columns = ("site", "source", "state", "age h", "licence")
        rows = ([one.site, one.source, one.state, one.age_h, one.licence] for one in done)
        answer_table("asked now", columns, rows)
    failed = [f"{one.source}, {one.site}: {one.reason}" for one in done if one.state == "failed"]
    if failed:
        raise AgroError("\n".join(failed))


def _wanted(sites: "list[Site]", name: str) -> "list[Site]":
    if not name:
        return sites
    found = [one for one in sites if one.slug == name]
    if not found:
        hint = nearest(name, [one.slug for one in sites])
        raise BadInput([f"--site: {name!r} is no site with beds; {hint}"])
    return found


@app.command(name="list")
def list_(site: OneSite = "", as_json: Json = False) -> None:
    """Every source that was asked: its last good answer, its age, its licence."""
    from agro.store import feeds

    with city_store(configured()) as engine, engine.connect() as c:
        found = feeds.sources(c, site or None)
    if as_json:
        answer_json([asdict(one) for one in found])
        return
    columns = ("site", "source", "mode", "fetched", "failures", "reason", "licence", "attribution")
    rows = (
        [
            one.site,
            one.source,
            one.mode,
            one.fetched_at,
            one.failures,
            one.reason,
            one.licence,
            one.attribution,
        ]
        for one in found
    )
    answer_table("outside sources", columns, rows)
