"""FAO-56 worked examples 35 and 38 through the season's own balance, not step by step.

Pages are those of FAO Irrigation and Drainage Paper 56 (1998).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.water import balance, soil
from models.water.balance import Beds, DailyWeather, Season, State

ET0 = (4.5, 5.0, 3.9, 4.2, 4.8, 2.7, 5.8, 5.1, 4.7, 5.2)
RAIN = (0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def season() -> Season:
    """Ten days of example 35: sandy loam, 40 mm of irrigation on the first over 0.8 of it.

    K_cb goes from 0.30 to 0.40 and roots from 0.30 to 0.35 m in these days; θ_FC − θ_WP is
    130 mm m⁻¹, p 0.6. The root zone lacks 40 mm before: the irrigation of the first day fills it.
    """
    beds = Beds(
        kcb_ini=0.30,
        kcb_mid=0.40,
        kcb_end=0.40,
        height=0.3,
        root_depth_min=0.30,
        root_depth_max=0.35,
        depletion_fraction=0.6,
        length_ini=0.0,
        length_dev=9.0,
        length_mid=30.0,
        length_late=30.0,
        field_capacity=0.23,
        wilting_point=0.10,
        rew=8.0,
        tew=18.0,
        wetted_fraction=0.8,
    )
    dry = State(np.array([40.0]), np.array([18.0]), np.array([1.0]))
    weather = DailyWeather(ET0, RAIN, wind_2m=1.6, rh_min=35.0)
    return balance.run(weather, beds, irrigation=(40.0, *[0.0] * 9), initial_state=dry)


@pytest.mark.parametrize(
    ("day", "text"),
    [
        pytest.param(day, text, id=f"FAO-56 ex. 38 p. 172 D_r end of day {day}")
        for day, text in enumerate(("5", "12", "16", "18", "21", "18", "22", "25", "27"), start=1)
    ],
)
def test_depletion_of_the_root_zone(
    day: int, text: str, season: Season, printed: Callable[..., Any]
) -> None:
    """The book rounds each day's end to a millimetre and goes on from there: one unit."""
    assert season.depletion[day - 1, 0] == printed(text, units=1)


def test_readily_available_water_of_the_first_day(printed: Callable[..., Any]) -> None:
    """FAO-56 ex. 38, p. 172: 0.6 of 130 mm m⁻¹ over 0.30 m."""
    total = soil.taw(0.23, 0.10, 0.30)
    assert float(soil.raw(total, 5.0, depletion_fraction=0.6)) == printed("23")


@pytest.mark.parametrize(
    ("day", "ke", "crop_et"),
    [
        pytest.param(day, ke, crop_et, id=f"FAO-56 ex. 35 p. 153 day {day} of a season's run")
        for day, ke, crop_et in (
            (1, "0.91", "5.5"),
            (2, "0.90", "6.1"),
            (3, "0.64", "3.8"),
            (4, "0.36", "2.9"),
            (5, "0.19", "2.6"),
            (6, "0.60", "2.6"),
            (7, "0.44", "4.7"),
            (8, "0.19", "2.9"),
            (9, "0.10", "2.3"),
            (10, "0.05", "2.4"),
        )
    ],
)
def test_ten_days_in_one_run(
    day: int, ke: str, crop_et: str, season: Season, printed: Callable[..., Any]
) -> None:
    """Cover and K_cb are the model's own here, not the book's rounded columns: two units."""
    assert season.ke[day - 1, 0] == printed(ke, units=2)
    assert season.crop_et[day - 1, 0] == printed(crop_et, units=1)
    assert season.ks[day - 1, 0] == 1.0
