"""What each design asks for, on drawn trials: strata, random terms, and what cannot be known."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.trials.analysis import analyse
from models.trials.model import Roles
from models.trials.sheet import Trial, factor


def _laid_out(columns: Mapping[str, int], seed: int, *, by: Mapping[str, float]) -> Trial:
    """A trial of all combinations, each named term adding a draw of this spread to its plots."""
    rng = np.random.default_rng(seed)
    grids = [grid.ravel() for grid in np.indices(tuple(columns.values()))]
    codes = dict(zip(columns, grids, strict=True))
    response = 20.0 + rng.normal(size=len(grids[0]))
    for term, spread in by.items():
        name = [" ".join(str(codes[n][i]) for n in term.split(":")) for i in range(len(response))]
        drawn = {one: rng.normal(0.0, spread) for one in sorted(set(name))}
        response += np.array([drawn[one] for one in name])
    return Trial(response, {n: factor(map(str, c)) for n, c in codes.items()}, {}, "y")


def test_repeated_measures_judge_treatments_by_subjects() -> None:
    trial = _laid_out({"block": 4, "gen": 3, "year": 3}, 1, by={"block:gen": 1.0, "year": 2.0})
    roles = Roles("repeated", ("gen",), block="block", time="year")
    found = analyse(trial, roles)
    assert [(row.stratum, row.term, row.df) for row in found.anova] == [
        ("block", "Residual", 3),
        ("block:gen", "gen", 2),
        ("block:gen", "Residual", 6),
        ("Within", "year", 2),
        ("Within", "gen:year", 4),
        ("Within", "Residual", 18),
    ]
    lost = np.where(np.arange(36) == 5, np.nan, trial.response)
    terms = [row.term for row in analyse(replace(trial, response=lost), roles).anova]
    assert terms == ["gen", "year", "gen:year"]


def test_subjects_numbered_anew_in_each_treatment_are_different_subjects() -> None:
    trial = _laid_out({"subject": 5, "diet": 2, "week": 3}, 2, by={"subject:diet": 1.0})
    found = analyse(trial, Roles("repeated", ("diet",), subject="subject", time="week"))
    (row,) = [one for one in found.anova if (one.stratum, one.term) == ("diet:subject", "Residual")]
    assert row.df == 8


def test_incomplete_rows_and_columns_are_random() -> None:
    trial = _laid_out({"rep": 3, "row": 4, "col": 5}, 3, by={"rep:row": 1.0, "rep:col": 1.0})
    rng = np.random.default_rng(4)
    gen = factor(f"G{code:02}" for _ in range(3) for code in rng.permutation(20))
    trial = replace(trial, factors={**trial.factors, "gen": gen})
    roles = Roles("row-column", ("gen",), replicate="rep", row="row", column="col")
    found = analyse(trial, roles)
    assert [row.term for row in found.anova] == ["rep", "gen"]
    assert [one.component for one in found.variance_components] == [
        "rep:row",
        "col:rep",
        "Residual",
    ]


def test_one_plot_of_each_variety_in_an_environment_leaves_the_interaction_as_error() -> None:
    trial = _laid_out({"site": 4, "gen": 6}, 5, by={"site": 2.0})
    found = analyse(trial, Roles("multi-environment", ("gen",), environment="site"))
    assert [(row.term, row.df) for row in found.anova] == [
        ("site", 3),
        ("gen", 5),
        ("Residual", 15),
    ]


def test_environments_with_a_lost_plot_still_have_their_test() -> None:
    columns = {"site": 3, "block": 3, "gen": 5}
    trial = _laid_out(columns, 6, by={"site": 2.0, "site:gen": 1.0})
    lost = np.where(np.arange(45) == 7, np.nan, trial.response)
    roles = Roles("multi-environment", ("gen",), environment="site", block="block")
    found = analyse(replace(trial, response=lost), roles)
    assert [row.term for row in found.anova] == ["gen", "site", "gen:site"]
    assert {one.term for one in found.means} == {"gen", "site", "gen:site"}


def test_a_combination_without_plots_leaves_its_means_unknown() -> None:
    trial = _laid_out({"a": 2, "b": 3, "plot": 3}, 7, by={"a": 1.0})
    absent = (trial.factors["a"].codes == 0) & (trial.factors["b"].codes == 1)
    found = analyse(
        replace(trial, response=np.where(absent, np.nan, trial.response)),
        Roles("factorial", ("a", "b")),
    )
    known = {one.levels["a"]: one.mean for one in found.means if one.term == "a"}
    assert np.isnan(known["0"])
    assert np.isfinite(known["1"])
    assert {"empty_cells", "means_unknown"} <= {one.code for one in found.warnings}
