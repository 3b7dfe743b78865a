"""The results of a trial: what is concluded, drawn, checked, taken away and kept."""

import io
import json
import re
import shlex
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard import trials_results_files as files
from agro.dashboard import trials_results_frames as frames
from agro.dashboard.frame import Frame
from agro.dashboard.trials_results_data import fingerprint, judged
from agro.dashboard.trials_results_faults import refusal
from agro.dashboard.trials_results_parts import Shown
from agro.dashboard.trials_results_report import command, report_of
from agro.dashboard.trials_results_tables import rows, tables
from agro.store import trials as kept
from agro.store import writing
from agro.store.trials import PlannedTrial, PlotValue
from agro.trials.judging import Judged, Options, judge
from agro.words import say
from agro.words.catalogue import texts
from tests.agro.dashboard.spoken import spoken
from tests.agro.dashboard.trials_measured import (
    DOSES,
    MULCH,
    PLACES,
    SITE,
    YIELD,
    garden,
    measured,
    open_view,
    planned,
)
from tests.agro.dashboard.trials_page import forget, press, read

_AT = datetime(2026, 7, 21, 10, tzinfo=UTC)
_PARTS = ("means", "compare", "variance", "checks", "files")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    url, engine = garden(tmp_path)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    forget()
    yield engine
    engine.dispose()
    forget()


def _fine(test: AppTest) -> str:
    assert not test.exception
    told = read(test)
    assert not re.search(r"[{}]|\bnan\b", spoken(told), re.IGNORECASE)
    return unescape(told)


@pytest.mark.parametrize("part", _PARTS)
@pytest.mark.parametrize(
    ("slug", "language"), [("mulch", "fr"), ("mulch", "en"), ("doses", "fr"), ("dates", "en")]
)
def test_every_part_speaks(store: Engine, slug: str, part: str, language: str) -> None:
    told = _fine(open_view("results", slug, language, trial_results_part=part))
    expected = {
        ("means", "fr"): "Moyennes",
        ("means", "en"): "Means",
        ("compare", "fr"): "Comparaisons",
        ("compare", "en"): "Comparisons",
        ("variance", "fr"): "Composantes de la variance",
        ("variance", "en"): "Variance components",
        ("checks", "fr"): "Ce qui reste, au champ",
        ("checks", "en"): "What is left, in the field",
        ("files", "fr"): "Une analyse conservée garde",
        ("files", "en"): "An analysis that is kept",
    }
    assert expected[part, language] in told


@pytest.mark.parametrize("slug", ["doses", "places", "dates"])
def test_what_goes_beyond_means_is_there_where_it_is_offered(store: Engine, slug: str) -> None:
    told = _fine(open_view("results", slug, trial_results_part="further"))
    expected = {
        "doses": ("La réponse : azote", "Ce qui va le mieux", "Tendance selon la dose"),
        "places": ("Qui profite des bons milieux ?", "Qui va bien où ?", "Stabilité"),
        "dates": ("Sphéricité",),
    }
    for sentence in expected[slug]:
        assert sentence in told


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_conclusion_comes_first_and_names_stay_text(store: Engine, language: str) -> None:
    test = open_view("results", "mulch", language)
    told = read(test)
    headline = re.search(r'<p class="headline">(.*?)</p>', told)
    assert headline
    assert "Compost &lt;b&gt;" in headline[1]
    assert "t/ha" in headline[1]
    assert "<b>" not in headline[1]


@pytest.mark.parametrize(
    ("slug", "sentence"),
    [
        ("empty", "Aucune valeur n’est encore saisie"),
        ("bare", "Rien n’est encore à mesurer ici"),
        ("one", "Pas d’analyse avec ces données"),
    ],
)
def test_what_cannot_be_shown_says_what_is_needed(store: Engine, slug: str, sentence: str) -> None:
    told = _fine(open_view("results", slug))
    assert sentence in told
    assert not re.search(r"\b(?:plots?|have|value)\b", spoken(told))


def test_a_control_is_compared_with_all_others(store: Engine) -> None:
    state = {"trial_results_part": "compare", "trial_results_control_mulch": "Sol nu"}
    told = _fine(open_view("results", "mulch", **state))
    assert "2 différences sur 2" in told
    assert "Dunnett" in told


