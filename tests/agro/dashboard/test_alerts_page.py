"""The page of the alerts: subscribing without a command, trying, pausing, removing, calendars."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.config import settings
from agro.notify.calendar import calendar
from agro.notify.kinds import FROST, KINDS, VALVE_STUCK
from agro.store import open_store, writing
from agro.store.alerts import deliveries, events, subscriptions
from agro.store.alerts.deliveries import Delivery
from agro.store.alerts.events import AlertEvent
from agro.store.alerts.subscriptions import AlertSubscription
from agro.words import LANGUAGES
from tests.agro.dashboard.conftest import NOW
from tests.alerting import Mailbox

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
SITE = "potager"
GARDEN = pytest.mark.parametrize("kept", ["garden"], indirect=True)


@pytest.fixture
def engine(kept: str) -> Iterator[Engine]:
    """The store behind the page."""
    engine = open_store(settings().database)
    yield engine
    engine.dispose()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The house's mail server."""
    started = Mailbox()
    told = f"mailto://127.0.0.1:{started.port}?from=agro@example.org&mode=insecure"
    monkeypatch.setenv("AGRO_MAIL_URL", told)
    yield started
    started.stop()


def _open(language: str = "fr", view: str = "") -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("agro/dashboard/pages/alerts.py").run()
    if view:
        test.button_group(key="alerts_view").set_value(view).run()
    return test


def _read(test: AppTest) -> str:
    assert not test.exception
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _field(test: AppTest, end: str) -> str:
    """The key of the field that ends so."""
    fields = (*test.text_input, *test.toggle, *test.selectbox, *test.button_group)
    return next(str(one.key) for one in fields if str(one.key).endswith(end))


def _kept(engine: Engine) -> list[AlertSubscription]:
    with engine.connect() as c:
        return subscriptions.kept(c)


def _subscribe(test: AppTest, who: str = "Anne", reader: str = "anne@example.org") -> None:
    test.text_input(key=_field(test, "_who")).set_value(who)
    test.text_input(key=_field(test, "_first_email_reader")).set_value(reader)
    test.run()
    test.button(key="alerts_keep").click().run()


