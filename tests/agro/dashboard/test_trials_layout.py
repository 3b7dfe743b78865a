"""The layout of a trial: its field in colours, its files, its place, what is measured on it."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from math import nan
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard import trials_grid
from agro.dashboard.trials_layout import field_css
from agro.dashboard.trials_layout_field import BLOCK, coloured, ways
from agro.dashboard.trials_layout_map import ground_figure
from agro.dashboard.trials_layout_print import page
from agro.dashboard.trials_power_chart import power_curve
from agro.dashboard.trials_words import treatment_name
from agro.store import trials as kept
from agro.store import writing
from agro.store.trials import PlannedTrial, PlotValue, TrialPlot
from agro.tables import to_xlsx
from agro.trials.entering import book
from agro.trials.power_plan import outlook
from agro.words import say
from models.trials.design import TREATMENT
from models.trials.layout import Request
from models.trials.power import Errors
from tests.agro.dashboard.conftest import NOW
from tests.agro.dashboard.spoken import spoken
from tests.agro.dashboard.trials_page import (
    RCBD,
    SITE,
    SPLIT,
    field,
    forget,
    garden,
    open_page,
    planned,
    press,
    read,
)

_FR = say("fr")
_SAY = dict.fromkeys(("east", "north", "map", "corner", "bed", "x", "title", "here", "wanted"), "…")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    url, engine = garden(tmp_path)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    forget()
    yield engine
    engine.dispose()
    forget()


def _said(trial: PlannedTrial) -> trials_grid.Said:
    return trials_grid.Said(
        paint=lambda _: trials_grid.BLANK,
        name=lambda one: one.treatment,
        text=lambda _: "",
        row="rang",
        border="bord",
        alt=trial.name,
    )


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "fr",
            (
                *("Blocs complets", "L. Martin", "Le paillage aide-t-il ?", "bord"),
                *("Tiré au sort avec la graine 7 (PCG64", "Rendement (t/ha)", "0 à 150"),
                "Cet essai n’est pas encore placé sur le terrain",
            ),
        ),
        ("en", ("Complete blocks", "border", "Drawn by lot with the seed 7", "no place on the")),
    ],
)
def test_the_layout_of_a_trial_is_told(
    store: Engine, language: str, sentences: tuple[str, ...]
) -> None:
    test = open_page(language, trial="paillage")
    assert not test.exception
    told = read(test)
    for sentence in sentences:
        assert sentence in told
    assert told.count('class="plot ') == 12
    assert told.count('class="edge"') == 18  # the ring around 4 rows of 3
    assert not re.search(r"[{}]|\bnan\b", spoken(told), re.IGNORECASE)


def test_colours_follow_what_one_likes_to_see(store: Engine) -> None:
    test = open_page(trial="paillage")
    choice = test.selectbox(key="trials_colour_by_paillage")
    assert [one.replace("\u202f", " ") for one in choice.options] == [
        "ce que reçoit la placette",
        "bloc",
        "Rendement (t/ha)",  # height has no values
    ]
    choice.set_value("trait:rendement").run()
    assert not test.exception
    told = read(test)
    assert "45 t/ha" in told  # the upper end of the scale
    assert told.count("plot lost") == 6
    test.selectbox(key="trials_colour_by_paillage").set_value(BLOCK).run()
    assert "bloc 4" in read(test)


def test_factors_are_colours_of_their_own() -> None:
    trial = planned("azote", "Azote", SPLIT)
    assert list(ways(_FR, trial, [])) == [TREATMENT, "azote", "variété", BLOCK]
    by_factor = coloured(_FR, trial, [], "azote")
    assert len({one.colour for one in by_factor.paint.values()}) == 2
    by_both = coloured(_FR, trial, [], TREATMENT)
    assert len({one.colour for one in by_both.paint.values()}) == 4
    first = next(one for one in trial.plots if one.number)
    assert treatment_name(trial, first) == f"{first.levels['azote']} · {first.levels['variété']}"


def test_more_levels_than_colours_have_patterns_and_then_none() -> None:
    painted = trials_grid.paints([f"V{number}" for number in range(40)])
    drawn = list(painted.values())
    assert len(set(drawn[:32])) == 32
    assert set(drawn[32:]) == {trials_grid.BLANK}
    assert all(_luminance(one.colour) > 0.3 for one in drawn)  # black letters are read: ≥ 7 : 1


def test_values_go_from_white_to_blue_and_none_is_hatched() -> None:
    painted = trials_grid.value_paints({1: 0.0, 2: 5.0, 3: 10.0, 4: nan})
    light = [_luminance(painted[plot].colour) for plot in (1, 2, 3)]
    assert light == sorted(light, reverse=True)
    assert light[-1] > 0.175  # black letters are read: 4.5 : 1
    assert painted[4] == trials_grid.NO_VALUE
    assert (
        trials_grid.value_paints({1: 3.0})[1].colour == trials_grid.value_paints({1: 0.0})[1].colour
    )
    assert trials_grid.value_paints({1: nan})[1] == trials_grid.NO_VALUE


def _luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_blocks_are_outlined_where_another_begins() -> None:
    plots = [
        TrialPlot(101, 1, 1, 1, "<a>"),
        TrialPlot(102, 1, 2, 1, "b"),
        TrialPlot(201, 2, 1, 2, "b"),
        TrialPlot(202, 2, 2, 2, "<a>"),
    ]
    html = trials_grid.field_html(plots, _said(planned("t", "T", RCBD)))
    cells = re.findall(r'<td class="([^"]*)"', html)
    assert [set(one.split()) - {"plot"} for one in cells] == [
        {"edge-t", "edge-b", "edge-l"},
        {"edge-t", "edge-b", "edge-r"},
        {"edge-t", "edge-b", "edge-l"},
        {"edge-t", "edge-b", "edge-r"},
    ]
    assert "&lt;a&gt;" in html
    assert "<a>" not in html


def test_a_place_without_a_plot_is_a_gap() -> None:
    plots = [TrialPlot(101, 1, 1, 1, "a"), TrialPlot(102, 2, 2, 1, "b")]
    html = trials_grid.field_html(plots, _said(planned("t", "T", RCBD)))
    assert html.count('class="gap"') == 2


def test_each_place_is_a_field_of_its_own() -> None:
    request = Request("multi-environment", ("a", "b"), blocks=2, environments=("Ducs", "Cras"))
    trial = planned("t", "T", request)
    assert trials_grid.environments(trial) == ("Ducs", "Cras")
    assert len(trials_grid.of_environment(trial, "Cras")) == 4
    assert len(trials_grid.of_environment(trial, "")) == 8


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_printed_layout_is_a_page_of_its_own(language: str) -> None:
    trial = planned("paillage", "Paillage <b>", RCBD)
    html = page(say(language), trial, NOW.date(), field_css()).decode()
    assert html.startswith("<!doctype html>")
    assert html.count('class="plot ') == 12
    assert "size: A4 landscape" in html
    assert "edge-t" in html.partition("</style>")[0]  # how blocks are outlined comes along
    # No variable of the page's looks is set there: each has its value beside it.
    assert not re.search(r"var\([^,)]*\)", html.partition("</style>")[0])
    assert "<title>Paillage &lt;b&gt;</title>" in html
    assert not re.search(r"https?://|<script", html)


def test_the_field_book_comes_with_what_stands(store: Engine) -> None:
    test = open_page(trial="paillage")
    assert {one.key for one in test.get("download_button")} >= {
        "trials_book_csv",
        "trials_book_xlsx",
        "trials_print",
    }
    with store.connect() as c:
        trial, values = kept.trial_of(c, SITE, "paillage"), kept.values(c, SITE, "paillage")
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(*book(trial, values)))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 13
    assert [row[0] for row in rows[1:4]] == [101, 102, 103]


def test_a_trial_is_placed_on_the_ground(store: Engine) -> None:
    test = open_page(trial="paillage")
    test.number_input(key="trials_place_latitude").set_value(47.31)
    test.number_input(key="trials_place_longitude").set_value(5.01)
    test.number_input(key="trials_place_plot_width").set_value(1.5)
    test = _submitted(test)
    assert "Il manque un nombre" in read(test)
    test.number_input(key="trials_place_plot_length").set_value(2.0)
    test = _submitted(test)
    assert not test.exception
    assert "La position de l’essai est enregistrée" in read(test)
    assert "pas encore placé" not in read(test)
    with store.connect() as c:
        trial = kept.trial_of(c, SITE, "paillage")
    assert (trial.latitude, trial.longitude, trial.bearing) == (47.31, 5.01, 90.0)
    assert (trial.plot_width, trial.plot_length) == (1.5, 2.0)
    assert "7,5 m d’ouest en est, 12 m du sud au nord" in read(test)  # with the border around


def _submitted(test: AppTest) -> AppTest:
    return next(one for one in test.button if one.label == "Enregistrer la position").click().run()


def test_the_map_has_metres_both_ways_and_north_up() -> None:
    trial = replace(
        planned("t", "T", RCBD), plot_width=2.0, plot_length=3.0, latitude=47.0, longitude=5.0
    )
    paint = coloured(_FR, trial, [], TREATMENT).paint
    figure = ground_figure(trial, paint, {"Planche": (3.0, 4.0)}, language="fr", say=_SAY)
    assert figure.layout.yaxis.scaleanchor == "x"
    first = next(one for one in figure.data if str(one.text).startswith("101"))
    assert min(first.x) == pytest.approx(0.0)
    assert max(first.y) == pytest.approx(0.0)
    low, high = figure.layout.yaxis.range
    assert low < -15.0 < 3.0 < high  # 4 rows south of the corner and a border on either side


def test_another_measurement_is_added(store: Engine) -> None:
    test = open_page(trial="paillage")
    test = press(test, "trials_add_this")
    assert "Donnez un nom à chaque mesure" in read(test)
    field(test, "text_input", "trait_0").set_value("Rendement")
    field(test, "text_input", "unit_0").set_value("kg")
    test = press(test, "trials_add_this")
    assert not test.exception
    assert "« Rendement » est maintenant mesuré" in read(test)
    with store.connect() as c:
        traits = kept.trial_of(c, SITE, "paillage").traits
    assert [one.name for one in traits] == ["rendement", "hauteur", "rendement_2"]


def test_a_trial_without_a_layout_says_so(store: Engine) -> None:
    with writing(store) as c:
        bare = replace(planned("nu", "Essai nu", RCBD), plots=(), request=None)
        kept.save(c, bare)
    forget()
    test = open_page(trial="nu")
    assert not test.exception
    assert "Le plan de cet essai n’est pas connu" in read(test)
    assert "sans plan" in read(open_page())


def test_a_field_that_is_too_large_is_told(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials_grid, "MOST_PLOTS", 10)
    told = read(open_page(trial="paillage"))
    assert "trop pour être dessinées ici" in told
    assert 'class="plot ' not in told


def test_the_curve_shows_each_term_and_where_the_trial_stands() -> None:
    known = outlook(SPLIT, Errors(12.0, 6.0), 20.0)
    assert known is not None
    names = {one.term: one.term for one in known.here}
    figure = power_curve(known.curve, names, 3.0, wanted=0.8, language="fr", say=_SAY)
    assert [one.name for one in figure.data] == list(names)
    assert all(0.0 <= value <= 100.0 for one in figure.data for value in one.y)
    assert len({one.line.dash for one in figure.data}) == len(names)


def test_values_of_another_visit_are_not_mixed() -> None:
    request = Request("repeated", ("a", "b"), blocks=2, times=("juin", "juillet"))
    trial = planned("t", "T", request)
    first = next(one.number for one in trial.plots if one.number) or 0
    values = [
        PlotValue(first, "rendement", 1.0, "juin"),
        PlotValue(first, "rendement", 9.0, "juillet"),
    ]
    assert coloured(_FR, trial, values, "trait:rendement", "juin").text[first] == "1"
    assert coloured(_FR, trial, values, "trait:rendement", "juillet").text[first] == "9"
