"""Probes to depletion, joined with the balance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.irrigation.state import (
    Estimate,
    balance_estimate,
    is_plausible,
    is_stuck,
    join,
    layer_weights,
    probe_estimate,
)

LOAM = {"field_capacity": 0.25, "wilting_point": 0.12}
water = st.floats(0.0, 150.0)
error = st.floats(1.0, 60.0)


def test_layers_meet_half_way_and_the_last_reaches_the_roots_end() -> None:
    assert layer_weights([0.1, 0.3, 0.5], 0.8) == pytest.approx([0.25, 0.25, 0.5])


def test_probes_below_the_roots_say_nothing_beside_one_among_them() -> None:
    assert layer_weights([0.1, 0.6], 0.3) == pytest.approx([1.0, 0.0])


def test_a_lone_probe_below_the_roots_is_all_there_is() -> None:
    assert layer_weights([0.6], 0.3) == pytest.approx([1.0])


@given(st.lists(st.floats(0.02, 2.0), min_size=1, max_size=8, unique=True), st.floats(0.1, 3.0))
def test_weights_share_the_whole_root_zone(depths: list[float], root_depth: float) -> None:
    assert layer_weights(sorted(depths), root_depth).sum() == pytest.approx(1.0)


def test_depletion_is_the_water_missing_to_field_capacity() -> None:
    found = probe_estimate([0.20], [0.2], root_depth=0.4, **LOAM)
    assert found.depletion == pytest.approx(1000 * 0.4 * 0.05)
    assert found.error == pytest.approx(1000 * 0.4 * np.hypot(0.02, 0.02))


def test_depletion_stays_between_none_and_all() -> None:
    assert probe_estimate([0.40], [0.2], root_depth=0.4, **LOAM).depletion == 0.0
    assert probe_estimate([0.05], [0.2], root_depth=0.4, **LOAM).depletion == pytest.approx(52.0)


def test_unseen_soil_and_age_widen_the_error() -> None:
    near = probe_estimate([0.2], [0.2], root_depth=0.4, **LOAM)
    deep = probe_estimate([0.2], [0.2], root_depth=1.2, **LOAM)
    old = probe_estimate([0.2], [0.2], root_depth=0.4, age_days=3.0, **LOAM)
    assert deep.error / 3.0 > near.error
    assert old.error > near.error


def test_agreeing_estimates_are_weighted_by_inverse_variance() -> None:
    found = join(Estimate(20.0, 6.0), Estimate(24.0, 8.0))
    assert found.depletion == pytest.approx((20 * 64 + 24 * 36) / 100)
    assert found.error == pytest.approx(4.8)


def test_a_balance_that_missed_a_watering_cannot_drag_a_probe_without_bound() -> None:
    pull = [far - join(Estimate(far, 10.0), Estimate(0.0, 10.0)).depletion for far in (6, 60, 120)]
    assert pull == pytest.approx([3.0, 4.0, 4.0])


@given(water, error, water, error, st.floats(0.0, 50.0))
def test_joining_never_falls_when_either_rises(
    a: float, a_error: float, b: float, b_error: float, more: float
) -> None:
    base = join(Estimate(a, a_error), Estimate(b, b_error)).depletion
    assert join(Estimate(a + more, a_error), Estimate(b, b_error)).depletion >= base - 1e-9
    assert join(Estimate(a, a_error), Estimate(b + more, b_error)).depletion >= base - 1e-9
    assert min(a, b) - 1e-9 <= base <= max(a, b) + 1e-9


def test_guessed_weather_widens_the_balance() -> None:
    assert balance_estimate(10.0, 50.0, guessed_share=0.0).error == pytest.approx(12.5)
    assert balance_estimate(10.0, 50.0, guessed_share=1.0).error > 15.0


def test_four_days_of_one_value_is_a_stuck_probe() -> None:
    days = np.arange(0.0, 4.0, 0.25)
    assert is_stuck(days, np.full(len(days), 0.2134))


def test_a_steady_probe_is_not_a_dead_one() -> None:
    days = np.arange(0.0, 4.0, 0.25)
    steady = np.where(np.arange(len(days)) % 5 == 0, 0.2134, 0.2135)
    assert not is_stuck(days, steady)
    assert not is_stuck(days[:8], np.full(8, 0.2134))
    assert not is_stuck(days, np.full(len(days), 0.21), expected_change=0.002)


def test_a_probe_in_the_air_or_in_a_puddle_is_not_believed() -> None:
    assert not is_plausible(0.01, **LOAM)
    assert not is_plausible(0.62, **LOAM)
    assert is_plausible(0.06, **LOAM)
    assert is_plausible(0.42, **LOAM)
