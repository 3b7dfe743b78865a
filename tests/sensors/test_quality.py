"""Flags: gross range and rate of change, worst wins, values untouched."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors import quality
from sensors.quantities import QUANTITIES

HOUR = 3600
VALUES = st.lists(st.floats(width=32) | st.just(nan), max_size=30)


@pytest.mark.parametrize(
    ("quantity", "value", "flag"),
    [
        ("soil_moisture", 0.0, quality.GOOD),
        ("soil_moisture", 0.8, quality.GOOD),
        ("soil_moisture", -0.0039, quality.FAIL),
        ("soil_moisture", 0.801, quality.FAIL),
        ("soil_moisture", nan, quality.MISSING),
        ("rain_total", 1e9, quality.GOOD),
        ("rain_total", inf, quality.FAIL),
        ("external_temperature", 279.9, quality.FAIL),
    ],
)
def test_range(quantity: str, value: float, flag: int) -> None:
    assert quality.flag_range(quantity, [value]).tolist() == [flag]


@pytest.mark.parametrize(
    ("values", "times", "previous", "flags"),
    [
        pytest.param([0.2], [0], None, [2], id="nothing before"),
        pytest.param([0.2, 0.59], [0, 600], None, [2, 1], id="an hour's step in ten minutes"),
        pytest.param([0.2, 0.61], [0, 600], None, [2, 3], id="more than an hour's step"),
        pytest.param([0.1, 0.75], [0, 2 * HOUR], None, [2, 1], id="two hours allow two steps"),
        pytest.param([0.2, nan, 0.61], [0, 600, 1200], None, [2, 9, 3], id="over a missing value"),
        pytest.param([0.7], [600], (0, 0.2), [3], id="the value before the batch"),
        pytest.param([nan, 0.7], [600, 1200], (0, 0.2), [9, 3], id="the batch begins missing"),
        pytest.param([0.7], [600], (0, nan), [2], id="nothing but a missing value before"),
        pytest.param([0.2, 0.2], [0, 0], None, [2, 1], id="twice at one time"),
        pytest.param([], [], (0, 0.2), [], id="nothing"),
    ],
)
def test_step(
    values: list[float],
    times: list[int],
    previous: tuple[int, float] | None,
    flags: list[int],
) -> None:
    found = quality.flag_step("soil_moisture", values, times, previous)
    assert found.tolist() == flags


def test_a_quantity_without_a_step_is_not_evaluated() -> None:
    assert quality.flag_step("wind_speed", [0.0, 50.0, nan], [0, 1, 2]).tolist() == [2, 2, 9]


def test_the_worst_flag_wins() -> None:
    values = [0.2, 0.75, 0.9, nan, 0.2]
    times = [0, 600, 1200, 1800, 2400]
    # Good with nothing before; a step; out of range; missing; back from 0.9, a step.
    assert quality.flag("soil_moisture", values, times).tolist() == [1, 3, 4, 9, 3]


def test_an_unknown_quantity_is_the_caller_s_mistake() -> None:
    with pytest.raises(ValueError, match=r"quantity must be one of soil_moisture, .*: 'colour'"):
        quality.flag("colour", [1.0], [0])


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
@settings(max_examples=20)  # of each quantity
@given(values=VALUES)
def test_flags_never_alter_values_and_are_qartod_s(quantity: str, values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    before = array.copy()
    flags = quality.flag(quantity, array, np.arange(array.size) * 600)
    np.testing.assert_array_equal(array, before)
    assert flags.shape == array.shape
    assert set(flags.tolist()) <= {1, 3, 4, 9}
    np.testing.assert_array_equal(flags == quality.MISSING, np.isnan(array))


@given(values=VALUES.filter(lambda values: len(values) > 1), cut=st.integers(1, 29))
def test_how_values_are_batched_does_not_matter(values: list[float], cut: int) -> None:
    """One call for all gives what two calls give, the second told the number before it."""
    finite = [value if abs(value) < inf else nan for value in values]
    times = [600 * i for i in range(len(finite))]
    cut = min(cut, len(finite) - 1)
    numbers = [(t, v) for t, v in zip(times[:cut], finite[:cut], strict=True) if v == v]
    whole = quality.flag("air_temperature", finite, times)
    first = quality.flag("air_temperature", finite[:cut], times[:cut])
    rest = quality.flag(
        "air_temperature", finite[cut:], times[cut:], numbers[-1] if numbers else None
    )
    assert whole.tolist() == [*first.tolist(), *rest.tolist()]
