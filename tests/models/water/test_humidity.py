"""The day's lowest humidity from what there is."""

import numpy as np
import pytest

from models.water.humidity import rh_min

DAY = {"tmin": 10.0, "tmax": 34.0}  # e° 1.228 and 5.319 kPa, FAO-56 Table 2.3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"rh_min": 31.0, "rh_mean": 80.0}, 31.0, id="as measured"),
        pytest.param({"vapour_pressure": 1.6, "rh_mean": 80.0}, 100 * 1.6 / 5.319, id="pressure"),
        pytest.param({"rh_max": 90.0}, 90 * 1.228 / 5.319, id="eq. 18"),
        pytest.param({"rh_mean": 50.0}, 50 * (1.228 + 5.319) / 2 / 5.319, id="eq. 19"),
        pytest.param({}, 100 * 1.228 / 5.319, id="eq. 64, tmin as the dewpoint"),
        pytest.param({"vapour_pressure": 6.0}, 100.0, id="never above 100 %"),
    ],
)
def test_the_first_that_is_known_is_taken(given: dict[str, float], expected: float) -> None:
    assert rh_min(**DAY, **given) == pytest.approx(expected, abs=0.05)


def test_days_without_temperature_stay_unknown() -> None:
    found = rh_min(tmin=np.array([np.nan, 10.0]), tmax=np.array([30.0, np.nan]), rh_mean=50.0)
    assert np.isnan(found).all()
    assert rh_min(tmin=np.nan, tmax=np.nan, rh_min=40.0) == 40.0
