"""FAO-56 worked examples of chapters 2 to 4, each to the book's printed precision.

Page numbers are those of FAO Irrigation and Drainage Paper 56 (1998).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.water import et0, hourly

BRUSSELS = {"latitude": 50.80, "elevation": 100.0, "day_of_year": 187}


def test_pressure_and_psychrometric_constant() -> None:
    """Example 2, p. 32: 1,800 m."""
    assert float(et0.air_pressure(1800)) == pytest.approx(81.8, abs=0.05)
    assert float(et0.psychrometric_constant(1800)) == pytest.approx(0.054, abs=0.0005)


def test_mean_saturation_vapour_pressure() -> None:
    """Example 3, p. 36: 24.5 and 15.0 °C."""
    mean = np.mean(et0.saturation_vapour_pressure([24.5, 15.0]))
    assert float(mean) == pytest.approx(2.39, abs=0.005)


def test_vapour_pressure_from_psychrometer() -> None:
    """Example 4, p. 38: dry bulb 25.6 °C, wet bulb 19.5 °C, 1,200 m."""
    humid = et0.vapour_pressure_psychrometer(25.6, 19.5, elevation=1200)
    assert float(humid) == pytest.approx(1.91, abs=0.005)


def test_extraterrestrial_radiation_and_daylight() -> None:
    """Examples 8 and 9, pp. 47 and 49: 3 September at 20° S."""
    assert float(et0.sunset_hour_angle(-20, 246)) == pytest.approx(1.527, abs=0.002)
    assert float(et0.extraterrestrial_radiation(-20, 246)) == pytest.approx(32.2, abs=0.05)
    assert float(et0.daylight_hours(-20, 246)) == pytest.approx(11.7, abs=0.05)


def test_radiation_from_sunshine() -> None:
    """Example 10, p. 50: Rio de Janeiro, 15 May, 7.1 h."""
    solar = et0.solar_radiation_from_sunshine(7.1, latitude=-22.9, day_of_year=135)
    assert float(solar) == pytest.approx(14.5, abs=0.08)


def test_net_longwave_and_net_radiation() -> None:
    """Examples 11 and 12, pp. 52 and 53: Rio de Janeiro, 15 May."""
    longwave = et0.net_longwave_radiation(19.1, 25.1, vapour_pressure=2.1, cloudiness=14.5 / 18.8)
    assert float(longwave) == pytest.approx(3.5, abs=0.05)
    assert (1 - et0.ALBEDO) * 14.5 - float(longwave) == pytest.approx(7.6, abs=0.1)


def test_soil_heat_flux_of_a_month() -> None:
    """Example 13, p. 55: Algiers, March 14.1 °C, April 16.1 °C, May 18.8 °C."""
    assert float(et0.soil_heat_flux_monthly(14.1, 18.8)) == pytest.approx(0.33, abs=0.005)


def test_wind_at_two_metres() -> None:
    """Example 14, p. 56: 3.2 m s⁻¹ at 10 m."""
    assert float(et0.wind_at_2m(3.2, 10)) == pytest.approx(2.4, abs=0.05)


def test_radiation_from_temperature() -> None:
    """Example 15, p. 61: Lyon, 15 July, 26.6 and 14.8 °C."""
    solar = et0.solar_radiation_from_temperature(14.8, 26.6, latitude=45.72, day_of_year=196)
    assert float(solar) == pytest.approx(22.3, abs=0.1)


def test_month_in_bangkok() -> None:
    """Example 17, p. 70: April, 13°44' N, 2 m, ET₀ 5.72 mm d⁻¹."""
    flux = et0.soil_heat_flux_monthly(29.2, 30.2 + (30.2 - 29.2))
    assert float(flux) == pytest.approx(0.14, abs=0.005)
    reference = et0.daily(
        tmin=25.6,
        tmax=34.8,
        vapour_pressure=2.85,
        wind_2m=2.0,
        sunshine=8.5,
        soil_heat_flux=0.14,
        latitude=13.73,
        elevation=2,
        day_of_year=105,
    )
    assert float(reference[0]) == pytest.approx(5.72, abs=0.015)


def test_day_in_uccle() -> None:
    """Example 18, p. 72: Uccle, 6 July, ET₀ 3.9 mm d⁻¹ (3.88)."""
    wind = et0.wind_at_2m(10 / 3.6, 10)
    assert float(wind) == pytest.approx(2.078, abs=0.001)
    solar = et0.solar_radiation_from_sunshine(9.25, latitude=50.80, day_of_year=187)
    assert float(solar) == pytest.approx(22.07, abs=0.02)
    reference = et0.daily(
        tmin=12.3, tmax=21.5, rh_min=63, rh_max=84, wind_2m=wind, sunshine=9.25, **BRUSSELS
    )
    assert float(reference[0]) == pytest.approx(3.88, abs=0.01)


@pytest.mark.parametrize(
    ("hour", "temperature", "humidity", "wind", "solar", "expected"),
    [
        pytest.param(14.5, 38.0, 52.0, 3.3, 2.450, 0.63, id="14-15 h"),
        pytest.param(2.5, 28.0, 90.0, 1.9, 0.0, 0.00, id="02-03 h"),
    ],
)
def test_hours_in_ndiaye(
    hour: float, temperature: float, humidity: float, wind: float, solar: float, expected: float
) -> None:
    """Example 19, p. 75: N'Diaye, 16°13' N 16°15' W, 8 m, 1 October."""
    place = {"latitude": 16.22, "day_of_year": 274}
    # The book's local time is one hour behind Greenwich (L_z = 15°).
    angle = hourly.solar_hour_angle(hour + 1.0, longitude=-16.25, day_of_year=274)
    top = hourly.extraterrestrial_radiation(angle, **place)
    humid = humidity / 100 * et0.saturation_vapour_pressure(temperature)
    clear = float(hourly.clear_sky(top, 8))
    net = hourly.net_radiation(
        solar,
        temperature=temperature,
        vapour_pressure=humid,
        cloudiness=solar / clear if solar else 0.8,
    )
    reference = hourly.hourly(
        temperature=temperature,
        vapour_pressure=humid,
        wind_2m=wind,
        net_radiation=net,
        elevation=8,
        daytime=solar > 0,
    )
    assert float(top) == pytest.approx(3.543 if solar else 0.0, abs=0.01)
    assert float(net) == pytest.approx(1.749 if solar else -0.100, abs=0.01)
    assert float(reference) == pytest.approx(expected, abs=0.005)


def test_temperature_alone_in_lyon() -> None:
    """Example 20, p. 77: July, no radiation, humidity or wind: 4.56 mm d⁻¹; Hargreaves 5.0."""
    place = {"latitude": 45.72, "day_of_year": 196}
    reference = et0.daily_with_methods(tmin=14.8, tmax=26.6, elevation=200, **place)
    assert float(reference.et0[0]) == pytest.approx(4.56, abs=0.03)
    assert reference.radiation[0] == "temperature span"
    assert reference.humidity[0] == "tmin as dewpoint"
    assert reference.wind[0] == "calm"
    assert float(et0.hargreaves(14.8, 26.6, **place)) == pytest.approx(5.0, abs=0.05)


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
