"""The control post: figures with origin and age, one layer, one moment, one commune."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.city.boundaries import read_boundaries
from agro.city.overview import EVERY, moment_of, overview
from agro.city.receiving import receive
from agro.dashboard import control_post_data as read
from agro.dashboard import control_post_say as say
from agro.dashboard.control_post_choose import touched
from agro.dashboard.control_post_layers import LOOKS, class_of
from agro.dashboard.control_post_map import Place, city_map, placed
from agro.dashboard.control_post_table import COLUMNS, file_rows
from agro.packs import read_pack
from agro.store import farms, feeds, open_store, orders, writing
from agro.store.city import places
from agro.store.city.assets import assets
from agro.store.orders import Answer, DroughtOrder, place_of
from agro.tables import to_csv
from agro.words import LANGUAGES
from agro.words import say as words_of
from tests.agro.dashboard.conftest import NOW

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_EVIL = "<img src=x> {champ}"
HOUR = timedelta(hours=1)


def _entities(hours: int) -> list[dict[str, Any]]:
    """Two car parks and a counter, as they were so many hours before NOW."""
    at = (NOW - hours * HOUR).isoformat()
    told: list[dict[str, Any]] = [
        {
            "id": f"urn:{town}",
            "type": "OffStreetParking",
            "availableSpotNumber": {"value": free + hours, "observedAt": at},
            "totalSpotNumber": 100,
            "address": {"addressLocality": town},
        }
        for town, free in (("Dijon", 30), ("Talant", 60))
    ]
    air = {"id": "urn:air", "type": "AirQualityObserved", "airQualityIndex": 3, "name": _EVIL}
    return [*told, air | {"dateObserved": at, "address": {"addressLocality": "Dijon"}}]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """Dijon's pack alone; its control post has told nothing yet."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
    st.cache_data.clear()
    st.cache_resource.clear()
    yield engine
    engine.dispose()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def post(city: Engine) -> Engine:
    """The city with equipment that told of the last four hours."""
    for hours in (3, 2, 1, 0):
        with writing(city) as c:
            receive(c, json.dumps(_entities(hours)).encode(), NOW - hours * HOUR)
    return city


def _open(language: str = "fr", **address: str) -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    for name, value in {"lang": language, **address}.items():
        test.query_params[name] = value
    test.run()
    test.switch_page("agro/dashboard/pages/control_post.py").run()
    assert not test.exception
    return test


def _read(test: AppTest) -> str:
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_figures_carry_value_unit_source_mode_and_age(post: Engine) -> None:
    text = _read(_open())
    for told in (
        "23 communes, 258 630 habitants",
        "90 libres",
        "places sur 200, 55 % prises",
        "2 équipements entendus sur 2",
        "système de la ville (NGSI-LD) · en direct · ",
        "dégradé",  # the third step of the air index
        "Relevé à ",
    ):
        assert told in text
    assert "<img src=x>" not in text


def test_the_slider_moves_every_layer_and_an_hour_is_named(post: Engine) -> None:
    test = _open("en", layer="free_spaces", commune="21617")
    assert "Talant" in _read(test)
    assert "60 free" in _read(test)
    test.slider(key="control_post_hours").set_value(-2).run()
    text = _read(test)
    assert "Tuesday 21 July, 10:00 to 11:00" in text
    assert "62 free" in text
    assert "mean of the hour" in text
    assert test.session_state["control_post_commune"] == "21617"
    test.button(key="control_post_step_earlier").click().run()
    assert "63 free" in _read(test)
    test.button(key="control_post_step_back_hours").click().run()
    assert "Now: " in _read(test)
    test.button_group(key="control_post_unit").set_value("days").run()
    assert "Today, Tuesday 21 July 2026, until " in _read(test)
    test.slider(key="control_post_days").set_value(-30).run()
    assert not test.exception
    assert "Not measured at this moment." in _read(test)


def test_layer_and_commune_are_kept_in_the_address(post: Engine) -> None:
    test = _open()
    test.selectbox(key="control_post_commune").set_value("21617").run()
    test.button_group(key="control_post_layer").set_value("air_index").run()
    assert test.query_params["commune"] in ("21617", ["21617"])
    assert test.query_params["layer"] in ("air_index", ["air_index"])
    assert "pas d’équipement" in _read(test)  # Talant has no station: not a zero
    test.switch_page("agro/dashboard/pages/reports.py").run()
    test.switch_page("agro/dashboard/pages/control_post.py").run()
    assert test.session_state["control_post_layer"] == "air_index"  # as its address says


def test_a_source_that_fails_leaves_its_last_value_and_says_so(post: Engine) -> None:
    with writing(post) as c:
        one = next(one for one in feeds.sources(c) if one.source == "ngsi-ld")
        feeds.failed(c, replace(one, failures=3, reason="server_fault"))
    text = _read(_open())
    assert "90 libres" in text
    assert "ne répond pas (il est en panne) : la dernière bonne valeur reste affichée" in text


