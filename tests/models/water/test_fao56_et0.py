"""FAO-56 worked examples 17 to 20: reference evapotranspiration, with every step that is printed.

Pages are those of FAO Irrigation and Drainage Paper 56 (1998).
"""

from collections.abc import Callable
from typing import Any

import pytest

from models.water import et0, hourly


def _bangkok() -> dict[str, Any]:
    """Example 17, p. 70: April, 13°44' N, 2 m."""
    place = {"latitude": 13.73, "day_of_year": 105}
    flux = et0.soil_heat_flux_monthly(29.2, 31.2)  # months before and after: 29.2, then 30.2 + 1
    top = et0.extraterrestrial_radiation(**place)
    net = et0.net_radiation(
        et0.solar_radiation_from_sunshine(8.5, **place),
        tmin=25.6,
        tmax=34.8,
        vapour_pressure=2.85,
        clear_sky=et0.clear_sky_radiation(top, 2),
    )
    reference = et0.daily(
        tmin=25.6,
        tmax=34.8,
        vapour_pressure=2.85,
        wind_2m=2.0,
        sunshine=8.5,
        soil_heat_flux=flux,
        elevation=2,
        **place,
    )
    return {"Rn": net, "G": flux, "ETo": reference[0]}


def _uccle() -> dict[str, Any]:
    """Example 18, p. 72: Uccle, 6 July, 50°48' N, 100 m."""
    place = {"latitude": 50.80, "day_of_year": 187}
    low, high = et0.saturation_vapour_pressure([12.3, 21.5])
    humid = (low * 0.84 + high * 0.63) / 2
    wind = et0.wind_at_2m(10 / 3.6, 10)
    top = et0.extraterrestrial_radiation(**place)
    solar = et0.solar_radiation_from_sunshine(9.25, **place)
    clear = et0.clear_sky_radiation(top, 100)
    warmth = {"tmin": 12.3, "tmax": 21.5, "vapour_pressure": humid}
    reference = et0.daily(
        tmin=12.3,
        tmax=21.5,
        rh_min=63,
        rh_max=84,
        wind_2m=wind,
        sunshine=9.25,
        elevation=100,
        **place,
    )
    return {
        "u2": wind,
        "ea": humid,
        "es": (low + high) / 2,
        "Ra": top,
        "N": et0.daylight_hours(**place),
        "Rs": solar,
        "Rso": clear,
        "Rnl": et0.net_longwave_radiation(**warmth, cloudiness=solar / clear),
        "Rn": et0.net_radiation(solar, **warmth, clear_sky=clear),
        "ETo": reference[0],
    }


def _ndiaye(*, night: bool) -> dict[str, Any]:
    """Example 19, p. 75: N'Diaye, 1 October, 16°13' N 16°15' W, 8 m; local time is UTC − 1."""
    hour, warmth, humidity, wind, solar = (
        (2.5, 28.0, 90.0, 1.9, 0.0) if night else (14.5, 38.0, 52.0, 3.3, 2.450)
    )
    angle = hourly.solar_hour_angle(hour + 1.0, longitude=-16.25, day_of_year=274)
    top = hourly.extraterrestrial_radiation(angle, latitude=16.22, day_of_year=274)
    humid = humidity / 100 * et0.saturation_vapour_pressure(warmth)
    # The book takes R_s/R_so of the night as 0.8.
    clouds = 0.8 if night else solar / float(hourly.clear_sky(top, 8))
    net = hourly.net_radiation(solar, temperature=warmth, vapour_pressure=humid, cloudiness=clouds)
    reference = hourly.hourly(
        temperature=warmth,
        vapour_pressure=humid,
        wind_2m=wind,
        net_radiation=net,
        elevation=8,
        daytime=not night,
    )
    return {"Ra": top, "Rn": net, "ETo": reference}


@pytest.mark.parametrize(
    ("quantity", "text", "units"),
    [
        pytest.param("Rn", "14.33", 0.5, id="FAO-56 ex. 17 p. 70 R_n Bangkok"),
        pytest.param("G", "0.14", 0.5, id="FAO-56 ex. 17 p. 70 G Bangkok"),
        pytest.param("ETo", "5.72", 0.5, id="FAO-56 ex. 17 p. 70 ET₀ Bangkok"),
    ],
)
def test_a_month_in_bangkok(
    quantity: str, text: str, units: float, printed: Callable[..., Any]
) -> None:
    assert float(_bangkok()[quantity]) == printed(text, units=units)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        pytest.param(quantity, text, id=f"FAO-56 ex. 18 p. 72 {quantity} Uccle 6 July")
        for quantity, text in (
            ("u2", "2.078"),
            ("ea", "1.409"),
            ("es", "1.997"),
            ("Ra", "41.09"),
            ("N", "16.1"),
            ("Rs", "22.07"),
            ("Rso", "30.90"),
            ("Rnl", "3.71"),
            ("Rn", "13.28"),
            ("ETo", "3.88"),
        )
    ],
)
def test_a_day_in_uccle(quantity: str, text: str, printed: Callable[..., Any]) -> None:
    assert float(_uccle()[quantity]) == printed(text)


@pytest.mark.parametrize(
    ("night", "quantity", "text"),
    [
        pytest.param(True, "Rn", "-0.100", id="FAO-56 ex. 19 p. 75 R_n 02-03 h"),
        pytest.param(True, "ETo", "0.00", id="FAO-56 ex. 19 p. 75 ET₀ 02-03 h"),
        pytest.param(False, "Ra", "3.543", id="FAO-56 ex. 19 p. 75 R_a 14-15 h"),
        pytest.param(False, "Rn", "1.749", id="FAO-56 ex. 19 p. 75 R_n 14-15 h"),
        pytest.param(False, "ETo", "0.63", id="FAO-56 ex. 19 p. 75 ET₀ 14-15 h"),
    ],
)
def test_hours_in_ndiaye(
    night: bool, quantity: str, text: str, printed: Callable[..., Any]
) -> None:
    assert float(_ndiaye(night=night)[quantity]) == printed(text)


def test_temperature_alone_in_lyon(printed: Callable[..., Any]) -> None:
    """FAO-56 ex. 20, p. 77: July, neither radiation, humidity nor wind measured: 4.56 mm d⁻¹."""
    place = {"latitude": 45.72, "day_of_year": 196}
    reference = et0.daily_with_methods(tmin=14.8, tmax=26.6, elevation=200, **place)
    assert float(reference.et0[0]) == printed("4.56")
    assert reference.radiation[0] == "temperature span"
    assert reference.humidity[0] == "tmin as dewpoint"
    assert reference.wind[0] == "calm"


def test_hargreaves_in_lyon(printed: Callable[..., Any]) -> None:
    """FAO-56 ex. 20, p. 77: 5.0 mm d⁻¹ by eq. 52."""
    reference = et0.hargreaves(14.8, 26.6, latitude=45.72, day_of_year=196)
    assert float(reference) == printed("5.0")
