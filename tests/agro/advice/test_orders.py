"""A drought order is a hard rule on advice, as it was known when the advice was issued."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agro.advice import advise
from agro.records import Advice, Plot
from agro.store import farms, orders, writing
from agro.store.orders import Answer, DroughtOrder
from agro.words import advice_sentence, order_notice, say
from sensors.feeds.vigieau import LEVELS

Garden = Any  # the fixture's class, which lives in conftest.py
Told = Callable[..., None]
PARIS = ZoneInfo("Europe/Paris")
LINK = "https://orders.example/2026-07.pdf"
PLACE = orders.place_of(47.32, 5.04)
SQUASH = Plot("garden", "squash", "Squash", "bed", 20.0, "loam", "drip", 47.32, 5.04)


def usage(text: str, name: str = "Arrosage des jardins potagers", **more: Any) -> dict[str, Any]:
    return {"name": name, "theme": "Arroser", "description": text, "concerns": None, **more}


@pytest.fixture
def told(measured: Garden) -> Told:
    """The garden drinks from the mains, is dry, and was answered so."""
    with measured.engine.connect() as c:
        site = next(one for one in farms.sites(c) if one.slug == "garden")
    measured.probe(measured.at, 0.15)

    def tell(
        *usages: dict[str, Any],
        level: str = "alerte",
        state: str = "order",
        ago: timedelta = timedelta(hours=2),
        water: str = "mains",
        resource: str = "AEP",
        kind: str = "community_garden",
        until: date | None = date(2026, 7, 31),
        since: date | None = date(2026, 7, 1),
    ) -> None:
        held = None
        if state == "order":
            held = DroughtOrder(resource, "21_1", "Zone", level, since, until, LINK, "", usages)
        answer = Answer(
            "garden", PLACE, resource, measured.at - ago, state, "vigieau", "live", held
        )
        from agro.store import schema

        with writing(measured.engine) as c:
            table = schema.site
            c.execute(
                table.update()
                .where(table.c.slug == site.slug)
                .values(water_source=water, kind=kind)
            )
            orders.write(c, answer, {"code": "21_1"})

    return tell


def ask(garden: Garden, at: datetime | None = None) -> Advice:
    garden.keep()
    with garden.engine.connect() as c:
        found = {one.plot: one for one in advise(c, at=at or garden.at)}
    return found["squash"]


def local(at: datetime | None) -> str:
    assert at is not None
    return f"{at.astimezone(PARIS):%d %H:%M}"


def test_without_an_order_nothing_changes(measured: Garden, told: Told) -> None:
    before = ask(measured)
    told(state="free")
    free = ask(measured)
    assert (free.decision, free.when, free.litres) == ("irrigate", before.when, before.litres)
    assert free.sources["drought_order"]["state"] == "free"
    assert "drought_order" not in before.sources
    assert order_notice(say("fr"), free, measured.at) is None


def test_hours_forbidden_move_the_advice_outside_them(measured: Garden, told: Told) -> None:
    # It is 10 h; without the order the next preferred hours are 5:30 to 8 h.
    told(usage("Interdit de 5 h à 20 h"))
    found = ask(measured)
    assert found.decision == "irrigate"
    assert local(found.when) == "14 20:00"
    told(usage("Interdit de 8 h à 20 h."), ago=timedelta(hours=1))
    preferred = ask(measured)
    assert local(preferred.when) == "15 05:30"
    order = preferred.sources["drought_order"]
    assert (order["rule"], order["level"], order["forbidden_hours"]) == (
        "windows",
        "alerte",
        [[8, 20]],
    )


@pytest.mark.parametrize("start", range(0, 24, 3))
@pytest.mark.parametrize("length", [3, 12, 21])
def test_no_watering_runs_in_forbidden_hours(
    measured: Garden, told: Told, start: int, length: int
) -> None:
    end = (start + length) % 24
    told(usage(f"Arrosage interdit entre {start}h et {end or 24}h"))
    found = ask(measured)
    assert found.decision == "irrigate"
    assert found.when is not None
    run = found.facts.get("span_minutes", found.minutes)
    forbidden = {(start + n) % 24 for n in range(length)}
    for minute in range(int(run)):
        at = (found.when + timedelta(minutes=minute)).astimezone(PARIS)
        assert at.hour not in forbidden


def test_crisis_without_exemption_forbids_with_the_link(measured: Garden, told: Told) -> None:
    told(usage("Interdiction totale"), level="crise")
    found = ask(measured)
    assert (found.decision, found.reason) == ("forbidden", "drought_order")
    assert (found.litres, found.when) == (0.0, None)
    for language, rule in (
        ("fr", "Sécheresse, crise : arrosage interdit ici, jusqu’au"),
        ("en", "Drought, crisis: watering is forbidden here, until"),
    ):
        notice = order_notice(say(language, "Europe/Paris"), found, measured.at)
        assert notice is not None
        assert notice.rule.replace("\u202f", " ").replace("\xa0", " ").startswith(rule)
        assert "31" in notice.rule
        assert notice.link == LINK


def test_a_ban_is_told_also_where_no_water_is_needed(measured: Garden, told: Told) -> None:
    told(usage("Interdit"), level="crise")
    measured.rows.clear()
    measured.note(40.0, "mm", ago=timedelta(hours=3))
    found = ask(measured)
    assert (found.decision, found.reason) == ("forbidden", "dose_too_small")


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("Interdit sauf goutte-à-goutte", "irrigate"),
        ("Interdit sauf arrosage manuel", "forbidden"),
        ("Interdit sauf dérogation du préfet", "forbidden"),
        ("Interdit sauf ce que dit l'annexe 7", "unknown"),
        ("Voir l'arrêté", "unknown"),
        ("", "unknown"),
        ("Interdit un jour sur deux", "unknown"),
        ("Pas de restriction", "irrigate"),
        ("Réduction de 25 % des prélèvements", "irrigate"),
    ],
)
def test_exemptions_count_and_what_is_not_read_is_no_permission(
    measured: Garden, told: Told, text: str, decision: str
) -> None:
    told(usage(text), level="crise")
    found = ask(measured)
    assert found.decision == decision
    if decision == "unknown":
        assert found.reason == "order_unread"
        assert found.when is None
        assert found.litres != found.litres
        assert "order_unread" in found.cautions
        assert "lisez-le avant d’arroser" in advice_sentence(found, SQUASH, "fr").why
        assert found.sources["drought_order"]["link"] == LINK
    if "25 %" in text:
        assert found.sources["drought_order"]["reduction"] == 0.25
        notice = order_notice(say("en"), found, measured.at)
        assert notice is not None
        assert any("25%" in line for line in notice.lines)


def test_a_usage_that_nobody_can_place_is_unknown(measured: Garden, told: Told) -> None:
    told(usage("Autorisé", "Usage numéro 12"), level="alerte_renforcee")
    assert ask(measured).decision == "unknown"
    told(usage("Autorisé", "Usage numéro 12"), level="vigilance", ago=timedelta(hours=1))
    assert ask(measured).decision == "irrigate"


def test_zones_that_cannot_be_told_apart_are_unknown(measured: Garden, told: Told) -> None:
    told(state="several")
    found = ask(measured)
    assert (found.decision, found.reason) == ("unknown", "order_unread")
    notice = order_notice(say("fr"), found, measured.at)
    assert notice is not None
    assert "plusieurs zones" in notice.rule


@pytest.mark.parametrize(
    ("water", "resource", "decision"),
    [
        ("mains", "AEP", "forbidden"),
        ("mains", "SUP", "irrigate"),
        ("surface", "SUP", "forbidden"),
        ("surface", "AEP", "irrigate"),
        ("groundwater", "SOU", "forbidden"),
        ("groundwater", "SUP", "irrigate"),
        ("rainwater", "AEP", "irrigate"),
        ("", "SOU", "forbidden"),
    ],
)
def test_the_order_of_the_water_that_is_used_counts(
    measured: Garden, told: Told, water: str, resource: str, decision: str
) -> None:
    told(usage("Interdit"), water=water, resource=resource)
    assert ask(measured).decision == decision


def test_rain_from_a_tank_is_free_unless_an_order_is_about_it(measured: Garden, told: Told) -> None:
    rain = usage("Interdit", "Dispositifs de récupération des eaux de pluie")
    told(usage("Interdit"), rain, water="rainwater")
    assert ask(measured).decision == "forbidden"
    told(usage("Interdit quelle que soit la ressource"), water="rainwater", ago=timedelta(hours=1))
    assert ask(measured).decision == "unknown"


@pytest.mark.parametrize(
    ("kind", "concerns", "decision"),
    [
        ("community_garden", ["particulier"], "forbidden"),
        ("market_garden", ["particulier"], "unknown"),
        ("market_garden", ["exploitation"], "forbidden"),
        ("community_garden", None, "forbidden"),
    ],
)
def test_a_usage_counts_for_those_it_concerns(
    measured: Garden, told: Told, kind: str, concerns: list[str] | None, decision: str
) -> None:
    told(usage("Interdit", concerns=concerns), kind=kind)
    assert ask(measured).decision == decision


def test_the_particular_usage_speaks_before_that_of_all_crops(measured: Garden, told: Told) -> None:
    crops = usage("Interdit", "Irrigation des cultures")
    market = usage("Interdit de 8 h à 20 h", "Irrigation maraîchage")
    drip = usage("Interdit de 6 h à 22 h", "Irrigation des cultures par système localisé")
    spray = usage("Interdit", "Irrigation par aspersion des cultures")
    golf = usage("Interdit", "Arrosage des golfs")
    told(crops, market, spray, golf, kind="market_garden")
    assert ask(measured).sources["drought_order"]["forbidden_hours"] == [[8, 20]]
    told(crops, market, drip, kind="market_garden", ago=timedelta(hours=1))
    found = ask(measured)  # both are about it: the strictest holds
    assert found.sources["drought_order"]["forbidden_hours"] == [[6, 22]]
    assert len(found.sources["drought_order"]["usages"]) == 2
    told(crops, spray, golf, kind="market_garden", ago=timedelta(minutes=30))
    assert ask(measured).decision == "forbidden"


def test_an_order_holds_from_its_first_day_to_its_last(measured: Garden, told: Told) -> None:
    today = measured.at.astimezone(PARIS).date()
    told(usage("Interdit"), until=today)
    assert ask(measured).decision == "forbidden"
    told(usage("Interdit"), until=today - timedelta(days=1), ago=timedelta(minutes=90))
    ended = ask(measured)
    assert (ended.decision, ended.sources["drought_order"]["state"]) == ("irrigate", "free")
    told(usage("Interdit"), since=today + timedelta(days=1), ago=timedelta(minutes=60))
    begins = ask(measured)
    # The next preferred hours are tomorrow's, which are forbidden: what is left is today's.
    assert begins.decision == "irrigate"
    assert local(begins.when).startswith("14 ")


def test_an_order_that_nobody_confirms_any_more_stays_in_force(
    measured: Garden, told: Told
) -> None:
    told(usage("Interdit"), ago=timedelta(days=6), level="crise")
    found = ask(measured)
    assert found.decision == "forbidden"
    assert "order_stale" in found.cautions
    notice = order_notice(say("fr"), found, measured.at)
    assert notice is not None
    assert "6" in notice.heard
    told(state="free", ago=timedelta(hours=1))
    assert ask(measured).decision == "irrigate"


def test_what_was_answered_after_the_advice_changes_nothing(measured: Garden, told: Told) -> None:
    told(usage("Interdit de 8 h à 20 h"))
    before = ask(measured)
    told(usage("Interdit"), ago=timedelta(hours=-1), level="crise")
    assert repr(ask(measured)) == repr(before)
    assert ask(measured, measured.at + timedelta(hours=2)).decision == "forbidden"


def test_every_level_has_a_name(measured: Garden, told: Told) -> None:
    for minutes, level in enumerate(("", *LEVELS)):
        told(usage("Autorisé"), level=level, ago=timedelta(hours=1) - timedelta(minutes=minutes))
        found = ask(measured)
        for language in ("fr", "en"):
            notice = order_notice(say(language), found, measured.at)
            assert notice is not None
            assert "{" not in notice.rule + notice.heard


def test_a_link_that_is_none_is_not_shown(measured: Garden, told: Told) -> None:
    told(usage("Interdit"))
    found = ask(measured)
    bad = replace(found, sources={"drought_order": {**found.sources["drought_order"]}})
    bad.sources["drought_order"]["link"] = "javascript:alert(1)"
    notice = order_notice(say("fr"), bad, datetime(2026, 7, 14, 9, tzinfo=UTC))
    assert notice is not None
    assert notice.link == ""
