"""Calibrations are functions of the value alone, and refuse what would lose or fold values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.calibration import calibrated, faults

NUMBERS = st.floats(-1e6, 1e6)
VALUES = st.lists(st.floats(-1e4, 1e4) | st.just(float("nan")), min_size=1, max_size=20)
POINTS = st.lists(
    st.tuples(st.integers(-1000, 1000), st.floats(0.001, 10)),
    min_size=2,
    max_size=8,
    unique_by=lambda p: p[0],
)


def _rising(points: list[tuple[int, float]]) -> list[tuple[float, float]]:
    xs = sorted(x / 10 for x, _ in points)
    return list(zip(xs, np.cumsum([step for _, step in points]).tolist(), strict=True))


@pytest.mark.parametrize(
    ("kind", "coefficients", "values", "made"),
    [
        ("linear", (0.02, 0.9), [0.1, 0.3], [0.11, 0.29]),
        ("polynomial", (1.0, 2.0, 3.0), [0.0, 2.0], [1.0, 17.0]),
        (
            "curve",
            ((0.1, 0.15), (0.2, 0.2), (0.4, 0.5)),
            [0.1, 0.15, 0.3, 0.4],
            [0.15, 0.175, 0.35, 0.5],
        ),
        ("curve", ((0.1, 0.15), (0.2, 0.2), (0.4, 0.5)), [0.0, 0.5], [0.1, 0.65]),
        ("curve", ((0.0, 9.0), (10.0, 4.0)), [5.0], [6.5]),
    ],
)
def test_what_it_makes(kind: str, coefficients: tuple, values: list, made: list) -> None:
    assert calibrated(kind, coefficients, values) == pytest.approx(made)


@given(values=VALUES, offset=NUMBERS, gain=NUMBERS.filter(bool))
def test_a_line_is_a_polynomial_of_degree_one(
    values: list[float], offset: float, gain: float
) -> None:
    line = calibrated("linear", (offset, gain), values)
    assert line == pytest.approx(calibrated("polynomial", (offset, gain), values), nan_ok=True)


@given(values=VALUES, points=POINTS)
def test_a_curve_goes_through_its_points_and_never_turns(
    values: list[float], points: list[tuple[int, float]]
) -> None:
    curve = _rising(points)
    assert faults("curve", curve) == []
    xs, ys = zip(*curve, strict=True)
    assert calibrated("curve", curve, xs) == pytest.approx(list(ys))
    made = calibrated("curve", curve, np.sort(values))
    known = made[~np.isnan(made)]
    assert (np.diff(known) >= -1e-9 * np.abs(known[1:])).all()


@given(values=VALUES, points=POINTS)
def test_each_value_is_made_alone(values: list[float], points: list[tuple[int, float]]) -> None:
    """The same value gives the same bits in whatever company."""
    for kind, numbers in (("curve", _rising(points)), ("polynomial", [p[1] for p in points][:7])):
        together = calibrated(kind, numbers, values)
        alone = [float(calibrated(kind, numbers, [value])[0]) for value in values]
        assert np.array_equal(together, alone, equal_nan=True)


def test_missing_stays_missing_and_no_infinity_comes_out() -> None:
    assert np.isnan(calibrated("linear", (0.1, 2.0), [float("nan")])).all()
    assert np.isnan(calibrated("polynomial", (0.0, 0.0, 1e300), [1e300])).all()


@pytest.mark.parametrize(
    ("kind", "coefficients", "told"),
    [
        ("cubic", (1.0,), "kind 'cubic' is not known"),
        ("linear", (1.0,), "an offset and a gain"),
        ("linear", (1.0, 0.0), "gain is 0"),
        ("linear", (1.0, float("inf")), "not finite"),
        ("linear", ("a", 1.0), "not numbers"),
        ("polynomial", (1.0,), "2 to 7 coefficients"),
        ("polynomial", (1.0, 0.0, 0.0), "constant"),
        ("curve", ((0.1, 0.2),), "two points or more"),
        ("curve", ((0.1, 0.2), (0.1, 0.3)), "must go up in what the probe says; see 0.1"),
        ("curve", ((0.1, 0.2), (0.3, 0.3), (0.4, 0.25)), "turns at 0.4"),
        ("curve", ((0.1, 0.9), (0.3, 0.3), (0.4, 0.35)), "turns at 0.4"),
        ("curve", ((0.1, 0.2), (0.3, 0.2)), "flat"),
        ("curve", ((0.1,), (0.3, 0.2)), "not numbers"),
    ],
)
def test_what_cannot_be_is_named(kind: str, coefficients: tuple, told: str) -> None:
    (line,) = faults(kind, coefficients)
    assert told in line
    with pytest.raises(ValueError, match=told.split("'")[0]):
        calibrated(kind, coefficients, [1.0])
