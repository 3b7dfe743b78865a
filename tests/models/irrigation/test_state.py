"""Probes to root-zone water, and which are believed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.irrigation.state import (
    is_erratic,
    is_plausible,
    is_stuck,
    layer_weights,
    offset_error,
    probe_estimate,
    steady_days,
)

LOAM = {"field_capacity": 0.25, "wilting_point": 0.12}


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


def test_a_run_of_one_value_is_found_day_by_day() -> None:
    low = np.array([0.2, 0.2, 0.2, 0.2, 0.21, 0.2, 0.2, np.nan, 0.2])
    high = low + np.array([0.01, 0, 0, 0, 0, 0, 0, 0, 0])
    assert not steady_days(low, high).any()
    long = np.full(6, 0.2)
    assert steady_days(long, long).all()
    assert not steady_days(long, long + np.arange(6) * 1e-4)[1:].any()


def test_scattering_readings_are_erratic_and_drying_ones_are_not() -> None:
    rng, days = np.random.default_rng(1), np.arange(60) / 12.0
    drying = 0.3 - 0.002 * np.arange(60) + rng.normal(0.0, 0.003, 60)
    drying[30:] += 0.1  # watered
    assert not is_erratic(days, drying, field_capacity=0.25)
    assert is_erratic(days, rng.uniform(0.1, 0.4, 60), field_capacity=0.25)
    assert not is_erratic(days[:5], rng.uniform(0.1, 0.4, 5), field_capacity=0.25)


def test_draining_after_every_watering_is_no_fault_and_falling_below_it_is() -> None:
    days = np.arange(60) / 12.0
    flooded = np.where(np.arange(60) % 12 < 3, 0.36, 0.24)
    assert not is_erratic(days, flooded, field_capacity=0.25)
    assert is_erratic(days, flooded - 0.1, field_capacity=0.25)
    assert not is_erratic(days * 4.0, flooded - 0.1, field_capacity=0.25)  # eight hours apart


def test_a_probes_offset_is_less_known_where_it_sees_less() -> None:
    assert offset_error([0.2], 0.4) < offset_error([0.2], 0.9)
    assert offset_error([0.1, 0.3], 0.4) < offset_error([0.2], 0.4)
