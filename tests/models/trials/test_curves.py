"""Dose curves, transformations and sphericity against R: nls, lm, MASS, emmeans, mauchly.test."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.trials import curves, sphericity, transformations
from models.trials.curves import Array, LinearPlateau, Quadratic, QuadraticPlateau

_RATIO = 0.11 / 1.15  # prices of nitrogen and grain of the reference
# Engelstad & Parks (1971): Jackson 1962, corn [bu/ac] over nitrogen [lb/ac]
_DOSE = np.array([0.0, 67.0, 134.0, 201.0, 268.0, 335.0])
_JACKSON_1962 = np.array([46.5, 59.0, 71.9, 73.1, 74.5, 75.5])


def _reference(data: Path, trial: str, of: str) -> dict[str, Any]:
    file = data / "trials" / "reference" / f"{trial}.json"
    if not file.exists():
        pytest.skip("the reference results are not beside the project")
    analyses = json.loads(file.read_text(encoding="utf-8"))["analyses"]
    return next(one for one in analyses if one["id"] == of)


def _engelstad(data: Path) -> dict[tuple[str, str], tuple[Array, Array]]:
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with (data / "trials" / "engelstad_nitro.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            plots = found.setdefault((row["loc"], row["year"]), [])
            plots.append((float(row["nitro"]), float(row["yield"])))
    return {key: tuple(np.array(plots).T) for key, plots in found.items()}


def test_every_curve_of_the_reference(data: Path) -> None:
    told = _reference(data, "engelstad_nitro", "response_curves")["rows"]
    trials = _engelstad(data)
    assert len(told) == len(trials) == 10
    for row in told:
        dose, response = trials[row["loc"], row["year"]]
        _same_quadratic(curves.quadratic(dose, response), row["quadratic"])
        _same_quadratic_plateau(curves.quadratic_plateau(dose, response), row["quadratic_plateau"])
        _same_linear_plateau(curves.linear_plateau(dose, response), row["linear_plateau"])


def _same_quadratic(found: Quadratic, told: dict[str, Any]) -> None:
    for key in ("intercept", "linear", "quadratic", "optimum", "rss"):
        assert getattr(found, key) == pytest.approx(told[key], rel=1e-8), key
    assert found.concave is told["concave"]


def _same_quadratic_plateau(found: QuadraticPlateau, told: dict[str, Any]) -> None:
    assert found.rss <= told["rss"] * (1.0 + 1e-7)
    assert found.identified is told["identified"]
    if not found.identified:
        assert np.isnan(curves.economic_optimum(found, _RATIO))
        return
    assert (found.ymax, found.k, found.join) == pytest.approx(
        (told["ymax"], told["k"], told["M"]), rel=1e-5
    )
    assert found.rss == pytest.approx(told["rss"], rel=1e-7)
    best = curves.economic_optimum(found, _RATIO)
    assert best == pytest.approx(told["economic_optimum"], rel=1e-5)


def _same_linear_plateau(found: LinearPlateau, told: dict[str, Any]) -> None:
    assert found.rss == pytest.approx(told["rss"], rel=1e-6)
    assert found.identified is told["identified"]
    if found.identified:
        assert (found.intercept, found.slope, found.join, found.plateau) == pytest.approx(
            (told["intercept"], told["slope"], told["M"], told["plateau"]), rel=1e-5
        )


def test_a_published_plateau_as_r_prints_it() -> None:
    """R: nls(yield ~ ifelse(n < M, ymax - k / 2 * (M - n)^2, ymax), engelstad.nitro)."""
    found = curves.quadratic_plateau(_DOSE, _JACKSON_1962)
    assert (found.ymax, found.join, found.k) == pytest.approx(
        (74.7425766, 225.3402915, 0.00113121984), rel=1e-6
    )
    assert (found.ymax_se, found.join_se, found.k_se) == pytest.approx(
        (1.07533705942455, 26.7385940677824, 0.000275847000301713), rel=1e-4
    )
    assert curves.economic_optimum(found, _RATIO) == pytest.approx(140.783629, rel=1e-6)
    line = curves.linear_plateau(_DOSE, _JACKSON_1962)
    assert (line.join, line.plateau) == pytest.approx((147.3648285, 74.3666667), rel=1e-6)


def test_a_parabola_with_blocks(data: Path) -> None:
    """R: lm(yield ~ rep + rate + I(rate^2), gomez.seedrate)."""
    told = _reference(data, "gomez_seedrate", "quadratic")
    with (data / "trials" / "gomez_seedrate.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rate, y = (np.array([float(row[name]) for row in rows]) for name in ("rate", "yield"))
    block = np.array([row["rep"] for row in rows])
    blocks = (block[:, None] == np.unique(block)).astype(float)
    found = curves.quadratic(rate, y, others=blocks)
    assert found.linear == pytest.approx(told["coefficients"]["rate"], rel=1e-8)
    assert found.quadratic == pytest.approx(told["coefficients"]["rate2"], rel=1e-8)
    assert found.linear_se == pytest.approx(told["se"]["rate"], rel=1e-8)
    assert found.quadratic_se == pytest.approx(told["se"]["rate2"], rel=1e-8)
    assert found.optimum == pytest.approx(told["optimum"], rel=1e-7)
    lack = told["lack_of_fit"]
    assert found.lack_of_fit == pytest.approx((lack["F"], lack["df"], 15.0, lack["p"]), rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(join=st.floats(75.0, 260.0), slope=st.floats(0.05, 2.0), low=st.floats(5.0, 60.0))
def test_a_plateau_without_noise_is_found(join: float, slope: float, low: float) -> None:
    line = curves.linear_plateau(_DOSE, low + slope * np.minimum(_DOSE, join))
    assert line.identified
    assert (line.join, line.slope, line.plateau) == pytest.approx(
        (join, slope, low + slope * join), rel=1e-4
    )
    bent = low - 0.005 * slope * np.maximum(join - _DOSE, 0.0) ** 2
    curve = curves.quadratic_plateau(_DOSE, bent)
    assert curve.join == pytest.approx(join, rel=1e-4)
    assert curve.identified


def test_what_the_doses_do_not_determine_is_said() -> None:
    jump = curves.linear_plateau(_DOSE, np.array([40.0, 60.0, 61.0, 59.0, 60.0, 60.0]))
    fall = curves.quadratic_plateau(_DOSE, np.array([60.0, 58.0, 55.0, 51.0, 46.0, 40.0]))
    flat = curves.quadratic_plateau(_DOSE, np.full(6, 50.0))
    for one in (jump, fall, flat):
        assert not one.identified
        assert np.isnan(curves.economic_optimum(one, _RATIO))
    with pytest.raises(ValueError, match="3 levels"):
        curves.quadratic_plateau(np.array([0.0, 50.0, np.nan]), np.ones(3))


def test_a_valley_has_no_best_dose() -> None:
    valley = curves.quadratic(_DOSE, (_DOSE - 100.0) ** 2)
    assert not valley.concave
    assert np.isnan(curves.economic_optimum(valley, 0.1))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_power_of_one_sample_is_that_of_another_library(seed: int) -> None:
    y = np.random.default_rng(seed).gamma(3.0, 2.0, 40)
    found = transformations.box_cox(y, np.ones((40, 1)))
    _, power, (lower, upper) = stats.boxcox(y, alpha=0.05)
    assert found.power == pytest.approx(power, abs=1e-5)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=1e-5)


def test_the_power_of_a_multiplicative_trial_is_near_the_logarithm() -> None:
    """Exact after a log: the likelihood is that of normal errors on the log scale."""
    rate, block = np.divmod(np.arange(60), 10)
    noise = np.random.default_rng(8).normal(0.0, 0.2, 60)
    y = np.exp(1.0 + 0.6 * rate + 0.1 * block + noise)
    found = transformations.box_cox(y, np.column_stack([np.eye(6)[rate], np.eye(10)[block]]))
    assert found.lower < 0.0 < found.upper
    assert abs(found.power) < 0.2


def test_the_power_does_not_depend_on_the_unit() -> None:
    y = np.random.default_rng(9).lognormal(0.0, 0.5, 30)
    design = np.eye(3)[np.arange(30) % 3]
    once, again = (transformations.box_cox(k * y, design) for k in (1.0, 1000.0))
    assert once.power == pytest.approx(again.power, abs=1e-6)
    with pytest.raises(ValueError, match="must be positive"):
        transformations.box_cox(y - y.min(), design)


@pytest.mark.parametrize("name", list(transformations.TRANSFORMATIONS))
def test_there_and_back(name: str) -> None:
    y = np.array([0.02, 0.3, 0.5, 0.77, np.nan, 0.98])
    on_scale = transformations.transformed(y, name)
    zero = np.zeros(len(y))
    back = transformations.back_transformed(on_scale, zero, 10.0, name)
    assert back.mean == pytest.approx(y, rel=1e-12, nan_ok=True)
    step = 1e-6
    ahead, behind = (
        transformations.back_transformed(on_scale + sign * step, zero, 10.0, name).mean
        for sign in (1.0, -1.0)
    )
    tangent = transformations.back_transformed(on_scale, zero + 1.0, 10.0, name).se
    assert tangent == pytest.approx((ahead - behind) / (2.0 * step), rel=1e-6, nan_ok=True)


def test_an_interval_is_taken_back_by_its_ends() -> None:
    mean, se = np.array([1.2, 0.1]), np.array([0.3, 0.3])
    reach = 2.2281388519649385 * se  # R: qt(.975, 10)
    found = transformations.back_transformed(mean, se, 10.0, "log")
    assert found.lower == pytest.approx(np.exp(mean - reach))
    assert found.upper == pytest.approx(np.exp(mean + reach))
    root = transformations.back_transformed(mean, se, 10.0, "sqrt")
    assert root.lower[1] == 0.0
    assert root.upper == pytest.approx((mean + reach) ** 2)


def test_a_value_outside_the_scale_is_told_with_its_plot() -> None:
    with pytest.raises(ValueError, match=r"log is not defined for 0 \(plot 2\)"):
        transformations.transformed(np.array([1.0, 0.0]), "log")
    with pytest.raises(ValueError, match="between 0 and 1"):
        transformations.transformed(np.array([35.0]), "arcsine")
    with pytest.raises(ValueError, match="must be one of"):
        transformations.transformed(np.array([1.0]), "cube")


def test_a_compound_symmetric_table_is_spherical() -> None:
    """Scores whose products are a multiple of the identity: W = ε = 1 exactly."""
    helmert = np.linalg.qr(np.eye(4)[:, :3] - 0.25)[0]
    subjects = np.vstack([np.eye(3), -np.eye(3)]) @ helmert.T
    found = sphericity.sphericity(subjects + np.array([3.0, 5.0, 2.0, 1.0]))
    assert found.w == pytest.approx(1.0)
    assert found.greenhouse_geisser == pytest.approx(1.0)
    assert found.p == pytest.approx(1.0)


def test_the_basis_does_not_matter() -> None:
    """W and ε from another orthonormal basis, by their definitions."""
    table = np.random.default_rng(6).normal(size=(9, 4)) @ np.diag([1.0, 2.0, 1.0, 3.0])
    group = np.arange(9) % 2
    found = sphericity.sphericity(table, group)
    means = np.array([table[group == one].mean(axis=0) for one in group])
    covariance = (table - means).T @ (table - means) / 7.0
    basis = np.array([[-3, -1, 1, 3], [1, -1, -1, 1], [-1, 3, -3, 1]], dtype=float)
    basis /= np.linalg.norm(basis, axis=1)[:, None]
    products = basis @ covariance @ basis.T
    w = np.linalg.det(products) / (np.trace(products) / 3.0) ** 3
    epsilon = np.trace(products) ** 2 / (3.0 * np.trace(products @ products))
    assert found.w == pytest.approx(w, rel=1e-10)
    assert found.greenhouse_geisser == pytest.approx(epsilon, rel=1e-10)
    assert found.huynh_feldt == pytest.approx((8 * 3 * epsilon - 2) / (3 * (7 - 3 * epsilon)))


def test_mauchly_is_right_as_often_as_it_says() -> None:
    """Under sphericity p is uniform, also with twelve subjects."""
    rng = np.random.default_rng(10)
    p = [sphericity.sphericity(rng.normal(size=(12, 5))).p for _ in range(2000)]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_what_repeated_measures_cannot_tell() -> None:
    table = np.random.default_rng(7).normal(size=(4, 6))
    few = sphericity.sphericity(table)
    assert np.isnan(few.w)
    assert 0.2 <= few.greenhouse_geisser <= 1.0
    assert np.isnan(sphericity.sphericity(table[:, :2]).p)
    table[1, 2] = np.nan
    with pytest.raises(ValueError, match="must be complete"):
        sphericity.sphericity(table)
    assert sphericity.corrected_p(4.0, 3.0, 30.0, 1.2) == pytest.approx(stats.f.sf(4.0, 3, 30))
    assert sphericity.corrected_p(4.0, 3.0, 30.0, 0.5) > stats.f.sf(4.0, 3, 30)
