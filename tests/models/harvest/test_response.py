"""FAO-33's response to water, heat and frost: published figures, and what must always hold."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.harvest import response
from models.harvest.response import PERIODS, TemperatureStress, WaterResponse, water_response
from models.water import tables

_MM = st.floats(0.0, 400.0)
_SHARE = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("crop", "loss"),
    [
        pytest.param("maize", 12.5, id="FAO-33 Table 24: maize K_y 1.25, a tenth of ET missing"),
        pytest.param("tomato", 10.5, id="FAO-33 Table 24: tomato K_y 1.05"),
        pytest.param("dry_bean", 11.5, id="FAO-33 Table 24: bean K_y 1.15"),
        pytest.param("peanut", 7.0, id="FAO-33 Table 24: groundnut K_y 0.70"),
    ],
)
def test_a_tenth_of_the_season_missing(crop: str, loss: float) -> None:
    left = response.seasonal([200.0, 100.0], [180.0, 90.0], ky=water_response(crop).season)
    assert 100.0 * (1.0 - float(left)) == pytest.approx(loss, abs=0.01)


def test_salt_of_beans_as_in_fao_56() -> None:
    """FAO-56 example 39, p. 181: K_s 0.92 by salt goes with 19 % per dS m⁻¹ × 0.5 dS m⁻¹ lost."""
    left = response.seasonal([100.0], [100.0 * 0.92], ky=1.15)
    assert 1.0 - float(left) == pytest.approx(0.095, abs=0.005)


@pytest.mark.parametrize(
    ("crop", "period", "loss"),
    [
        pytest.param("maize", "flowering", 30.0, id="FAO-33 Table 24: maize flowering 1.5"),
        pytest.param("tomato", "flowering", 22.0, id="FAO-33 Table 24: tomato flowering 1.1"),
        pytest.param("tomato", "ripening", 8.0, id="FAO-33 Table 24: tomato ripening 0.4"),
        pytest.param("dry_bean", "formation", 15.0, id="FAO-33 Table 24: bean formation 0.75"),
        pytest.param("potato", "ripening", 4.0, id="FAO-33 Table 24: potato ripening 0.2"),
    ],
)
def test_a_fifth_of_one_period_missing(crop: str, period: str, loss: float) -> None:
    needed = np.full(4, 100.0)
    used = np.where(np.array(PERIODS) == period, 80.0, 100.0)
    left = response.by_period(needed, used, ky=water_response(crop).periods).prod()
    assert 100.0 * (1.0 - left) == pytest.approx(loss, abs=0.01)


@given(st.lists(st.tuples(_MM, _SHARE), min_size=4, max_size=4), st.integers(0, 3), _SHARE, _SHARE)
def test_more_shortage_is_never_more_yield(
    season: list[tuple[float, float]], period: int, drier: float, weight: float
) -> None:
    needed = np.array([most for most, _ in season])
    used = needed * np.array([share for _, share in season])
    less = used.copy()
    less[period] *= drier
    for crop in ("tomato", "zucchini", "winter_wheat"):
        of = water_response(crop)
        before, after = (
            float(response.water(needed, one, response=of, weight=weight)) for one in (used, less)
        )
        assert 0.0 <= after <= before + 1e-9
        assert before <= 1.0


def test_a_crop_without_figures_of_its_own_loses_as_its_evapotranspiration_does() -> None:
    of = water_response("zucchini")
    assert all(map(isnan, of.periods))
    assert of.season == 1.0
    assert response.water([100.0] * 4, [80.0] * 4, response=of) == pytest.approx(0.8)


def test_between_the_season_and_its_periods() -> None:
    of = WaterResponse((0.4, 1.1, 0.8, 0.4), 1.05, "")
    needed, used = np.full(4, 100.0), np.array([100.0, 60.0, 100.0, 100.0])
    whole = 1.0 - 1.05 * 0.1
    parts = 1.0 - 1.1 * 0.4
    assert response.water(needed, used, response=of, weight=0.0) == pytest.approx(whole)
    assert response.water(needed, used, response=of, weight=1.0) == pytest.approx(parts)
    assert parts < response.water(needed, used, response=of) < whole


def test_periods_follow_the_stages() -> None:
    """Tomato of Table 11: 30, 40, 45 and 30 days."""
    found = response.period_of([0, 69, 70, 92, 93, 114, 115, 300], [30.0, 40.0, 45.0, 30.0])
    assert [PERIODS[one] for one in found] == [
        "vegetative",
        "vegetative",
        "flowering",
        "flowering",
        "formation",
        "formation",
        "ripening",
        "ripening",
    ]


@pytest.mark.parametrize(
    ("tmax", "left"),
    [
        pytest.param(32.0, 1.0, id="SIMPLE table 1b: tomato grows fully at 32 °C"),
        pytest.param(38.5, 0.5, id="half of it halfway to 45 °C"),
        pytest.param(45.0, 0.0, id="SIMPLE table 1b: nothing at 45 °C"),
        pytest.param(nan, 1.0, id="a day without a temperature"),
    ],
)
def test_heat(tmax: float, left: float) -> None:
    assert response.heat(tmax, response.temperature_stress("tomato")) == pytest.approx(left)


def test_frost_takes_most_where_it_kills() -> None:
    stress = TemperatureStress(frost_young=0.0, frost_late=-1.0, frost_kill=-2.0)
    nights = response.frost([1.0, -1.0, -5.0, nan, -1.5], [0, 0, 0, 0, 2], stress)
    assert nights.tolist() == pytest.approx([1.0, 0.75, 0.5, 1.0, 0.75])


def test_nothing_known_takes_nothing() -> None:
    assert response.heat(50.0, TemperatureStress()) == 1.0
    assert response.frost([-30.0], [0], TemperatureStress()).tolist() == [1.0]


def test_every_row_is_of_a_crop_and_has_a_source() -> None:
    for file in ("yield_response.csv", "heat.csv", "potential.csv"):
        for row in response._rows(file):
            assert row["crop"] in tables.CROPS
            assert row["source"]