@pytest.mark.parametrize("view", ["mine", "log", "calendar"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_speaks(kept: str, language: str, view: str, mailbox: Mailbox) -> None:
    test = _open(language) if kept == "empty" else _open(language, view)
    read = _read(test)
    assert "{" not in read.split("</style>")[-1]
    if kept == "empty":
        assert len(test.get("html")) > 3
        return
    own = {
        ("mine", "fr"): "Aucune alerte pour l’instant",
        ("log", "fr"): "Aucun message pour l’instant",
        ("calendar", "fr"): "Aucune adresse",
        ("mine", "en"): "No alert yet",
        ("mine", "fi"): "Ei vielä hälytyksiä",
    }
    assert own.get((view, language), "") in read


@GARDEN
def test_somebody_subscribes_and_is_listed(kept: str, engine: Engine, mailbox: Mailbox) -> None:
    test = _open()
    _subscribe(test)
    read = _read(test)
    assert "C’est noté : vous serez prévenu" in read
    assert "E-mail, a…@example.org" in read
    assert "Silence de 22 h à 7 h" in read
    assert "anne@example.org" not in read
    (one,) = _kept(engine)
    assert (one.who, one.channel, one.language) == ("Anne", "mail://anne%40example.org", "fr")
    assert set(KINDS) - set(one.kinds) == {"report_nearby"}
    assert (one.quiet_from, one.quiet_until) == (22 * 60, 7 * 60)
    assert one.wake == (FROST, VALVE_STUCK)
    assert (one.digest_hour, one.escalate_to, one.escalate_after) == (None, "", None)


@GARDEN
def test_a_digest_and_somebody_else(kept: str, engine: Engine, mailbox: Mailbox) -> None:
    test = _open()
    test.button_group(key=_field(test, "_how")).set_value("digest")
    test.toggle(key=_field(test, "_quiet")).set_value(False)
    test.toggle(key=_field(test, "_second_on")).set_value(True)
    test.run()
    test.selectbox(key=_field(test, "_second_channel")).set_value("ntfy").run()
    test.text_input(key=_field(test, "_second_ntfy_topic")).set_value("jardin-x7")
    test.selectbox(key=_field(test, "_after")).set_value(60)
    _subscribe(test)
    (one,) = _kept(engine)
    assert (one.digest_hour, one.quiet_from, one.escalate_after) == (18, None, 60)
    assert one.escalate_to == "ntfys://ntfy.sh/jardin-x7"
    read = _read(test)
    assert "Un résumé par jour, à 18 h" in read
    assert "Si rien ne bouge en 60 min : Application ntfy, ntfy.sh" in read
    assert "jardin-x7" not in read


@GARDEN
@pytest.mark.parametrize(
    ("who", "reader", "told"),
    [
        ("", "anne@example.org", "Il manque votre nom ou votre adresse"),
        ("Anne", "", "Il manque : Adresse e-mail"),
        ("Anne", "anne", "E-mail : cette adresse ne peut pas être lue"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    kept: str, engine: Engine, mailbox: Mailbox, who: str, reader: str, told: str
) -> None:
    test = _open()
    _subscribe(test, who, reader)
    assert told in _read(test)
    assert _kept(engine) == []
    assert test.text_input(key=_field(test, "_who")).value == who  # what was typed stays


@GARDEN
def test_a_trial_tells_how_it_went(kept: str, mailbox: Mailbox) -> None:
    test = _open()
    _subscribe(test)
    test.button(key="alerts_try_1").click().run()
    assert "l’essai est parti" in _read(test)
    (message,) = mailbox.messages
    assert (message["Subject"], message["To"]) == ("Message d’essai", "anne@example.org")
    mailbox.answer("554 no")
    test.button(key="alerts_try_1").click().run()
    said = _read(test)
    assert "l’essai n’est pas parti" in said
    assert "Le serveur de courrier le refuse. (554)" in said
    mailbox.stop()
    test.button(key="alerts_try_1").click().run()
    assert "Le serveur ne répond pas" in _read(test)


@GARDEN
def test_one_rests_and_wakes(kept: str, engine: Engine, mailbox: Mailbox) -> None:
    test = _open()
    _subscribe(test)
    test.button(key="alerts_rest_1").click().run()
    assert "En pause : plus rien n’est envoyé" in _read(test)
    with engine.connect() as c:
        assert subscriptions.subscriptions(c) == []
    test.button(key="alerts_wake_1").click().run()
    with engine.connect() as c:
        assert len(subscriptions.subscriptions(c)) == 1


@GARDEN
def test_one_is_changed_and_keeps_its_channel(kept: str, engine: Engine, mailbox: Mailbox) -> None:
    test = _open()
    _subscribe(test)
    test.button(key="alerts_change_1").click().run()
    assert "Comme maintenant\u00a0: E-mail, a…@example.org" in [
        option for one in test.selectbox for option in one.options
    ]
    test.button_group(key=_field(test, "_kinds")).set_value([FROST]).run()
    test.button(key="alerts_keep").click().run()
    (one,) = _kept(engine)
    assert (one.kinds, one.channel, one.who) == ((FROST,), "mail://anne%40example.org", "Anne")
    test.button(key="alerts_change_1").click().run()
    test.button(key="alerts_cancel").click().run()
    assert _kept(engine) == [one]


@GARDEN
def test_what_is_removed_is_forgotten_and_can_be_taken_back(
    kept: str, engine: Engine, mailbox: Mailbox
) -> None:
    test = _open()
    _subscribe(test)
    before = _kept(engine)
    test.button(key="alerts_remove_1").click().run()
    read = _read(test)
    assert "Supprimé : E-mail, a…@example.org" in read
    assert "Aucune alerte pour l’instant" in read
    assert _kept(engine) == []
    with engine.connect() as c:
        gone = subscriptions.find(c, 1)
    assert gone is not None
    assert gone.channel == ""
    test.button(key="alerts_undo").click().run()
    assert "C’est rétabli" in _read(test)
    assert _kept(engine) == before


@GARDEN
def test_what_was_sent_and_why_not(kept: str, engine: Engine, mailbox: Mailbox) -> None:
    _subscribe(_open())
    frost = AlertEvent(FROST, SITE, "d", facts={"day": "2026-07-22", "temperature": -1.0})
    with writing(engine) as c:
        events.take(c, [frost], {FROST}, NOW)
        deliveries.queue(c, [Delivery(1, 1, 0, NOW, NOW), Delivery(1, 1, 1, NOW, NOW)])
        deliveries.claim(c, [1], "me", NOW)
        deliveries.settle(c, [1], "failed", reason="smtp 554")
        deliveries.claim(c, [2], "me", NOW)
        deliveries.settle(c, [2], "sent")
        events.take(c, [], {FROST}, NOW + timedelta(hours=2))
    read = _read(_open(view="log"))
    assert "Gel : Potager des Ducs" in read
    assert "Pas envoyé. Le serveur de courrier le refuse. (554)" in read
    assert "À l’autre personne : Envoyé mar. 21 juil. à 12:00." in read
    assert "C’est fini depuis mar. 21 juil. à 14:00." in read


def _address(test: AppTest) -> str:
    (one,) = test.code
    return str(one.value)


@GARDEN
def test_a_calendar_is_made_copied_changed_and_closed(kept: str, engine: Engine) -> None:
    test = _open(view="calendar")
    test.button(key=f"alerts_make_{SITE}").click().run()
    _read(test)
    first = _address(test)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/calendar/[\w-]{43}\.ics", first)
    assert _opens(engine, first)
    test.button(key=f"alerts_make_{SITE}").click().run()
    second = _address(test)
    assert "l’ancienne ne marche plus" in _read(test)
    assert not _opens(engine, first)
    assert _opens(engine, second)
    again = _open(view="calendar")
    assert not again.code  # it is shown once
    assert "Une adresse existe" in _read(again)
    again.button(key=f"alerts_close_{SITE}").click().run()
    assert "est fermé" in _read(again)
    assert not _opens(engine, second)


def _opens(engine: Engine, address: str) -> bool:
    token = address.rpartition("/")[2].removesuffix(".ics")
    with engine.connect() as c:
        found = calendar(c, token, NOW, "http://x")
    return found is not None and b"BEGIN:VCALENDAR" in found
