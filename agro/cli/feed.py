"""`agro feed weather|list`: outside sources, asked now, and how they stand."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.city import city_store
from agro.cli.output import answer_json, answer_table, configured, nearest
from agro.errors import AgroError, BadInput

if TYPE_CHECKING:
    from agro.records import Site

app = typer.Typer(help="Outside sources: weather services.", no_args_is_help=True)

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
