"""The soil-moisture forecast on series whose truth is known."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.irrigation import (
    moisture_bucket,
    moisture_choose,
    moisture_model,
    moisture_skill,
    moisture_weather,
)
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_scores import judge, persistence_only
from models.irrigation.moisture_series import Probe, panel
from models.learning import saving

Array = NDArray[np.float64]

TRUTH = np.array([-5.3, 0.08, np.log(0.18), np.log(0.14), np.log(0.3), np.log(0.9), 0.5, 0.0])


def showers(days: int, seed: int) -> Array:
    generator = np.random.default_rng(seed)
    wet = generator.random(days) < 0.25
    return np.where(wet, generator.gamma(0.8, 11.0, days), 0.0)


def soil(rain: Array, day_of_year: Array, seed: int, *, noise: float = 0.002) -> Array:
    """Water content of a bucket whose parameters are `TRUTH`, as a probe with noise says it."""
    demand = 2.5 - 1.8 * np.cos(2 * np.pi * (day_of_year - 15.0) / 365.25)
    content, found = np.array([0.2]), [0.2]
    for day in range(1, len(rain)):
        content = moisture_bucket.simulate(
            TRUTH, content, rain[day - 1 : day + 1, None], demand[[day]], np.zeros(1)
        )[0]
        found.append(float(content[0]))
    return np.array(found) + np.random.default_rng(seed).normal(0.0, noise, len(rain))


def world(days: int, *, probes: int = 1, with_rain: bool = True) -> list[Series]:
    day_of_year = np.arange(days) % 365.0 + 1.0
    rain = showers(days, 1)
    each = [Probe("here", 10.0 * (n + 1), soil(rain, day_of_year, n)) for n in range(probes)]
    return panel(each, {"here": {"rain": rain} if with_rain else {}}, day_of_year)


@cache
def run(days: int, *, rain_known: bool) -> tuple[list[Series], dict[int, moisture_skill.Forecasts]]:
    series = world(days)
    return series, moisture_skill.roll(series, rain_known=rain_known)


@pytest.mark.parametrize("days", [45, 400])
def test_with_the_rain_known_it_beats_persistence(days: int) -> None:
    _, overall = judge(*run(days, rain_known=True))
    for one in overall:
        assert one.rmse["chosen"] < 0.7 * one.rmse["persistence"], one


def test_intervals_cover_what_they_say() -> None:
    _, overall = judge(*run(700, rain_known=True))
    for one in overall:
        assert 0.75 <= one.coverage_80 <= 0.85, one


def test_without_rain_it_is_not_worse_than_persistence() -> None:
    _, overall = judge(*run(400, rain_known=False))
    for one in overall:
        assert one.rmse["chosen"] <= 1.02 * one.rmse["persistence"], one


def test_of_a_month_without_rain_persistence_speaks() -> None:
    single, overall = judge(*run(45, rain_known=False))
    for one, alone in zip(overall, single[0], strict=True):
        assert alone.n == one.n > 0
        assert one.rmse["chosen"] == one.rmse["persistence"] == alone.rmse["chosen"]


def test_series_without_any_rain_are_forecast_by_persistence_at_first() -> None:
    series = world(60, with_rain=False)
    assert not series[0].rain_measured
    _, overall = judge(series, moisture_skill.roll(series, rain_known=True))
    assert overall[0].rmse["chosen"] == overall[0].rmse["persistence"]


@pytest.mark.parametrize("rain_known", [True, False])
@pytest.mark.parametrize("cut", [70, 131])
def test_nothing_after_the_origin_changes_a_forecast(rain_known: bool, cut: int) -> None:
    """Water content, demand, temperature and (unknown) rain after `cut` are others."""
    days = 160
    series, found = run(days, rain_known=rain_known)
    later = np.arange(days) > cut

    def other(values: Array, by: float) -> Array:
        return np.where(later, values + by, values)

    one = series[0]
    changed = replace(
        one,
        water_content=other(one.water_content, 0.07),
        demand=other(one.demand, 2.0),
        daily_demand=other(one.daily_demand, 2.0),
        temperature=other(one.temperature, 9.0),
        rain=one.rain if rain_known else other(one.rain, 30.0),
    )
    again = moisture_skill.roll([changed], rain_known=rain_known)
    for horizon in moisture_skill.HORIZONS:
        for name in ("bucket", "linear", "boosted", "blend", "chosen", "low", "high"):
            before = getattr(found[horizon], name)[:, : cut + 1]
            np.testing.assert_array_equal(getattr(again[horizon], name)[:, : cut + 1], before)


def test_known_rain_is_looked_at_no_further_than_the_day_forecast() -> None:
    days, cut = 160, 131
    series, found = run(days, rain_known=True)
    wetter = np.where(np.arange(days) > cut, series[0].rain + 30.0, series[0].rain)
    again = moisture_skill.roll([replace(series[0], rain=wetter)], rain_known=True)
    for horizon in moisture_skill.HORIZONS:
        last = cut - horizon + 1
        np.testing.assert_array_equal(
            again[horizon].chosen[:, :last], found[horizon].chosen[:, :last]
        )
    assert (again[7].chosen[:, cut] != found[7].chosen[:, cut]).any()


def test_no_forecast_begins_in_a_gap() -> None:
    series = world(120)
    content = series[0].water_content.copy()
    content[80:90] = np.nan
    found = moisture_skill.roll([replace(series[0], water_content=content)], rain_known=True)
    assert np.isnan(found[3].chosen[0, 80:90]).all()
    assert np.isfinite(found[3].chosen[0, 90])


def test_the_fit_finds_the_soil_that_made_the_series() -> None:
    one = world(700)[0]
    past = moisture_bucket.Past(one.water_content, one.rain, one.daily_demand, one.frozen)
    found = moisture_bucket.fit(past, one.depth_cm, 700)
    origins = np.arange(300, 600)
    off = moisture_bucket.forecast(found, past, origins)[6] - one.water_content[origins + 7]
    assert np.sqrt(np.mean(off**2)) < 0.006


@settings(deadline=None)
@given(
    start=st.floats(0.09, 0.4),
    rain=st.lists(st.floats(0.0, 60.0), min_size=8, max_size=8),
    more=st.floats(0.0, 50.0),
    day=st.integers(0, 7),
)
def test_more_rain_never_dries_the_bucket(
    start: float, rain: list[float], more: float, day: int
) -> None:
    def course(falls: Array) -> Array:
        one = np.array([start])
        return moisture_bucket.simulate(TRUTH, one, falls[:, None], np.array([4.0]), np.zeros(1))

    falls = np.array(rain)
    wetter = falls.copy()
    wetter[day] += more
    assert (course(wetter) >= course(falls) - 1e-12).all()


def test_frozen_soil_neither_takes_nor_gives() -> None:
    start = np.array([0.3])
    rain = np.full((8, 1), 20.0)
    found = moisture_bucket.simulate(TRUTH, start, rain, np.array([4.0]), np.ones(1))
    np.testing.assert_allclose(found, 0.3)


def test_rain_nobody_measured_is_its_mean_so_far() -> None:
    rain = np.concatenate([np.tile([0.0, 6.0], 30), [np.nan, 4.0]])
    found = moisture_weather.filled_rain(rain)
    assert found[60] == pytest.approx(3.0)
    assert moisture_weather.filled_rain(np.full(3, np.nan)) == pytest.approx(
        moisture_weather.USUAL_RAIN
    )


def test_demand_comes_from_the_best_there_is() -> None:
    day = np.array([180.0, 180.0, 180.0])
    et0 = np.array([5.5, np.nan, np.nan])
    radiation = np.array([25.0, 25.0, np.nan])
    found = moisture_weather.demand(et0, np.full(3, 22.0), radiation, day)
    assert found[0] == 5.5
    # Slope at 22 °C is 0.161 kPa °C⁻¹ (FAO-56 eq. 13): 0.65 × 0.161 / 0.227 × 25 / 2.45.
    assert found[1] == pytest.approx(4.71, abs=0.01)
    assert found[2] == pytest.approx(5.0)


def test_weights_follow_who_was_right() -> None:
    generator = np.random.default_rng(4)
    truth = generator.normal(size=2000)
    changes = np.column_stack([truth, *generator.normal(size=(2, 2000))])
    judged = moisture_choose.Judged(changes, truth, truth, np.arange(2000.0))
    found = moisture_choose.weights(judged, 2000.0, rain_known=True)
    assert found[0] > 0.85
    assert found.sum() <= 1.0 + 1e-12


def test_what_is_not_better_than_persistence_is_not_believed() -> None:
    generator = np.random.default_rng(5)
    noise = generator.normal(size=(2000, 3))
    judged = moisture_choose.Judged(
        noise, generator.normal(size=2000), noise[:, 0], np.arange(2000.0)
    )
    np.testing.assert_array_equal(
        moisture_choose.weights(judged, 2000.0, rain_known=True), np.zeros(3)
    )


def test_a_few_days_are_persistence() -> None:
    content = np.array([0.2, 0.21, 0.23, 0.22, np.nan, 0.2])
    one = persistence_only(content)[0]
    assert one.rmse["chosen"] == pytest.approx(np.sqrt((0.01**2 + 0.02**2 + 0.01**2) / 3))
    assert np.isnan(one.rmse["bucket"])


def test_a_kept_model_forecasts_as_it_was_fitted() -> None:
    series, rolled = run(400, rain_known=True)
    model = moisture_model.fit(series, rolled)
    told = saving.Card("soil", "chosen", "", "", "", 400, {}, saving.versions())
    again, _ = saving.unpacked(saving.packed(model, told), trusted=moisture_model.TRUSTED)
    found = again.forecast(series, 380)
    for horizon in (1, 3, 7):
        assert found[horizon] == pytest.approx(model.forecast(series, 380)[horizon])
        off = found[horizon][0] - series[0].water_content[380 + horizon]
        assert abs(off) < 0.03


def test_a_kept_model_refuses_other_probes() -> None:
    series, rolled = run(400, rain_known=True)
    model = moisture_model.fit(series, rolled)
    other = [replace(series[0], site="there")]
    with pytest.raises(ValueError, match="the probes it was fitted on, got: there 10 cm"):
        model.forecast(other, 380)