def test_what_was_chosen_for_one_trial_is_not_asked_of_another(store: Engine) -> None:
    state = {"trial_results_control_mulch": "Sol nu", "trial_results_part": "compare"}
    test = open_view("results", "mulch", **state)
    assert "Dunnett" in _fine(test)
    test.query_params["trial"] = "doses"
    told = _fine(test.switch_page("agro/dashboard/pages/trials.py").run())
    assert "Tukey" in told
    assert "Dunnett" not in told


def test_a_covariate_is_left_out_where_it_is_what_is_analysed(store: Engine) -> None:
    with writing(store) as c:
        trial = kept.trial_of(c, SITE, "mulch")
        kept.enter(c, SITE, "mulch", measured(trial, "height_cm", {"Paille": 3.0}))
    forget()
    state = {"trial_results_covariates_mulch": ["height_cm"], "trial_results_part": "variance"}
    test = open_view("results", "mulch", **state)
    assert "height_cm" in _fine(test)
    test.button_group(key="trial_results_trait_mulch").set_value("height_cm").run()
    assert not test.exception


def test_differences_are_found_by_name_and_by_standing_apart(store: Engine) -> None:
    test = open_view("results", "mulch", trial_results_part="compare")
    assert "3 différences sur 3" in read(test)
    test.text_input(key="trial_results_search_mulch").set_value("paille").run()
    assert "2 différences sur 3" in _fine(test)
    test.text_input(key="trial_results_search_mulch").set_value("nobody").run()
    assert "0 différence sur 3" in _fine(test)


def test_a_contrast_that_cannot_be_read_is_told_in_words(store: Engine) -> None:
    test = open_view("results", "mulch", trial_results_contrasts_mulch="Sol nu contre Paille")
    assert "ne se lit pas" in _fine(test)
    test.text_area(key="trial_results_contrasts_mulch").set_value("Sol nu vs Paille").run()
    test.session_state["trial_results_part"] = "further"
    assert "Contrastes" in _fine(test.run())


def test_an_analysis_is_kept_once_and_told_when_the_data_have_changed(store: Engine) -> None:
    test = open_view("results", "mulch", trial_results_part="files")
    test = press(test, "trial_results_keep")
    assert "L’analyse est conservée." in _fine(test)
    with store.connect() as c:
        (one,) = kept.analyses(c, SITE, "mulch")
    assert one.trait == "yield_t_ha"
    assert one.result["n"] == 11
    assert one.options["adjust"] == "tukey"
    told = _fine(test.run())
    assert "Cette analyse est conservée" in told
    assert "mêmes données qu’aujourd’hui" in told
    with writing(store) as c:
        kept.enter(c, SITE, "mulch", [PlotValue(102, "yield_t_ha", 3.33)])
    forget()
    assert "les données ont changé depuis" in _fine(test.run())


# What is thought without Streamlit.


def _judged(slug: str = "t", **options: object) -> tuple[PlannedTrial, list[PlotValue], Judged]:
    request, adds = {
        "t": (MULCH, {"Paille": 0.6, "Compost <b>": 1.0}),
        "doses": (DOSES, {"60": 0.8, "120": 1.0}),
        "places": (PLACES, {"L3": 0.6, "Dijon": 0.5}),
    }[slug]
    trial = planned(slug, request, YIELD)
    values = measured(trial, "yield_t_ha", adds)
    return trial, values, judge(trial, values, "yield_t_ha", Options(**options))  # type: ignore[arg-type]


def _shown(slug: str = "t", language: str = "fr", **options: object) -> Shown:
    trial, values, found = _judged(slug, **options)
    frame = Frame(say(language), None, _AT)
    return Shown(frame, trial, values, found, report_of(frame, trial, found, _AT))


def test_residuals_are_told_with_their_plot() -> None:
    _, values, found = _judged()
    left = frames.residuals(found)
    by_plot = {one.plot: one.value for one in values}
    for row in left.to_dict("records"):
        assert row["fitted"] + row["residual"] == pytest.approx(by_plot[row["plot"]])
    assert left["residual"].sum() == pytest.approx(0.0, abs=1e-6)


def test_the_field_has_every_plot_of_the_layout_where_it_lies() -> None:
    trial, _, found = _judged()
    field = frames.field(trial, found)
    assert len(field) == len(trial.plots)
    assert field.loc[~field["border"], "value"].notna().all()
    assert field.loc[field["border"], "value"].isna().all()
    places = zip(field["row"], field["column"], strict=True)
    assert set(places) == {(one.row, one.column) for one in trial.plots}


