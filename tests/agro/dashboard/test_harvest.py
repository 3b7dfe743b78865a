"""The harvest page, full, waiting and empty, in both languages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import nan
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest

from agro.dashboard import harvest_charts
from agro.dashboard.harvest_parts import judged
from agro.forecast.record import Gathered
from agro.records import LogEntry, Planting, YieldForecast
from agro.store import farms, forecasts, logbook, open_store, schema, writing
from agro.words import LANGUAGES, say
from agro.words.harvest import factor, harvest_sentence, of_all
from tests.agro.dashboard.conftest import NOW, fill

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
PLANTED = date(2026, 5, 15)
TOMATO = YieldForecast(
    site="potager",
    plot="p1",
    crop="tomato",
    planted=PLANTED,
    issued_at=NOW - timedelta(hours=3),
    low=2.6,
    middle=3.2,
    high=3.9,
    area=48.0,
    start=date(2026, 7, 12),
    end=date(2026, 9, 20),
    model="record",
    factors=(
        {"code": "water_flowering", "effect": -0.08},
        {"code": "heat", "effect": -0.03, "days": 4},
        {"code": "warm", "days": 6},
    ),
    sources={"seasons": 3, "unweighed": 1, "reference_source": "FAO-33 <b>"},
    variety="Marmande",
)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[str]:
    """The garden's store."""
    found = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", found)
    fill(found)
    st.cache_data.clear()
    st.cache_resource.clear()
    yield found
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def season(url: str) -> str:
    """A tomato bed with a fortnight of forecasts, some picked, and a crop without reference."""
    engine = open_store(url)
    berries = replace(
        TOMATO, plot="s1", crop="berries", variety="", low=nan, middle=nan, high=nan, model="none",
        factors=({"code": "no_reference"},), sources={},
    )  # fmt: skip
    with writing(engine) as c:
        farms._save_plantings(
            c, [*farms.plantings(c), Planting("potager", "s1", "berries", "", PLANTED)]
        )
        for days in (14, 7, 0):
            at = TOMATO.issued_at - timedelta(days=days)
            forecasts.write(c, [replace(TOMATO, issued_at=at, middle=3.2 + days / 50.0)])
        forecasts.write(c, [berries])
        for days, kg in ((8, 20.0), (1, 12.5)):
            logbook.write(
                c,
                [
                    LogEntry(
                        "potager", "p1", "harvest", NOW - timedelta(days=days), kg, "kg", "tomato"
                    )
                ],
            )
    engine.dispose()
    return url


def _open(language: str) -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    return test.switch_page("agro/dashboard/pages/harvest.py").run()


def _read(test: AppTest) -> str:
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


SAYS = {
    "fr": (
        "Récoltes",
        "Planche 1 · Tomate « Marmande »",
        "≈ 3,2 kg/m², soit 154 kg",
        "de 2,6 à 3,9 kg/m², soit de 125 à 187 kg",
        "En récolte depuis le 12 juillet, jusque vers le 20 septembre",
        "manque d’eau pendant la floraison : −8 %",
        "4 jours de forte chaleur : −3 %",
        "saison chaude : en avance de 6 jours",
        "33 kg récoltés sur 154 kg attendus (21 %)",
        "D’après 3 saisons passées de ce jardin",
        "1 récolte notée sans poids n’est pas comptée",
        "Pas encore de prévision",
        "Semaine par semaine",
        "FAO-33 &lt;b&gt;",
    ),
    "en": (
        "Harvests",
        "≈ 3.2 kg/m², or 154 kg",
        "Being harvested since 12 July, until about 20 September",
        "short of water while flowering: −8%",
        "warm season: early by 6 days",
        "33 kg picked of 154 kg expected (21%)",
        "From 3 past seasons of this garden",
        "No forecast yet",
        "Week by week",
    ),
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_season_is_told(season: str, language: str) -> None:
    test = _open(language)
    assert not test.exception
    read = _read(test)
    for sentence in SAYS[language]:
        assert sentence in read
    assert "nan" not in read.lower()
    assert len(test.get("plotly_chart")) == 2
    assert len(test.get("download_button")) == 2
    assert test.selectbox(key="harvest_planting_potager").options == [
        "Planche 1 · Tom" + ("ate" if language == "fr" else "ato")
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_planting_without_a_forecast_yet_waits(url: str, language: str) -> None:
    read = _read(_open(language))
    told = {"fr": "La première prévision se prépare", "en": "The first forecast is being made"}
    assert told[language] in read


@pytest.mark.parametrize("language", ["fr", "en"])
def test_where_nothing_grows_it_says_what_to_do(url: str, language: str) -> None:
    engine = open_store(url)
    with writing(engine) as c:
        c.execute(delete(schema.planting))
    engine.dispose()
    test = _open(language)
    assert not test.exception
    told = {"fr": "Rien à récolter ici pour l’instant", "en": "Nothing to harvest here"}
    assert told[language] in _read(test)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_without_a_city_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None, language: str
) -> None:
    monkeypatch.setenv("AGRO_DATABASE_URL", f"sqlite:///{tmp_path}/empty.sqlite")
    st.cache_data.clear()
    st.cache_resource.clear()
    test = _open(language)
    assert not test.exception
    told = {"fr": "Aucun jardin n’est encore inscrit", "en": "No garden is registered yet"}
    assert told[language] in _read(test)
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "told",
    [
        {"code": "water_vegetative", "effect": -0.1},
        {"code": "water_formation", "effect": -0.1},
        {"code": "water_ripening", "effect": -0.1},
        {"code": "frost", "effect": -0.2, "nights": 1},
        {"code": "record", "effect": 0.3, "seasons": 1},
        {"code": "picked", "effect": 0.12},
        {"code": "cool", "days": 1},
    ],
    ids=lambda told: str(told["code"]),
)
def test_every_factor_has_words(told: dict[str, object], language: str) -> None:
    text = factor(say(language), told)
    assert "{" not in text
    assert "_" not in text


