"""The compiled ET₀ is the readable one to 1e-12, gaps and fall-backs included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.water import et0, et0_kernel

_KINDS = {
    "solar_radiation": (0.0, 32.0),
    "sunshine": (0.0, 15.0),
    "vapour_pressure": (0.1, 3.0),
    "dewpoint": (-25.0, 24.0),
    "rh_min": (5.0, 70.0),
    "rh_max": (50.0, 100.0),
    "rh_mean": (10.0, 95.0),
    "wind_2m": (0.0, 9.0),
}


def _weather(seed: int, shape: tuple[int, ...], gaps: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    tmin = rng.uniform(-35, 26, shape)
    given = {"tmin": tmin, "tmax": tmin + rng.uniform(0, 20, shape)}
    given |= {name: rng.uniform(*span, shape) for name, span in _KINDS.items()}
    return {
        name: np.where(rng.random(shape) < gaps, np.nan, values) for name, values in given.items()
    }


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    gaps=st.sampled_from([0.0, 0.3, 0.8]),
    latitude=st.floats(-90, 90),
    elevation=st.floats(-420, 5000),
    first=st.integers(1, 200),
)
def test_equals_the_reference(
    seed: int, gaps: float, latitude: float, elevation: float, first: int
) -> None:
    weather = _weather(seed, (150,), gaps)
    place = {"latitude": latitude, "elevation": elevation, "day_of_year": first + np.arange(150)}
    expected = et0.daily(**weather, **place)
    found = et0_kernel.daily(**weather, **place)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("given", [(), ("wind_2m",), ("rh_mean", "sunshine"), tuple(_KINDS)])
def test_stations_side_by_side_from_pole_to_pole(given: tuple[str, ...]) -> None:
    weather = _weather(3, (366, 181), 0.0)
    weather = {name: weather[name] for name in ("tmin", "tmax", *given)}
    place = {
        "latitude": np.arange(-90.0, 91.0),
        "elevation": np.linspace(-400.0, 4000.0, 181),
        "day_of_year": np.arange(1, 367)[:, None],
    }
    expected = et0.daily(**weather, **place)
    found = et0_kernel.daily(**weather, **place)
    assert found.shape == (366, 181)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_what_cannot_be_is_told_as_by_the_reference() -> None:
    place = {"latitude": 47.0, "elevation": 250.0, "day_of_year": np.arange(1, 4)}
    with pytest.raises(ValueError, match="tmin must not exceed tmax: 9 > 8 °C at index 2"):
        et0_kernel.daily(tmin=[1.0, 1.0, 9.0], tmax=8.0, **place)
    with pytest.raises(ValueError, match="rh_mean must be 0 to 100 %: 130 % at index 1"):
        et0_kernel.daily(tmin=1.0, tmax=8.0, rh_mean=[50.0, 130.0, 50.0], **place)
    with pytest.raises(ValueError, match="latitude must be -90 to 90"):
        et0_kernel.daily(tmin=1.0, tmax=8.0, **{**place, "latitude": 91.0})
    with pytest.raises(ValueError, match="unknown weather"):
        et0_kernel.daily(tmin=1.0, tmax=8.0, wind=2.0, **place)


def test_days_between_days_go_the_plain_way() -> None:
    place = {"latitude": 47.0, "elevation": 250.0, "day_of_year": np.array([1.5, np.nan])}
    found = et0_kernel.daily(tmin=1.0, tmax=8.0, **place)
    np.testing.assert_array_equal(found, et0.daily(tmin=1.0, tmax=8.0, **place))
