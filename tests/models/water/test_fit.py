"""A fit finds the soil that made the readings, and keeps to the tables where few tell."""

from dataclasses import replace

import numpy as np
import pytest

from models.water import balance, fit, profile, tables
from models.water.balance import Bed, Beds, DailyWeather
from models.water.et0 import Array
from models.water.profile import Layers, ProfileSeason

DAYS = 90
RNG = np.random.default_rng(3)
WEATHER = DailyWeather(
    np.clip(5.0 + RNG.normal(0, 1, DAYS), 1, 9),
    np.where(RNG.random(DAYS) < 0.15, RNG.gamma(2, 8, DAYS), 0.0),
)
LOAM = tables.soil("loam")
BEDS = balance.beds([Bed(tables.crop("turf"), LOAM)])
LAYERS = profile.uniform(BEDS)
ALL = np.ones(DAYS, bool)


def run(beds: Beds, layers: Layers) -> ProfileSeason:
    return profile.run(WEATHER, beds, layers=layers)


def truth(shift: float) -> Array:
    soil = replace(
        LOAM, field_capacity=LOAM.field_capacity + shift, wilting_point=LOAM.wilting_point
    )
    beds = balance.beds([Bed(tables.crop("turf"), soil)])
    layers = replace(profile.uniform(beds), initial=np.array([soil.field_capacity - 0.03]))
    return fit.content(run(beds, layers), beds, layers)


def fitted(water: Array, used: Array = ALL, *, start_known: bool = False) -> fit.Fitted:
    return fit.fit(water, used, BEDS, LAYERS, run, start_known=start_known)


@pytest.mark.parametrize("shift", [-0.05, 0.08])
def test_another_field_capacity_is_found(shift: float) -> None:
    found = fitted(truth(shift))
    assert found.fit.field_capacity_shift == pytest.approx(shift, abs=0.03)
    rmse = [np.sqrt(np.mean(e**2)) for e in (found.error_before, found.error_after)]
    assert rmse[1] < 0.4 * rmse[0]


def test_one_reading_changes_less_than_many() -> None:
    one = np.full(DAYS, np.nan)
    one[40] = truth(0.08)[40]
    few, many = fitted(one).fit, fitted(truth(0.08)).fit
    assert 0.0 < few.field_capacity_shift < many.field_capacity_shift


def test_readings_that_the_fit_may_not_see_change_nothing() -> None:
    used = np.arange(DAYS) < 50
    water = truth(0.08)
    other = np.where(used, water, 0.05)
    assert fitted(water, used).fit == fitted(other, used).fit


def test_a_known_start_is_not_sought() -> None:
    found = fitted(truth(0.0), start_known=True)
    assert np.isnan(found.fit.missing_share)


def test_no_reading_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="no reading to fit to"):
        fitted(np.full(DAYS, np.nan))