def test_what_is_old_says_so(city: Engine) -> None:
    with writing(city) as c:
        receive(c, json.dumps(_entities(9)).encode(), NOW)
    text = _read(_open())
    assert "108 libres" in text
    assert "Donnée ancienne, il y a 9 h" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_city_without_equipment_keeps_its_gardens(city: Engine, language: str) -> None:
    text = _read(_open(language))
    told = {
        "fr": ("Aucun équipement de la ville", "22 parcelles", "Aucun arrêté n’est suivi"),
        "en": ("None of the city’s equipment", "22 plots", "No orders are followed"),
        "fi": ("Yhtään kaupungin laitetta", "22 penkkiä", "ei seurata määräyksiä"),
    }
    for one in told[language]:
        assert one in text


def test_orders_in_force_have_their_link_and_their_age(post: Engine) -> None:
    link = "https://example.org/arrete.pdf?a=1&b=2"
    told = DroughtOrder("AEP", "1", _EVIL, "alerte", date(2026, 7, 1), None, link, "", ())
    answer = Answer("potager-des-ducs", place_of(47.3, 5.0), "AEP", NOW, "order", "vigieau", "live")
    with writing(post) as c:
        orders.write(c, replace(answer, order=told))
    text = _read(_open())
    assert "Sécheresse, alerte : &lt;img src=x&gt;" in text
    assert "jusqu’à nouvel arrêté" in text
    assert 'href="https://example.org/arrete.pdf?a=1&amp;b=2"' in text
    assert "sans valeur légale" in text


def test_the_file_says_what_the_map_shows_in_numbers(post: Engine) -> None:
    with post.connect() as c:
        found = overview(c, moment_of("hours", 0, NOW, read.zone()))
    rows = list(csv.DictReader(io.StringIO(to_csv(file_rows("free_spaces", found), COLUMNS))))
    assert len(rows) == 23
    assert sum(int(row["population"]) for row in rows) == 258_630
    known = [row for row in rows if row["value"]]
    assert sum(float(row["value"]) for row in known) == found.whole["free_spaces"].value == 90.0
    assert {row["commune"] for row in known} == {"Dijon", "Talant"}
    assert known[0]["observed_at"] == NOW.isoformat()


def test_a_plant_has_its_surplus_told_with_how_it_is_known(post: Engine) -> None:
    at = NOW - HOUR / 2
    place = {"type": "Point", "coordinates": [5.004, 47.3195]}
    plant = {
        "id": "urn:plant",
        "type": "PhotovoltaicMeasurement",
        "name": "Fontaine d’Ouche",
        "location": place,
    }
    assert "surplus solaire" not in _read(_open())
    with writing(post) as c:
        body = json.dumps([plant | {"activePower": {"value": 300.0, "observedAt": at.isoformat()}}])
        receive(c, body.encode(), NOW)
        known = assets(c, kind="pv_plant")
    st.cache_data.clear()
    assert [one.name for one in known] == ["Fontaine d’Ouche"]
    text = _read(_open())
    assert "Le surplus solaire : Fontaine d’Ouche" in text
    assert "La production de l’heure en cours n’est pas connue." in text  # no peak, no forecast


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_has_a_colour_and_a_word(language: str) -> None:
    words = words_of(language)
    assert set(LOOKS) == set(EVERY)
    for layer, look in LOOKS.items():
        texts = say.legend(words, layer)
        assert len(look.colours) >= len(texts) == len(set(texts)) == len(look.breaks) + 1
        assert say.name(words, layer)


def test_the_map_tells_missing_from_zero_and_marks_the_chosen(post: Engine) -> None:
    communes = read_pack("dijon").communes
    drawn = [Place(one, "" if one.name == "Daix" else "#b5d3e7", one.name) for one in communes]
    figure = city_map(drawn, {}, "21617", language="fr")
    areas = [one for one in figure.data if one.fill == "toself"]
    assert len(areas) == 23
    assert [one.fillpattern.shape for one in areas].count("/") == 1
    assert areas[-1].line.width > areas[0].line.width  # the chosen one is drawn last
    centres = next(one for one in figure.data if one.customdata is not None)
    assert set(centres.customdata) == {one.code for one in communes}
    assert class_of("free_spaces", None) is None
    assert figure.layout.yaxis.scaleratio == pytest.approx(1.47, abs=0.01)  # 1 / cos 47.3°
    assert len(list(placed(communes, 1150.0))) >= 20


def test_an_imported_outline_takes_the_place_of_the_circle(post: Engine) -> None:
    ring = [[5.0, 47.3], [5.1, 47.3], [5.1, 47.35], [5.0, 47.35], [5.0, 47.3]]
    told = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": "21231", "nom": "Dijon"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        ],
    }
    communes = list(read_pack("dijon").communes)
    with writing(post) as c:
        found = read_boundaries("a.geojson", json.dumps(told).encode(), communes).found
        places.save_boundaries(c, found, NOW)
    read.outlines.clear()
    figure = city_map(
        [Place(one, "#b5d3e7", "") for one in communes], read.outlines(), "", language="fr"
    )
    shapes = [one for one in figure.data if one.fill == "toself"]
    dijon = next(one for one in shapes if len(one.x) == len(ring) + 1)  # and the break after it
    assert max(one for one in dijon.x if one is not None) == 5.1


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (None, ""),
        ({"selection": {"points": []}}, ""),
        ({"selection": {"points": [{"customdata": "21617"}]}}, "21617"),
        ({"selection": {"points": [{"curve_number": 1}, {"customdata": ["21231"]}]}}, "21231"),
    ],
)
def test_a_touch_on_the_map_names_its_commune(told: object, code: str) -> None:
    assert touched(told) == code
