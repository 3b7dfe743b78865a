"""The figures of a trial: what stands where, told by its data rather than by its looks."""

from math import nan

import numpy as np
import pandas as pd
import pytest

from agro.dashboard import trials_charts as charts
from agro.dashboard import trials_charts_checks as checks

_MEANS = pd.DataFrame(
    [
        ("", "Paille <i>", 2.5, 2.2, 2.8, "ab"),
        ("", "Compost de déchets verts criblés", 3.0, 2.7, 3.3, "a"),
        ("", "Sol nu", 2.1, 1.8, 2.4, "b"),
    ],
    columns=["panel", "name", "mean", "lower", "upper", "letters"],
)
_SAY = {"axis": "Rendement (t/ha)", "interval": "intervalle"}


def test_means_stand_largest_on_top_with_their_intervals_and_letters() -> None:
    figure = charts.means(_MEANS, language="fr", say=_SAY)
    points, letters = figure.data
    assert list(points.x) == [2.1, 2.5, 3.0]  # plotly draws the last on top
    assert list(points.error_x.array) == pytest.approx([0.3, 0.3, 0.3])
    assert [one.strip() for one in letters.text] == ["b", "ab", "a"]
    assert list(letters.x) == [2.4, 2.8, 3.3]
    assert figure.layout.xaxis.title.text == "Rendement (t/ha)"
    assert figure.layout.separators == ",\u202f"


def test_a_name_is_a_label_and_no_markup() -> None:
    figure = charts.means(_MEANS, language="fr", say=_SAY)
    assert list(figure.data[0].y) == [
        "Sol nu",
        "Paille &lt;i&gt;",
        "Compost de déchets<br>verts criblés",
    ]


def test_doses_keep_their_order_and_are_names_on_the_axis() -> None:
    table = _MEANS.assign(name=["120", "0", "40"])
    figure = charts.means(table, language="en", say=_SAY)
    assert list(figure.data[0].y) == ["120", "40", "0"]
    assert figure.layout.yaxis.type == "category"


def test_each_level_of_by_has_its_panel_on_one_scale() -> None:
    table = pd.concat([_MEANS.assign(panel="a"), _MEANS.assign(panel="b")])
    figure = charts.means(table, language="fr", say=_SAY)
    assert len(figure.data) == 4
    assert [one.text for one in figure.layout.annotations] == ["a", "b"]
    assert figure.layout.xaxis.matches == "x2"
    assert figure.layout.xaxis2.title.text == "Rendement (t/ha)"


def _crossed(lines: int, x: list[object]) -> pd.DataFrame:
    rows = [
        {"x": at, "line": f"v{line}", "mean": line + place, "lower": line, "upper": line + 9}
        for line in range(lines)
        for place, at in enumerate(x)
    ]
    return pd.DataFrame(rows)


def test_an_interaction_has_a_line_dash_and_sign_for_each_level() -> None:
    say = {"x": "azote", "y": "Rendement (t/ha)"}
    figure = charts.interaction(_crossed(3, [0.0, 40.0, 120.0]), language="fr", say=say)
    assert [list(one.x) for one in figure.data] == [[0.0, 40.0, 120.0]] * 3
    looks = {(one.line.color, one.line.dash, one.marker.symbol) for one in figure.data}
    assert len(looks) == 3
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == tuple(say.values())


def test_names_along_the_axis_stand_a_little_apart_so_that_intervals_are_seen() -> None:
    say = {"x": "paillage", "y": "Rendement (t/ha)"}
    figure = charts.interaction(_crossed(2, ["foin", "paille"]), language="fr", say=say)
    assert list(figure.layout.xaxis.ticktext) == ["foin", "paille"]
    first, second = (np.array(one.x, dtype=float) for one in figure.data)
    assert np.all(first != second)
    assert np.abs(first - [0, 1]).max() < 0.2


def test_differences_that_stand_apart_have_another_sign() -> None:
    table = pd.DataFrame(
        [("A − B", 0.5, 0.1, 0.9), ("A − C", -0.2, -0.6, 0.2), ("B − C", -0.7, -1.1, -0.3)],
        columns=["name", "difference", "lower", "upper"],
    )
    say = _SAY | {"apart": "à part", "together": "ensemble"}
    figure = charts.differences(table, language="fr", say=say)
    told = {one.name: (list(one.y), one.marker.symbol) for one in figure.data}
    assert told == {
        "à part": (["A − B", "B − C"], "circle"),
        "ensemble": (["A − C"], "circle-open"),
    }
    assert list(figure.layout.yaxis.categoryarray) == ["B − C", "A − C", "A − B"]
    zero = figure.layout.shapes[0]
    assert (zero.x0, zero.x1) == (0.0, 0.0)


