"""Two gardens that hold one record of everything a page can change, and people of every role."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from agro.access.secrets import token_hash
from agro.crop_plan import add as plant
from agro.indicators import entering, surveying, tape
from agro.indicators.catalogue import Catalogue, catalogue
from agro.indicators.entering import EnteredFigure, can_be_entered
from agro.logbook import Preview, read, store
from agro.records import (
    City,
    CityPack,
    Commune,
    Delivery,
    Device,
    IrrigationSystem,
    LogEntry,
    Normals,
    Outlet,
    Planting,
    Plot,
    Site,
    Soil,
)
from agro.store import deliveries, farms, logbook, offers, open_store, reports, trials, writing
from agro.store.access import sessions, users
from agro.store.access.users import User
from agro.store.alerts import subscriptions
from agro.store.alerts.subscriptions import AlertSubscription
from agro.store.indicators import SurveyAnswers
from agro.store.ingest import Message, ingest
from agro.store.offers import Offer
from agro.store.reports import OWN, Report
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.trials.planning import draw
from models.trials.layout import Request

OURS, THEIRS = "ours", "theirs"
NOW = datetime(2026, 7, 21, 10, 0, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
STRANGER = "stranger"  # a device that waits
DEAF = "ntfy://127.0.0.1:9/garden"  # a channel that nobody answers
MARK = "hush"  # in every text that a garden keeps: `hush of theirs`
TRIAL = Request("rcbd", treatments=("a", "b"), blocks=2, seed=1)
TRAIT = Trait("yield", "Yield", "kg")
VERSION = next(iter(tape.FORMS))
_CLIMATE = ("tmean", "tmin", "tmax", "rain", "rain_days", "rh_mean", "wind_2m", "solar_radiation")


@dataclass(frozen=True, slots=True)
class Kept:
    """The numbers of what a garden holds."""

    site: str
    entry: int
    struck: int
    batch: int
    undone: int
    harvest: int
    delivery: int
    struck_delivery: int
    offer: Offer
    figure: int
    taken_back: int
    draft: int
    complete: int
    retracted: int
    sheet: int
    undone_sheet: int
    plot_value: int
    subscription: int
    unsubscribed: int
    planting: Planting
    planted_at: datetime


def mark(site: str) -> str:
    """What stands in the texts of a garden, and in no other place."""
    return f"{MARK} of {site}"


def pack() -> CityPack:
    """A city with the two gardens."""
    sites = (OURS, THEIRS)
    here = (47.3, 5.0)
    return CityPack(
        city=City("dijon", "Dijon", "FR", "Europe/Paris", "fr", *here, 245.0),
        communes=(Commune("21231", "Dijon", 159941, 41.66, *here),),
        sites=tuple(
            Site(one, one.title(), "market_garden", "21231", *here, 245.0) for one in sites
        ),
        soils=tuple(Soil(one, "loam", "loam", 0.29, 0.15, 8.0, 24.0, "FAO-56") for one in sites),
        irrigation_systems=tuple(
            IrrigationSystem(one, "drip", "drip", 4.0, 0.9, 0.4, 3.0, "20:00", "22:00")
            for one in sites
        ),
        plots=tuple(
            Plot(one, slug, f"{slug} {mark(one)}", "bed", 12.0, "loam", "drip", *here)
            for one in sites
            for slug in ("p1", "p2")
        ),
        plantings=tuple(
            Planting(one, "p1", "tomato", mark(one), date(2026, 5, 15)) for one in sites
        ),
        devices=tuple(
            Device(f"probe-{one}", "", "dragino/lse01", one, "p1", mark(one), (20.0,))
            for one in sites
        ),
        trials=(),
        normals=Normals("Dijon", "test", **dict.fromkeys(_CLIMATE, (10.0,) * 12)),
    )


def fill(url: str) -> dict[str, Kept]:
    """A store at `url` with both gardens, a report, a device that waits; what each garden holds."""
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, pack())
        reports.add(c, report())
        body = json.dumps({"readings": {"air_temperature": 21.5}}).encode()
        ingest(c, [Message(f"agro/nowhere/{STRANGER}", body, NOW)])
        held = {site: _fill(c, site) for site in (OURS, THEIRS)}
    engine.dispose()
    return held


def report() -> Report:
    """A report that came to us, from among the beds of both gardens."""
    where = {"commune": "21231", "latitude": 47.3, "longitude": 5.0}
    return Report(OWN, "K7F3-9QX2", "light", NOW, status="open", requested_at=NOW, **where)


def sign_in(c: Connection, role: str, site: str = OURS) -> str:
    """An account of a role that stands in a garden, signed in; the token of its session."""
    email, token = f"{role}@example.org", f"token of {role}"
    users.save(c, User(email, role.title(), frozenset({role}), NOW, frozenset({site})))
    sessions.begin(c, token_hash(token), email, at=NOW, expires=FAR)
    return token


def entry(site: str, type_: str = "irrigation", quantity: float = 10.0, **more: object) -> LogEntry:
    """An entry of the logbook."""
    said = {"notes": mark(site), **more}
    return LogEntry(site, "p1", type_, NOW, quantity, "L", **said)  # type: ignore[arg-type]


def harvest(site: str) -> LogEntry:
    """A harvest that can be delivered."""
    at = NOW - timedelta(hours=3)
    return LogEntry(site, "p1", "harvest", at, 10.0, "kg", "tomato", notes=mark(site))


def delivery(site: str, kg: float = 1.0) -> Delivery:
    """A delivery of a garden's tomatoes to its market."""
    said = LogEntry(site, "", "delivery", NOW, kg, "kg", "tomato", notes=mark(site))
    return Delivery(said, "market", "market")


