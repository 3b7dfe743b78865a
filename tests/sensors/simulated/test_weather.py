"""The weather generator gives back the climate it was given, and no impossible hour."""

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from sensors.simulated.climate import Climate
from sensors.simulated.weather import (
    Weather,
    elsewhere,
    evaporative_demand,
    extraterrestrial_radiation,
    generate,
    saturation_vapour_pressure,
)

START, YEARS = date(2001, 1, 1), 60
DAYS = 365 * YEARS


@pytest.fixture(scope="module")
def weather(climate: Climate) -> Weather:
    return generate(climate, START, DAYS, seed=8)


@pytest.fixture(scope="module")
def month() -> np.ndarray:
    first = START.toordinal()
    return np.array([date.fromordinal(first + n).month for n in range(DAYS)])


def daily(hourly: np.ndarray) -> np.ndarray:
    return hourly.reshape(-1, 24)


def monthly_means(values: np.ndarray, month: np.ndarray) -> np.ndarray:
    return np.array([values[month == m].mean() for m in range(1, 13)])


def test_temperatures_have_the_normals_as_means(
    weather: Weather, climate: Climate, month: np.ndarray
) -> None:
    air = daily(weather.air_temperature)
    assert monthly_means(air.min(axis=1), month) == pytest.approx(climate.tmin, abs=0.9)
    assert monthly_means(air.max(axis=1), month) == pytest.approx(climate.tmax, abs=0.9)


def test_rain_has_the_normals_as_means(
    weather: Weather, climate: Climate, month: np.ndarray
) -> None:
    rain = daily(weather.rain).sum(axis=1)
    per_month = np.array([rain[month == m].sum() / YEARS for m in range(1, 13)])
    wet = np.array([(rain[month == m] >= 1.0).sum() / YEARS for m in range(1, 13)])
    assert per_month == pytest.approx(climate.rain, rel=0.25)
    assert per_month.sum() == pytest.approx(sum(climate.rain), rel=0.05)
    assert wet == pytest.approx(climate.rain_days, rel=0.15)


def test_sun_humidity_and_wind_have_the_normals_as_means(
    weather: Weather, climate: Climate, month: np.ndarray
) -> None:
    sun = daily(weather.solar_radiation).mean(axis=1) * 0.0864
    humidity = daily(weather.relative_humidity).mean(axis=1)
    wind = daily(weather.wind_speed).mean(axis=1)
    assert monthly_means(sun, month) == pytest.approx(climate.solar_radiation, rel=0.1)
    assert monthly_means(humidity, month) == pytest.approx(climate.rh_mean, abs=3.5)
    assert monthly_means(wind, month) == pytest.approx(climate.wind_2m, rel=0.06)


def test_wet_days_follow_wet_days_and_are_duller(weather: Weather) -> None:
    wet = daily(weather.rain).sum(axis=1) >= 1.0
    assert wet[1:][wet[:-1]].mean() > wet.mean() + 0.1
    sun = daily(weather.solar_radiation).mean(axis=1)
    assert sun[wet].mean() < 0.75 * sun[~wet].mean()


def test_no_hour_is_impossible(weather: Weather, climate: Climate) -> None:
    assert weather.rain.min() >= 0.0
    assert weather.solar_radiation.min() >= 0.0
    assert weather.wind_speed.min() > 0.0
    assert weather.relative_humidity.min() > 5.0
    assert weather.relative_humidity.max() <= 100.0
    saturation = saturation_vapour_pressure(weather.air_temperature)
    assert np.all(weather.vapour_pressure <= saturation + 1e-12)
    assert -25.0 < weather.air_temperature.min() < weather.air_temperature.max() < 45.0
    day = np.array([(START.toordinal() + n) for n in range(DAYS)])
    number = np.array([date.fromordinal(d).timetuple().tm_yday for d in day], float)
    above = extraterrestrial_radiation(climate.latitude, number)
    assert np.all(daily(weather.solar_radiation).sum(axis=1) * 0.0036 <= 0.77 * above)
    assert np.all(np.abs(weather.air_pressure - 98.7) < 1.5)


def test_nights_are_dark_and_afternoons_warm(weather: Weather) -> None:
    assert daily(weather.solar_radiation)[:, [0, 1, 22, 23]].max() == 0.0
    by_hour = daily(weather.air_temperature).mean(axis=0)
    assert 12 <= by_hour.argmax() <= 15
    assert 3 <= by_hour.argmin() <= 6


def test_the_sun_above_the_air_is_the_books() -> None:
    # FAO-56 example 8: 20° S on 3 September (day 246), 32.2 MJ m⁻² d⁻¹ (p. 47).
    assert extraterrestrial_radiation(-20.0, np.array([246.0])) == pytest.approx(32.2, abs=0.05)


def test_same_seed_same_weather_and_longer_begins_with_shorter(climate: Climate) -> None:
    short = generate(climate, START, 40, seed=3)
    long = generate(climate, START, 90, seed=3)
    other = generate(climate, START, 40, seed=4)
    for field in fields(Weather):
        a, b = getattr(short, field.name), getattr(long, field.name)
        assert np.array_equal(a, b[: short.hours]), field.name
    assert not np.array_equal(short.rain, other.rain)


def test_a_higher_place_is_cooler_with_about_the_same_rain(weather: Weather) -> None:
    high = elsewhere(weather, climb=200.0, seed=1)
    assert np.allclose(high.air_temperature, weather.air_temperature - 1.3)
    assert high.rain.sum() == pytest.approx(weather.rain.sum(), rel=0.03)
    assert not np.allclose(high.rain, weather.rain)
    assert high.relative_humidity.max() <= 100.0 + 1e-9


def test_demand_is_greatest_in_summer(weather: Weather, month: np.ndarray) -> None:
    demand = monthly_means(daily(evaporative_demand(weather)).sum(axis=1), month)
    assert 3.0 < demand[6] < 5.5
    assert demand[0] < 0.8


def test_no_days_is_refused(climate: Climate) -> None:
    with pytest.raises(ValueError, match="days must be at least 1: 0"):
        generate(climate, START, 0, seed=1)
