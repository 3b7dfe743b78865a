"""Numbers, days, times and plurals, each as its language writes them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agro.words import LANGUAGES, named, own_text, say, separators
from models.water.tables import CROPS

ZONE = {"fr": "Europe/Paris", "en": "Europe/London", "fi": "Europe/Helsinki"}
DAY, NOW = date(2026, 7, 20), datetime(2026, 7, 20, 17, 30, tzinfo=UTC)


def _plain(text: str) -> str:
    """Spaces that hold together made plain."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ("4,6", "12\u202f346", "−0,5", "18\u202f%")),
        ("en", ("4.6", "12,346", "−0.5", "18%")),
        ("fi", ("4,6", "12\u00a0346", "−0,5", "18\u00a0%")),
    ],
)
def test_numbers(language: str, said: tuple[str, ...]) -> None:
    words = say(language)
    numbers = (words.number(one) for one in (4.6, 12345.6, -0.5))
    assert (*numbers, words.percent(0.18)) == said


@pytest.mark.parametrize(
    ("language", "signs"), [("fr", ",\u202f"), ("en", ".,"), ("fi", ",\u00a0")]
)
def test_charts_take_the_same_signs(language: str, signs: str) -> None:
    assert separators(language) == signs


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ("lundi 20 juillet", "20 juillet 2026", "20 juillet", "lun. 20 juil.", "lundi")),
        ("en", ("Monday 20 July", "20 July 2026", "20 July", "Mon 20 Jul", "Monday")),
        (
            "fi",
            (
                "maanantaina 20. heinäkuuta",
                "20. heinäkuuta 2026",
                "20. heinäkuuta",
                "ma 20.7.",
                "maanantaina",
            ),
        ),
    ],
)
def test_days(language: str, said: tuple[str, ...]) -> None:
    words = say(language)
    shown = words.day(DAY), words.long_day(DAY), words.near_day(DAY, DAY), words.short_day(DAY)
    assert (*map(_plain, shown), words.weekday(DAY)) == said


@pytest.mark.parametrize(
    ("language", "first"), [("fr", "1er août"), ("en", "1 August"), ("fi", "1. elokuuta")]
)
def test_the_first_of_a_month(language: str, first: str) -> None:
    assert say(language).near_day(date(2026, 8, 1), DAY) == first


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ("19:30", "8 h", "lun. 20 juil. à 19:30")),
        ("en", ("18:30", "08:00", "Mon 20 Jul at 18:30")),
        ("fi", ("20.30", "8", "ma 20.7. klo 20.30")),
    ],
)
def test_times(language: str, said: tuple[str, ...]) -> None:
    words = say(language, ZONE[language])
    assert tuple(map(_plain, (words.clock(NOW), words.hour(8), words.stamp(NOW)))) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ("0 jour", "1 jour", "2 jours")),
        ("en", ("0 days", "1 day", "2 days")),
        ("fi", ("0 päivää", "1 päivä", "2 päivää")),
    ],
)
def test_plurals(language: str, said: tuple[str, ...]) -> None:
    words = say(language)
    assert tuple(_plain(words.t("unit.days", n=n)) for n in (0, 1, 2)) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ("48 L", "2 h 30", "il y a 5 jours", "jeudi soir")),
        ("en", ("48 L", "2 h 30", "5 days ago", "Thursday evening")),
        ("fi", ("48 l", "2 h 30", "5 päivää sitten", "torstaina illalla")),
    ],
)
def test_amounts_and_moments(language: str, said: tuple[str, ...]) -> None:
    words = say(language, ZONE[language])
    shown = (
        words.litres(48.2),
        words.duration(150),
        words.age(timedelta(days=5)),
        words.soon(NOW + timedelta(days=3), NOW),
    )
    assert tuple(map(_plain, shown)) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_million_is_told_as_many_are(language: str) -> None:
    """French has a form of its own from a million on, which no garden needs."""
    assert "1" in say(language).t("unit.days", n=1_000_000)


def test_a_number_stays_with_its_unit_in_every_language() -> None:
    for language in LANGUAGES:
        assert "\u00a0" in say(language).litres(48.0)
        assert "\u00a0" in say(language).t("unit.days", n=2)


def test_a_language_is_a_file() -> None:
    folder = Path(__file__).parents[3] / "agro" / "words"
    assert set(LANGUAGES) == {file.stem for file in folder.glob("*.toml")}
    assert LANGUAGES[0] == "fr"
    assert "fi" in LANGUAGES


class _Service:
    """A record of a pack that speaks its own language, English, and no other."""

    name_fr = "Fuite d’eau"
    name_en = "Water leak"
    name_ro = ""


@pytest.mark.parametrize(
    ("language", "home", "said"),
    [
        ("fr", "en", "Fuite d’eau"),
        ("en", "fr", "Water leak"),
        ("fi", "fr", "Fuite d’eau"),
        ("fi", "en", "Water leak"),
        ("fi", "", "Water leak"),
        ("fi", "ro", "Water leak"),
        ("xx", "yy", "Water leak"),
    ],
)
def test_a_language_that_a_record_lacks(language: str, home: str, said: str) -> None:
    """Its pack's own language, then English, then any."""
    assert own_text(_Service(), "name", language, home) == said
    assert own_text(object(), "name", language, home) == ""


@pytest.mark.parametrize(("language", "said"), [("fr", "tomate"), ("en", "Tomato")])
def test_a_table_says_what_it_has(language: str, said: str) -> None:
    assert named(CROPS["tomato"], "crop", "tomato", language) == said


def test_a_catalogue_says_what_a_table_lacks() -> None:
    assert named(CROPS["tomato"], "crop", "tomato", "fi") == "tomaatti"
    assert named(_Service(), "crop", "no_such_crop", "fi") == "Water leak"
