"""`agro energy …`: waterings in the surplus of the sun, and what advised watering pays back."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from agro.cli.city import city_store
from agro.cli.energy_given import assumptions_of, fans_of, legal_of
from agro.cli.output import answer, answer_json, answer_table, configured, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.energy.plan import Day
    from agro.energy.production import Production
    from agro.energy.returns import Return
    from agro.indicators.scope import Scope
    from models.energy.pv import Plant

app = typer.Typer(help="Energy of the farms: its hours, and what is spared.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Assume = Annotated[
    list[str] | None, typer.Option(metavar="NAME=VALUE", help="A known number, instead of assumed.")
]
Language = Literal["fr", "en"]


@app.command("return")
def return_(
    scope: Annotated[
        str, typer.Option(metavar="PLACE", help="city, commune:CODE, site:SLUG, plot:SITE/SLUG.")
    ] = "city",
    start: Annotated[str, typer.Option("--from", metavar="D", help="First day.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="D", help="Last day, at most today.")] = "",
    assume: Assume = None,
    language: Annotated[Language, typer.Option(help="Of the table.")] = "en",
    as_json: Json = False,
) -> None:
    """Water, energy, hours and euros that advice spared against a fixed timer."""
    from agro.cli.chain_given import today
    from agro.energy.returns import returns, row

    place, numbers = _scope(scope), assumptions_of(assume or [])
    with city_store(configured()) as engine, engine.connect() as c:
        last = min(_day(end, "--to") or today(c), today(c))
        first = _day(start, "--from") or date(last.year, 1, 1)
        if first > last:
            raise BadInput([f"--from: {first} is after the last day, {last}; change one of them"])
        _check(c, place)
        found = returns(c, place, (first, last), numbers)
    if as_json:
        answer_json(row(found))
    else:
        _answer_return(found, language)


@app.command()
def plan(
    site: Annotated[str, typer.Option(metavar="SITE", help="Whose waterings of today.")],
    peak: Annotated[float, typer.Option(metavar="KW", help="Peak power of the plant.")],
    tilt: Annotated[float, typer.Option(metavar="DEG", help="Of the modules.")] = 30.0,
    azimuth: Annotated[float, typer.Option(metavar="DEG", help="180 looks south.")] = 180.0,
    used: Annotated[float, typer.Option(metavar="KW", help="That others use of it.")] = 0.0,
    legal: Annotated[
        list[str] | None, typer.Option(metavar="HH:MM-HH:MM", help="Hours an order leaves open.")
    ] = None,
    fan: Annotated[
        list[str] | None, typer.Option(metavar="NAME=KW,MIN,HOURS", help="A fan to run as well.")
    ] = None,
    assume: Assume = None,
    as_json: Json = False,
) -> None:
    """Today's advised waterings, put where the sun's surplus is, within the system's hours."""
    from agro.cli.records_file import site_named
    from agro.config import now
    from agro.energy.plan import ALL_DAY, loads_of, plan_day
    from agro.energy.production import production_ahead
    from agro.store import decisions, farms
    from agro.store.values import time_zone

    numbers, fans, open_ = assumptions_of(assume or []), fans_of(fan or []), legal_of(legal or [])
    if not peak > 0.0:
        raise BadInput([f"--peak: {peak:g} kW is no plant; give more than 0"])
    with city_store(configured()) as engine, engine.connect() as c:
        site_named(c, site)
        zone, at = time_zone(c), now()
        on = at.astimezone(zone).date()
        plant = replace(_plant(c, site, peak), tilt=tilt, azimuth=azimuth)
        made = production_ahead(c, site, plant, at, first=on)
        if made is None:
            raise BadInput([f"--site: {site} has no forecast of the sun for {on}; run agro feed"])
        loads = loads_of(
            [o for o in decisions.latest(c, site) if o.issued_at.astimezone(zone).date() == on],
            {one.slug: one for one in farms.plots(c, site)},
            {one.slug: one for one in farms.irrigation_systems(c, site)},
            numbers,
            at=at,
            zone=zone,
            legal=open_ or ALL_DAY,
        )
    found = plan_day([*loads, *fans], made, used)
    midnight = datetime.combine(on, time(), zone)
    if as_json:
        answer_json(_plan_row(found, made, midnight))
    else:
        _answer_plan(found, midnight)


