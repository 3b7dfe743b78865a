"""FAO-56 worked examples 36, 37 and 39: available water, water stress and salt.

Pages are those of FAO Irrigation and Drainage Paper 56 (1998).
"""

from collections.abc import Callable
from typing import Any

import pytest

from models.water import soil

_CROPS = {"onion": (0.4, 0.30), "tomato": (0.8, 0.40), "maize": (1.2, 0.55)}  # Z_r m, p
_RAW = {
    "loamy sand": (0.09, ("11", "29", "59")),
    "silt": (0.17, ("20", "54", "112")),
    "silty clay": (0.12, ("14", "38", "79")),
}


@pytest.mark.parametrize(
    ("held", "crop", "text"),
    [
        pytest.param(held, crop, text, id=f"FAO-56 ex. 36 p. 167 RAW {crop} on {texture}")
        for texture, (held, figures) in _RAW.items()
        for crop, text in zip(_CROPS, figures, strict=True)
    ],
)
def test_readily_available_water(
    held: float, crop: str, text: str, printed: Callable[..., Any]
) -> None:
    """At a crop evapotranspiration of 5 mm d⁻¹; `held` is θ_FC − θ_WP."""
    root_depth, p = _CROPS[crop]
    total = soil.taw(0.10 + held, 0.10, root_depth)
    assert float(soil.raw(total, 5.0, depletion_fraction=p)) == printed(text)


def _tomato(days: int) -> tuple[float, float]:
    """K_s and the depletion at the end of the last of these days without rain. [-, mm]"""
    depletion, ks = 55.0, 1.0
    for _ in range(days):
        # p is 0.40 at this demand: Table 22 would shift 0.44 by 0.04 (5 − 6).
        easy = soil.raw(136.0, 6.0, depletion_fraction=0.44)
        ks = float(soil.ks(depletion, taw=136.0, raw=easy))
        depletion += ks * 1.2 * 5.0
    return ks, depletion


@pytest.mark.parametrize(
    ("day", "text"),
    [
        pytest.param(day, text, id=f"FAO-56 ex. 37 p. 168 K_s day {day}")
        for day, text in enumerate(
            ("0.99", "0.92", "0.85", "0.79", "0.73", "0.68", "0.63", "0.58", "0.54", "0.50"),
            start=1,
        )
    ],
)
def test_stress_of_a_tomato_without_rain(day: int, text: str, printed: Callable[..., Any]) -> None:
    """Silt, TAW 136 mm, p 0.40, D_r 55 mm, ET₀ 5 mm d⁻¹, K_c 1.2."""
    assert _tomato(day)[0] == printed(text)


def test_depletion_after_ten_days_without_rain(printed: Callable[..., Any]) -> None:
    """FAO-56 ex. 37, p. 168: 98.2 mm; the book adds up ten rounded evapotranspirations."""
    assert _tomato(10)[1] == printed("98.2", units=1)


def test_salt_stress_of_beans(printed: Callable[..., Any]) -> None:
    """FAO-56 ex. 39, p. 178: EC_e 1.5 dS m⁻¹, threshold 1.0, 19 % per dS m⁻¹, K_y 1.15."""
    ks = soil.ks_salinity(1.5, threshold=1.0, slope=19.0, yield_response=1.15)
    assert float(ks) == printed("0.92")
