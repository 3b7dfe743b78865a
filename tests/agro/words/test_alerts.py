"""Every alert is a whole sentence with its number, in every language."""

from datetime import date
from typing import Any

import pytest

from agro.notify.kinds import KINDS
from agro.words import LANGUAGES, say
from agro.words.alerts import alert_digest, alert_text, calendar_note, calendar_title

SINCE = "2026-07-03T06:05:00+00:00"
FACTS: list[tuple[str, dict[str, Any], str]] = [
    ("irrigation", {"litres": 48.0, "when": SINCE}, "48"),
    ("irrigation", {"litres": None, "when": SINCE}, "–"),
    ("frost", {"day": "2026-10-04", "temperature": -1.25}, "−1"),
    ("heat", {"day": "2026-07-04", "temperature": 36.4}, "36"),
    ("drought_order", {"resource": "AEP", "level": "alerte", "valid_until": "2026-09-30"}, "2026"),
    ("drought_order", {"resource": "SOU", "level": "free"}, "Jardin"),
    ("sensor_silent", {"name": "Sonde 3", "seen": SINCE}, "Sonde 3"),
    ("sensor_silent", {"count": 4, "heard": 5, "seen": SINCE}, "4"),
    ("tank_low", {"tank": "cuve-1"}, "cuve-1"),
    ("valve_stuck", {"name": "vanne-2", "since": SINCE}, "vanne-2"),
    ("valve_stuck", {"hours": 7.0, "amount": 900.0, "unit": "L", "since": SINCE}, "900"),
    ("valve_stuck", {"hours": 7.0, "amount": None, "unit": "min", "since": SINCE}, "7"),
    (
        "report_nearby",
        {"metres": 120, "name_fr": "Arbre", "name_en": "Tree", "address": "r"},
        "120",
    ),
]


def test_every_kind_is_worded() -> None:
    assert {kind for kind, _, _ in FACTS} == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "facts", "number"), FACTS)
def test_an_alert_is_a_sentence(
    language: str, kind: str, facts: dict[str, Any], number: str
) -> None:
    words = say(language, "Europe/Paris")
    told = alert_text(
        words, kind, facts, site="Jardin", plot="Planche 1", link="https://f.example/x"
    )
    assert told.title
    assert number in told.body
    assert "{" not in told.title + told.body
    assert told.body.splitlines()[-1].endswith("https://f.example/x")
    digest = alert_digest(words, [told, told], date(2026, 7, 3))
    assert digest.title.startswith("2 ")
    assert digest.body.count(told.title) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_calendar_says_litres_and_minutes_where_they_are_known(language: str) -> None:
    words, nan = say(language), float("nan")
    assert "60" in calendar_title(words, "Planche 1", 60.0)
    assert calendar_title(words, "Planche 1", nan).endswith("Planche 1")
    assert "40" in calendar_note(words, 40.0, "")
    assert "http" in calendar_note(words, nan, "http://x")
