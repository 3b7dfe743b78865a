"""Numbers, durations, days and ages as people write them."""

from datetime import UTC, date, datetime, timedelta
from math import nan

import pytest

from agro.words import say

FR, EN = say("fr", "Europe/Paris"), say("en", "Europe/Paris")
NOW = datetime(2026, 7, 21, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (4.6, "4,6", "4.6"),
        (5.0, "5", "5"),
        (6.5, "6,5", "6.5"),
        (12.5, "13", "13"),
        (12345.6, "12\u202f346", "12,346"),
        (-97, "−97", "−97"),
        (-0.01, "0", "0"),
        (nan, "–", "–"),
    ],
)
def test_numbers(value: float, french: str, english: str) -> None:
    assert FR.number(value) == french
    assert EN.number(value) == english


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0.3, "1 min"), (12.4, "12 min"), (90, "90 min"), (150, "2 h 30"), (120, "2 h")],
)
def test_durations(minutes: float, said: str) -> None:
    assert FR.duration(minutes).replace("\u00a0", " ") == said


@pytest.mark.parametrize(("litres", "said"), [(48.2, "48 L"), (343, "340 L"), (12_300, "12,3 m³")])
def test_litres(litres: float, said: str) -> None:
    assert FR.litres(litres).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("elapsed", "said"),
    [
        (timedelta(seconds=20), "à l’instant"),
        (timedelta(minutes=12), "il y a 12 min"),
        (timedelta(hours=30), "il y a 30 h"),
        (timedelta(days=5), "il y a 5 jours"),
        (timedelta(seconds=-40), "à l’instant"),
    ],
)
def test_ages(elapsed: timedelta, said: str) -> None:
    assert FR.age(elapsed).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("hours", "french", "english"),
    [
        (8, "ce soir", "this evening"),
        (19, "demain matin", "tomorrow morning"),
        (57, "jeudi soir", "Thursday evening"),
    ],
)
def test_moments_are_named_as_people_do(hours: int, french: str, english: str) -> None:
    assert FR.soon(NOW + timedelta(hours=hours), NOW) == french
    assert EN.soon(NOW + timedelta(hours=hours), NOW) == english


def test_times_are_told_in_the_city_s_zone() -> None:
    assert FR.stamp(NOW) == "mar. 21 juil. à 12:00"
    assert say("en", "Europe/Helsinki").stamp(NOW) == "Tue 21 Jul at 13:00"


def test_plurals_follow_the_language() -> None:
    assert FR.t("unit.days", n=1) == "1\u00a0jour"
    assert FR.t("unit.days", n=0) == "0\u00a0jour"
    assert EN.t("unit.days", n=0) == "0\u00a0days"


def test_french_signs_stay_with_their_words() -> None:
    assert FR.t("chart.margin") == "marge du plan"
    assert "\u202f%" in FR.percent(0.18)
    assert "\u00a0: " in FR.t("headline.irrigate", when="ce soir", amount="48 L")


def test_an_unknown_language_is_answered_in_french_and_an_unknown_code_as_it_is() -> None:
    assert say("xx").language == "fr"
    assert FR.code("problem", "odd_new_reason") == "odd new reason"
    assert FR.day(date(2026, 7, 21)) == "mardi 21 juillet"
    with pytest.raises(KeyError, match=r"no\.such\.key"):
        FR.t("no.such.key")
