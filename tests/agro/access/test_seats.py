"""The demo's switch of roles: each seat sees what its role sees, and only a demo has it."""

from pathlib import Path
from time import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agro.dashboard.visitor import SEATS, seat_key
from agro.store import open_store, writing
from agro.words import LANGUAGES, say
from tests.agro.access import gardens
from tests.agro.access.gardens import NOW, OURS, THEIRS

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store without accounts, in its simulated season."""
    found = f"sqlite:///{tmp_path}/agro.sqlite"
    gardens.fill(found)
    monkeypatch.setenv("AGRO_DATABASE_URL", found)
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    monkeypatch.setenv("AGRO_CLOCK", f"{NOW.isoformat()}@{time()}")
    st.cache_data.clear()
    st.cache_resource.clear()
    return found


def _open(**address: str) -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    for name, value in address.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def _html(test: AppTest) -> str:
    return "\n".join(one.proto.body for one in test.get("html"))


def _has_switch(test: AppTest) -> bool:
    return seat_key() in {box.key for box in test.selectbox}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_demo_can_be_seen_from_every_seat(url: str, language: str) -> None:
    test = _open(lang=language)
    assert say(language).t("access.open")[:12] in _html(test)
    for seat in SEATS:
        test.selectbox(key=seat_key()).select(seat).run()
        assert not test.exception
        told = test.query_params.get("as") in (seat, [seat])
        assert told is (seat != SEATS[0])


def test_a_farmers_seat_stands_in_the_first_garden(url: str) -> None:
    test = _open(**{"as": "farmer", "site": THEIRS})
    assert test.session_state["site"] == OURS


def test_the_public_seat_is_read_only(url: str) -> None:
    test = _open(**{"as": "public", "lang": "en"})
    assert say("en").t("access.public") in _html(test)
    assert say("en").t("nav.logbook") not in {one.proto.label for one in test.get("page_link")}


def test_an_address_takes_no_seat_outside_a_demo(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGRO_CLOCK")
    test = _open(**{"as": "public", "lang": "en"})
    assert not _has_switch(test)
    assert say("en").t("access.public") not in _html(test)


def test_a_demo_with_accounts_asks_to_sign_in(url: str) -> None:
    engine = open_store(url)
    with writing(engine) as c:
        gardens.sign_in(c, "operator")
    engine.dispose()
    test = _open(**{"as": "operator", "lang": "en"})
    assert not _has_switch(test)
    assert say("en").t("access.public") in _html(test)
    assert say("en").t("nav.stations") not in {one.proto.label for one in test.get("page_link")}
