"""The indicators' page: figures with their coverage, lines and records; what lacks says so."""

import io
from collections.abc import Iterator
from datetime import date
from math import isnan, nan
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard import (
    indicators_card,
    indicators_data,
    indicators_frameworks,
)
from agro.dashboard.indicators_charts import bars, radar
from agro.dashboard.indicators_compare import middle
from agro.dashboard.indicators_data import Period, period_of
from agro.dashboard.indicators_files import figure_rows, line_rows
from agro.indicators import saying, tape
from agro.indicators.book import Book, Site, Source, Survey
from agro.indicators.catalogue import Threshold, catalogue
from agro.indicators.figures import Figure, computed
from agro.indicators.judging import Line
from agro.indicators.parts import Sums
from agro.indicators.scope import Scope
from agro.indicators.spread import Spread
from agro.words import say
from tests.agro.dashboard.indicators_page import noted_garden, opened, shown

_YEAR = Period("year", date(2026, 1, 1), date(2026, 7, 21))
_KNOWN = catalogue()


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    """The garden of these tests, with a harvest and hours of work in the logbook."""
    with noted_garden(tmp_path, monkeypatch) as engine:
        yield engine


def _open(language: str = "fr", **address: str) -> AppTest:
    return opened(language=language, **address)


def _figure(id_: str, status: str = "ok", **changed: object) -> Figure:
    told: dict[str, object] = {"part": Sums(numerator=12.0), "value": 12.0}
    return Figure(_KNOWN.by_id[id_], Scope(), status=status, **told | changed)  # type: ignore[arg-type]


def _line(status: str, *, reached: bool | None, value: float = 50.0) -> Line:
    own = Threshold(
        label_fr="repère <b>",
        label_en="line <b>",
        op=">=",
        value=value,
        status=status,  # type: ignore[arg-type]
        source="C",
        evidence="V",
    )
    return Line(own, value, reached)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "fr",
            ("Toute la ville, du 1er janvier 2026", "12,3 kg", "Sans données", "Notez les ventes"),
        ),
        ("en", ("The whole city, 1 January 2026", "12.3 kg", "Without data", "Note sales")),
    ],
)
def test_figures_are_shown_and_what_lacks_says_where_to_note_it(
    language: str, told: tuple[str, ...], garden: Engine
) -> None:
    test = _open(language)
    read = shown(test) + "\n".join(one.label for one in test.expander)
    for text in told:
        assert text in read


def test_a_link_opens_an_indicator_with_its_records(garden: Engine) -> None:
    test = _open(indicator="PROD_HARVEST_KG", scope="site:potager", period="months")
    read = shown(test)
    assert "Potager des Ducs, du 22 juillet 2025 au 21 juillet 2026" in read
    assert "2 enregistrements comptés" in read
    assert "7,25 kg" in read
    assert "Potager des Ducs, Planche 1" in read
    assert read.index("Le chiffre demandé") < read.index("7,25 kg") < read.index("Production")
    assert test.query_params["scope"] in ("site:potager", ["site:potager"])


def test_a_record_leads_from_the_city_over_its_site(garden: Engine) -> None:
    test = _open()
    test.button(key="indicators_open_PROD_HARVEST_KG").click().run()
    assert not test.exception
    read = shown(test)
    assert 'data-label="Jardin">Potager des Ducs' in read
    assert "n° " in read
    assert test.query_params["indicator"] in ("PROD_HARVEST_KG", ["PROD_HARVEST_KG"])
    test.button(key="indicators_open_PROD_HARVEST_KG").click().run()
    assert "7,25 kg" not in shown(test)
    assert "indicator" not in test.query_params


def test_an_unknown_place_is_said_and_the_city_shown(garden: Engine) -> None:
    read = shown(_open(scope="site:<b>ailleurs</b>"))
    assert "Le lieu « site:&lt;b&gt;ailleurs&lt;/b&gt; » n’a aucun jardin" in read
    assert "Toute la ville, du" in read


