"""The plan that draws least from the grid: against every other plan, and within every bound."""

from itertools import combinations, pairwise, product
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.energy.scheduling import (
    START_COST,
    Load,
    Plan,
    after,
    counted,
    grid_energy,
    mean_power,
    open_slots,
    schedule,
    slots_of,
    timer,
    within,
)

SLOT, SLOTS = 60.0, 8
_WIDE = ((0.0, SLOT * SLOTS),)


def _may(load: Load, row: np.ndarray) -> bool:
    """Whether a load may have these slots, said anew from the rules."""
    if (row & ~open_slots(load, len(row), SLOT)).any():
        return False
    if load.longest_run == inf:
        return True
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]]))).reshape(-1, 2)
    if any((stop - start) * SLOT > load.longest_run for start, stop in edges):
        return False
    pauses = [(b[0] - a[1]) * SLOT for a, b in pairwise(edges)]
    return all(pause >= load.soak for pause in pauses)


def _rows(load: Load) -> list[np.ndarray]:
    found = []
    for which in combinations(range(SLOTS), slots_of(load, SLOT)):
        row = np.zeros(SLOTS, dtype=bool)
        row[list(which)] = True
        if _may(load, row):
            found.append(row)
    return found


def _cost(loads: list[Load], chosen: np.ndarray, surplus: np.ndarray) -> float:
    starts = chosen[:, 0].sum() + (chosen[:, 1:] & ~chosen[:, :-1]).sum()
    grid = grid_energy(chosen, mean_power(loads, SLOT), surplus, SLOT)
    return grid + START_COST * float(starts)


def _best(loads: list[Load], surplus: np.ndarray) -> float | None:
    """The least cost among all plans, by trying every one."""
    costs = []
    for rows in product(*(_rows(load) for load in loads)):
        chosen = np.array(rows)
        taps = {load.tap for load in loads if load.tap}
        same = [chosen[[load.tap == tap for load in loads]].sum(axis=0) for tap in taps]
        if all((busy <= 1).all() for busy in same):
            costs.append(_cost(loads, chosen, surplus))
    return min(costs, default=None)


_loads = st.builds(
    Load,
    name=st.just("bed"),
    power=st.sampled_from([0.5, 1.0, 2.5]),
    minutes=st.sampled_from([40.0, 60.0, 120.0, 150.0]),
    windows=st.sampled_from([_WIDE, ((60.0, 300.0),), ((0.0, 120.0), (240.0, 480.0))]),
    tap=st.sampled_from(["", "a"]),
    longest_run=st.sampled_from([inf, 60.0, 120.0]),
    soak=st.sampled_from([0.0, 60.0, 120.0]),
)
_suns = st.lists(st.sampled_from([0.0, 0.4, 1.0, 3.0]), min_size=SLOTS, max_size=SLOTS)


@settings(max_examples=40, deadline=None)
@given(st.lists(_loads, min_size=1, max_size=2), _suns)
def test_no_plan_draws_less(loads: list[Load], sun: list[float]) -> None:
    surplus = np.array(sun)
    found, best = schedule(loads, surplus, SLOT), _best(loads, surplus)
    if best is None:
        assert found is None
        return
    assert found is not None
    assert found.proved
    assert all(_may(load, row) for load, row in zip(loads, found.chosen, strict=True))
    assert _cost(loads, found.chosen, surplus) == pytest.approx(best, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(_loads, min_size=1, max_size=3), _suns)
def test_never_less_water_and_never_more_than_asked(loads: list[Load], sun: list[float]) -> None:
    named = [
        Load(f"bed {n}", one.power, one.minutes, _WIDE, longest_run=one.longest_run)
        for n, one in enumerate(loads)
    ]
    found = schedule(named, np.array(sun), SLOT)
    if found is None:
        return
    for load in named:
        ran = sum(run.end - run.start for run in found.runs if run.load == load.name)
        assert ran == pytest.approx(load.minutes)
    fixed = timer(named, np.array(sun), SLOT)
    assert found.energy == fixed.energy


def test_a_pump_moves_to_noon_and_its_kwh_are_counted() -> None:
    surplus = np.zeros(24)
    surplus[11:14] = 2.0
    pump = Load("pump", 1.5, 120.0, ((0.0, 1440.0),), timer=360.0)
    plan, fixed = schedule([pump], surplus, SLOT), timer([pump], surplus, SLOT)
    assert plan is not None
    assert (plan.grid, fixed.grid) == (0.0, 3.0)
    assert plan.runs[0].start in (660.0, 720.0)
    shift = counted(plan, fixed, bought=0.2, sold=0.05)
    assert (shift.shifted, shift.value) == (3.0, pytest.approx(0.45))
    cloudy = counted(
        after(plan, [pump], surplus / 4, SLOT),
        after(fixed, [pump], surplus / 4, SLOT),
        bought=0.2,
        sold=0.05,
    )
    assert cloudy.shifted == pytest.approx(1.0)


def test_an_order_shuts_the_noon_and_a_full_day_is_refused() -> None:
    surplus = np.zeros(24)
    surplus[11:14] = 2.0
    open_ = within([(0.0, 1440.0)], [(0.0, 600.0), (1200.0, 1440.0)])
    assert open_ == ((0.0, 600.0), (1200.0, 1440.0))
    plan = schedule([Load("bed", 1.0, 120.0, open_)], surplus, SLOT)
    assert plan is not None
    assert all(run.end <= 600.0 or run.start >= 1200.0 for run in plan.runs)
    assert schedule([Load("bed", 1.0, 700.0, ((0.0, 600.0),))], surplus, SLOT) is None


def test_a_slot_longer_than_a_run_is_refused() -> None:
    with pytest.raises(ValueError, match="bed may run 7 min at once"):
        schedule([Load("bed", 1.0, 60.0, _WIDE, longest_run=7.0)], np.zeros(SLOTS), SLOT)


def test_nothing_to_run_draws_nothing() -> None:
    plan = schedule([], np.ones(SLOTS), SLOT)
    assert isinstance(plan, Plan)
    assert (plan.energy, plan.grid, plan.runs) == (0.0, 0.0, ())
