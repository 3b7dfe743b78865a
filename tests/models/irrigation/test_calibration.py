"""Field capacity as a probe sees it after rain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.irrigation.calibration import LEAST_EVENTS, field_capacity_seen

Array = NDArray[np.float64]


def drained(plateau: float, rains: list[int], *, days: int = 120, top: float = 0.06) -> Array:
    """Drying by 0.006 a day; each rain fills above the plateau, which drains within days."""
    theta, excess, dry = np.empty(days), 0.0, 0.0
    for day in range(days):
        if day in rains:
            excess, dry = top, 0.0
        elif excess > 0.003:
            excess *= 0.3
        else:
            excess, dry = 0.0, dry + 0.006
        theta[day] = plateau + excess - dry
    return theta


def rain(days_of_rain: list[int], *, days: int = 120, depth: float = 25.0) -> Array:
    wet = np.zeros(days)
    wet[days_of_rain] = depth
    return wet


FIVE = [10, 30, 50, 70, 90]


def test_the_plateau_after_rain_is_found_with_its_count() -> None:
    seen = field_capacity_seen(drained(0.31, FIVE), rain(FIVE))
    assert seen.events == 5
    assert seen.water_content == pytest.approx(0.31, abs=0.01)
    assert seen.low < seen.water_content < seen.high
    assert seen.is_certain


def test_two_rains_are_not_enough() -> None:
    seen = field_capacity_seen(drained(0.31, FIVE[:2]), rain(FIVE[:2]))
    assert (seen.events, seen.is_certain) == (2, False)


def test_rains_that_disagree_are_not_believed() -> None:
    theta = drained(0.31, FIVE)
    for rain_day, moved in zip(FIVE, (0.0, 0.08, -0.04, -0.08, 0.04), strict=True):
        theta[rain_day : rain_day + 10] += moved
    assert not field_capacity_seen(theta, rain(FIVE)).is_certain


def test_one_odd_rain_of_five_does_not_move_the_plateau() -> None:
    theta = drained(0.31, FIVE)
    theta[65:85] -= 0.08
    assert field_capacity_seen(theta, rain(FIVE)).water_content == pytest.approx(0.31, abs=0.01)


def test_rain_that_did_not_fill_the_soil_tells_nothing() -> None:
    """Steady drying after a rain has no plateau."""
    theta = 0.25 - 0.006 * (np.arange(120) % 20)
    assert field_capacity_seen(theta, rain([20, 40, 60, 80, 100])).events == 0


def test_little_rain_and_rain_soon_after_tell_nothing() -> None:
    theta = drained(0.31, FIVE)
    assert field_capacity_seen(theta, rain(FIVE, depth=5.0)).events == 0
    again = rain(FIVE) + np.roll(rain(FIVE, depth=8.0), 2)
    assert field_capacity_seen(theta, again).events == 0


def test_nothing_measured_is_nothing_seen() -> None:
    seen = field_capacity_seen(np.full(120, np.nan), rain(FIVE))
    assert (seen.events, seen.is_certain) == (0, False)
    assert np.isnan(seen.water_content)


@given(st.floats(-0.1, 0.1))
def test_a_probe_that_reads_too_much_sees_its_plateau_as_much_higher(offset: float) -> None:
    theta = drained(0.31, FIVE)
    plain, moved = (field_capacity_seen(one, rain(FIVE)) for one in (theta, theta + offset))
    assert moved.water_content - plain.water_content == pytest.approx(offset)
    assert moved.events >= LEAST_EVENTS
