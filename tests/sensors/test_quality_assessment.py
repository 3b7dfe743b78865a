"""All tests together: the worst wins and is named, values stay, and a cut changes nothing."""

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors import quality
from sensors.quality import Context
from sensors.quantities import QUANTITIES

HOUR, DAY = 3600.0, 86400.0
NORMALS = quality.Normals((5.0,) * 12, (15.0,) * 12)
SPAN = np.arange(0.0, 90 * DAY, HOUR)
RAINS = np.where(SPAN % (9 * DAY) < 3 * HOUR, 4.0, 0.0)
GAUGES = np.where(np.arange(90) % 3 == 0, 9.0, 0.0) * np.ones((3, 1))


def known(quantity: str, size: int) -> Context:
    """Everything there is to know, for any test to be made."""
    turn = np.arange(size)
    return Context(
        depth_cm=10.0,
        porosity=0.5,
        others={
            "soil_temperature": np.where(turn % 7 == 0, -1.0, 12.0),
            "air_temperature": 10.0 + turn % 3,
            "vapour_pressure": np.full(size, 0.8),
        },
        normals=NORMALS,
        rain=quality.Rain(SPAN, RAINS),
        neighbours=quality.Neighbours(SPAN[::24], GAUGES, (1.0, 2.0, 3.0)),
        latitude=47.0,
        longitude=5.0,
    )


CHOICES = {
    "soil_moisture": (0.2, 0.2, 0.2, 0.2001, 0.26, 0.35, 0.55, 0.9, nan),
    "air_temperature": (8.0, 8.0, 8.0, 15.0, 39.0, -60.0, nan),
    "rain": (0.0, 0.0, 0.0, 0.4, 8.0, 70.0, nan),
    "solar_radiation": (0.0, 0.0, 60.0, 400.0, 1400.0, nan),
}
STEPS = (0.0, 0.2, 1.0, 1.0, 5.0, 9.0, 13.0, 30.0)  # hours


@st.composite
def streams(draw: st.DrawFn) -> tuple[str, np.ndarray, np.ndarray]:
    """A quantity, times in order and values."""
    quantity = draw(st.sampled_from(sorted(CHOICES)))
    runs = draw(
        st.lists(
            st.tuples(
                st.sampled_from(CHOICES[quantity]), st.sampled_from(STEPS), st.integers(1, 14)
            ),
            min_size=1,
            max_size=9,
        )
    )
    values = np.array([value for value, _, count in runs for _ in range(count)])
    steps = np.array([step for _, step, count in runs for _ in range(count)])
    return quantity, np.cumsum(steps) * HOUR + 12.0 * DAY, values


def start_of_look_back(times: np.ndarray, values: np.ndarray, cut: int, seconds: float) -> int:
    """The first row within the seconds before the cut, and a row and a number at least."""
    numbers = np.flatnonzero(np.isfinite(values[:cut]))
    number = int(numbers[-1]) if numbers.size else 0
    within = int(np.searchsorted(times, times[cut] - seconds))
    return max(min(within, cut - 1, number), 0)


def part(
    stream: tuple[str, np.ndarray, np.ndarray], rows: slice, *, live: bool
) -> quality.Assessed:
    quantity, times, values = stream
    context = known(quantity, times.size).at(rows)
    return quality.assess(quantity, values[rows], times[rows], context, live=live)


@given(streams(), st.integers(0, 200))
def test_live_a_stream_may_be_cut_anywhere(
    stream: tuple[str, np.ndarray, np.ndarray], cut: int
) -> None:
    quantity, times, values = stream
    cut %= times.size
    back = quality.look_back(quantity, known(quantity, 0))
    first = start_of_look_back(times, values, cut, back)
    whole = part(stream, slice(None), live=True)
    rest = part(stream, slice(first, None), live=True)
    assert rest.flags[cut - first :].tolist() == whole.flags[cut:].tolist()
    assert rest.tests[cut - first :].tolist() == whole.tests[cut:].tolist()
    # What comes later changes nothing.
    before = part(stream, slice(None, cut + 1), live=True)
    assert before.flags.tolist() == whole.flags[: cut + 1].tolist()
    assert before.tests.tolist() == whole.tests[: cut + 1].tolist()


@given(streams(), st.integers(0, 200))
def test_recomputed_a_stream_may_be_cut_on_both_sides(
    stream: tuple[str, np.ndarray, np.ndarray], at: int
) -> None:
    quantity, times, values = stream
    at %= times.size
    around = quality.look_back(quantity, known(quantity, 0))
    first = start_of_look_back(times, values, at, around)
    back = times.size - 1 - at
    last = times.size - start_of_look_back(-times[::-1], values[::-1], back, around)
    # Contradictions and gaps look at all rows of one time, which the look-back includes.
    whole = part(stream, slice(None), live=False)
    cut = part(stream, slice(first, last), live=False)
    assert cut.flags[at - first] == whole.flags[at]
    assert cut.tests[at - first] == whole.tests[at]


@given(streams(), st.booleans())
def test_values_stay_and_flags_are_qartod_s(
    stream: tuple[str, np.ndarray, np.ndarray], live: bool
) -> None:
    _, _, values = stream
    before = values.copy()
    found = part(stream, slice(None), live=live)
    np.testing.assert_array_equal(values, before)
    np.testing.assert_array_equal(found.flags == quality.MISSING, np.isnan(values))
    assert set(found.flags.tolist()) <= {1, 2, 3, 4, 9}
    np.testing.assert_array_equal(found.tests > 0, np.isin(found.flags, (3, 4)))