def test_each_environment_has_a_field_of_its_own() -> None:
    trial, _, found = _judged("places")
    fields = [frames.field(trial, found, environment=one) for one in ("Dijon", "Beaune")]
    assert [len(one) for one in fields] == [12, 12]
    assert not set(fields[0]["plot"]) & set(fields[1]["plot"])


def test_every_table_is_flat_and_has_the_figures_of_the_analysis() -> None:
    _, _, found = _judged("doses", quantitative="nitrogen")
    every = tables(found)
    means = [row for row in every["means"] if row["term"] == "nitrogen"]
    assert [row["nitrogen"] for row in means] == ["0", "60", "120"]
    assert {"anova", "trend", "curves", "residuals", "data"} <= set(every)
    for of in every.values():
        for row in of:
            assert not any(isinstance(value, (dict, list)) for value in row.values())
            assert not any(value != value for value in row.values())
    assert len(every["data"]) == 24
    assert rows(found, "stability") == []


@pytest.mark.parametrize(
    ("shape", "parameters", "at", "mean"),
    [
        ("constant", {"mean": 2.0}, 50.0, 2.0),
        ("linear", {"intercept": 1.0, "linear": 0.1}, 50.0, 6.0),
        ("quadratic", {"intercept": 1.0, "linear": 0.1, "quadratic": -0.001}, 50.0, 3.5),
        ("linear-plateau", {"intercept": 1.0, "slope": 0.1, "join": 40.0, "plateau": 5.0}, 50, 5.0),
        ("quadratic-plateau", {"ymax": 5.0, "k": 0.01, "join": 60.0}, 50.0, 4.5),
        ("quadratic-plateau", {"ymax": 5.0, "k": 0.01, "join": 40.0}, 50.0, 5.0),
    ],
)
def test_a_curve_is_that_of_its_parameters(
    shape: str, parameters: dict[str, float], at: float, mean: float
) -> None:
    curve = frames.curve(shape, parameters, 0.0, 100.0)
    assert curve.loc[curve["dose"] == at, "mean"].item() == pytest.approx(mean)


def test_the_curve_goes_through_the_means_it_was_fitted_to() -> None:
    _, _, found = _judged("doses", quantitative="nitrogen")
    best = next(one for one in found.analysis.curves if one.shape == "quadratic")
    curve = frames.curve(best.shape, best.parameters, 0.0, 120.0)
    means = {
        one.levels["nitrogen"]: one.mean
        for one in found.analysis.means
        if len(one.levels) == 1 and "nitrogen" in one.levels
    }
    for dose, mean in means.items():  # three doses, three coefficients
        at = curve.loc[curve["dose"] == float(dose), "mean"].item()
        assert at == pytest.approx(mean)


def test_an_interaction_over_doses_has_numbers_along_its_axis() -> None:
    _, _, found = _judged("doses")
    crossed = [one for one in found.analysis.means if len(one.levels) == 2]
    table = frames.interaction(crossed, "nitrogen", ["variety"])
    assert sorted(set(table["x"])) == [0.0, 60.0, 120.0]
    assert set(table["line"]) == {"Andor", "Divena"}


def test_the_same_data_and_options_are_analysed_once(store: Engine) -> None:
    trial, values, _ = _judged()
    one = judged(trial, values, "yield_t_ha", Options(), {})
    assert judged(trial, list(values), "yield_t_ha", Options(), {}).sha256 == one.sha256
    changed = [replace(values[0], value=9.0), *values[1:]]
    other = judged(trial, changed, "yield_t_ha", Options(), {})
    assert other.sha256 != one.sha256
    assert other.analysis.means != one.analysis.means


