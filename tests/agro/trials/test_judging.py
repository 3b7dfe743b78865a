"""A stored trial is analysed as the same sheet would be, and its table makes it again."""

import json
from math import isnan, nan

import numpy as np
import pytest

from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.trials import read
from agro.trials.judging import Judged, Options, described, judge
from agro.trials.planning import draw
from models.trials.analysis import analyse
from models.trials.layout import Request

_EFFECT = {"A": 0.0, "B": 1.2, "C": 2.0}


def _trial() -> PlannedTrial:
    plain = PlannedTrial(
        "cras", "essai", "Essai", "rcbd", "moutarde", traits=(Trait("yield_t_ha", "", "t/ha"),)
    )
    return draw(plain, Request("rcbd", ("A", "B", "C"), blocks=4, seed=3, border=True))


def _values(trial: PlannedTrial) -> list[PlotValue]:
    noise = np.random.default_rng(5).normal(0.0, 0.2, len(trial.plots))
    return [
        PlotValue(
            one.number,
            "yield_t_ha",
            round(3.0 + _EFFECT[one.treatment] + 0.3 * (one.block or 0) + float(extra), 3),
        )
        for one, extra in zip(trial.plots, noise, strict=True)
        if one.number is not None
    ]


@pytest.fixture
def judged() -> Judged:
    trial = _trial()
    return judge(trial, _values(trial), "yield_t_ha", Options())


def test_every_numbered_plot_is_a_row_and_borders_are_none(judged: Judged) -> None:
    assert len(judged.table) == judged.analysis.n == 12
    assert {row["treatment"] for row in judged.table} == {"A", "B", "C"}
    assert judged.roles.block == "block"


def test_the_table_read_as_a_sheet_gives_the_same_analysis(judged: Judged) -> None:
    sheet = read(judged.csv.encode(), "essai.csv", "yield_t_ha", judged.roles)
    assert sheet.problems == ()
    assert sheet.trial is not None
    again = analyse(sheet.trial, sheet.roles)
    for one, other in zip(judged.analysis.means, again.means, strict=True):
        assert one.levels == other.levels
        assert one.mean == pytest.approx(other.mean, rel=1e-12)
    assert judged.analysis.anova[-1].mean_sq == pytest.approx(again.anova[-1].mean_sq, rel=1e-9)


def test_a_value_that_changes_changes_what_tells_the_data_from_others(judged: Judged) -> None:
    trial = _trial()
    values = _values(trial)
    same = judge(trial, list(reversed(values)), "yield_t_ha", Options())
    assert same.sha256 == judged.sha256
    first = values[0]
    mended = [PlotValue(first.plot, first.trait, first.value + 0.001), *values[1:]]
    assert judge(trial, mended, "yield_t_ha", Options()).sha256 != judged.sha256


def test_lost_plots_and_plots_never_measured_are_missing() -> None:
    trial = _trial()
    lost, never, *others = _values(trial)
    said = [PlotValue(lost.plot, lost.trait, nan), *others]
    found = judge(trial, said, "yield_t_ha", Options())
    assert (found.analysis.n, found.analysis.missing) == (10, 2)
    assert never.plot in {row["plot"] for row in found.table if isnan(row["yield_t_ha"])}


def test_a_covariate_comes_from_the_values_or_else_from_the_summaries() -> None:
    trial = _trial()
    values = _values(trial)
    numbers = [one.plot for one in values]
    moisture = {number: 0.2 + 0.01 * (place % 5) for place, number in enumerate(numbers)}
    said = [*values, PlotValue(numbers[0], "soil_moisture", 0.5)]
    options = Options(covariates=("soil_moisture",))
    found = judge(trial, said, "yield_t_ha", options, {"soil_moisture": moisture})
    taken = {row["plot"]: row["soil_moisture"] for row in found.table}
    assert taken == {**moisture, numbers[0]: 0.5}
    assert "soil_moisture" in {row.term for row in found.analysis.anova}


def test_options_reach_the_analysis() -> None:
    trial = _trial()
    options = Options(adjust="dunnett", control="A", alpha=0.1)
    found = judge(trial, _values(trial), "yield_t_ha", options)
    assert {one.adjust for one in found.analysis.comparisons} == {"dunnett"}
    assert all("A" in (one.a, one.b) for one in found.analysis.comparisons)


def test_options_and_roles_are_kept_as_plain_values(judged: Judged) -> None:
    kept = json.loads(json.dumps(described(judged.options, judged.roles)))
    assert kept["adjust"] == "tukey"
    assert kept["roles"]["treatments"] == ["treatment"]


def test_nothing_measured_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="no plot has a value"):
        judge(_trial(), [], "yield_t_ha", Options())


def test_a_repeated_trial_has_a_row_a_visit() -> None:
    request = Request("repeated", ("A", "B"), blocks=3, seed=1, times=("d30", "d60"))
    trial = draw(PlannedTrial("cras", "e", "E", "repeated", "moutarde"), request)
    noise = np.random.default_rng(8)
    said = [
        PlotValue(one.number or 0, "height", 50.0 + 20.0 * later + noise.normal(), visit)
        for later, visit in enumerate(("d30", "d60"))
        for one in trial.plots
    ]
    found = judge(trial, said, "height", Options())
    assert len(found.table) == 12
    assert {(row["plot"], row["time"]) for row in found.table} == {
        (one.plot, one.time) for one in said
    }
    assert "time" in {row.term for row in found.analysis.anova}