@given(streams(), st.integers(0, 2**32 - 1))
def test_all_but_the_clock_sort_for_themselves(
    stream: tuple[str, np.ndarray, np.ndarray], seed: int
) -> None:
    quantity, times, values = stream
    unique = np.unique(times, return_index=True)[1]
    times, values, context = times[unique], values[unique], known(quantity, times.size).at(unique)
    mixed = np.random.default_rng(seed).permutation(times.size)
    tests = quality.WHOLE & ~quality.Test.CLOCK
    straight = quality.assess(quantity, values, times, context, tests=tests)
    found = quality.assess(quantity, values[mixed], times[mixed], context.at(mixed), tests=tests)
    assert found.flags.tolist() == straight.flags[mixed].tolist()
    assert found.tests.tolist() == straight.tests[mixed].tolist()


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
@pytest.mark.parametrize("live", [True, False])
def test_every_quantity_is_assessed(quantity: str, live: bool) -> None:
    values = np.array([1.0, nan, 3e38, -3e38, 1.0, np.inf, -np.inf, 1.0])
    found = quality.assess(quantity, values, np.arange(8) * 600.0, known(quantity, 8), live=live)
    assert found.flags[1] == quality.MISSING
    assert found.flags[5] == found.flags[6] == quality.FAIL
    assert quality.assess(quantity, [], [], live=live).flags.tolist() == []


def only(found: quality.Assessed) -> list[tuple[int, quality.Test]]:
    return [
        (int(flag), quality.Test(int(test)))
        for flag, test in zip(found.flags, found.tests, strict=True)
    ]


def test_the_tests_that_set_the_flag_are_named() -> None:
    values = [0.20, 0.20, 0.55, 0.20, 0.90, nan]
    times = np.arange(6) * HOUR
    context = Context(porosity=0.5)
    found = quality.assess("soil_moisture", values, times, context)
    none, both = quality.Test(0), quality.Test.SPIKE | quality.Test.CONSISTENCY
    assert only(found)[:3] == [(1, none), (1, none), (3, both)]
    # The range and the porosity fail it; that it is a step, too, is less and not said.
    assert only(found)[4] == (4, quality.Test.RANGE | quality.Test.CONSISTENCY)
    assert only(found)[5] == (9, none)


def test_live_knows_no_spike_and_no_neighbours() -> None:
    values, times = [0.2, 0.3, 0.2], np.arange(3) * HOUR
    assert quality.assess("soil_moisture", values, times).flags.tolist() == [1, 3, 1]
    assert quality.assess("soil_moisture", values, times, live=True).flags.tolist() == [1, 1, 1]
    assert quality.WHOLE & ~quality.LIVE == quality.Test.SPIKE | quality.Test.NEIGHBOURS
    assert set(quality.Test) == set(quality.WHOLE)


def test_a_clogged_gauge_is_flagged_on_days_with_rain() -> None:
    values = np.zeros(90 * 24)
    context = replace(known("rain", values.size), others={})
    found = quality.assess("rain", values, SPAN, context)
    rainy = np.flatnonzero(GAUGES[0] > 0.0)
    assert np.unique(np.flatnonzero(found.tests) // 24).tolist() == rainy.tolist()
    assert set(found.tests[found.tests > 0].tolist()) == {int(quality.Test.NEIGHBOURS)}


def test_a_day_with_half_its_values_is_no_total() -> None:
    rows = np.flatnonzero((SPAN // DAY != 3) | (SPAN % DAY < DAY / 2))
    context = replace(known("rain", SPAN.size), others={})
    found = quality.assess("rain", np.zeros(rows.size), SPAN[rows], context)
    flagged = np.unique(SPAN[rows][(found.tests & quality.Test.NEIGHBOURS) > 0] // DAY)
    assert 3.0 not in flagged
    assert {0.0, 6.0} <= set(flagged.tolist())


def test_the_clock_is_judged_in_the_order_of_arrival() -> None:
    times = np.array([0.0, 60.0, 120.0, 180.0])
    context = Context(arrived=np.array([200.0, 201.0, 400.0, 300.0]))
    found = quality.assess("soil_moisture", np.full(4, 0.2), times, context)
    assert only(found)[2] == (3, quality.Test.CLOCK)
    assert found.flags.tolist() == [1, 1, 3, 1]


def test_flag_is_range_and_step_alone() -> None:
    values, times = [0.2, 0.3, 0.2, nan, 0.9], np.arange(5) * HOUR
    assert quality.flag("soil_moisture", values, times).tolist() == [1, 1, 1, 9, 4]


def test_an_unknown_quantity_is_the_caller_s_mistake() -> None:
    with pytest.raises(ValueError, match="quantity must be one of soil_moisture"):
        quality.assess("colour", [1.0], [0.0])


def test_look_back_is_short_where_nothing_is_slow() -> None:
    assert quality.look_back("battery_voltage") == 0.0
    assert quality.look_back("soil_moisture") == 8 * DAY
    assert not isnan(quality.look_back("rain"))
