"""Least squares with missing plots, covariates and nested blocks, against R 4.2.2 `lm`, `car`."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.trials import least_squares
from models.trials.model import crossed, mean_row, model
from models.trials.sheet import Factor, Trial, factor

# Pearce 1953, apples under ground covers: the crop before and the yield in each of four blocks, in
# the units of agridat's `pearce.apple`.
APPLES = {
    "A": ((8.2, 287), (9.4, 290), (7.7, 254), (8.5, 307)),
    "B": ((8.2, 271), (6.0, 209), (9.1, 243), (10.1, 348)),
    "C": ((6.8, 234), (7.0, 210), (9.7, 286), (9.9, 371)),
    "D": ((5.7, 189), (5.5, 205), (10.2, 312), (10.3, 375)),
    "E": ((6.1, 210), (7.0, 276), (8.7, 279), (8.1, 344)),
    "S": ((7.6, 222), (10.1, 301), (9.0, 238), (10.5, 357)),
}
ANCOVA = (("block",), ("prev",), ("trt",))


def apples() -> Trial:
    plots = [(trt, f"B{at}", *pair) for trt, line in APPLES.items() for at, pair in enumerate(line)]
    factors = {"trt": factor(p[0] for p in plots), "block": factor(p[1] for p in plots)}
    prev = np.array([float(p[2]) for p in plots])
    return Trial(np.array([float(p[3]) for p in plots]), factors, {"prev": prev}, "yield")


def grid(seed: int, *sizes: int) -> Trial:
    """A complete crossing of factors f0, f1, … with a random response."""
    places = np.indices(sizes).reshape(len(sizes), -1)
    factors = {
        f"f{at}": Factor(tuple(str(level) for level in range(size)), places[at])
        for at, size in enumerate(sizes)
    }
    response = np.random.default_rng(seed).normal(10.0, 1.0, places.shape[1])
    return Trial(response, factors, {}, "y")


def test_analysis_of_covariance() -> None:
    # car::Anova(lm(yield ~ block + prev + trt))
    rows = least_squares.anova(least_squares.fit(apples(), ANCOVA), 2)
    assert [(row.term, row.df) for row in rows] == [
        ("block", 3),
        ("prev", 1),
        ("trt", 5),
        ("Residual", 14),
    ]
    np.testing.assert_allclose(
        [row.sum_sq for row in rows],
        [13258.0611382794, 19546.9626891334, 4352.89154663764, 3885.20397753324],
        rtol=1e-10,
    )
    assert rows[2].f == pytest.approx(3.13705442521547, rel=1e-10)
    assert rows[2].p == pytest.approx(0.0417098150738947, rel=1e-8)


def test_trap_covariate_left_out() -> None:
    """The crop before explains what blocks do not: p .042 with it, .991 without."""
    # anova(lm(yield ~ block + trt))
    rows = least_squares.anova(least_squares.fit(apples(), (("block",), ("trt",))), 1)
    assert rows[1].p == pytest.approx(0.991460642939363, rel=1e-8)


def test_adjusted_means_at_the_mean_of_the_covariate() -> None:
    # emmeans(lm(yield ~ block + prev + trt), ~ trt); Booth prints 280.4765 … 251.3357
    means = least_squares.adjusted_means(least_squares.fit(apples(), ANCOVA), ("trt",))
    assert means.levels == (("A",), ("B",), ("C",), ("D",), ("E",), ("S",))
    printed = [280.4765, 266.5666, 274.0666, 281.137, 300.9175, 251.3357]
    np.testing.assert_allclose(means.mean, printed, atol=5e-4)
    assert means.mean[0] == pytest.approx(280.476530261348, rel=1e-12)
    assert means.se[0] == pytest.approx(8.34316924952192, rel=1e-10)
    assert means.df == 14


def test_slopes_that_differ_between_treatments() -> None:
    """The term covariate:factor has one slope for each level: 5 more than the common one."""
    fitted = least_squares.fit(apples(), (*ANCOVA, ("prev", "trt")))
    rows = least_squares.anova(fitted, 1)
    assert (rows[3].term, rows[3].df, rows[4].df) == ("prev:trt", 5, 9)
    assert rows[3].sum_sq + rows[4].sum_sq == pytest.approx(3885.20397753324, rel=1e-10)


def test_unit_of_a_covariate_changes_nothing() -> None:
    trial = apples()
    far = replace(trial, covariates={"prev": 1e9 + 1e-3 * trial.covariates["prev"]})
    one, other = (
        least_squares.adjusted_means(least_squares.fit(t, ANCOVA), ("trt",)) for t in (trial, far)
    )
    np.testing.assert_allclose(other.mean, one.mean, rtol=1e-3)
    assert other.df == one.df


def test_covariate_missing_leaves_the_plot_out_only_where_it_is_used() -> None:
    trial = apples()
    trial.covariates["prev"][0] = np.nan
    assert least_squares.fit(trial, ANCOVA).df == 13
    assert least_squares.fit(trial, (("block",), ("trt",))).df == 15


@given(st.integers(3, 6), st.integers(3, 6), st.integers(0, 2**32 - 1), st.integers(min_value=0))
def test_missing_plot_as_yates(blocks: int, treatments: int, seed: int, pick: int) -> None:
    """One plot lost from complete blocks: (b B + t T - G) / ((b - 1)(t - 1)), Yates 1933."""
    trial = grid(seed, blocks, treatments)
    lost = pick % len(trial.response)
    trial.response[lost] = np.nan
    block, treatment = (trial.factors[name].codes for name in ("f0", "f1"))
    of_block = np.nansum(trial.response[block == block[lost]])
    of_treatment = np.nansum(trial.response[treatment == treatment[lost]])
    wanted = blocks * of_block  # each total is weighted by the number of its own kind
    wanted = treatments * of_treatment + wanted - np.nansum(trial.response)
    (found,) = least_squares.missing_plots(trial, (("f0",), ("f1",)))
    assert found.plot == lost
    assert found.estimate == pytest.approx(
        wanted / ((blocks - 1) * (treatments - 1)), rel=1e-9, abs=1e-9
    )
    assert least_squares.fit(trial, (("f0",), ("f1",))).df == (blocks - 1) * (treatments - 1) - 1


@given(st.integers(0, 2**32 - 1))
def test_missing_plots_filled_with_their_estimates_give_the_same_means(seed: int) -> None:
    """And raw means with plots missing do not: they carry the blocks that are left."""
    trial = grid(seed, 4, 5)
    trial.response[[1, 7, 13]] = np.nan
    terms = (("f0",), ("f1",))
    means = least_squares.adjusted_means(least_squares.fit(trial, terms), ("f1",))
    full = trial.response.copy()
    for one in least_squares.missing_plots(trial, terms):
        full[one.plot] = one.estimate
    whole = [full[trial.factors["f1"].codes == level].mean() for level in range(5)]
    np.testing.assert_allclose(means.mean, whole, rtol=1e-9)
    raw = np.nanmean(trial.response[trial.factors["f1"].codes == 1])
    assert raw != pytest.approx(float(means.mean[1]), rel=1e-9)


def test_block_lost_as_a_whole_tells_nothing_of_its_plots() -> None:
    trial = grid(1, 4, 5)
    trial.response[:5] = np.nan
    assert all(np.isnan(p.estimate) for p in least_squares.missing_plots(trial, (("f0",), ("f1",))))


def test_types_of_sums_of_squares_on_a_small_unbalanced_table() -> None:
    # y <- c(4, 6, 5, 9, 8, 12, 11); a <- c(1,1,1,1,2,2,2); b <- c(1,1,2,2,1,2,2), factors:
    # differences of residual sums of squares by hand from the cell means 5, 7, 8, 11.5
    factors = {"a": factor("1111222"), "b": factor("1122122")}
    trial = Trial(np.array([4.0, 6, 5, 9, 8, 12, 11]), factors, {}, "y")
    fitted = least_squares.fit(trial, crossed(("a", "b")))
    one, two, three = (least_squares.anova(fitted, kind) for kind in (1, 2, 3))
    assert [row.term for row in one] == ["a", "b", "a:b", "Residual"]
    assert one[3].sum_sq == pytest.approx(10.5)  # 2 + 8 + 0 + 0.5
    # a:b is the contrast 5 - 7 - 8 + 11.5 on 1/2 + 1/2 + 1/1 + 1/2
    assert one[2].sum_sq == pytest.approx(1.5**2 / 2.5)
    # a of type III is (8 + 11.5 - 5 - 7) / 2 on the same weights
    assert three[0].sum_sq == pytest.approx(7.5**2 / 2.5)
    assert three[1].sum_sq == pytest.approx(5.5**2 / 2.5)
    # a alone: means 6 and 31/3 on 4 and 3 plots
    assert one[0].sum_sq == pytest.approx((31 / 3 - 6) ** 2 * 12 / 7)
    # a within b: differences 3 and 4.5, weights 2/3 and 1
    assert two[0].sum_sq == pytest.approx((3 * 2 / 3 + 4.5) ** 2 / (2 / 3 + 1))
    assert two[2].sum_sq == pytest.approx(one[2].sum_sq) == pytest.approx(three[2].sum_sq)


def test_trap_sequential_table_depends_on_the_order() -> None:
    trial = grid(3, 4, 5)
    trial.response[[0, 1, 2, 8]] = np.nan
    first = least_squares.anova(least_squares.fit(trial, (("f1",), ("f0",))), 1)[0]
    last = least_squares.anova(least_squares.fit(trial, (("f0",), ("f1",))), 1)[1]
    second = least_squares.anova(least_squares.fit(trial, (("f1",), ("f0",))), 2)[0]
    assert first.sum_sq != pytest.approx(last.sum_sq)
    assert second.sum_sq == pytest.approx(last.sum_sq)


def test_trap_raw_value_of_an_unreplicated_entry() -> None:
    """An entry in a block 2 above the others is lowered by what the checks of the block say."""
    blocks = ["1", "1", "1", "2", "2", "2"]
    entries = ["check", "other", "n1", "check", "other", "n2"]
    response = np.array([10.0, 12.0, 11.0, 12.0, 14.0, 13.0])
    trial = Trial(response, {"block": factor(blocks), "entry": factor(entries)}, {}, "y")
    means = least_squares.adjusted_means(
        least_squares.fit(trial, (("block",), ("entry",))), ("entry",)
    )
    found = dict(zip(means.levels, means.mean.round(9).tolist(), strict=True))
    assert found == {("check",): 11.0, ("n1",): 12.0, ("n2",): 12.0, ("other",): 13.0}


def test_empty_cell_has_no_mean() -> None:
    """A combination that no plot has is not guessed, nor the means that would average over it."""
    trial = grid(5, 2, 3, 4)
    gone = (trial.factors["f0"].codes == 1) & (trial.factors["f1"].codes == 2)
    trial.response[gone] = np.nan
    fitted = least_squares.fit(trial, crossed(("f0", "f1")))
    assert len(least_squares.adjusted_means(fitted, ("f0", "f1")).mean) == 5
    of_f0 = least_squares.adjusted_means(fitted, ("f0",)).mean
    assert np.isfinite(of_f0[0])
    assert np.isnan(of_f0[1])
    assert np.isfinite(least_squares.adjusted_means(fitted, ("f1",)).mean[:2]).all()


def test_blocks_numbered_anew_in_each_replicate_are_blocks_of_their_own() -> None:
    trial = grid(6, 3, 2, 4)
    fitted = least_squares.fit(trial, (("f0",), ("f1", "f0"), ("f2",)))
    assert [(row.term, row.df) for row in least_squares.anova(fitted, 1)] == [
        ("f0", 2),
        ("f0:f1", 3),
        ("f2", 3),
        ("Residual", 15),
    ]


def test_nested_blocks_weigh_alike_within_their_replicate() -> None:
    """Replicate 1 has one block and replicate 2 three: half of the weight is each replicate's."""
    factors = {"rep": factor("1222"), "block": factor("1123"), "trt": factor("abab")}
    trial = Trial(np.arange(4.0), factors, {}, "y")
    terms = model(trial, (("rep",), ("rep", "block"), ("trt",)))
    row = mean_row(terms, {"trt": "a"})
    np.testing.assert_allclose(row[terms.spans[1]], [0.5, 1 / 6, 1 / 6, 1 / 6])


def test_nothing_measured_is_refused() -> None:
    trial = grid(7, 2, 2)
    trial.response[:] = np.nan
    with pytest.raises(ValueError, match="no plot has a value of y; enter at least one"):
        least_squares.fit(trial, (("f0",),))
    with pytest.raises(ValueError, match="no plot has a value of y; enter at least one"):
        least_squares.missing_plots(trial, (("f0",),))


def test_saturated_fit_has_no_error() -> None:
    fitted = least_squares.fit(grid(8, 2, 3), crossed(("f0", "f1")))
    assert fitted.df == 0
    assert np.isnan(fitted.sigma2)
    assert all(np.isnan(row.f) for row in least_squares.anova(fitted, 1))
