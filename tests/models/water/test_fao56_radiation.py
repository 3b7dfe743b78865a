"""FAO-56 worked examples 2 to 15: air, sun and wind, each figure to the book's printed precision.

Pages are those of FAO Irrigation and Drainage Paper 56 (1998).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.water import et0

RIO = {"latitude": -22.9, "day_of_year": 135}  # 22°54' S, 15 May
SOUTH = (-20.0, 246)  # 20° S, 3 September


def _humid() -> tuple[float, float]:
    """Actual vapour pressure and deficit of examples 5 and 6. [kPa]"""
    low, high = et0.saturation_vapour_pressure([18.0, 25.0])
    actual = (low * 0.82 + high * 0.54) / 2
    return float(actual), float((low + high) / 2 - actual)


@pytest.mark.parametrize(
    ("computed", "text"),
    [
        pytest.param(lambda: et0.air_pressure(1800), "81.8", id="FAO-56 ex. 2 p. 32 P 1800 m"),
        pytest.param(
            lambda: et0.psychrometric_constant(1800), "0.054", id="FAO-56 ex. 2 p. 32 γ 1800 m"
        ),
        pytest.param(
            lambda: np.mean(et0.saturation_vapour_pressure([24.5, 15.0])),
            "2.39",
            id="FAO-56 ex. 3 p. 36 e_s 24.5 and 15 °C",
        ),
        pytest.param(
            lambda: et0.vapour_pressure_psychrometer(25.6, 19.5, elevation=1200),
            "1.91",
            id="FAO-56 ex. 4 p. 38 e_a psychrometer 1200 m",
        ),
        pytest.param(lambda: _humid()[0], "1.70", id="FAO-56 ex. 5 ch. 3 e_a 82 and 54 %"),
        pytest.param(lambda: _humid()[1], "0.91", id="FAO-56 ex. 6 ch. 3 deficit"),
        pytest.param(
            lambda: et0.sunset_hour_angle(*SOUTH), "1.527", id="FAO-56 ex. 8 p. 47 ω_s 20° S"
        ),
        pytest.param(
            lambda: et0.extraterrestrial_radiation(*SOUTH),
            "32.2",
            id="FAO-56 ex. 8 p. 47 R_a 20° S 3 September",
        ),
        pytest.param(
            lambda: et0.daylight_hours(*SOUTH), "11.7", id="FAO-56 ex. 9 p. 49 N 20° S 3 September"
        ),
        pytest.param(
            lambda: et0.solar_radiation_from_sunshine(7.1, **RIO),
            "14.5",
            id="FAO-56 ex. 10 p. 50 R_s Rio 7.1 h",
        ),
        pytest.param(
            lambda: et0.net_longwave_radiation(
                19.1, 25.1, vapour_pressure=2.1, cloudiness=14.5 / 18.8
            ),
            "3.5",
            id="FAO-56 ex. 11 p. 52 R_nl Rio",
        ),
        pytest.param(
            lambda: et0.soil_heat_flux_monthly(14.1, 18.8),
            "0.33",
            id="FAO-56 ex. 13 p. 55 G Algiers April",
        ),
        pytest.param(lambda: et0.wind_at_2m(3.2, 10), "2.4", id="FAO-56 ex. 14 p. 56 u₂"),
        pytest.param(
            lambda: et0.solar_radiation_from_temperature(
                14.8, 26.6, latitude=45.72, day_of_year=196
            ),
            "22.3",
            id="FAO-56 ex. 15 p. 61 R_s Lyon July",
        ),
    ],
)
def test_figures_of_the_book(
    computed: Callable[[], Any], text: str, printed: Callable[..., Any]
) -> None:
    assert float(computed()) == printed(text)


def test_net_radiation_of_rio(printed: Callable[..., Any]) -> None:
    """FAO-56 ex. 12, p. 53: R_n 7.6; the book subtracts the printed 3.5 from the printed 11.1."""
    net = et0.net_radiation(14.5, tmin=19.1, tmax=25.1, vapour_pressure=2.1, clear_sky=18.8)
    assert float(net) == printed("7.6", units=1)
