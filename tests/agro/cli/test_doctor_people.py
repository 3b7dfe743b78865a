"""`agro doctor` on who may come in, who is told, and what other machines can reach."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine

from agro.checks.ports import examine_ports
from agro.config import Settings, now
from agro.store import farms, open_store, writing
from agro.store.access import keys, users
from agro.store.access.keys import ApiKey
from agro.store.access.users import User
from agro.store.alerts import deliveries, events, subscriptions
from agro.store.alerts.deliveries import Delivery
from agro.store.alerts.events import AlertEvent
from agro.store.alerts.subscriptions import AlertSubscription
from sensors.mqtt import Broker

Found = dict[str, dict[str, Any]]


@pytest.fixture
def engine(dijon: Any, tmp_path: Path) -> Iterator[Engine]:
    """The store that `dijon` asks."""
    engine = open_store(f"sqlite:///{tmp_path}/var/agro.sqlite")
    yield engine
    engine.dispose()


def _ask(dijon: Any) -> Found:
    return {row["check"]: row for row in dijon("doctor", "--json").json}


def _user(email: str, *roles: str, hashed: str = "x", sites: tuple[str, ...] = ()) -> User:
    return User(email, "", frozenset(roles), now(), frozenset(sites), hashed)


def _save(engine: Engine, *known: User) -> None:
    with writing(engine) as c:
        for one in known:
            users.save(c, one)


def test_without_accounts_only_this_machine_may_be_served(
    dijon: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _ask(dijon)
    assert (found["accounts"]["status"], found["alerts"]["status"]) == ("ok", "ok")
    assert found["accounts"]["found"].startswith("none; only this machine is served")
    monkeypatch.setenv("AGRO_HOST", "0.0.0.0")  # noqa: S104 - what an operator may set
    found = _ask(dijon)
    assert found["accounts"]["status"] == "fail"
    assert "agro user add" in found["accounts"]["to_do"]


def test_accounts_that_lack_something_are_named(dijon: Any, engine: Engine) -> None:
    _save(engine, _user("anne@example.org", "farmer"))
    found = _ask(dijon)
    assert found["accounts"]["found"] == "no operator among 1 account"
    assert found["farmers without a garden"]["found"] == "anne@example.org"
    with engine.connect() as c:
        site = farms.sites(c)[0].slug
    _save(
        engine,
        _user("anne@example.org", "farmer", sites=(site,)),
        _user("ops@example.org", "operator", hashed=""),
    )
    found = _ask(dijon)
    assert found["accounts"]["found"] == "2 accounts, 0 shut"
    assert found["accounts without a way in"]["found"] == "ops@example.org"
    assert "farmers without a garden" not in found


def test_keys_are_counted_until_they_are_revoked(dijon: Any, engine: Engine) -> None:
    assert "keys" not in _ask(dijon)
    with writing(engine) as c:
        keys.add(c, ApiKey("city", "0123abcd", "hash", ("read",), now() - timedelta(days=9)))
    assert _ask(dijon)["keys"]["found"] == "1 key of programs, never used"
    with writing(engine) as c:
        keys.revoke(c, "city", now())
    assert "keys" not in _ask(dijon)


def test_a_message_that_waits_or_fails_is_told(dijon: Any, engine: Engine) -> None:
    at = now()
    with writing(engine) as c:
        wanted = subscriptions.add(c, AlertSubscription("anne", "json://127.0.0.1", at))
        event = AlertEvent("frost", farms.sites(c)[0].slug, "2026-05-01")
        events.take(c, [event], ["frost"], at)
        number = events.standing(c)[0].number
        due = at - timedelta(hours=2)
        deliveries.queue(c, [Delivery(number, wanted, deliveries.FIRST, due, due)])
    late = _ask(dijon)["alerts"]
    assert late["status"] == "fail"
    assert late["found"] == "1 subscription, 1 message due, the oldest since 120 min" or (
        late["found"] == "1 subscription, 1 message due, the oldest since 2 h"
    )
    with writing(engine) as c:
        waiting = [one.number for one in deliveries.due(c, at, 10)]
        assert deliveries.claim(c, waiting, "test", at)
        deliveries.settle(c, waiting, "failed", reason="refused")
    failed = _ask(dijon)["alerts"]
    assert failed["status"] == "warn"
    assert failed["found"] == "1 subscription, 1 message failed in 24 h: refused"


@pytest.fixture
def listening() -> Iterator[tuple[int, int]]:
    """A port that any machine reaches, and one that only this machine reaches."""
    everywhere = "0.0.0.0"  # noqa: S104 - what is to be found
    with (
        socket.create_server((everywhere, 0)) as open_,
        socket.create_server(("127.0.0.1", 0)) as own,
    ):
        yield open_.getsockname()[1], own.getsockname()[1]


def test_ports_that_others_reach_are_told(listening: tuple[int, int]) -> None:
    try:
        psutil.net_connections("tcp")
    except psutil.AccessDenied:
        pytest.skip("this system does not tell this user what listens")
    reached, own = listening
    only_us = Broker("127.0.0.1", own)

    def status(told: Settings, broker: Broker | None) -> list[tuple[str, str]]:
        return [(one.status, one.found) for one in examine_ports(told, broker)]

    assert status(Settings(port=own), only_us) == [("ok", "only this machine reaches ours")]
    place = f"0.0.0.0:{reached}"
    assert status(Settings(port=reached), None) == [("warn", f"{place} answers other machines")]
    without = Settings(port=reached, host="0.0.0.0")  # noqa: S104
    assert "without HTTPS" in status(without, None)[0][1]
    with_proxy = without.model_copy(update={"public_url": "https://agro.example.org"})
    assert status(with_proxy, None) == [("ok", f"{place}, behind https://agro.example.org")]
    anybody = Broker("127.0.0.1", reached)
    assert status(Settings(port=own), anybody) == [
        ("warn", f"the broker on {place} lets anybody in")
    ]
    assert status(Settings(port=own), Broker("127.0.0.1", reached, "anne")) == [
        ("ok", "only this machine reaches ours")
    ]
