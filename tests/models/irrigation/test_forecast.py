"""Members of a forecast: as wet, as wide and as humble as the forecast deserves."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.irrigation import ensemble, forecast

Array = NDArray[np.float64]
DAYS, SEED = 7, 3
CHANCES, PICKS = (ensemble.ranks(DAYS, ensemble.MEMBERS, seed) for seed in (SEED, SEED + 1))
STATED = forecast.stated(DAYS)


def members(
    rain: float | Array, chance: float = np.nan, *, climate: float = 2.0, wet_share: float = 0.3
) -> Array:
    return forecast.rain_members(
        np.broadcast_to(rain, DAYS),
        np.full(DAYS, chance),
        np.full(DAYS, climate),
        wet_share=np.full(DAYS, wet_share),
        trust=STATED.trust,
        chances=CHANCES,
        picks=PICKS,
    )


@pytest.mark.parametrize("chance", [0.05, 0.3, 0.65, 0.95])
def test_the_chance_of_no_rain_is_what_the_service_says(chance: float) -> None:
    dry = (members(3.0, chance) == 0.0).mean(axis=1)
    assert dry == pytest.approx(np.full(DAYS, 1.0 - chance), abs=0.011)


def test_no_day_is_dry_because_nobody_forecast_rain() -> None:
    mean = members(0.0).mean(axis=1)
    assert np.all(mean > 0.2)
    assert np.all(np.diff(mean) > 0.0)  # the further ahead, the more the climate speaks
    assert mean[-1] < 2.0


def test_the_mean_is_between_forecast_and_climate() -> None:
    expected = STATED.trust * 10.0 + (1.0 - STATED.trust) * 2.0
    assert members(10.0).mean(axis=1) == pytest.approx(expected, rel=0.15)
    assert np.all((expected > 2.0) & (expected < 10.0))


def test_a_small_chance_makes_no_fountain() -> None:
    assert members(10.0, 0.05).max() < 60.0


@settings(deadline=None)
@example(rain=0.1875, more=0.125)
@given(rain=st.floats(0, 60), more=st.floats(0, 40))
def test_a_wetter_forecast_is_wetter(rain: float, more: float) -> None:
    low, high = members(rain), members(rain + more)
    assert np.all((high > 0.0) | (low == 0.0))  # whoever was wet is wet
    assert np.all(high.mean(axis=1) >= low.mean(axis=1) - 1e-9)


@settings(deadline=None)
@given(chance=st.floats(0, 1), more=st.floats(0, 1))
def test_quantiles_are_dry_by_the_stated_chance(chance: float, more: float) -> None:
    amounts = ensemble.forecast_rain(
        np.full(DAYS, 4.0), np.full(DAYS, 0.0), np.full(DAYS, 9.0), CHANCES
    )
    found = forecast.quantile_rain_members(amounts, np.full(DAYS, chance), CHANCES)
    assert (found == 0.0).mean(axis=1) == pytest.approx(np.full(DAYS, 1.0 - chance), abs=0.011)
    wetter = forecast.quantile_rain_members(
        amounts, np.full(DAYS, min(chance + more, 1.0)), CHANCES
    )
    assert np.all(wetter >= found)
    unknown = forecast.quantile_rain_members(amounts, np.full(DAYS, np.nan), CHANCES)
    assert np.array_equal(unknown, amounts)


@pytest.mark.parametrize("count", [1, 7, 31, 51, 100, 240])
def test_every_member_of_a_service_is_as_likely_as_any_other(count: int) -> None:
    drawn = forecast.resampled(count, 100, SEED)
    times = np.bincount(drawn, minlength=count)
    assert len(drawn) == 100
    assert times.max() - times.min() <= 1
    assert np.array_equal(drawn, forecast.resampled(count, 100, SEED))


def test_dressed_members_keep_their_mean_and_a_few_are_the_climate_s() -> None:
    cells = np.zeros((DAYS, 100))
    cells[:, ::2] = 8.0
    usual = np.full((DAYS, 100), 3.0)
    points, picks = ensemble.ranks(DAYS, 100, 5), ensemble.ranks(DAYS, 100, 6)
    found = forecast.dressed_rain(cells, usual, points, picks)
    assert found.mean() == pytest.approx(4.0, rel=0.08)
    assert 0.02 <= (found == 3.0).mean() <= 0.1
    assert len(np.unique(found[found > 0.0])) > 90  # not one amount for every garden of a cell


# Learned from what was forecast and then measured


def record(
    cases: int, slope: float, *, error: float = 0.12, bias: float = 1.0, seed: int = 1
) -> dict[str, Array]:
    """Mornings whose forecast is worth `slope`, and ET₀ forecasts that are off by `bias`."""
    rng = np.random.default_rng(seed)
    size = (cases, DAYS)
    fell = np.where(rng.random(size) < 0.35, rng.gamma(0.8, 7.0, size), 0.0)
    other = np.where(rng.random(size) < 0.35, rng.gamma(0.8, 7.0, size), 0.0)
    told = np.where(rng.random(size) < slope, fell, other)
    et0 = 4.0 * np.exp(0.2 * rng.standard_normal(size))
    measured = et0 * bias * np.exp(error * rng.standard_normal(size))
    return {
        "rain": told,
        "measured_rain": fell,
        "climate_rain": np.full(size, 1.96),
        "et0": et0,
        "measured_et0": measured,
    }


@pytest.mark.parametrize("slope", [0.2, 0.5, 0.9])
def test_trust_is_what_forecasts_were_worth(slope: float) -> None:
    found = forecast.learned(STATED, **record(1500, slope))
    assert found.trust == pytest.approx(np.full(DAYS, slope), abs=0.08)
    assert found.cases.tolist() == [1500.0] * DAYS


def test_bias_and_error_of_et0_are_learned() -> None:
    found = forecast.learned(STATED, **record(400, 0.7, error=0.2, bias=1.15))
    assert found.et0_bias == pytest.approx(np.full(DAYS, 1.15), abs=0.03)
    assert found.et0_error == pytest.approx(np.full(DAYS, 0.2), abs=0.02)


def test_without_a_record_what_is_stated_holds() -> None:
    nothing = {name: np.full((3, DAYS), np.nan) for name in record(1, 0.5)}
    found = forecast.learned(STATED, **nothing)
    for name in ("trust", "et0_bias", "et0_error"):
        assert getattr(found, name) == pytest.approx(getattr(STATED, name))
    few = forecast.learned(STATED, **record(3, 0.0))
    assert np.all(np.abs(few.trust - STATED.trust) < 0.25)


def test_a_forecast_that_is_worth_nothing_gives_the_climate() -> None:
    asked = {
        "wet_share": np.full(DAYS, 0.3),
        "trust": np.zeros(DAYS),
        "chances": CHANCES,
        "picks": PICKS,
    }
    unknown, climate = np.full(DAYS, np.nan), np.full(DAYS, 2.0)
    a = forecast.rain_members(np.zeros(DAYS), unknown, climate, **asked)
    b = forecast.rain_members(np.full(DAYS, 12.0), unknown, climate, **asked)
    assert np.array_equal(a, b)
    assert (a == 0.0).mean() == pytest.approx(0.7, abs=0.011)
    assert a.mean() == pytest.approx(2.0, rel=0.06)
