"""The bound is the least: linear programming finds nothing smaller."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from models.irrigation.hindsight import least_irrigation

DAYS = 14
_days = st.lists(st.floats(0.0, 12.0), min_size=DAYS, max_size=DAYS)


def by_linear_programming(
    crop_et: list[float], rain: list[float], raw: list[float], initial: float
) -> float:
    """Least water over irrigation, drainage and depletion of each day, all 0 or more."""
    size = 3 * DAYS  # irrigation, drainage, depletion
    equal, right = np.zeros((DAYS, size)), np.zeros(DAYS)
    below, limit = np.zeros((DAYS, size)), np.zeros(DAYS)
    for day in range(DAYS):
        before = initial if day == 0 else 0.0
        equal[day, 2 * DAYS + day] = 1.0  # depletion = before - rain - irrigation + et + drainage
        equal[day, day] = 1.0
        equal[day, DAYS + day] = -1.0
        below[day, day] = -1.0  # before - rain - irrigation must not exceed raw
        if day:
            equal[day, 2 * DAYS + day - 1] = -1.0
            below[day, 2 * DAYS + day - 1] = 1.0
        right[day] = before - rain[day] + crop_et[day]
        limit[day] = raw[day] - before + rain[day]
    cost = np.concatenate([np.ones(DAYS), np.zeros(2 * DAYS)])
    found = linprog(cost, A_ub=below, b_ub=limit, A_eq=equal, b_eq=right, method="highs")
    assert found.success
    return float(found.fun)


@given(_days, _days, st.lists(st.floats(2.0, 40.0), min_size=DAYS, max_size=DAYS), st.floats(0, 40))
@settings(max_examples=60, deadline=None)
def test_no_schedule_needs_less(
    crop_et: list[float], rain: list[float], raw: list[float], initial: float
) -> None:
    found = least_irrigation(crop_et, rain, raw, initial=initial).sum()
    assert found == pytest.approx(by_linear_programming(crop_et, rain, raw, initial), abs=1e-6)


def test_it_waits_until_the_last_day_and_gives_the_day_s_need() -> None:
    found = least_irrigation(np.full(6, 5.0), np.zeros(6), np.full(6, 12.0))
    assert found.tolist() == [0.0, 0.0, 0.0, 3.0, 5.0, 5.0]


def test_beds_go_side_by_side() -> None:
    use, rain = np.full((6, 2), 5.0), np.array([[0.0, 4.0]] * 6)
    found = least_irrigation(use, rain, np.full((6, 2), 12.0))
    assert found[:, 0].sum() > found[:, 1].sum() == 0.0
