"""Members of the weather: fair, seeded and monotone."""

import numpy as np
import pytest

from models.irrigation.ensemble import (
    MEMBERS,
    climate_rain,
    depletion_members,
    et0_members,
    forecast_rain,
    ranks,
)


def test_every_rank_comes_once_a_day() -> None:
    found = ranks(3, 10, seed=4)
    np.testing.assert_allclose(np.sort(found, axis=1)[0], (np.arange(10) + 0.5) / 10)
    assert not np.array_equal(found[0], found[1])
    np.testing.assert_array_equal(found, ranks(3, 10, seed=4))


def test_forecast_members_keep_the_interval() -> None:
    rain = forecast_rain([5.0], [1.0], [12.0], ranks(1, MEMBERS, 1))
    assert np.quantile(rain, [0.1, 0.5, 0.9]) == pytest.approx([1.0, 5.0, 12.0], abs=0.2)


def test_climate_members_keep_mean_and_dry_days() -> None:
    rain = climate_rain([2.0], [0.3], ranks(1, 4000, 1))
    assert (rain == 0).mean() == pytest.approx(0.7, abs=0.01)
    assert rain.mean() == pytest.approx(2.0, rel=0.03)


def test_climate_rain_is_never_nothing() -> None:
    assert climate_rain([1.5, 1.5], [0.25, 0.25], ranks(2, MEMBERS, 1)).sum() > 0


def test_et0_members_centre_on_the_forecast() -> None:
    found = et0_members([4.0, 5.0], [0.1, 0.1], ranks(2, MEMBERS, 2))
    assert np.median(found, axis=1) == pytest.approx([4.0, 5.0], rel=0.05)
    assert np.corrcoef(found)[0, 1] > 0.4


def test_depletion_members_stay_in_the_soil() -> None:
    found = depletion_members([1.0, 39.0], [5.0, 5.0], [40.0, 40.0], seed=1)
    assert found.min() == 0.0
    assert found.max() == 40.0