def outlet(site: str) -> Outlet:
    """Where a garden sells."""
    return Outlet(site, "market", f"Market {mark(site)}", "market", 3.0, 0.0)


def preview(c: Connection, site: str, litres: float) -> Preview:
    """A file for the logbook of a garden, as it was read."""
    body = f"date,type,plot,quantity,unit\n2026-07-01,irrigation,p1,{litres},L\n".encode()
    return read(c, body, f"{litres}.csv", site)


def planned(site: str, slug: str) -> PlannedTrial:
    """A trial of two treatments."""
    name = f"{slug} {mark(site)}"
    return draw(PlannedTrial(site, slug, name, "rcbd", "p2", traits=(TRAIT,)), TRIAL)


def known() -> Catalogue:
    """The indicators of the city."""
    return catalogue("dijon", "FR", ())


def figure(site: str, value: float = 3.0) -> EnteredFigure:
    """A figure from outside."""
    name = next(one.id for one in known().indicators if can_be_entered(one))
    days = date(2026, 1, 1), date(2026, 6, 30)
    return EnteredFigure(name, *days, f"a book {mark(site)}", value, site=site)


def complete() -> dict[str, dict[str, float]]:
    """Every answer of a survey."""
    form = tape.form(VERSION)
    assert form is not None
    return {element: dict.fromkeys(listed, 2.0) for element, listed in form.elements.items()}


def _fill(c: Connection, site: str) -> Kept:
    struck = logbook.note(c, entry(site, quantity=2.0))
    logbook.strike(c, struck, who="", reason="wrong")
    batch = _batch(c, site, 3.0)
    undone = _batch(c, site, 4.0)
    logbook.undo_batch(c, undone, who="")
    deliveries.save_outlet(c, outlet(site))
    gone = deliveries.record(c, delivery(site, 2.0))
    logbook.strike(c, gone, who="", reason="wrong")
    planting = Planting(site, "p2", "lettuce", "", date(2026, 6, 1), source="person")
    plant(c, planting, who="", at=NOW)
    one = Offer(site, "tomato", 2.0, NOW, notes=mark(site))
    return Kept(
        site=site,
        entry=logbook.note(c, entry(site)),
        struck=struck,
        batch=batch,
        undone=undone,
        harvest=logbook.note(c, harvest(site)),
        delivery=deliveries.record(c, delivery(site)),
        struck_delivery=gone,
        offer=replace(one, number=offers.offer(c, one)),
        planting=planting,
        planted_at=NOW,
        **_of_figures(c, site),
        **_of_surveys(c, site),
        **_of_trial(c, site),
        **_of_alerts(c, site),
    )


def _batch(c: Connection, site: str, litres: float) -> int:
    return store(c, preview(c, site, litres)).batch


def _of_figures(c: Connection, site: str) -> dict[str, int]:
    stands = entering.enter(c, figure(site), known(), who="", at=NOW)
    gone = entering.enter(c, figure(site, 4.0), known(), who="", at=NOW)
    entering.retract(c, gone, who="", at=NOW)
    return {"figure": stands, "taken_back": gone}


def _of_surveys(c: Connection, site: str) -> dict[str, int]:
    blank = SurveyAnswers(site, VERSION, {}, NOW.date())
    whole = replace(blank, answers=complete())
    gone = surveying.save_draft(c, blank, who="", at=NOW)
    surveying.retract(c, gone, who="", at=NOW)
    return {
        "draft": surveying.save_draft(c, blank, who="", at=NOW),
        "complete": surveying.save_draft(c, whole, who="", at=NOW),
        "retracted": gone,
    }


def _of_alerts(c: Connection, site: str) -> dict[str, int]:
    """What the farmer of our garden, and somebody of theirs, asked to be told of."""
    who = "farmer@example.org" if site == OURS else "somebody@example.org"
    one = AlertSubscription(who, DEAF, NOW, sites=(site,))
    gone = subscriptions.add(c, one)
    subscriptions.remove(c, gone)
    return {"subscription": subscriptions.add(c, one), "unsubscribed": gone}


def _of_trial(c: Connection, site: str) -> dict[str, int]:
    trials.save(c, planned(site, "mulch"))
    trials.save(c, planned(site, f"straw-{site}"))
    numbers = [one.number for one in planned(site, "mulch").plots if one.number is not None]
    sheets = []
    for value in (1.0, 2.0):
        said = [PlotValue(number, TRAIT.name, value + number**2) for number in numbers]
        done = trials.enter(c, site, "mulch", said, who="", file=f"{value}.csv")
        assert done is not None
        sheets.append(done.number)
    trials.undo_batch(c, sheets[1])
    said_first = trials.history(c, site, "mulch")[0].number
    return {"sheet": sheets[0], "undone_sheet": sheets[1], "plot_value": said_first}
