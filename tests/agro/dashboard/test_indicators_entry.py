"""Who answers for the city reads the entry behind a figure, without the garden's logbook."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.store import logbook, writing
from tests.agro.dashboard.indicators_page import PAGE, SCRIPT, entry, noted_garden, shown

_ASKED = {"indicator": "PROD_HARVEST_KG", "scope": "site:potager", "period": "months"}
_CHOICE = "indicators_entry_PROD_HARVEST_KG"


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """A harvest that Amina noted, and corrected."""
    noted = entry(
        "harvest", 10, quantity=24.0, unit="kg", crop="tomato", who="Amina", notes="avec Léa"
    )
    with noted_garden(tmp_path, monkeypatch, [noted]) as engine:
        with writing(engine) as c:
            (one,) = logbook.noted(c, site="potager", types=["harvest"])
            said = entry("harvest", 10, quantity=2.4, unit="kg", crop="tomato", who="Amina")
            logbook.correct(c, one.number, said, who="Amina", reason="virgule oubliée")
        yield engine


def _opened(seat: str) -> AppTest:
    test = AppTest.from_file(str(SCRIPT), default_timeout=60)
    test.query_params["as"] = seat
    test.run()
    test.switch_page(PAGE)
    for name, value in _ASKED.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def test_an_official_reads_an_entry_and_its_history_but_nothing_personal(garden: Engine) -> None:
    test = _opened("official")
    (number,) = test.selectbox(key=_CHOICE).options
    test.selectbox(key=_CHOICE).set_value(int(number.split()[-1])).run()
    assert not test.exception
    told = shown(test)
    assert number.startswith("n°")
    assert "2,4 kg" in told
    assert "<del>24" in told
    for personal in ("Amina", "Léa", "virgule oubliée"):
        assert personal not in told


def test_who_may_open_the_logbook_follows_the_link_instead(garden: Engine) -> None:
    test = _opened("farmer")
    assert _CHOICE not in {one.key for one in test.selectbox}
    assert 'href="logbook?' in shown(test)


def test_the_public_reads_no_entry(garden: Engine) -> None:
    test = _opened("public")
    assert _CHOICE not in {one.key for one in test.selectbox}
    assert "2,4 kg" not in shown(test)