def test_who_speaks_and_how_much_better() -> None:
    words, today = say("en"), date(2026, 7, 21)
    learned = replace(
        TOMATO, model="ridge", sources={"learned": {"scores": {"physics": 0.4, "learned": 0.3}}}
    )
    said = harvest_sentence(words, learned, picked=nan, today=today)
    assert "25% less error than the physical model" in said.speaks
    assert said.progress == "Nothing weighed so far"
    assert harvest_sentence(
        words, replace(TOMATO, model="physics"), picked=nan, today=today
    ).speaks.startswith("From a reference yield")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_makes_a_garden_less_sure_is_said_once(language: str) -> None:
    words = say(language)
    sure = replace(TOMATO, low=2.6, middle=3.2, high=3.9, sources={"weather_guessed_share": 0.1})
    wide = replace(sure, low=1.5)
    guessed = replace(sure, sources={"weather_guessed_share": 0.9})
    unknown = replace(sure, low=nan, middle=nan, high=nan)
    assert of_all(words, [sure, unknown]) == []
    assert len(of_all(words, [sure, wide, wide])) == 1
    assert len(of_all(words, [guessed, wide, guessed])) == 2


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (None, None, "The harvest date is not known"),
        (date(2026, 8, 1), date(2026, 8, 1), "To harvest about 1 August"),
        (date(2026, 8, 1), None, "To harvest about 1 August"),
        (date(2026, 8, 1), date(2026, 9, 2), "To harvest from 1 August to 2 September"),
        (date(2026, 6, 1), date(2026, 7, 2), "The harvest should have been over since 2 July"),
    ],
)
def test_when(start: date | None, end: date | None, told: str) -> None:
    one = replace(TOMATO, start=start, end=end)
    said = harvest_sentence(say("en"), one, picked=nan, today=date(2026, 7, 21))
    assert said.when == told


def test_forecasts_of_seasons_that_are_over_are_judged() -> None:
    at = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
    rows = [
        {"plot": "p1", "crop": "tomato", "planted": PLANTED, "issued_at": at + n, "low": 2.0,
         "high": 4.0}
        for n in range(3)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    good, poor = (Gathered("p1", "tomato", 2026, PLANTED, 10.0, mass) for mass in (30.0, 90.0))
    assert judged(table, (good,)) == (1, 1)
    assert judged(table, (poor,)) == (1, 0)
    assert judged(table, (replace(good, planted=None), replace(good, crop="leek"))) == (0, 0)
    assert judged(table.iloc[:0], (good,)) == (0, 0)


def test_the_weeks_are_stacked_with_what_is_expected_hatched() -> None:
    table = pd.DataFrame(
        [(date(2026, 7, 13), "tomato", 8.0, False), (date(2026, 7, 20), "tomato", 9.0, True)],
        columns=["week", "crop", "mass", "expected"],
    )
    figure = harvest_charts.weeks(
        table,
        {"tomato": "Tomate"},
        today=date(2026, 7, 21),
        language="fr",
        say=say("fr").group("harvest"),
    )
    assert [bar.name for bar in figure.data] == ["Tomate", "Tomate"]
    assert [bar.showlegend for bar in figure.data] == [True, False]
    assert "Tomate, attendu" in figure.data[1].hovertemplate
    assert figure.data[1].marker.pattern.shape == "/"
    assert figure.layout.barmode == "stack"
    assert "kg" in figure.layout.title.text


def test_more_crops_than_colours_are_told_as_others() -> None:
    crops = [f"c{n}" for n in range(11)]
    table = pd.DataFrame(
        [(date(2026, 7, 20), crop, 1.0 + n, True) for n, crop in enumerate(crops)],
        columns=["week", "crop", "mass", "expected"],
    )
    figure = harvest_charts.weeks(
        table,
        {crop: crop for crop in crops},
        today=date(2026, 7, 21),
        language="en",
        say=say("en").group("harvest"),
    )
    assert len(figure.data) == 8
    assert figure.data[-1].name == "other crops"
    assert sum(sum(bar.y) for bar in figure.data) == pytest.approx(table["mass"].sum())
