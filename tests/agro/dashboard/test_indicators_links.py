"""From a figure to one record: a link that can be sent opens the entry, in both languages."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agro.dashboard.indicators_card import card
from agro.dashboard.indicators_links import address
from agro.indicators.book import Book, Record, Source
from agro.indicators.catalogue import Threshold, catalogue
from agro.indicators.figures import Figure, row
from agro.indicators.judging import judged
from agro.indicators.parts import Sums
from agro.indicators.scope import Scope
from agro.words import say
from tests.agro.dashboard.indicators_page import noted_garden, opened, shown

_LOGBOOK = "agro/dashboard/pages/logbook.py"


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """The noted garden."""
    with noted_garden(tmp_path, monkeypatch) as engine:
        yield engine


def test_a_record_leads_to_its_entry(garden: Engine) -> None:
    read = shown(opened(indicator="PROD_HARVEST_KG", scope="site:potager", period="months"))
    assert '<a href="logbook?lang=fr&amp;site=potager&amp;entry=3">n° 3</a>' in read


@pytest.mark.parametrize(
    ("language", "told"), [("fr", ("Écriture n° 2", "7,25 kg")), ("en", ("Entry no. 2", "7.25 kg"))]
)
def test_the_logbook_opens_the_entry_that_a_link_names(
    language: str, told: tuple[str, str], garden: Engine
) -> None:
    test = opened(_LOGBOOK, language, entry="2", site="potager")
    for text in told:
        assert text in shown(test)
    test.text_input(key="logbook_why_2").set_value("double").run()
    test.button(key="logbook_strike_2").click().run()
    assert not test.exception
    assert "entry struck" in shown(test)
    test.button(key="logbook_whole").click().run()
    assert not test.exception
    assert told[0] not in shown(test)


@pytest.mark.parametrize("asked", ["999", "<b>x</b>", "9" * 40])
def test_a_link_to_no_entry_says_so(asked: str, garden: Engine) -> None:
    read = shown(opened(_LOGBOOK, entry=asked))
    assert "n’existe pas" in read
    assert "<b>x" not in read


@pytest.mark.parametrize(
    ("source", "place", "told"),
    [
        (Source("delivery", "log 7", 7), {"site": "a"}, "chain?lang=en&site=a&delivery=7"),
        (Source("plot", "a/p 1"), {"plot": "a/p 1"}, "bed?lang=en&site=a&plot=p+1"),
        (Source("site", "a"), {"site": "a"}, "./?lang=en&site=a"),
        (Source("rain", "a"), {"site": "a"}, "stations?lang=en&site=a"),
        (
            Source("entered", "record 4", 4),
            {},
            "indicators?lang=en&view=entered&scope=city&entered=4",
        ),
        (Source("harvest", "harvests[2]", 12), {"site": "a"}, ""),
    ],
)
def test_records_lead_to_the_page_that_shows_them(
    source: Source, place: dict[str, str], told: str
) -> None:
    assert address(Record(source=source, **place), "en") == told  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "value", "reached", "awaited"),
    [
        (date(2026, 7, 21), 5.0, None, True),
        (date(2026, 7, 21), 12.0, True, False),
        (date(2030, 12, 30), 5.0, None, True),
        (date(2030, 12, 31), 5.0, False, False),
    ],
)
def test_a_target_is_missed_at_the_end_of_its_year_only(
    end: date, value: float, *, reached: bool | None, awaited: bool
) -> None:
    target = Threshold(
        label_fr="objectif",
        label_en="objective",
        op=">=",
        value=10.0,
        status="announced",
        source="C",
        evidence="V",
        year=2030,
    )
    line, lines = judged((target,), value, Book(end - timedelta(days=200), end))
    assert line is not None
    assert (line.reached, line.awaited) == (reached, awaited)
    status = "ok" if awaited else "reached" if reached else "not_reached"
    known = catalogue().by_id["FOOD_COVERAGE_ALL"]
    part = Sums(numerator=value)
    one = Figure(known, Scope(), part, value, status, target=line, lines=lines)
    html = card(say("fr"), one)
    assert ("échéance 2030, pas encore jugé" in html) is awaited
    assert ("non atteint" in html) is (reached is False)
    assert row(one)["thresholds"][0]["awaited"] is awaited
