"""Soil water from texture against the figures printed with the equations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.water import balance, pedotransfer, tables

# Saxton & Rawls (2006), Table 3, organic matter 2.5 %: sand, clay %; wilting point, field capacity,
# saturation in % of volume; conductivity mm h⁻¹.
_TABLE_3 = (
    ("sand", 88, 5, 5, 10, 46, 108.1),
    ("loamy sand", 80, 5, 5, 12, 46, 96.7),
    ("sandy loam", 65, 10, 8, 18, 45, 50.3),
    ("loam", 40, 20, 14, 28, 46, 15.5),
    ("silt loam", 20, 15, 11, 31, 48, 16.1),
    ("silt", 10, 5, 6, 30, 48, 22.0),
    ("sandy clay loam", 60, 25, 17, 27, 43, 11.3),
    ("clay loam", 30, 35, 22, 36, 48, 4.3),
    ("silty clay loam", 10, 35, 22, 38, 51, 5.7),
    ("silty clay", 10, 45, 27, 41, 52, 3.7),
    ("sandy clay", 50, 40, 25, 36, 44, 1.4),
    ("clay", 25, 50, 30, 42, 50, 1.1),
)


@pytest.mark.parametrize(
    ("texture", "sand", "clay", "wilting", "capacity", "full", "conductivity"),
    [pytest.param(*row, id=f"Saxton & Rawls Table 3 {row[0]}") for row in _TABLE_3],
)
def test_the_soils_of_the_paper(
    texture: str,
    sand: float,
    clay: float,
    wilting: float,
    capacity: float,
    full: float,
    conductivity: float,
) -> None:
    found = pedotransfer.hydraulics(sand, clay)
    assert float(found.wilting_point) * 100 == pytest.approx(wilting, abs=0.5)
    assert float(found.field_capacity) * 100 == pytest.approx(capacity, abs=0.5)
    assert float(found.saturation) * 100 == pytest.approx(full, abs=0.5)
    assert float(found.saturated_conductivity) == pytest.approx(conductivity, abs=0.05)
    assert pedotransfer.texture_class(sand, clay) == texture


_SHARES = st.floats(0, 100).flatmap(
    lambda sand: st.tuples(st.just(sand), st.floats(0, 100 - sand), st.floats(0, 30))
)


@given(_SHARES)
def test_every_texture_is_a_soil_the_balance_takes(shares: tuple[float, float, float]) -> None:
    found = pedotransfer.soil_of_texture(*shares)
    assert found.texture in tables.SOILS
    assert 0 < found.wilting_point < found.field_capacity < 0.7
    assert 0 < found.rew <= found.tew
    balance.beds([balance.Bed(tables.crop("tomato"), found)])
    water = pedotransfer.hydraulics(*shares)
    assert water.field_capacity <= water.saturation
    assert float(water.saturated_conductivity) >= 0


def test_rew_of_coarse_middle_and_fine() -> None:
    """Allen et al. (2005): 20 − 0.15 sand, 8 + 0.08 clay, 11 − 0.06 clay."""
    found = pedotransfer.readily_evaporable_water([90, 40, 10], [5, 20, 60])
    assert found == pytest.approx([6.5, 9.6, 7.4])


def test_arrays_and_gaps() -> None:
    found = pedotransfer.hydraulics([40, np.nan], [20, 20])
    assert np.isnan(found.field_capacity).tolist() == [False, True]
    assert pedotransfer.texture_class([40, np.nan], [20, 20]).tolist() == ["loam", ""]


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ((120, 5), "sand must be 0 to 100 %: 120 %"),
        ((-1, 5), "sand must be 0 to 100 %: -1 %"),
        ((60, 50), "sand and clay together must be 0 to 100 %: 110 %"),
        ((60, 20, 101), "organic_matter must be 0 to 100 %: 101 %"),
    ],
)
def test_shares_that_cannot_be(shares: tuple[float, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        pedotransfer.hydraulics(*shares)
