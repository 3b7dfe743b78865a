"""Who is told, and who may change whose alerts: one's own, of one's own gardens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import Engine

from agro.access import SYSTEM, Actor
from agro.errors import Forbidden
from agro.notify.kinds import FROST, SENSOR_SILENT
from agro.notify.mark import Mark
from agro.notify.outcome import Outcome
from agro.notify.readers import told_of
from agro.notify.sending import escalate, queue, send_due
from agro.notify.subscribing import is_theirs, of_subscription, subscribe, unsubscribe
from agro.store import writing
from agro.store.access import users
from agro.store.access.users import User
from agro.store.alerts import deliveries, events, subscriptions
from agro.store.alerts.events import AlertEvent
from agro.store.alerts.subscriptions import AlertSubscription
from tests.alerting import SITE

NOW = datetime(2026, 7, 3, 8, 0, tzinfo=UTC)
OTHER = "domaine-de-la-cras"
ANNE = Actor("anne@example.org", "Anne", frozenset({"farmer"}), frozenset({SITE}))
PAUL = Actor("paul@example.org", "Paul", frozenset({"farmer"}), frozenset({SITE}))
OPERATOR = Actor("ops@example.org", "", frozenset({"operator"}), frozenset())


def _one(who: str = ANNE.email, sites: tuple[str, ...] = (SITE,)) -> AlertSubscription:
    return AlertSubscription(who, "ntfys://topic", NOW, sites=sites)


def _account(store: Engine, *, disabled: bool = False, site: str = SITE) -> None:
    with writing(store) as c:
        users.save(
            c,
            User(
                *(ANNE.email, "Anne", frozenset({"farmer"}), NOW, frozenset({site})),
                disabled=disabled,
            ),
        )


def _is_told(store: Engine, one: AlertSubscription, site: str = SITE) -> bool:
    with store.connect() as c:
        return told_of(c)(one, FROST, site)


def test_a_name_without_an_account_is_told(store: Engine) -> None:
    assert _is_told(store, _one("Anne"))
    assert not _is_told(store, _one("Anne"), OTHER)


def test_an_account_is_told_of_its_own_gardens_while_it_is_open(store: Engine) -> None:
    _account(store)
    assert _is_told(store, _one())
    assert _is_told(store, _one("Anne@Example.org"))
    assert not _is_told(store, _one(sites=()), OTHER)
    _account(store, site=OTHER)
    assert not _is_told(store, _one())
    _account(store, disabled=True)
    assert not _is_told(store, _one())


def test_what_waits_for_an_account_that_is_closed_is_not_sent(store: Engine, mark: Mark) -> None:
    """Neither by its first channel nor by the second."""
    _account(store)
    one = replace(_one(), escalate_to="ntfys://other", escalate_after=5)
    subscribe(store, SYSTEM, one)
    facts = {"name": "probe", "seen": NOW.isoformat()}
    silence = AlertEvent(SENSOR_SILENT, SITE, "1", device="probe", facts=facts)
    with writing(store) as c:
        events.take(c, [silence], {SENSOR_SILENT}, NOW)
        assert queue(c, NOW) == 1
    _account(store, disabled=True)
    assert send_due(store, mark, "", NOW, Event(), send=_refused) == 0
    with writing(store) as c:
        (told,) = deliveries.log(c, 9)
        assert (told.delivery.state, told.delivery.reason) == ("over", "ended")
        assert escalate(c, NOW + timedelta(hours=1)) == 0


def _refused(*_: object) -> Outcome:
    raise AssertionError("nothing is to be sent")


def test_who_is_removed_takes_their_alerts_with_them(store: Engine) -> None:
    _account(store)
    number = subscribe(store, SYSTEM, _one())
    other = subscribe(store, SYSTEM, _one(PAUL.email))
    with writing(store) as c:
        assert users.remove(c, ANNE.email)
        gone = subscriptions.find(c, number)
        assert [one.number for one in subscriptions.kept(c)] == [other]
    assert gone is not None
    assert gone.is_removed
    assert gone.channel == ""


def test_one_may_touch_ones_own_and_an_operator_everybodys(store: Engine) -> None:
    number = subscribe(store, ANNE, _one())
    with pytest.raises(Forbidden, match=r"alert\.write"):
        unsubscribe(store, PAUL, number)
    with store.connect() as c:
        assert [one.number for one in subscriptions.kept(c)] == [number]
    unsubscribe(store, OPERATOR, number)
    with store.connect() as c:
        assert subscriptions.kept(c) == []
        assert of_subscription(ANNE, number, ended=True)(c) == (SITE,)
        with pytest.raises(ValueError, match=f"no subscription {number}"):
            of_subscription(ANNE, number)(c)
    assert [is_theirs(who, _one()) for who in (ANNE, PAUL, OPERATOR)] == [True, False, True]


def test_nobody_subscribes_to_a_garden_of_others(store: Engine) -> None:
    for sites in ((OTHER,), (SITE, OTHER), ()):
        with pytest.raises(Forbidden, match=r"alert\.write"):
            subscribe(store, ANNE, _one(sites=sites))


def test_one_rests_with_its_channel_and_wakes(store: Engine) -> None:
    number = subscribe(store, ANNE, _one())
    with writing(store) as c:
        assert subscriptions.rest(c, number, is_resting=True)
        assert subscriptions.subscriptions(c) == []
        (resting,) = subscriptions.kept(c)
        assert (resting.channel, resting.is_removed) == ("ntfys://topic", False)
        assert subscriptions.rest(c, number, is_resting=False)
        assert [one.number for one in subscriptions.subscriptions(c)] == [number]
        assert subscriptions.remove(c, number)
        assert not subscriptions.rest(c, number, is_resting=False)
        assert subscriptions.change(c, number, _one())
        assert len(subscriptions.kept(c)) == 1
        assert not subscriptions.change(c, 99, _one())