def test_a_curve_goes_with_its_points() -> None:
    points = pd.DataFrame(
        [("A", 0.0, 1.0, 0.5, 1.5), ("A", 50.0, 2.0, 1.5, 2.5)],
        columns=["group", "dose", "mean", "lower", "upper"],
    )
    curve = pd.DataFrame({"group": "A", "dose": [0.0, 25.0, 50.0], "mean": [1.0, 1.5, 2.0]})
    say = {"x": "azote (kg/ha)", "y": "Rendement (t/ha)"}
    figure = charts.trend(points, curve, language="fr", say=say)
    smooth, marks = figure.data
    assert (smooth.mode, marks.mode) == ("lines", "markers")
    assert list(smooth.x) == [0.0, 25.0, 50.0]
    assert list(marks.y) == [1.0, 2.0]


def test_a_biplot_draws_a_ray_to_each_environment() -> None:
    scores = pd.DataFrame(
        [("genotype", "L1", 0.1, 0.2), ("environment", "Dijon", 0.5, -0.3)],
        columns=["kind", "name", "first", "second"],
    )
    say = {"x": "1", "y": "2", "genotype": "lignée", "environment": "milieu"}
    figure = charts.biplot(scores, language="fr", say=say)
    assert [one.name for one in figure.data] == ["lignée", "milieu"]
    rays = [one for one in figure.layout.shapes if (one.x1, one.y1) == (0.5, -0.3)]
    assert len(rays) == 1


def test_slopes_stand_about_one() -> None:
    table = pd.DataFrame([("L1", 3.0, 1.4, 0.2)], columns=["name", "mean", "slope", "se"])
    say = {"x": "Rendement (t/ha)", "y": "Pente", "average": "moyenne"}
    figure = charts.slopes(table, language="fr", say=say)
    assert figure.layout.shapes[0].y0 == 1.0
    assert list(figure.data[0].error_y.array) == [0.2]


_LEFT = pd.DataFrame(
    {
        "plot": [101, 102, 103, 104],
        "fitted": [2.0, 2.1, 2.2, 2.3],
        "standardised": [0.5, -0.4, 3.4, -1.0],
        "group": ["A", "B", "A", "B"],
    }
)


def test_a_plot_that_is_far_off_bears_its_number() -> None:
    say = {"x": "ajusté", "y": "résidu", "plot": "Parcelle"}
    figure = checks.fitted(_LEFT, language="fr", say=say)
    assert list(figure.data[0].text) == ["", "", "103", ""]


def test_normal_quantiles_rise_with_the_residuals() -> None:
    say = {"x": "quantile", "y": "résidu", "plot": "Parcelle"}
    figure = checks.quantiles(_LEFT, language="fr", say=say)
    # R: qnorm((1:4 - 3/8) / (4 + 1/4))
    assert list(figure.data[0].x) == pytest.approx([-1.0491, -0.2993, 0.2993, 1.0491], abs=1e-4)
    assert list(figure.data[0].y) == [-1.0, -0.4, 0.5, 3.4]


def test_groups_have_a_row_each_in_their_order() -> None:
    figure = checks.groups(_LEFT, language="fr", say={"x": "résidu", "plot": "Parcelle"})
    assert list(figure.layout.yaxis.categoryarray) == ["B", "A"]


def _field(value: float) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (0, 1, nan, True, "bordure"),
            (1, 1, value, False, "101"),
            (1, 2, -0.4, False, "102"),
            (2, 1, nan, False, "103"),
            (2, 2, 0.1, False, "104"),
        ],
        columns=["row", "column", "value", "border", "text"],
    )


@pytest.mark.parametrize("value", [0.8, -0.8, 0.2])
def test_the_scale_of_residuals_is_centred_on_zero(value: float) -> None:
    say = {"row": "rang", "column": "colonne", "unit": "résidu (t/ha)"}
    figure = checks.field(_field(value), language="fr", say=say)
    heat = next(one for one in figure.data if one.type == "heatmap" and one.showscale)
    most = max(abs(value), 0.4)
    assert (heat.zmin, heat.zmax) == (-most, most)
    assert heat.colorbar.title.text == "résidu (t/ha)"
    assert figure.layout.yaxis.autorange == "reversed"


def test_a_plot_without_a_value_is_crossed_and_the_border_is_grey() -> None:
    say = {"row": "rang", "column": "colonne", "unit": "résidu"}
    figure = checks.field(_field(0.8), language="fr", say=say)
    crosses = next(one for one in figure.data if one.type == "scatter")
    assert (list(crosses.x), list(crosses.y)) == ([1], [2])
    border = figure.data[0]
    assert (list(border.y), border.showscale) == ([0], False)


def test_a_field_of_which_nothing_is_left_is_still_drawn() -> None:
    table = _field(nan).assign(value=nan)
    say = {"row": "rang", "column": "colonne", "unit": "résidu"}
    figure = checks.field(table, language="fr", say=say)
    assert len(next(one for one in figure.data if one.type == "scatter").x) == 4
