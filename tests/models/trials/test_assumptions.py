"""Checks of assumptions against R: shapiro.test, car::leveneTest, bartlett.test, rstudent."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from models.trials import assumptions
from models.trials.assumptions import Array

# Gomez & Gomez (1984), p. 26: rice yield, six seeding rates in four blocks [kg/ha]
_SEED_RATE = np.array(
    [
        [5113, 5398, 5307, 4678],
        [5346, 5952, 4719, 4264],
        [5272, 5713, 5483, 4749],
        [5164, 4831, 4986, 4410],
        [4804, 4848, 4432, 4748],
        [5254, 4542, 4919, 4098],
    ],
    dtype=float,
)


def _dummies(names: list[str]) -> Array:
    return np.asarray(np.array(names)[:, None] == np.unique(names), dtype=float)


def _trial(
    data: Path, trial: str, response: str, factors: list[str]
) -> tuple[Array, Array, list[str]]:
    """Response, design columns and labels of the first factor."""
    file = data / "trials" / f"{trial}.csv"
    if not file.exists():
        pytest.skip("the trials are not beside the project")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    y = np.array([float(row[response] or "nan") for row in rows])
    columns = [_dummies([row[name] for row in rows]) for name in factors]
    return y, np.column_stack(columns), [row[factors[0]] for row in rows]


def _reference(data: Path, trial: str, of: str) -> dict[str, Any]:
    file = data / "trials" / "reference" / f"{trial}.json"
    analyses = json.loads(file.read_text(encoding="utf-8"))["analyses"]
    return next(one for one in analyses if one["id"] == of)


@pytest.mark.parametrize(
    ("trial", "response", "factors"),
    [("cochran_crd", "inf", ["trt"]), ("gomez_seedrate", "yield", ["rate", "rep"])],
)
def test_the_checks_of_the_reference(
    data: Path, trial: str, response: str, factors: list[str]
) -> None:
    y, design, labels = _trial(data, trial, response, factors)
    told = _reference(data, trial, "checks")
    group = np.unique(labels, return_inverse=True)[1]
    found = {one.check: one for one in assumptions.checks(y, design, group)}
    for check, key, p in (
        ("shapiro-wilk", "shapiro_w", "shapiro_p"),
        ("levene-median", "levene_median_F", "levene_median_p"),
        ("levene-mean", "levene_mean_F", "levene_mean_p"),
        ("levene-residuals", "levene_resid_median_F", "levene_resid_median_p"),
        ("bartlett", "bartlett_k2", "bartlett_p"),
        ("non-additivity", "nonadditivity_F", "nonadditivity_p"),
    ):
        if told[key] is None:
            assert np.isnan(found[check].statistic)
            assert found[check].holds is None
            continue
        assert found[check].statistic == pytest.approx(told[key], rel=1e-8)
        assert found[check].p == pytest.approx(told[p], rel=1e-6)
        assert found[check].holds is (told[p] >= 0.05)
    df = assumptions.residual_df(y, design)
    far = assumptions.outliers(assumptions.studentised(y, design), df)
    assert [one.plot + 1 for one in far] == [one["row"] for one in told["outliers"]]
    for one, row in zip(far, told["outliers"], strict=True):
        assert one.studentised == pytest.approx(row["rstudent"], rel=1e-8)
        assert one.p == pytest.approx(row["p_bonferroni"], rel=1e-6)


def _seed_rate() -> tuple[Array, Array, np.ndarray]:
    rates, blocks = _SEED_RATE.shape
    rate, block = np.divmod(np.arange(rates * blocks), blocks)
    design = np.column_stack([np.eye(rates)[rate], np.eye(blocks)[block]])
    return _SEED_RATE.ravel(), design, rate


def test_a_published_trial_as_r_prints_it() -> None:
    """R: m <- aov(yield ~ rep + factor(rate), gomez.seedrate); shapiro.test(resid(m)), rstudent."""
    y, design, rate = _seed_rate()
    found = {one.check: one for one in assumptions.checks(y, design, rate)}
    assert found["shapiro-wilk"].statistic == pytest.approx(0.962338269940624, rel=1e-8)
    assert found["levene-median"].statistic == pytest.approx(1.93673790478431, rel=1e-8)
    assert found["bartlett"].p == pytest.approx(0.375086870153968, rel=1e-6)
    assert found["non-additivity"].statistic == pytest.approx(1.21378464058454, rel=1e-8)
    assert found["non-additivity"].p == pytest.approx(0.289164672207464, rel=1e-6)
    assert found["outlier"].statistic == pytest.approx(2.9273714780149, rel=1e-8)
    assert found["outlier"].p == pytest.approx(0.26469112382814, rel=1e-6)


def test_a_plot_is_judged_by_a_fit_without_it() -> None:
    y, design, _ = _seed_rate()
    found = assumptions.studentised(y, design)
    for plot in (0, 7, 22):
        others = np.arange(len(y)) != plot
        beta, *_ = np.linalg.lstsq(design[others], y[others])
        left = y[others] - design[others] @ beta
        variance = float(left @ left) / (others.sum() - 9)
        at = design[plot]
        spread = variance * (1.0 + at @ np.linalg.pinv(design[others].T @ design[others]) @ at)
        assert found[plot] == pytest.approx((y[plot] - at @ beta) / np.sqrt(spread), rel=1e-8)


def test_a_lost_plot_stays_unknown_and_changes_no_other_place() -> None:
    y, design, rate = _seed_rate()
    y = y.copy()
    y[5] = np.nan
    found = assumptions.studentised(y, design)
    assert np.isnan(found[5])
    assert np.isfinite(np.delete(found, 5)).all()
    assert all(np.isfinite(one.p) for one in assumptions.checks(y, design, rate))


def test_effects_that_multiply_are_found() -> None:
    rate, block = np.divmod(np.arange(24), 4)
    noise = np.random.default_rng(3).normal(0.0, 0.02, 24)
    y = (1.0 + rate) * (1.0 + 0.5 * block) + noise
    _, design, _ = _seed_rate()
    assert assumptions.non_additivity(y, design).holds is False
    assert assumptions.non_additivity(np.log(y), design).p > 1e-6


def test_bartlett_of_mean_squares_of_the_reference(data: Path) -> None:
    told = _reference(data, "omer_sorghum", "homogeneity_of_mse")
    rows = _reference(data, "omer_sorghum", "by_environment")["rows"]
    found = assumptions.equal_variances(
        np.array([row["ms_residual"] for row in rows]), np.full(len(rows), 51.0)
    )
    assert found.statistic == pytest.approx(told["statistic"], rel=1e-8)
    assert found.p == pytest.approx(told["p"], rel=1e-6)
    assert found.holds is False


def test_bartlett_of_mean_squares_is_bartlett_of_groups() -> None:
    samples = [np.random.default_rng(seed).normal(0.0, seed, 4 + seed) for seed in (1, 2, 3)]
    variances = np.array([sample.var(ddof=1) for sample in samples])
    found = assumptions.equal_variances(variances, np.array([len(one) - 1.0 for one in samples]))
    expected = stats.bartlett(*samples)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-12)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([1.0, 1.0], id="two plots"),
        pytest.param([2.0, 2.0, 2.0, 2.0], id="no spread"),
        pytest.param([np.nan, np.nan, np.nan], id="nothing"),
    ],
)
def test_what_cannot_be_judged_is_not(values: list[float]) -> None:
    y = np.array(values)
    group = np.arange(len(y)) // 2
    for one in assumptions.checks(y, np.ones((len(y), 1)), group):
        assert one.holds is None
        assert np.isnan(one.p)


def test_one_plot_for_each_treatment_has_no_variance_to_compare() -> None:
    y, group = np.array([3.0, 5.0, 9.0, 4.0]), np.arange(4)
    assert assumptions.levene(y, group).holds is None
    assert assumptions.bartlett(y, group).holds is None


def test_two_plots_for_each_treatment_lie_as_far_from_their_centre() -> None:
    y, group = np.array([3.0, 5.0, 9.0, 4.0, 7.0, 7.5]), np.arange(6) // 2
    assert assumptions.levene(y, group).holds is None
    assert assumptions.levene(np.array([0.0, 0, 1, 1, 0, 1, 0, 1]), np.arange(8) // 4).holds is None
    assert assumptions.bartlett(y, group).holds is True


def test_a_treatment_that_never_varies_has_another_variance() -> None:
    y, group = np.array([0.0, 0.0, 0.0, 4.0, 9.0, 7.0]), np.arange(6) // 3
    found = assumptions.bartlett(y, group)
    assert np.isnan(found.statistic)
    assert (found.p, found.holds) == (0.0, False)
