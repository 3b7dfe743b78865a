"""A page that shows a forecast says whose it is, how old, and under what terms."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agro.store import decisions, feeds, open_store, writing
from agro.store.feeds import Source
from tests.agro.dashboard.conftest import NOW

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_OPEN_METEO = ("CC BY 4.0", "Weather data by Open-Meteo.com", "https://open-meteo.com/")
_METEO_FRANCE = ("Licence Ouverte 2.0", "Météo-France", "https://www.etalab.gouv.fr/")
_LINK = '<a href="https://open-meteo.com/">'
Told = Callable[..., None]


pytestmark = pytest.mark.parametrize("kept", ["garden"], indirect=True)


@pytest.fixture
def told(kept: str) -> Told:
    """The newest advice stands on this forecast; the services were asked."""

    def tell(source: str, issued: timedelta | None, *, served: bool = True) -> None:
        at = None if issued is None else f"{NOW - issued:%Y-%m-%dT%H:%M:%SZ}"
        sources = {"forecast": source, "forecast_issued_at": at}
        engine = open_store(os.environ["AGRO_DATABASE_URL"])
        with writing(engine) as c:
            known = decisions.latest(c, "potager")
            decisions.write(c, [replace(one, sources=sources) for one in known])
            if served:
                feeds.answered(c, _row("open-meteo", _OPEN_METEO, NOW), None)
                feeds.answered(c, _row("open-meteo-ensemble", _OPEN_METEO, NOW), None)
                hour = NOW - timedelta(hours=1)
                feeds.answered(c, _row("meteo-france", _METEO_FRANCE, hour), None)
        engine.dispose()

    return tell


def _row(source: str, terms: tuple[str, str, str], at: datetime) -> Source:
    return Source(source, "potager", "live", *terms, fetched_at=at)


def _read(page: str, language: str) -> str:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    if page != "today":
        test.switch_page(f"agro/dashboard/pages/{page}.py").run()
    assert not test.exception
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("page", ["today", "bed"])
@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "fr",
            (
                "Prévision : Open-Meteo, il y a 2 h.",
                f"Données : {_LINK}météo par Open-Meteo.com</a> (CC BY 4.0)",
                "Météo-France</a> (Licence Ouverte 2.0), il y a 60 min",
            ),
        ),
        (
            "en",
            (
                "Forecast: Open-Meteo, 2 h ago.",
                f"Data: {_LINK}weather data by Open-Meteo.com</a> (CC BY 4.0)",
                "Météo-France</a> (Licence Ouverte 2.0), 60 min ago",
            ),
        ),
    ],
)
def test_source_age_and_licence(told: Told, page: str, language: str, lines: list[str]) -> None:
    told("open-meteo", timedelta(hours=2))
    read = _read(page, language)
    for line in lines:
        assert read.count(line) == 1, line
    assert read.count("Open-Meteo.com") == 1  # forecast and members are of one house


@pytest.mark.parametrize("page", ["today", "bed"])
def test_an_old_forecast_says_so(told: Told, page: str) -> None:
    told("open-meteo", timedelta(hours=35))
    assert "ancienne : Open-Meteo" not in _read(page, "fr")
    told("open-meteo", timedelta(days=3))
    st.cache_data.clear()
    assert "La prévision est ancienne : Open-Meteo, il y a 3 jours." in _read(page, "fr")
    assert "The forecast is old: Open-Meteo, 3 days ago." in _read(page, "en")


def test_a_week_by_the_season_and_a_simulated_one_say_so(told: Told) -> None:
    told("climate", None, served=False)
    read = _read("today", "fr")
    assert "Pas de prévision : la semaine est estimée d’après les moyennes de saison." in read
    assert "Données :" not in read
    told("simulated", timedelta(hours=1), served=False)
    st.cache_data.clear()
    assert "Prévision : météo simulée, il y a 60 min." in _read("today", "fr")


def test_a_neighbours_forecast_is_credited_too(told: Told) -> None:
    """A garden that was never answered itself stands on another's forecast."""
    told("open-meteo", timedelta(hours=2), served=False)
    engine = open_store(os.environ["AGRO_DATABASE_URL"])
    with writing(engine) as c:
        feeds.answered(c, _row("open-meteo", _OPEN_METEO, NOW), None)
        assert [one.source for one in feeds.terms(c, "elsewhere", "open-meteo")] == ["open-meteo"]
        assert feeds.terms(c, "elsewhere", "meteo-france") == []
    engine.dispose()


def test_advice_that_names_no_forecast_shows_no_line(kept: str) -> None:
    read = _read("today", "fr")
    assert "Prévision :" not in read
    assert "Pas de prévision :" not in read


def test_a_source_that_names_nobody_is_not_thanked(told: Told) -> None:
    """Of a demo's citizens nobody holds the rights: no empty link stands beside the weather's."""
    told("open-meteo", timedelta(hours=2))
    engine = open_store(os.environ["AGRO_DATABASE_URL"])
    with writing(engine) as c:
        feeds.answered(c, _row("open311", ("simulated", "", ""), NOW), None)
    engine.dispose()
    read = _read("today", "fr")
    assert "Open-Meteo.com" in read
    assert 'href=""' not in read
    assert "(simulated)" not in read