def test_a_public_view_hides_a_single_garden(garden: Engine) -> None:
    test = _open()
    assert "12,3 kg" in shown(test)
    test.toggle(key="indicators_public").set_value(True).run()
    assert not test.exception
    assert "12,3 kg" not in shown(test)
    assert "le chiffre parlerait d’un seul" in shown(test)


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ("compare", ("Entre communes", 'data-label="Commune">Dijon', 'data-label="Année">2026')),
        ("frameworks", ("Aucune enquête TAPE complète", "29. Terres cultivées", "à dire par la")),
    ],
)
def test_other_views_speak(view: str, told: tuple[str, ...], garden: Engine) -> None:
    test = _open()
    test.button_group(key="indicators_view").set_value(view).run()
    assert not test.exception
    for text in told:
        assert text in shown(test)


def test_no_city_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> None:
    monkeypatch.setenv("AGRO_DATABASE_URL", f"sqlite:///{tmp_path}/none.sqlite")
    st.cache_data.clear()
    st.cache_resource.clear()
    assert "Aucun jardin n’est encore inscrit" in shown(_open())
    st.cache_data.clear()
    st.cache_resource.clear()


def test_an_incomplete_figure_is_grey_and_says_how_much_is_known() -> None:
    one = _figure("PROD_HARVEST_KG", "incomplete", coverage=0.47)
    html = indicators_card.card(say("fr"), one).replace("\u202f", " ").replace("\u00a0", " ")
    assert "incomplet : 47 % des données" in html
    assert 'class="figure grey">12 kg' in html
    assert 'style="width:47%"' in html
    assert 'style="left:80%"' in html


def test_only_lines_that_judge_are_coloured_and_stand_first() -> None:
    lines = (_line("observed", reached=None), _line("legal", reached=False))
    html = indicators_card.card(say("en"), _figure("ORGANIC_AREA", lines=lines))
    assert html.index('<li class="missed">') < html.index('<li class="named">')
    assert "legal obligation · not reached" in html
    assert "observed value</li>" in html
    assert "<b>:" not in html


@pytest.mark.parametrize(
    ("id_", "told"), [("PROD_HARVEST_KG", True), ("PROD_LABOUR_KG_H", False)], ids=["up", "context"]
)
def test_a_direction_is_never_implied_where_there_is_none(id_: str, *, told: bool) -> None:
    html = indicators_card.card(say("en"), _figure(id_))
    assert ("is better" in html) is told


@pytest.mark.parametrize(
    ("value", "told"),
    [(1.89, "1,89"), (0.0456, "0,0456"), (12.345, "12,3"), (258_630.0, "258 630"), (0.0, "0")],
)
def test_values_have_three_figures_that_count(value: float, told: str) -> None:
    text = saying.number(say("fr"), value)
    assert text.replace("\u202f", " ").replace("\u00a0", " ") == told


@pytest.mark.parametrize(
    ("language", "value", "unit", "told"),
    [
        ("fr", nan, "kg", "–"),
        ("fr", 1.89, "kg/m2", "1,89\u00a0kg/m²"),
        ("en", 50.0, "%", "50%"),
        ("fr", 50.0, "%", "50\u00a0%"),
        ("en", 0.21, "ratio", "0.21"),
    ],
)
def test_units_stand_as_they_are_written(language: str, value: float, unit: str, told: str) -> None:
    assert saying.with_unit(say(language), value, unit) == told


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_indicator_can_be_said(language: str) -> None:
    words = say(language)
    for one in computed(Book(_YEAR.start, _YEAR.end), Scope(), _KNOWN):
        assert saying.missing(words, one)
        assert saying.rule(words, _KNOWN, one)
        assert words.knows(f"indicator_domain.{one.indicator.domain}")


@pytest.mark.parametrize(
    ("name", "today", "start", "end"),
    [
        ("year", date(2026, 7, 21), date(2026, 1, 1), date(2026, 7, 21)),
        ("months", date(2026, 7, 21), date(2025, 7, 22), date(2026, 7, 21)),
        ("season", date(2026, 7, 21), date(2026, 3, 1), date(2026, 7, 21)),
        ("season", date(2026, 2, 1), date(2025, 3, 1), date(2025, 10, 31)),
        ("season", date(2026, 12, 1), date(2026, 3, 1), date(2026, 10, 31)),
    ],
)
def test_periods(name: str, today: date, start: date, end: date) -> None:
    assert period_of(name, today) == Period(name, start, end)


