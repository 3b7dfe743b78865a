"""`agro energy …`: waterings in the surplus of the sun, and what advised watering pays back."""

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agro.cli.city import city_store
from agro.cli.energy_given import assumptions_of, fans_of, legal_of
from agro.cli.language import known_language
from agro.cli.output import answer, answer_json, answer_table, configured, nearest, tell
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.energy.plan import SitePlan
    from agro.energy.production import Production
    from agro.energy.returns import Return
    from agro.energy.surplus import District
    from agro.indicators.scope import Scope
    from agro.records import Site
    from models.energy.pv import Plant

app = typer.Typer(help="Energy of the farms: its hours, and what is spared.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]
Assume = Annotated[
    list[str] | None, typer.Option(metavar="NAME=VALUE", help="A known number, instead of assumed.")
]


@app.command("return")
def return_(
    scope: Annotated[
        str, typer.Option(metavar="PLACE", help="city, commune:CODE, site:SLUG, plot:SITE/SLUG.")
    ] = "city",
    start: Annotated[str, typer.Option("--from", metavar="D", help="First day.")] = "",
    end: Annotated[str, typer.Option("--to", metavar="D", help="Last day, at most today.")] = "",
    assume: Assume = None,
    language: Annotated[
        str, typer.Option(metavar="L", callback=known_language, help="Of the table.")
    ] = "en",
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
    peak: Annotated[
        float | None,
        typer.Option(metavar="KW", help="A plant beside the garden; else its district's."),
    ] = None,
    tilt: Annotated[float, typer.Option(metavar="DEG", help="Of the modules.")] = 30.0,
    azimuth: Annotated[float, typer.Option(metavar="DEG", help="180 looks south.")] = 180.0,
    used: Annotated[float, typer.Option(metavar="KW", help="That others use of it.")] = 0.0,
    legal: Annotated[
        list[str] | None,
        typer.Option(metavar="HH:MM-HH:MM", help="Hours left open, beside the orders known."),
    ] = None,
    fan: Annotated[
        list[str] | None, typer.Option(metavar="NAME=KW,MIN,HOURS", help="A fan to run as well.")
    ] = None,
    at: Annotated[str, typer.Option(metavar="TIME", help="As known at this time; else now.")] = "",
    assume: Assume = None,
    language: Annotated[
        str, typer.Option(metavar="L", callback=known_language, help="Of the sentences.")
    ] = "en",
    as_json: Json = False,
) -> None:
    """Today's waterings, pumps and fans where the sun's surplus is, within their legal hours."""
    from agro.cli.moments import moment_of
    from agro.cli.records_file import site_named
    from agro.config import now
    from agro.energy.plan import plan_on
    from agro.packs.machines import read_machines
    from agro.store.values import time_zone

    numbers, fans, open_ = assumptions_of(assume or []), fans_of(fan or []), legal_of(legal or [])
    if peak is not None and not peak > 0.0:
        raise BadInput([f"--peak: {peak:g} kW is no plant; give more than 0"])
    settings = configured()
    with city_store(settings) as engine, engine.connect() as c:
        site_named(c, site)
        moment = moment_of(at, time_zone(c), "--at") or now()
        district, sun = _sun(c, site, moment, _facing(c, site, peak, tilt, azimuth))
        found = plan_on(
            c,
            _site(c, site),
            moment,
            sun,
            district=district,
            machines=read_machines(settings.city),
            more=fans,
            legal=open_ or None,
            assumptions=numbers,
            used=used,
        )
    if as_json:
        answer_json(_plan_row(found))
    else:
        _answer_plan(found, language)


def _sun(
    c: "Connection", site: str, at: datetime, plant: "Plant | None"
) -> "tuple[District | None, Production]":
    """The surplus of the garden's district, or what a plant beside it gives."""
    from agro.energy.production import production_ahead
    from agro.energy.surplus import district_of, surplus_by_hour
    from agro.store.values import time_zone

    on = at.astimezone(time_zone(c)).date()
    district, made = None, None
    if plant is not None:
        made = production_ahead(c, site, plant, at, first=on)
    else:
        district = district_of(c, _site(c, site))
        if district is None:
            raise BadInput([f"--site: {site} is near no solar plant of the city; give --peak KW"])
        made = surplus_by_hour(c, district, at).as_production()
    if made is None:
        raise BadInput([f"--site: {site} has no forecast of the sun for {on}; run agro feed"])
    return district, made


def _facing(
    c: "Connection", site: str, peak: float | None, tilt: float, azimuth: float
) -> "Plant | None":
    return None if peak is None else replace(_plant(c, site, peak), tilt=tilt, azimuth=azimuth)


def _site(c: "Connection", slug: str) -> "Site":
    from agro.store import farms

    return next(one for one in farms.sites(c) if one.slug == slug)


def _plant(c: "Connection", site: str, peak: float) -> "Plant":
    """A plant beside a garden."""
    from models.energy.pv import Plant

    own = _site(c, site)
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


def _answer_return(found: "Return", language: str) -> None:
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


def _plan_row(found: "SitePlan") -> dict[str, Any]:
    from dataclasses import asdict

    from agro.energy.plan import clock

    day, sun, midnight = found.day, found.sun, found.midnight
    return {
        "district": asdict(found.district) if found.district else None,
        "runs": [
            {
                "plot": one.load,
                "kind": found.kinds[one.load],
                "start": clock(one.start, midnight),
                "end": clock(one.end, midnight),
            }
            for one in day.plan.runs
        ],
        "left": list(day.left),
        "fixed": [asdict(one) for one in found.fixed],
        "reason": day.reason,
        "proved": day.plan.proved,
        "energy_kwh": day.plan.energy,
        "sun_kwh": day.plan.sun,
        "timer_sun_kwh": day.timer.sun,
        "likely": asdict(day.likely),
        "low": asdict(day.low) if day.low else None,
        "high": asdict(day.high) if day.high else None,
        "sun": {
            "source": sun.source,
            "issued_at": sun.issued_at,
            "errors": sun.errors,
            "pairs": sun.pairs,
            "made_from": list(sun.made_from),
            "kw": {name: getattr(sun, name).tolist() for name in ("low", "middle", "high")},
        },
    }


def _answer_plan(found: "SitePlan", language: str) -> None:
    from agro.energy.plan import clock
    from agro.words.energy import reason_of, why_fixed

    day, midnight = found.day, found.midnight
    answer_table(
        f"in the sun, {midnight:%Y-%m-%d}",
        ("plot", "kind", "from", "to"),
        [
            (r.load, found.kinds[r.load], clock(r.start, midnight), clock(r.end, midnight))
            for r in day.plan.runs
        ],
    )
    tell(f"{name}: does not fit into its hours; it stays as advised" for name in day.left)
    tell(f"{one.name}: {why_fixed(one.why, language)}" for one in found.fixed)
    one = day.likely
    answer(f"{one.shifted:.2f} kWh of {day.plan.energy:.2f} moved, worth {one.value:.2f} EUR")
    answer(reason_of(day.reason, language))
