"""A survey under a thumb: proposals confirmed one by one, blocked while a blank is left, undone."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from agro.indicators import surveying, tape
from agro.packs import read_pack
from agro.records import LogEntry
from agro.store import farms, logbook, open_store, writing
from agro.store.indicators import SurveyAnswers
from tests.browser.house import served
from tests.browser.looking import OVERFLOW, picture
from tests.browser.test_logbook import Thumb

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
SITE = "potager-des-ducs"
_PATIENCE = 30_000
_OPEN = {"crops", "animals", "networks"}  # what the draft leaves to answer
pytestmark = [pytest.mark.browser, pytest.mark.service]


def _begun() -> SurveyAnswers:
    form = tape.FORMS["2023"]
    answers = {
        element: {i: 3.0 for i in listed if i not in _OPEN and i not in form.optional}
        for element, listed in form.elements.items()
    }
    return SurveyAnswers(SITE, "2023", answers, date(2026, 7, 20))


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The server over Dijon's gardens, with a harvest and a survey that was begun yesterday."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    engine = open_store(url)
    yesterday = NOW - timedelta(days=1)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        picked = LogEntry(SITE, "planche-1", "harvest", yesterday, 2.5, "kg", crop="tomato")
        logbook.note(c, picked)
        surveying.save_draft(c, _begun(), who="Amina", at=yesterday)
    engine.dispose()
    with served(url, f"{NOW:%Y-%m-%dT%H:%M:%SZ}@{time.time():.0f}") as address:
        yield address


def _answer(thumb: Thumb, index: str, level: int) -> None:
    asked = thumb.page.locator(f".st-key-survey_ask_{index}")
    choice = asked.locator(".stRadio label").filter(has_text=re.compile(rf"^{level} · "))
    expect(choice).to_have_count(1, timeout=_PATIENCE)  # the question before has gone
    thumb.tap(choice)
    expect(asked.locator("input:checked")).to_be_attached(timeout=_PATIENCE)


def _press(thumb: Thumb, name: str) -> None:
    thumb.tap(thumb.page.locator(f".st-key-{name} button"))


def test_a_survey_is_finished_seen_and_undone_with_a_thumb(address: str, phone: Page) -> None:
    phone.goto(f"{address}/indicators?lang=fr&view=survey&scope=site:{SITE}&period=months")
    thumb, main = Thumb(phone), phone.locator('[data-testid="stMain"]')
    _press(thumb, "survey_open_1")
    expect(main).to_contain_text("31 réponses sur 34", timeout=_PATIENCE)
    _press(thumb, "survey_confirm_crops")
    expect(main).to_contain_text("Confirmé comme les enregistrements", timeout=_PATIENCE)
    _press(thumb, "survey_finish")
    expect(main).to_contain_text("Il manque 2 réponses", timeout=_PATIENCE)
    _answer(thumb, "animals", 1)
    _press(thumb, "survey_go_circular")
    _answer(thumb, "networks", 4)
    expect(main).to_contain_text("34 réponses sur 34", timeout=_PATIENCE)
    assert phone.evaluate(OVERFLOW) <= 0
    _press(thumb, "survey_finish")
    expect(main).to_contain_text("elle compte dans les indicateurs", timeout=_PATIENCE)
    around = phone.locator(".js-plotly-plot text", has_text="Diversité").first
    expect(around).to_be_visible(timeout=_PATIENCE)
    picture(phone, "survey-done-phone-fr")
    assert phone.evaluate(OVERFLOW) <= 0
    _press(thumb, "survey_undo")
    expect(main).to_contain_text("Retirée : elle ne compte plus", timeout=_PATIENCE)
    expect(phone.locator(".js-plotly-plot")).to_have_count(0, timeout=_PATIENCE)
    assert thumb.taps == 8
