"""When a battery gets empty: right for a straight decline, silent where nothing is clear."""

from math import isnan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sensors.battery import HORIZON_DAYS, Supply, forecast, is_low, supply

CELL = Supply(low=3.2, minimum=2.7, change=0.03, renewed=0.25)
DAYS = np.arange(60.0)


@given(
    st.floats(2.71, 3.7),
    st.integers(0, 90),
    st.floats(0.0, 0.01),
    st.integers(0, 2**32 - 1),
)
def test_a_constant_battery_never_gets_a_date(
    value: float, n: int, noise: float, seed: int
) -> None:
    days = np.arange(float(n))
    values = np.full(n, value) + np.random.default_rng(seed).uniform(-noise, noise, n)
    found = forecast(days, values, CELL, now=float(n))
    assert found.outlook in {"steady", "unknown", "empty"}
    assert isnan(found.left) or found.outlook == "empty"


@given(st.floats(3.0, 3.7), st.floats(0.002, 0.02), st.floats(0.0, 30.0))
def test_a_straight_decline_gives_its_date(full: float, rate: float, waited: float) -> None:
    values = full - rate * DAYS
    assume(values[-1] > CELL.minimum + 0.01)
    now = DAYS[-1] + waited
    truth = max((full - CELL.minimum) / rate - now, 0.0)
    found = forecast(DAYS, values, CELL, now=now)
    if truth > HORIZON_DAYS:
        assert found.outlook == "lasting"
    else:
        assert found.outlook == "falling"
        assert found.left == pytest.approx(truth, abs=0.01)
        assert found.soonest <= found.left + 1e-6
        assert found.left <= found.latest + 1e-6


@given(st.floats(0.004, 0.012), st.integers(0, 2**32 - 1))
def test_noise_moves_the_date_a_little(rate: float, seed: int) -> None:
    values = 3.6 - rate * DAYS + np.random.default_rng(seed).normal(0.0, 0.01, DAYS.size)
    assume(values.min() > CELL.minimum + 0.05)
    truth = 0.9 / rate - DAYS[-1]
    found = forecast(DAYS, values, CELL, now=float(DAYS[-1]))
    assert found.outlook == "falling"
    assert found.left == pytest.approx(truth, rel=0.25, abs=3.0)


@given(st.floats(0.0, 0.02))
def test_a_battery_that_is_charged_gets_no_date(rate: float) -> None:
    assert forecast(DAYS, 2.9 + rate * DAYS, CELL, now=60.0).outlook == "steady"


@given(st.integers(-10_000, 10_000))
def test_the_count_of_days_does_not_matter(shift: int) -> None:
    values = 3.5 - 0.006 * DAYS
    here = forecast(DAYS, values, CELL, now=62.0)
    there = forecast(DAYS + shift, values, CELL, now=62.0 + shift)
    assert there.left == pytest.approx(here.left, abs=1e-3)


def test_the_weather_of_a_solar_cell_is_no_decline() -> None:
    values = 3.9 + 0.12 * np.sin(DAYS / 60.0 * 7.0 * np.pi)
    assert forecast(DAYS, values, CELL, now=60.0).outlook == "steady"


def test_a_new_battery_begins_a_new_life() -> None:
    values = np.where(DAYS < 40, 3.4 - 0.012 * DAYS, 3.6 - 0.0001 * (DAYS - 40))
    assert forecast(DAYS, values, CELL, now=60.0).outlook == "steady"


def test_the_last_weeks_of_a_lithium_cell_count() -> None:
    values = np.where(DAYS < 42, 3.6 - 0.0005 * DAYS, 3.579 - 0.03 * (DAYS - 42))
    found = forecast(DAYS, values, CELL, now=59.0)
    assert found.outlook == "falling"
    assert found.left == pytest.approx(12.3, abs=2.0)


def test_missing_days_are_passed_over() -> None:
    values = 3.5 - 0.006 * DAYS
    values[::4] = np.nan
    assert forecast(DAYS, values, CELL, now=59.0).left == pytest.approx(0.8 / 0.006 - 59, abs=0.1)


def test_an_empty_battery_is_told_from_its_last_days() -> None:
    assert forecast([1.0, 2.0, 3.0], [2.6, 2.6, 2.6], CELL, now=3.0).outlook == "empty"
    assert forecast([], [], CELL, now=3.0).outlook == "unknown"


def test_each_battery_has_its_own_marks() -> None:
    assert supply("decentlab/dl-trs12", "battery_voltage").minimum < 2.1
    assert supply("milesight/em500-smtc", "battery_level").low == 20.0
    assert not is_low("nobody/knows", voltage=2.9)
    assert is_low("nobody/knows", voltage=2.3)
    assert is_low("dragino/lse01", voltage=3.1)
    assert not is_low("dragino/lht65n", voltage=3.0)
    assert is_low("milesight/em500-smtc", level=12.0)
    assert not is_low("dragino/lse01")
