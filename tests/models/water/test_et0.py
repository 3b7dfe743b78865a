"""What must hold for every reference evapotranspiration; the book's figures: test_fao56_….py."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.water import et0

BRUSSELS = {"latitude": 50.80, "elevation": 100.0, "day_of_year": 187}


def test_each_day_falls_back_alone() -> None:
    reference = et0.daily_with_methods(
        tmin=[12.0, 12.0], tmax=[22.0, 22.0], solar_radiation=[20.0, np.nan], **BRUSSELS
    )
    assert reference.radiation.tolist() == ["solar_radiation", "temperature span"]
    assert not np.isnan(reference.et0).any()


def test_missing_temperature_is_missing() -> None:
    assert np.isnan(et0.daily(tmin=[np.nan], tmax=[20.0], **BRUSSELS)).all()


@pytest.mark.parametrize(
    ("weather", "message"),
    [
        ({"tmin": [24.1], "tmax": [19.0]}, r"tmin must not exceed tmax: 24.1 > 19 °C at index 0"),
        ({"tmin": [1.0], "tmax": [2.0], "rh_max": [130]}, r"rh_max must be 0 to 100 %: 130 %"),
        ({"tmin": [1.0], "tmax": [2.0], "wind_2m": [-1]}, r"wind_2m must be 0 to 120 m s⁻¹"),
        ({"tmin": [1.0], "tmax": [2.0], "sun": [1]}, r"unknown weather \['sun'\]"),
        ({"tmin": [1.0], "tmax": [2.0], "latitude": 91}, r"latitude must be -90 to 90 °: 91"),
    ],
)
def test_bad_weather_is_named(weather: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        et0.daily(**{**BRUSSELS, **weather})  # type: ignore[arg-type]


def test_below_the_sea_and_polar_night_are_places() -> None:
    dead_sea = et0.daily(tmin=20, tmax=35, latitude=31.5, elevation=-430, day_of_year=187)
    polar = et0.daily(tmin=-30, tmax=-20, latitude=78, elevation=0, day_of_year=355)
    assert float(dead_sea[0]) > 5
    assert 0 <= float(polar[0]) < 1


@given(
    low=st.floats(-30, 40),
    span=st.floats(0, 25),
    latitude=st.floats(-90, 90),
    day=st.integers(1, 366),
    elevation=st.floats(-430, 5000),
)
def test_never_negative_never_missing(
    low: float, span: float, latitude: float, day: int, elevation: float
) -> None:
    reference = et0.daily(
        tmin=low, tmax=low + span, latitude=latitude, elevation=elevation, day_of_year=day
    )
    assert 0 <= float(reference[0]) < 30
