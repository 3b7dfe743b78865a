"""Beds on one tap or tank: nothing overlaps or is promised twice, the thirsty come first."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.irrigation.shared import (
    OWN,
    TANK_LOW,
    WHOLE,
    WINDOW_FULL,
    Granted,
    Supply,
    grant,
    refilled,
)


def supply(
    beds: int,
    *,
    flow: float = 10.0,
    opens: float = 1200.0,
    closes: float = 1320.0,
    tap: int = 0,
    tank: int = OWN,
    level: float = 0.0,
    run: float = np.inf,
    soak: float = 0.0,
) -> Supply:
    """Beds of 20 m² in one window."""
    tanks = 0 if tank == OWN else 1
    return Supply(
        litres_per_mm=np.full(beds, 20.0),
        flow=np.full(beds, flow),
        opens=np.full((1, beds), opens),
        closes=np.full((1, beds), closes),
        tap=np.full(beds, tap),
        tank=np.full(beds, tank),
        level=np.full(tanks, level),
        capacity=np.full(tanks, 1000.0),
        inflow=np.full((1, tanks), 250.0),
        longest_run=np.full(beds, run),
        soak=np.full(beds, soak),
        weight=np.ones(beds),
    )


def share(own: Supply, wanted: list[float], urgency: list[float], least: float = 3.0) -> Granted:
    return grant(
        own,
        0,
        wanted=np.array(wanted),
        least=np.full(len(wanted), least),
        urgency=np.array(urgency),
        level=own.level,
    )


def test_beds_follow_each_other_the_most_urgent_first() -> None:
    found = share(supply(3), [15.0, 20.0, 10.0], [0.2, 0.9, 0.5])  # 30, 40, 20 minutes
    assert [run.bed for run in found.runs] == [1, 2, 0]
    np.testing.assert_array_equal(found.start, [1260.0, 1200.0, 1240.0])
    np.testing.assert_array_equal(found.end, [1290.0, 1240.0, 1260.0])
    assert (found.short == WHOLE).all()


def test_a_full_window_cuts_the_last_and_leaves_the_rest_for_tomorrow() -> None:
    found = share(supply(3), [40.0, 30.0, 20.0], [0.9, 0.5, 0.1])  # 80, 60, 40 of 120 minutes
    np.testing.assert_allclose(found.depth, [40.0, 20.0, 0.0])
    assert found.short.tolist() == [WHOLE, WINDOW_FULL, WINDOW_FULL]
    assert np.isnan(found.start[2])


def test_less_than_the_smallest_dose_is_not_started() -> None:
    found = share(supply(2), [55.0, 20.0], [0.9, 0.5], least=6.0)  # 10 minutes, 5 mm, are left
    assert found.depth.tolist() == [55.0, 0.0]
    assert len(found.runs) == 1


def test_a_low_tank_waters_the_most_urgent() -> None:
    found = share(supply(2, tap=OWN, tank=0, level=500.0), [20.0, 20.0], [0.1, 0.9])
    np.testing.assert_allclose(found.depth, [5.0, 20.0])
    assert found.short.tolist() == [TANK_LOW, WHOLE]
    assert found.level.tolist() == [0.0]


def test_rain_refills_a_tank_to_its_brim() -> None:
    own = supply(1, tank=0, level=500.0)
    assert refilled(own, 0, np.array([100.0])).tolist() == [350.0]
    assert refilled(own, 0, np.array([900.0])).tolist() == [1000.0]


def test_while_one_bed_soaks_the_tap_waters_another() -> None:
    found = share(supply(2, run=10.0, soak=20.0), [10.0, 10.0], [0.9, 0.5])
    runs = [(run.bed, run.start, run.end) for run in found.runs]
    assert runs == [(0, 1200, 1210), (0, 1230, 1240), (1, 1210, 1220), (1, 1240, 1250)]


def test_cans_take_no_time_of_the_tap() -> None:
    found = share(supply(2, flow=np.nan), [30.0, 30.0], [0.9, 0.5])
    assert found.depth.tolist() == [30.0, 30.0]
    assert found.runs == ()


def test_a_closed_day_gives_nothing() -> None:
    found = share(supply(1, opens=np.nan, closes=np.nan), [30.0], [0.9])
    assert (found.depth[0], found.short[0]) == (0.0, WINDOW_FULL)


_count = st.integers(1, 6)
_dose = st.floats(0.0, 45.0)


@st.composite
def gardens(draw: st.DrawFn) -> tuple[Supply, list[float], list[float]]:
    beds = draw(_count)
    own = supply(
        beds,
        flow=draw(st.floats(2.0, 40.0)),
        closes=draw(st.floats(1201.0, 1500.0)),
        tank=draw(st.sampled_from([OWN, 0])),
        level=draw(st.floats(0.0, 1000.0)),
        run=draw(st.sampled_from([np.inf, 7.0, 25.0])),
        soak=draw(st.floats(0.0, 40.0)),
    )
    listed = st.lists(_dose, min_size=beds, max_size=beds)
    return own, draw(listed), draw(st.lists(st.floats(0, 1), min_size=beds, max_size=beds))


@given(gardens())
@settings(max_examples=300, deadline=None)
def test_a_tap_runs_once_at_a_time_within_its_window(
    garden: tuple[Supply, list[float], list[float]],
) -> None:
    own, wanted, urgency = garden
    found = share(own, wanted, urgency)
    times = sorted((run.start, run.end) for run in found.runs)
    assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(times))
    assert all(own.opens[0, 0] <= a and b <= own.closes[0, 0] + 1e-6 for a, b in times)
    litres = float((found.depth * own.litres_per_mm).sum())
    assert litres <= own.flow[0] * (own.closes[0, 0] - own.opens[0, 0]) + 1e-6
    ran = sum(b - a for a, b in times)
    assert ran * own.flow[0] == pytest.approx(litres, abs=1e-3)


@given(gardens())
@settings(max_examples=300, deadline=None)
def test_a_tank_gives_no_more_than_it_holds(
    garden: tuple[Supply, list[float], list[float]],
) -> None:
    own, wanted, urgency = garden
    found = share(own, wanted, urgency)
    assert (found.depth <= np.array(wanted) + 1e-9).all()
    if own.tank[0] != OWN:
        drawn = float((found.depth * own.litres_per_mm).sum())
        assert drawn <= own.level[0] + 1e-6
        assert found.level[0] == pytest.approx(own.level[0] - drawn, abs=1e-6)


@given(gardens())
@settings(max_examples=300, deadline=None)
def test_the_most_urgent_starts_first_and_gets_all_there_is(
    garden: tuple[Supply, list[float], list[float]],
) -> None:
    own, wanted, urgency = garden
    found = share(own, wanted, urgency)
    asking = [bed for bed, dose in enumerate(wanted) if dose > 0.0]
    if not asking:
        assert found.runs == ()
        return
    first = max(asking, key=lambda bed: (urgency[bed], -bed))
    alone = share(own, [d if bed == first else 0.0 for bed, d in enumerate(wanted)], urgency)
    assert found.depth[first] == alone.depth[first]
    started = found.start[~np.isnan(found.start)]
    if found.depth[first] > 0.0:
        assert found.start[first] == started.min()


@given(gardens(), st.floats(0.0, 1.0))
@settings(max_examples=200, deadline=None)
def test_a_bed_that_becomes_more_urgent_gets_no_less(
    garden: tuple[Supply, list[float], list[float]], more: float
) -> None:
    own, wanted, urgency = garden
    before = share(own, wanted, urgency)
    after = share(own, wanted, [urgency[0] + more, *urgency[1:]])
    if own.longest_run[0] == np.inf:  # pauses let a later bed in where an earlier one finds no room
        assert after.depth[0] >= before.depth[0] - 1e-6