def test_data_are_told_from_others_by_values_layout_and_covariates() -> None:
    trial, values, _ = _judged()
    same = fingerprint(trial, list(reversed(values)), {})
    assert fingerprint(trial, values, {}) == same
    assert fingerprint(replace(trial, plots=trial.plots[:-1]), values, {}) != same
    assert fingerprint(trial, values, {"rain": {101: 2.0}}) != same


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("options", "says", "key"),
    [
        ({"control": "nobody"}, "no treatment has a level", "no_such_control"),
        ({"adjust": "dunnett"}, "dunnett compares", "needs_control"),
        ({"contrasts": ("Sol nu vs",)}, "contrast", "contrast_form"),
        ({"contrasts": ("Sol nu vs Nobody",)}, "is no level", "contrast_level"),
        ({"contrasts": ("Sol nu vs Sol nu",)}, "on both sides", "contrast_both"),
        ({"contrasts": ("a=1,1,1",)}, "sum to 0", "contrast_sum"),
        ({"quantitative": "treatment"}, "not quantitative", "not_doses"),
        ({"scale": "arcsine"}, "shares between 0 and 1", "scale_shares"),
    ],
)
def test_a_refusal_of_the_science_has_words(
    language: str, options: dict[str, object], says: str, key: str
) -> None:
    words = say(language)
    with pytest.raises(ValueError, match=says) as refused:
        _judged("t", **options)
    told = refusal(words, refused.value)
    template = texts(language)[f"trial_results.impossible.{key}"]
    plain = told.replace("\u00a0", " ").replace("\u202f", " ")
    assert plain.startswith(template.split("{")[0].rstrip(" «“:"))
    assert not set("{}") & set(told)


@pytest.mark.parametrize(
    ("values", "says", "key"),
    [
        ((), "no plot has a value", "no_values"),
        ((2.0,), "nothing can be judged", "too_few"),
        ((2.0, 2.0, 2.0, 2.0), "the same value", "all_alike"),
    ],
    ids=["none", "one", "alike"],
)
def test_too_few_plots_are_told(values: tuple[float, ...], says: str, key: str) -> None:
    trial = planned("t", MULCH, YIELD)
    plots = [one.number or 0 for one in trial.plots if one.number]
    filled = values * 3 if len(values) > 1 else values
    said = [
        PlotValue(plot, "yield_t_ha", value) for plot, value in zip(plots, filled, strict=False)
    ]
    with pytest.raises(ValueError, match=says) as refused:
        judge(trial, said, "yield_t_ha", Options())
    fields = {"plots": "1", "value": "2"}
    words = say("fr")
    assert refusal(words, refused.value) == words.t(f"trial_results.impossible.{key}", **fields)


def test_what_nobody_has_worded_is_still_told_in_the_language_of_the_page() -> None:
    told = refusal(say("fr"), ValueError("something new in English"))
    assert told == say("fr").t("trial_results.impossible.other")


def test_the_command_of_a_report_tells_the_options() -> None:
    trial, _, found = _judged(control="Sol nu", adjust="dunnett", contrasts=("Sol nu vs Paille",))
    told = command(trial, found)
    assert told.startswith("agro trial judge t --site potager --trait yield_t_ha")
    assert "--control 'Sol nu'" in told
    assert "--contrast 'Sol nu vs Paille'" in told


def test_the_command_of_a_report_can_be_typed_whatever_the_names_are() -> None:
    trial, _, found = _judged()
    named = replace(found, options=Options(control="Paille d'orge", contrasts=("a vs b; c",)))
    words = shlex.split(command(trial, named))
    assert words[words.index("--control") + 1] == "Paille d'orge"
    assert words[words.index("--contrast") + 1] == "a vs b; c"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_report_is_a_pdf(language: str) -> None:
    assert files._pdf(_shown(language=language)).startswith(b"%PDF-")


def test_the_workbook_has_a_sheet_for_each_table() -> None:
    shown = _shown("places")
    book = openpyxl.load_workbook(io.BytesIO(files._workbook(shown)))
    assert set(book.sheetnames) == set(tables(shown.judged))
    assert "stability" in book.sheetnames
    first = next(iter(shown.analysis.means))
    heads = [cell.value for cell in book["means"][1]]
    row = dict(zip(heads, (cell.value for cell in book["means"][2]), strict=True))
    assert row["mean"] == pytest.approx(first.mean)


def test_the_bundle_and_the_documents_are_made(store: Engine) -> None:
    with store.connect() as c:
        trial, values = kept.trial_of(c, SITE, "mulch"), kept.values(c, SITE, "mulch")
    found = judge(trial, values, "yield_t_ha", Options())
    frame = Frame(say("fr"), None, _AT)
    shown = Shown(frame, trial, values, found, report_of(frame, trial, found, _AT))
    names = zipfile.ZipFile(io.BytesIO(files._bundle(shown))).namelist()
    assert {"data.csv", "options.json", "result.json", "report.pdf"} <= set(names)
    assert json.loads(files._brapi(shown))["studies"]["result"]["data"]
    assert json.loads(files._miappe(shown))["Study"]