def test_files_have_every_figure_and_no_number_that_is_none() -> None:
    words = say("fr")
    lines = (_line("legal", reached=True),)
    found = [
        _figure("PROD_HARVEST_KG", lines=lines, target=lines[0], coverage=0.9),
        _figure("PROD_YIELD", "no_data", value=nan, part=Sums(told=False)),
    ]
    rows = figure_rows(words, found, "Dijon", _YEAR)
    assert [row["Valeur"] for row in rows] == [12.0, None]
    assert rows[0]["Cible"] == 50.0
    assert line_rows(words, found)[0]["Atteint"] == "atteint"
    assert not any(isinstance(v, float) and isnan(v) for row in rows for v in row.values())


def test_the_workbook_opens_with_its_sheets(garden: Engine) -> None:
    from agro.tables import sheets_xlsx

    rows = figure_rows(say("en"), [_figure("PROD_HARVEST_KG")], "Dijon", _YEAR)
    body = sheets_xlsx({"Indicators": (rows, list(rows[0]))})
    sheet = openpyxl.load_workbook(io.BytesIO(body))["Indicators"]
    assert [cell.value for cell in sheet[2]][:4] == [
        *("PROD_HARVEST_KG", "Production", "Food harvested", 12)
    ]


def test_versions_are_never_one_bar() -> None:
    two = (Spread("2019", 3, 40.0, 50.0, 60.0), Spread("2023", 2, 41.0, 51.0, 61.0))
    assert middle(_figure("TAPE_CAET", spread=two[:1], value=nan)) == 50.0
    assert isnan(middle(_figure("TAPE_CAET", spread=two, value=nan)))


def test_charts_keep_the_order_and_close_the_radar() -> None:
    figure = bars([("Dijon", 2.0, False), ("Ahuy", 1.0, True)], "kg", {"loi <b>": 1.5}, "fr")
    assert list(figure.data[0].y) == ["Dijon", "Ahuy"]
    assert figure.data[0].marker.pattern.shape == ("", "/")
    assert figure.layout.annotations[0].text == "loi &lt;b&gt;"
    drawn = radar({"A": {"diversity": 10.0, "human": 20.0}}, {"diversity": "D", "human": "H"}, "fr")
    assert list(drawn.data[0].r) == [10.0, 20.0, 10.0]


def test_the_pact_has_its_44_and_every_reference_is_one_of_them() -> None:
    found = computed(Book(_YEAR.start, _YEAR.end), Scope(), _KNOWN)
    told = indicators_frameworks.answering(found)
    assert max(indicators_frameworks.CATEGORIES.values()) == 44
    assert set(told) <= set(range(1, 45))
    names = say("fr").group("pact")
    assert sorted(map(int, names)) == list(range(1, 45))


def test_only_complete_surveys_are_scored_and_named_by_their_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = {
        element: dict.fromkeys(indices, 2.0)
        for element, indices in tape.FORMS["2019"].elements.items()
    }
    blank = whole | {"culture": {"diet": 2.0}}
    surveys = tuple(
        Survey(source=Source("survey", key), site=key, form="caet", version="2019", answers=answers)
        for key, answers in (("a", whole), ("b", blank))
    )
    sites = tuple(Site(source=Source("site", k), site=k, commune="21231") for k in ("a", "b"))
    book = Book(_YEAR.start, _YEAR.end, sites=sites, surveys=surveys)
    monkeypatch.setattr(indicators_data, "known", lambda: _KNOWN)
    monkeypatch.setattr(indicators_data, "book", lambda *_: book)
    monkeypatch.setattr(indicators_data, "site_names", lambda: {"a": "Jardin A"})
    scores = indicators_frameworks.complete([_figure("TAPE_CAET")], _YEAR)
    assert list(scores) == ["2019"]
    assert list(scores["2019"]) == ["Jardin A (2019)"]
    elements = scores["2019"]["Jardin A (2019)"]
    assert set(elements.values()) == {50.0}
    assert set(say("fr").group("tape_element")) == set(elements)
