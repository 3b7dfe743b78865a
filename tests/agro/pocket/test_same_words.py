"""Aujourd'hui and the pocket page say the same of every bed, whatever its state."""

import re
from collections.abc import Iterator

import httpx
import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.config import now
from agro.pocket.said import crop_name
from agro.records import Advice, Plot
from agro.store import decisions, farms
from agro.words import LANGUAGES, Card, Words, card, garden_lead, say, soil_water
from agro.words.catalogue import texts
from tests.agro.pocket.beds import STATES, plant
from tests.agro.pocket.test_pages import SCRIPT, text

_FROM = re.compile(r'href="/m/potager(\?from=\d+)"')


def _articles(language: str) -> tuple[dict[str, str], str]:
    """What Aujourd'hui says: each bed's card by its title, and everything together."""
    st.cache_data.clear()  # of the garden before its beds were planted
    page = AppTest.from_file(str(SCRIPT), default_timeout=120)
    page.query_params["lang"] = language
    page.run()
    assert not page.exception
    blocks = [block.proto.body for block in page.get("html")]
    cards = [one for one in blocks if '<article class="card"' in one]
    titles = [re.findall(r"<h3>(.*?)</h3>", one)[0] for one in cards]
    return {text(title): text(one) for title, one in zip(titles, cards, strict=True)}, " ".join(
        text(one) for one in blocks
    )


def _pages(phone: httpx.Client, language: str) -> str:
    """The garden's pages, one after the other."""
    asked, told = "", ""
    while True:
        html = phone.get(f"/m/potager{asked}", headers={"Accept-Language": language}).text
        told += f" {text(html)}"
        further = _FROM.search(html)
        if further is None:
            return told
        asked = further[1]


def _sentences(words: Words, told: Card, advice: Advice | None) -> Iterator[str]:
    """All that a bed's own page says of its advice."""
    yield from (told.title, told.badge, told.headline, told.why, told.when, told.stale)
    if told.order:
        yield from (told.order.rule, *told.order.lines, told.order.link_text, told.order.heard)
    if advice is not None and advice.plan:
        yield from (told.dots, told.confidence, *told.cautions)
        water = soil_water(words, advice)
        yield words.t("gauge.unknown") if water is None else ""


def _card(words: Words, plot: Plot, advice: Advice | None) -> Card:
    crop = crop_name(words, advice.crop) if advice and advice.crop else ""
    return card(words, plot, advice, crop=crop, now=now())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_bed_in_every_state(phone: httpx.Client, engine: Engine, language: str) -> None:
    plant(engine)
    words = say(language, "Europe/Paris")
    with engine.connect() as c:
        plots, advices = farms.plots(c, "potager"), decisions.latest(c, "potager")
    known = {advice.plot: advice for advice in advices}
    assert len(plots) == len(STATES) + 3
    dashboard, whole = _articles(language)
    garden = _pages(phone, language)
    for plot in plots:
        advice = known.get(plot.slug)
        told = _card(words, plot, advice)
        path = f"/m/potager/{plot.slug}"
        bed = text(phone.get(path, headers={"Accept-Language": language}).text)
        for sentence in _sentences(words, told, advice):
            said = " ".join(sentence.split())
            assert said in dashboard[" ".join(told.title.split())], plot.slug
            assert said in bed, plot.slug
        for sentence in (told.title, told.headline, told.when, told.stale):
            assert " ".join(sentence.split()) in garden, plot.slug
    lead = " ".join(garden_lead(words, plots, known).split())
    assert lead in whole
    assert lead in garden


def test_the_states_are_all_there_are() -> None:
    """A decision or a reason that is new stands in the comparison too."""
    words = say("en")
    reasons = {
        one.removeprefix("reason.").removesuffix("_days")
        for one in words_of("reason.")
        if words.knows(one)
    }
    assert {reason for _, reason, _ in STATES} == reasons
    decisions_said = {one.removeprefix("decision.") for one in words_of("decision.")}
    assert {decision for decision, _, _ in STATES} == decisions_said


def words_of(group: str) -> list[str]:
    """The keys of a group of the catalogue."""
    return [key for key in texts("en") if key.startswith(group)]
