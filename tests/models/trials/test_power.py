"""Power against R's own figures and against the tests' algebra."""

from math import sqrt

import numpy as np
import pytest

from models.trials.power import (
    Errors,
    Plan,
    augmented_sed,
    blocks_needed,
    f_power,
    powers,
    t_power,
    term_tests,
)


def test_the_f_test_has_the_power_of_r() -> None:
    """power.anova.test(groups = 4, n = 5, between.var = 1, within.var = 3): 0.3535594."""
    noncentrality = 5 * 3 * 1 / 3
    assert f_power(noncentrality, 3, 16) == pytest.approx(0.3535594, abs=5e-8)


def test_the_sample_size_of_the_f_test_is_that_of_r() -> None:
    """power.anova.test(groups = 4, between.var = 1, within.var = 3, power = .80): n = 11.92613."""
    n = 11.92613
    assert f_power(n * 3 / 3, 3, 4 * (n - 1)) == pytest.approx(0.80, abs=1e-6)


def test_the_t_test_has_the_power_of_r() -> None:
    """power.t.test(n = 20, delta = 1, sd = 1): 0.8689528, without the other tail (2e-7)."""
    assert t_power(1 / sqrt(2 / 20), 38) == pytest.approx(0.8689528, abs=3e-7)


def test_without_a_difference_the_power_is_alpha() -> None:
    for one in powers(Plan("strip-plot", {"a": 3, "b": 4}, Errors(1.0, 0.5, 0.5)), 4, 0.0):
        assert one.power_f == pytest.approx(0.05, abs=1e-9)
        assert one.power_t == pytest.approx(0.05, abs=1e-9)


def test_two_levels_have_the_same_power_by_f_and_t() -> None:
    found = powers(Plan("rcbd", {"t": 2}, Errors(1.0)), 6, 1.3)
    assert found[0].power_f == pytest.approx(found[0].power_t, abs=1e-9)


@pytest.mark.parametrize(
    ("plan", "blocks", "expected"),
    [
        # Degrees of freedom as of R's aov of the data sets named.
        (Plan("split-plot", {"gen": 3, "nitro": 4}, Errors(1.0)), 6,
         {"gen": (2, 10), "nitro": (3, 45), "gen:nitro": (6, 45)}),  # yates.oats
        (Plan("split-split-plot", {"nitro": 5, "management": 3, "gen": 3}, Errors(1.0)), 3,
         {"nitro": (4, 8), "management": (2, 20), "management:nitro": (8, 20), "gen": (2, 60),
          "gen:nitro": (8, 60), "gen:management": (4, 60),
          "gen:management:nitro": (16, 60)}),  # gomez.splitsplit
        (Plan("strip-plot", {"gen": 6, "nitro": 3}, Errors(1.0)), 3,
         {"gen": (5, 10), "nitro": (2, 4), "gen:nitro": (10, 20)}),  # gomez.stripplot
        (Plan("latin-square", {"trt": 5}, Errors(1.0)), 5, {"trt": (4, 12)}),  # goulden.latin
        (Plan("rcbd", {"rate": 6}, Errors(1.0)), 4, {"rate": (5, 15)}),  # gomez.seedrate
        (Plan("alpha-lattice", {"gen": 24}, Errors(1.0), incomplete=6), 3,
         {"gen": (23, 31)}),  # john.alpha
        (Plan("repeated", {"a": 3}, Errors(1.0), visits=4), 5,
         {"a": (2, 8), "time": (3, 36), "a:time": (6, 36)}),
        (Plan("multi-environment", {"gen": 18}, Errors(1.0), environments=6), 4,
         {"gen": (17, 85)}),  # omer.sorghum, environments random
    ],
)  # fmt: skip
def test_each_term_is_tested_against_its_own_error(
    plan: Plan, blocks: int, expected: dict[str, tuple[int, int]]
) -> None:
    assert {one.term: (one.df, one.error_df) for one in term_tests(plan, blocks)} == expected


def test_main_plots_that_differ_cost_power_where_they_are_the_error() -> None:
    even, uneven = (
        {one.term: one for one in powers(Plan("split-plot", {"a": 3, "b": 4}, errors), 4, 1.5)}
        for errors in (Errors(1.0), Errors(1.0, main_plot=0.8))
    )
    assert uneven["a"].power_f < even["a"].power_f
    assert uneven["b"].power_f == even["b"].power_f
    assert uneven["a"].sed == pytest.approx(sqrt(2 * (1 + 4 * 0.64) / 16), rel=1e-12)


def test_an_augmented_trial_has_four_standard_errors() -> None:
    """kling.augmented: residual sd 0.264207410107203, three checks in six blocks, by R's lm."""
    found = augmented_sed(0.264207410107203, checks=3, blocks=6)
    assert found == pytest.approx(
        {
            "check-check": 0.152540219347,
            "new-new, same block": 0.3736457027,
            "new-new, other block": 0.431448894,
            "check-new": 0.3175377882,
        },
        rel=1e-8,
    )


def test_the_fewest_blocks_are_found_and_one_less_is_not_enough() -> None:
    plan = Plan("split-plot", {"a": 3, "b": 4}, Errors(1.0, 0.5))
    blocks = blocks_needed(lambda _: plan, 1.5, terms=("b",))
    assert blocks is not None
    power = [
        next(one.power_f for one in powers(plan, count, 1.5) if one.term == "b")
        for count in (blocks - 1, blocks)
    ]
    assert power[0] < 0.8 <= power[1]


def test_what_no_number_of_blocks_can_show_has_none() -> None:
    """Three environments whose effects differ more than what is looked for."""
    plan = Plan("multi-environment", {"gen": 4}, Errors(1.0, environment=3.0), environments=3)
    assert blocks_needed(lambda _: plan, 1.0) is None


def test_incomplete_blocks_lose_what_their_efficiency_says() -> None:
    plans = [Plan("alpha-lattice", {"g": 9}, Errors(1.0), efficiency=e) for e in (1.0, 0.5)]
    seds = [powers(plan, 3, 1.0)[0].sed for plan in plans]
    assert seds[1] / seds[0] == pytest.approx(np.sqrt(2.0), rel=1e-12)
