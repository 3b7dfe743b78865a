"""The page of the crops: what stands, what is planned, what it says before it is kept."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.config import settings
from agro.dashboard import crops_chart
from agro.store import farms, open_store, weather, writing

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
TODAY = date(2026, 7, 21)


@pytest.fixture
def engine(kept: str) -> Iterator[Engine]:
    """The store behind the page."""
    engine = open_store(settings().database)
    yield engine
    engine.dispose()


def _open(language: str = "fr") -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    test.run()
    test.switch_page("agro/dashboard/pages/crops.py").run()
    return test


def _read(test: AppTest) -> str:
    assert not test.exception
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _plots(engine: Engine) -> dict[str, object]:
    """The plots, as the page's list has them."""
    with engine.connect() as c:
        return {plot.slug: plot for plot in farms.plots(c, "potager")}


def _forecast(engine: Engine, *, tmin: float, tmax: float) -> None:
    days = [TODAY + timedelta(days=n) for n in range(7)]
    frame = pd.DataFrame({"day": days, "tmin": tmin, "tmax": tmax, "rain": 0.0})
    at = pd.Timestamp("2026-07-21T05:00Z").to_pydatetime()
    with writing(engine) as c:
        weather.write_forecast(c, "potager", "test", at, frame)
    st.cache_data.clear()


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "fr",
            (
                "Cultures",
                "1 culture en place",
                "À surveiller",
                "Aucune prévision de température",
                "Le calendrier des planches",
                "La prochaine culture",
                "Tomate (Marmande)",
                "15 mai",
                "°C j",
                "vers le",
            ),
        ),
        ("en", ("Crops", "1 crop in the ground", "To watch", "The next crop", "15 May", "about")),
    ],
)
def test_the_page_speaks(kept: str, language: str, sentences: tuple[str, ...]) -> None:
    read = _read(_open(language))
    for sentence in sentences:
        assert sentence in read
    assert "{" not in read.split("</style>")[-1]


@pytest.mark.parametrize("kept", ["empty"], indirect=True)
def test_nothing_is_said_of_nothing(kept: str) -> None:
    assert "Aucun jardin" in _read(_open())


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_a_garden_without_crops_says_how_to_begin(kept: str, engine: Engine) -> None:
    with writing(engine) as c:
        c.exec_driver_sql("DELETE FROM planting")
    st.cache_data.clear()
    read = _read(_open())
    assert "Aucune culture notée" in read
    assert "La prochaine culture" in read
    assert "Le calendrier des planches" not in read


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_frost_is_told_with_the_crop_and_its_chance(kept: str, engine: Engine) -> None:
    _forecast(engine, tmin=-6.0, tmax=12.0)
    read = _read(_open())
    assert "Gel mortel possible" in read
    assert "Planche 1, tomate, 100 % de chances de perdre la culture" in read
    assert "Forte chaleur" not in read


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_a_mild_week_is_told_too(kept: str, engine: Engine) -> None:
    _forecast(engine, tmin=13.0, tmax=22.0)
    assert "Rien à signaler" in _read(_open())


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_what_would_come_is_told_before_it_is_kept(kept: str, engine: Engine) -> None:
    test = _open()
    test.selectbox(key="crops_crop_0").set_value("carrot").run()
    assert "La planche porte encore : Tomate, depuis le 15 mai" in _read(test)
    assert test.button(key="crops_add").disabled
    plots = _plots(engine)
    test.selectbox(key="crops_plot").set_value(plots["p2"]).run()
    read = _read(test)
    assert "Première récolte : vers le" in read
    assert not test.button(key="crops_add").disabled
    with engine.connect() as c:
        assert len(farms.plantings(c, "potager")) == 1


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_a_crop_is_kept_with_who_and_shows(kept: str, engine: Engine) -> None:
    test = _open()
    test.selectbox(key="crops_plot").set_value(_plots(engine)["p2"])
    test.text_input(key="crops_variety_0").set_value("Nantaise")
    test.selectbox(key="crops_crop_0").set_value("carrot").run()
    test.text_input(key="crops_who").set_value("Inès").run()
    test.button(key="crops_add").click().run()
    read = _read(test)
    assert "Carotte (Nantaise) sur Planche 2, le 21 juillet 2026 : c’est noté." in read
    assert "2 cultures en place" in read
    assert "noté par Inès" in read
    with engine.connect() as c:
        kept_ = farms.plantings(c, "potager")[-1]
    said = (kept_.plot, kept_.crop, kept_.variety, kept_.planted, kept_.source)
    assert said == ("p2", "carrot", "Nantaise", TODAY, "person")


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_rotation_is_warned_of(kept: str, engine: Engine) -> None:
    test = _open()
    test.selectbox(key="crops_crop_0").set_value("potato")
    test.date_input(key="crops_day").set_value(date(2027, 4, 10)).run()
    assert "La planche porte encore" in _read(test)
    test.date_input(key="crops_end_day").set_value(TODAY)
    test.button(key="crops_end_it").click().run()
    assert "fin notée le 21 juillet 2026" in _read(test)
    test.selectbox(key="crops_crop_1").set_value("potato").run()
    read = _read(test)
    assert "Rotation — Planche 1, Pomme de terre" in read
    assert "après Tomate (Marmande), fin le 21 juillet" in read


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_an_end_before_the_start_is_refused(kept: str, engine: Engine) -> None:
    test = _open()
    test.date_input(key="crops_end_day").set_value(date(2026, 5, 1)).run()
    test.button(key="crops_end_it").click().run()
    assert "la culture date du 15 mai 2026" in _read(test)
    with engine.connect() as c:
        assert farms.plantings(c, "potager")[0].removed is None


def test_the_timeline_hatches_the_harvest_and_keeps_names_in_sight() -> None:
    days = {"start": "2026-01-05", "end": "2026-09-30", "ripe": "2026-07-30", "over": "2026-09-10"}
    row = {"plot": "A", "name": "Tomate", "kind": "standing", "told": "Tomate", **days}
    bars = pd.DataFrame([row, {**row, "plot": "B", "kind": "ended"}])
    for name in days:
        bars[name] = pd.to_datetime(bars[name])
    say = {n: n for n in ("standing", "planned", "ended", "harvest", "now")}
    now = pd.Timestamp("2026-07-21T10:00").to_pydatetime()
    figure = crops_chart.timeline(bars, ["A", "B"], now=now, language="fr", say=say)
    standing, ended, harvest, names = figure.data
    assert [standing.name, ended.name, harvest.name] == ["standing", "ended", "harvest"]
    assert list(harvest.y) == ["A"]
    assert [text.strip() for text in names.text] == ["Tomate", "Tomate"]
    assert harvest.marker.pattern.shape == "/"
    assert pd.Timestamp(standing.base[0]) == pd.Timestamp("2026-05-07")  # the picture's edge
    assert list(figure.layout.yaxis.categoryarray) == ["B", "A"]
