"""Further questions to a trial: what must hold whatever the data, and small worked cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import f as fisher
from scipy.stats import t as student

from models.trials import curves, dose, fits, plots, spatial, transformations
from models.trials.analysis import analyse
from models.trials.asked import Asked, as_written
from models.trials.model import Roles
from models.trials.sheet import Array, Trial, factor

SPLIT = Roles("split-plot", ("dose", "variety"), block="block", main_plot="dose")


def _split(seed: int = 1, parts: int = 3) -> Trial:
    """Four unlike blocks, five doses on main plots, varieties on their parts."""
    rng = np.random.default_rng(seed)
    cells = [(b, d, v) for b in range(4) for d in range(5) for v in range(parts)]
    mains = rng.normal(0.0, 2.0, (4, 5))
    response = [
        20.0 + 3.0 * d - 0.3 * d**2 + v + 4.0 * b + mains[b, d] + rng.normal(0.0, 0.5)
        for b, d, v in cells
    ]
    factors = {
        "block": factor(f"B{b}" for b, _, _ in cells),
        "dose": factor(str(10 * d) for _, d, _ in cells),
        "variety": factor(f"V{v}" for _, _, v in cells),
    }
    return Trial(np.array(response), factors, {}, "yield")


def test_a_dose_on_main_plots_is_judged_on_their_means() -> None:
    """As lm(mean ~ block + dose + dose²) of the twenty main plots, not of sixty parts of them."""
    trial = _split()
    found = analyse(trial, SPLIT, asked=Asked(quantitative="dose"))
    bent = next(one for one in found.curves if one.shape == "quadratic")
    means = trial.response.reshape(4, 5, 3).mean(axis=2).ravel()
    x = np.tile(10.0 * np.arange(5), 4)
    blocks = np.repeat(np.eye(4), 5, axis=0)
    columns = np.column_stack([x, x**2, blocks])
    beta, rss, *_ = np.linalg.lstsq(columns, means, rcond=None)
    covariance = np.linalg.inv(columns.T @ columns) * float(rss[0]) / (20 - 6)
    assert bent.parameters["linear"] == pytest.approx(beta[0])
    assert bent.parameters["quadratic"] == pytest.approx(beta[1])
    assert bent.parameters["linear_se"] == pytest.approx(np.sqrt(covariance[0, 0]))
    assert bent.rss == pytest.approx(float(rss[0]))


def test_a_trend_on_main_plots_has_the_error_of_main_plots() -> None:
    """F of the strata is the sum of the squared t of all powers, by the same error."""
    found = analyse(_split(), SPLIT, asked=Asked(quantitative="dose"))
    row = next(one for one in found.anova if one.term == "dose")
    assert {round(one.df, 6) for one in found.trend} == {12.0}
    assert [one.name for one in found.trend] == ["linear", "quadratic", "cubic", "quartic"]
    assert sum(one.t**2 for one in found.trend) / row.df == pytest.approx(row.f, rel=1e-6)


def test_each_power_within_each_variety() -> None:
    found = analyse(_split(), SPLIT, by="variety", asked=Asked(quantitative="dose"))
    order = [(one.by["variety"], one.name) for one in found.trend]
    assert order[:4] == [("V0", p) for p in ("linear", "quadratic", "cubic", "quartic")]
    assert len(order) == 12
    assert {one.by["variety"] for one in found.curves if one.best} == {"V0", "V1", "V2"}


def test_doses_that_are_not_evenly_spaced() -> None:
    """A straight line has no curvature, whatever the gaps."""
    levels = [0.0, 10.0, 40.0, 45.0, 120.0]
    noise = np.array([0.3, -0.1, -0.2, 0.4, -0.4])
    values = np.concatenate([[2.0 + 0.1 * x for x in levels] + n * noise for n in (1.0, -1.0)])
    dosed = factor([f"{x:g}" for x in levels] * 2)
    trial = Trial(values, {"dose": dosed}, {}, "yield")
    found = analyse(trial, Roles("crd", ("dose",)), asked=Asked(quantitative="dose"))
    got = {one.name: one.estimate for one in found.trend}
    assert got["linear"] == pytest.approx(0.1 * np.linalg.norm(np.array(levels) - 43.0))
    for power in ("quadratic", "cubic", "quartic"):
        assert got[power] == pytest.approx(0.0, abs=1e-9)
    best = next(one for one in found.curves if one.best)
    assert best.shape == "linear"
    assert np.isnan(best.optimum)


@pytest.mark.parametrize("levels", [("0", "ten"), ("0", "inf"), ("1", "1.0")])
def test_levels_that_are_no_doses(levels: tuple[str, str]) -> None:
    trial = Trial(np.arange(4.0), {"dose": factor(levels * 2)}, {}, "yield")
    with pytest.raises(ValueError, match=r"is no number|same dose in two spellings"):
        analyse(trial, Roles("crd", ("dose",)), asked=Asked(quantitative="dose"))


_X = np.repeat(np.array([0.0, 30.0, 60.0, 90.0, 120.0]), 4)


def _bent(seed: int) -> Array:
    noise = np.random.default_rng(seed).normal(0.0, 1.0, len(_X))
    return np.asarray(30.0 + 0.5 * _X - 0.003 * _X**2 + noise)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_a_turn_at_either_end_is_just_not_refused(seed: int) -> None:
    """Fieller: at both ends the slope of the parabola differs from 0 by exactly t of its error."""
    found = curves.quadratic(_X, _bent(seed))
    low, high = curves.turn_interval(found, 17.0)
    assert low < found.optimum < high
    for at in (low, high):
        weights = np.array([1.0, 2.0 * at])
        slope = found.linear + 2.0 * found.quadratic * at
        error = float(np.sqrt(weights @ found.covariance @ weights))
        assert abs(slope) == pytest.approx(student.isf(0.025, 17.0) * error, rel=1e-6)


def test_a_bend_that_is_noise_has_no_turn() -> None:
    flat = np.random.default_rng(5).normal(0.0, 1.0, len(_X))
    assert np.isnan(curves.turn_interval(curves.quadratic(_X, flat), 17.0)).all()


def test_joins_are_held_with_the_coverage_that_is_said() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(200):
        y = 20.0 + 0.3 * np.minimum(_X, 70.0) + rng.normal(0.0, 1.0, len(_X))
        found = curves.linear_plateau(_X, y)
        low, high = curves.join_interval(found, _X, y, df=17.0)
        held += low <= 70.0 <= high
    assert 180 <= held <= 199


def test_an_end_of_a_join_is_where_f_refuses_it() -> None:
    y = 20.0 + 0.3 * np.minimum(_X, 70.0) + np.random.default_rng(8).normal(0.0, 1.0, len(_X))
    found = curves.linear_plateau(_X, y)
    low, _ = curves.join_interval(found, _X, y, df=17.0)
    columns = np.column_stack([np.ones(len(_X)), np.minimum(_X, low)])
    rss = float(np.linalg.lstsq(columns, y, rcond=None)[1][0])
    assert rss == pytest.approx(found.rss * (1.0 + fisher.isf(0.05, 1, 17.0) / 17.0), rel=1e-8)


def test_blocks_move_no_curve_of_a_balanced_trial() -> None:
    """The rise and the join stay; only the sum of squares is freed of the blocks."""
    blocks = np.tile(np.eye(4), (5, 1))
    y = _bent(3)
    moved = y + blocks @ np.array([0.0, 5.0, -3.0, 10.0])
    for shape in (curves.quadratic_plateau, curves.linear_plateau):
        plain = shape(_X, y, others=blocks)
        within = shape(_X, moved, others=blocks)
        assert within.join == pytest.approx(plain.join, rel=1e-6)
        assert within.rss == pytest.approx(plain.rss, rel=1e-8)


@given(
    power=st.floats(-2.0, 2.0).filter(lambda one: abs(one) > 1e-3 or one == 0.0),
    value=st.floats(0.05, 50.0),
)
def test_a_power_leads_back(power: float, value: float) -> None:
    scale = transformations.power_scale(power)
    there = scale.to(np.array([value]))
    assert scale.back(there)[0] == pytest.approx(value, rel=1e-6)
    step = 1e-6 * value
    slope = (scale.to(np.array([value + step])) - there) / step
    assert scale.slope(there)[0] * slope[0] == pytest.approx(1.0, rel=1e-3)


def test_what_falls_below_nothing_is_nothing() -> None:
    scale = transformations.power_scale(0.5)
    found = transformations.taken_back(np.array([0.0]), np.array([3.0]), 10.0, scale)
    assert found.lower[0] == 0.0


def test_residuals_have_the_variance_that_they_are_divided_by() -> None:
    """Of many trials drawn from the model, each standardised residual has variance one."""
    trial = _split()
    drawn = []
    for seed in range(40):
        again = _split(seed)
        kept = fits.fitted(again, SPLIT)
        drawn.append([one.standardised for one in plots.residuals(again, SPLIT, kept)])
    spread = np.array(drawn).var(axis=0)
    assert spread.mean() == pytest.approx(1.0, abs=0.1)
    assert len(spread) == len(trial.response)


def test_residuals_name_the_places_of_their_plots() -> None:
    rows, columns = np.divmod(np.arange(16), 4)
    factors = {
        "row": factor(f"{r + 1}" for r in rows),
        "col": factor(f"{c + 1}" for c in columns),
        "gen": factor(f"G{(r + c) % 4}" for r, c in zip(rows, columns, strict=True)),
    }
    response = np.random.default_rng(4).normal(10.0, 1.0, 16)
    response[5] = np.nan
    roles = Roles("latin-square", ("gen",), row="row", column="col")
    found = analyse(Trial(response, factors, {}, "yield"), roles)
    assert [one.index for one in found.residuals] == [i for i in range(16) if i != 5]
    assert (found.residuals[5].row, found.residuals[5].column) == ("2", "3")
    (lost,) = found.missing_plots
    assert (lost.index, lost.levels["row"], lost.levels["col"]) == (5, "2", "2")


def test_units_of_a_dose_within_blocks() -> None:
    """Plots themselves, where nothing larger was given the dose."""
    trial = _split(parts=1)
    kept = fits.fitted(trial, Roles("rcbd", ("dose",), block="block"))
    found = dose.units(kept, kept.trial, "dose")
    assert len(found.dose) == 20
    assert found.rank == 3
    assert found.others.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-12)


def test_neighbours_fade_and_may_take_turns() -> None:
    apart = np.array([0.0, 1.0, 2.0, 3.0])
    assert spatial.fading(-0.5, apart) == pytest.approx([1.0, -0.5, 0.25, -0.125])
    assert spatial.fading(0.0, apart) == pytest.approx([1.0, 0.0, 0.0, 0.0])


def test_a_contrast_of_levels_that_look_alike_names_its_treatment() -> None:
    names = ["0", "1"] * 4
    factors = {"N": factor(names), "P": factor(sorted(names))}
    trial = Trial(np.arange(8.0), factors, {}, "yield")
    assert as_written("1 vs 0", trial, ("N", "P")).treatment == "N"
    assert as_written("P: 1 vs 0", trial, ("N", "P")).treatment == "P"
    assert as_written("P:rise=-1,1", trial, ("N", "P")).weights == {"0": -1.0, "1": 1.0}