def _plant(c: "Connection", site: str, peak: float) -> "Plant":
    """A plant beside a garden."""
    from agro.store import farms
    from models.energy.pv import Plant

    own = next(one for one in farms.sites(c) if one.slug == site)
    return Plant(own.latitude, own.longitude, peak, own.elevation)


def _scope(text: str) -> "Scope":
    from agro.indicators.scope import scope_of

    try:
        return scope_of(text)
    except ValueError as error:
        raise BadInput([f"--scope: {error}"]) from error


def _check(c: "Connection", scope: "Scope") -> None:
    """Refuse a place that is not in the store."""
    from agro.store import farms

    known = {
        "city": [""],
        "commune": [one.code for one in farms.communes(c)],
        "site": [one.slug for one in farms.sites(c)],
        "plot": [f"{one.site}/{one.slug}" for one in farms.plots(c)],
    }[scope.level]
    if scope.key not in known:
        line = f"--scope: {scope.level} {scope.key!r} does not exist; {nearest(scope.key, known)}"
        raise BadInput([line])


def _day(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInput([f"{option}: {text!r} is not a day; write 2026-12-31"]) from error


def _answer_return(found: "Return", language: Language) -> None:
    from agro.words.energy import assumption_name, formula, result_name, told_of
    from models.energy.payback import NAMES

    spared = found.spared
    answer_table(
        f"{found.scope}, {found.start} – {found.end}",
        ("result", "low", "likeliest", "high", "how"),
        [
            (result_name(name, language), o.low, o.middle, o.high, formula(name, language))
            for name in spared.__slots__
            for o in [getattr(spared, name)]
        ],
    )
    answer_table(
        "assumptions (--assume NAME=VALUE)",
        ("name", "meaning", "value", "low", "high", "unit", "source"),
        [
            (name, assumption_name(name, language), o.value, o.low, o.high, o.unit, o.source)
            for name in NAMES
            for o in [getattr(found.assumptions, name)]
        ],
    )
    answer(told_of(found.plots, found.known, len(found.sources), language))


def _plan_row(found: "Day", made: "Production", midnight: datetime) -> dict[str, Any]:
    from dataclasses import asdict

    from agro.energy.plan import clock

    return {
        "runs": [
            {"plot": one.load, "start": clock(one.start, midnight), "end": clock(one.end, midnight)}
            for one in found.plan.runs
        ],
        "left": list(found.left),
        "proved": found.plan.proved,
        "energy_kwh": found.plan.energy,
        "likely": asdict(found.likely),
        "low": asdict(found.low) if found.low else None,
        "high": asdict(found.high) if found.high else None,
        "sun": {
            "source": made.source,
            "issued_at": made.issued_at,
            "errors": made.errors,
            "kw": {name: getattr(made, name).tolist() for name in ("low", "middle", "high")},
        },
    }


def _answer_plan(found: "Day", midnight: datetime) -> None:
    from agro.energy.plan import clock

    answer_table(
        f"waterings in the sun, {midnight:%Y-%m-%d}",
        ("plot", "from", "to"),
        [(r.load, clock(r.start, midnight), clock(r.end, midnight)) for r in found.plan.runs],
    )
    tell(f"{name}: does not fit into its hours; it stays as advised" for name in found.left)
    one = found.likely
    moved = f"{one.shifted:.2f} kWh of {found.plan.energy:.2f} moved into the sun"
    answer(f"{moved}, worth {one.value:.2f} EUR")
