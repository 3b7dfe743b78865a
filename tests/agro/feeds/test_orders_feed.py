"""Drought orders are asked for by place and water; what fails leaves the last order in force."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from agro.advice import advise
from agro.config import Settings
from agro.feeds import Outcome, gardens, orders, service
from agro.store import farms, feeds, problems
from agro.store import orders as kept
from agro.words import say
from agro.words.orders import order_notice
from sensors.feeds.fetching import Fetcher

NOW = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
PATH = "/api/zones"
PARIS = ZoneInfo("Europe/Paris")
FREE = '{"statusCode":404,"message":"Aucune zone d’alerte sur cette commune."}'.encode()
SEVERAL = b'{"statusCode":409,"message":"La commune comporte plusieurs zones."}'


def zone(text: str = "Interdit de 8h à 20h", level: str = "alerte", resource: str = "AEP") -> bytes:
    usage = {
        "nom": "Arrosage des jardins potagers",
        "thematique": "Arroser",
        "description": text,
        "concerneParticulier": True,
        "concerneEntreprise": True,
        "concerneCollectivite": True,
        "concerneExploitation": True,
    }
    arrete = {
        "id": 1,
        "dateDebutValidite": "2026-07-01",
        "dateFinValidite": "2026-07-31",
        "cheminFichier": "https://orders.example/a.pdf",
    }
    told = {"id": 1, "code": "21_1", "nom": "Z", "type": resource, "niveauGravite": level}
    return json.dumps([{**told, "arrete": arrete, "usages": [usage]}]).encode()


@dataclass
class Asked:
    """Asks the server for one garden of the store."""

    engine: Engine
    server: Any
    name: str = "potager-des-ducs"

    def ask(
        self, at: datetime = NOW, *, only_due: bool = False, **patience: float
    ) -> list[Outcome]:
        settings = Settings(drought_orders="vigieau", vigieau_url=self.server.url)
        site = next(one for one in gardens(self.engine) if one.slug == self.name)
        with Fetcher(**{"first_pause_s": 0.01, "silence_s": 5.0, **patience}) as fetcher:
            return orders.fetch_orders(
                self.engine, fetcher, settings, site, PARIS, at=at, only_due=only_due
            )

    def newest(self, at: datetime = NOW) -> list[kept.Answer]:
        with self.engine.connect() as c:
            return kept.newest(c, self.name, at)


@pytest.fixture
def asked(store: Engine, feed_server: Any) -> Asked:
    feed_server.pages[PATH] = zone()
    return Asked(store, feed_server)


def test_each_place_and_water_is_asked_for_once(asked: Asked) -> None:
    done = asked.ask()
    assert [one.state for one in done] == ["new"]  # twelve beds within a hundred metres, mains
    (_, params, _) = asked.server.asked[0]
    assert params == {"lon": "5.02900", "lat": "47.31400", "zoneType": "AEP"}
    (answer,) = asked.newest()
    assert (answer.state, answer.mode, answer.fetched_at) == ("order", "live", NOW)
    assert answer.order is not None
    assert answer.order.usages[0]["concerns"] == sorted(
        ["particulier", "entreprise", "collectivite", "exploitation"]
    )
    rain = Asked(asked.engine, asked.server, "ramifications-fontaine-d-ouche")
    asked.server.asked.clear()
    rain.ask()
    assert sorted({params["zoneType"] for _, params, _ in asked.server.asked}) == [
        "AEP",
        "SOU",
        "SUP",
    ]


def test_the_same_order_is_kept_once_and_each_answer_by_its_time(asked: Asked) -> None:
    asked.ask()
    asked.ask(NOW + timedelta(hours=3))
    asked.server.pages[PATH] = zone("Interdit", "crise")
    asked.ask(NOW + timedelta(hours=6))
    levels = [asked.newest(NOW + timedelta(hours=hours))[0].order for hours in (0, 2, 4, 7)]
    assert [one.level if one else "" for one in levels] == ["alerte", "alerte", "alerte", "crise"]
    assert asked.newest(NOW - timedelta(hours=1)) == []
    assert asked.newest(NOW + timedelta(hours=4))[0].fetched_at == NOW + timedelta(hours=3)


def test_asking_twice_at_once_is_the_same_as_once(asked: Asked) -> None:
    asked.ask()
    asked.ask()
    assert len(asked.newest()) == 1


@pytest.mark.parametrize(
    ("status", "body", "state"), [(404, FREE, "free"), (409, SEVERAL, "several")]
)
def test_no_zone_and_several_zones_are_answers(
    asked: Asked, status: int, body: bytes, state: str
) -> None:
    asked.server.faults = [(status, {}, body)]
    (outcome,) = asked.ask()
    assert outcome.state == "new"
    (answer,) = asked.newest()
    assert (answer.state, answer.order) == (state, None)


def test_an_unchanged_answer_is_confirmed_at_its_time(asked: Asked) -> None:
    asked.server.etags[PATH] = '"v1"'
    asked.ask()
    (outcome,) = asked.ask(NOW + timedelta(hours=3))
    assert outcome.state == "unchanged"
    (answer,) = asked.newest(NOW + timedelta(hours=3))
    assert answer.fetched_at == NOW + timedelta(hours=3)
    assert answer.order is not None


FAULTS: dict[str, Callable[[Any], None]] = {
    "500": lambda server: server.faults.extend([500] * 9),
    "garbage": lambda server: server.faults.append("<html>not an order</html>"),
    "a page that says 404": lambda server: server.faults.append((404, {}, b"<html>404</html>")),
    "50 MB": lambda server: server.pages.update({PATH: b"[" + b" " * (50 << 20) + b"]"}),
    "another host": lambda server: server.faults.extend(
        [(302, {"Location": "http://192.0.2.7/api/zones"})] * 9
    ),
    "the connection is cut": lambda server: server.faults.extend(["cut"] * 9),
    "it hangs": lambda server: server.faults.extend(["slow"] * 9),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_leaves_the_last_order_in_force_and_is_told(asked: Asked, fault: str) -> None:
    asked.ask()
    FAULTS[fault](asked.server)
    later = NOW + timedelta(hours=3)
    started = time.monotonic()
    (outcome,) = asked.ask(later, whole_s=0.5)
    assert time.monotonic() - started < 30.0
    assert outcome.state == "failed"
    (answer,) = asked.newest(later)
    assert (answer.fetched_at, answer.state) == (NOW, "order")
    with asked.engine.connect() as c:
        (source,) = feeds.sources(c, asked.name)
        told = problems.recent(c)
    assert source.failures == 1
    assert source.fetched_at == NOW
    assert told["reason"].tolist() == ["feed_failed"]
    if fault == "another host":
        assert "192.0.2.7" in source.reason
        assert "not followed" in source.reason


def test_it_is_asked_when_due_and_pauses_grow_after_faults(asked: Asked) -> None:
    assert len(asked.ask(only_due=True)) == 1
    assert asked.ask(NOW + timedelta(hours=1), only_due=True) == []
    assert len(asked.ask(NOW + orders.EVERY, only_due=True)) == 1
    asked.server.faults = ["nonsense"] * 2
    failing = NOW + 2 * orders.EVERY
    assert asked.ask(failing, only_due=True)[0].state == "failed"
    assert asked.ask(failing + timedelta(minutes=4), only_due=True) == []
    assert len(asked.ask(failing + timedelta(minutes=6), only_due=True)) == 1


def test_nobody_is_asked_without_consent(asked: Asked) -> None:
    with Fetcher() as fetcher:
        assert service.orders_round(asked.engine, fetcher, Settings(), Event()) == []
    assert asked.server.asked == []
    with Fetcher(first_pause_s=0.01) as fetcher:
        told = Settings(drought_orders="vigieau", vigieau_url=asked.server.url)
        done = service.orders_round(asked.engine, fetcher, told, Event())
    assert {one.site for one in done} == {site.slug for site in gardens(asked.engine)}


def test_values_that_cannot_be_used_are_told_to_the_operator(asked: Asked) -> None:
    asked.server.pages[PATH] = zone(level="rouge")
    asked.ask()
    (answer,) = asked.newest()
    assert answer.order is not None
    assert answer.order.level == ""
    with asked.engine.connect() as c:
        told = problems.recent(c)
    assert told[["reason", "field"]].to_numpy().tolist() == [["feed_value", "niveauGravite"]]


def test_advice_of_the_whole_city_reads_orders_once(asked: Asked) -> None:
    asked.ask()
    with asked.engine.connect() as c:
        together = advise(c, at=NOW)
        alone = [one for site in farms.sites(c) for one in advise(c, site=site.slug, at=NOW)]
    told = {(one.site, one.plot): one.sources.get("drought_order") for one in together}
    assert told == {(one.site, one.plot): one.sources.get("drought_order") for one in alone}
    assert sum(one is not None for one in told.values()) == 12


@pytest.mark.parametrize("nothing", [(200, {}, b"[]"), (200, {}, b""), (404, {}, FREE)])
def test_an_order_is_lifted_only_when_nothing_is_answered_twice(asked: Asked, nothing: Any) -> None:
    asked.ask()
    silent, confirmed = NOW + orders.EVERY, NOW + orders.EVERY + orders.CONFIRM_AFTER
    asked.server.faults = [nothing]
    assert [one.state for one in asked.ask(silent, only_due=True)] == ["new"]
    (standing,) = asked.newest(silent)
    assert (standing.state, standing.fetched_at) == ("confirming", silent)
    assert standing.order is not None
    with asked.engine.connect() as c:
        told = advise(c, site=asked.name, at=silent)
    assert {one.sources["drought_order"]["state"] for one in told} == {"confirming"}
    assert all("order_confirming" in one.cautions for one in told)
    notice = order_notice(say("fr"), told[0], silent)
    assert notice is not None
    assert "jusqu’à confirmation" in notice.lines[0]
    assert asked.ask(confirmed - timedelta(minutes=2), only_due=True) == []
    asked.server.faults = [nothing]  # asked by hand, too soon to confirm anything
    asked.ask(confirmed - timedelta(minutes=2))
    assert asked.newest(confirmed)[0].state == "confirming"
    asked.server.faults = [nothing]
    asked.ask(confirmed)
    assert [(one.state, one.order) for one in asked.newest(confirmed)] == [("free", None)]


def test_an_order_that_comes_back_or_ends_needs_no_confirmation(asked: Asked) -> None:
    asked.ask()
    asked.server.faults = [(200, {}, b"[]")]
    asked.ask(NOW + timedelta(hours=3))
    asked.ask(NOW + timedelta(hours=4))
    (back,) = asked.newest(NOW + timedelta(hours=4))
    assert (back.state, back.order_id is None) == ("order", False)
    ended = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)  # its last day was 31 July
    asked.server.faults = [(200, {}, b"[]")]
    asked.ask(ended)
    assert asked.newest(ended)[0].state == "free"
