"""Stages that follow the warmth of the days."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.water import tables, thermal

TABLE = (20.0, 30.0, 40.0, 10.0)


@pytest.mark.parametrize(
    ("tmin", "tmax", "expected"),
    [(10, 20, 8), (0, 10, 0), (-10, 0, 0), (30, 40, 21), (20, np.nan, np.nan)],
)
def test_warmth_is_counted_between_base_and_upper(
    tmin: float, tmax: float, expected: float
) -> None:
    found = thermal.growing_degrees(tmin, tmax, base=7, upper=28)
    assert float(found) == pytest.approx(expected, nan_ok=True)


def test_steady_warmth_gives_the_table_s_days() -> None:
    found = thermal.stage_lengths(np.full(200, 12.0), needed=1200.0, lengths=TABLE)
    assert found == pytest.approx(TABLE)


def test_twice_the_warmth_halves_the_stages_and_a_cold_spell_lengthens_the_one_it_falls_in() -> (
    None
):
    warm = np.full(200, 12.0)
    assert thermal.stage_lengths(warm * 2, needed=1200.0, lengths=TABLE) == pytest.approx(
        np.array(TABLE) / 2
    )
    warm[25:32] = 0.0
    found = thermal.stage_lengths(warm, needed=1200.0, lengths=TABLE)
    assert found == pytest.approx([20, 37, 40, 10])


def test_a_season_that_the_weather_does_not_reach_goes_on_at_the_table_s_pace() -> None:
    for days in (0, 15, 60, 99):
        found = thermal.stage_lengths(np.full(days, 12.0), needed=1200.0, lengths=TABLE)
        assert found == pytest.approx(TABLE)


def test_a_missing_day_is_as_warm_as_the_others() -> None:
    warm = np.full(200, 12.0)
    warm[5:9] = np.nan
    assert thermal.stage_lengths(warm, needed=1200.0, lengths=TABLE) == pytest.approx(TABLE)


@given(
    warm=st.lists(st.floats(0, 28), max_size=300),
    more=st.floats(0, 5),
    needed=st.floats(100, 3000),
)
def test_warmer_days_never_lengthen_a_season(warm: list[float], more: float, needed: float) -> None:
    """Once the whole season lies in the weather."""
    days = np.array([*warm, *[5.0] * 700])
    cool, hot = (
        thermal.stage_lengths(d, needed=needed, lengths=TABLE).cumsum() for d in (days, days + more)
    )
    assert (hot <= cool + 1e-9).all()
    assert (np.diff(cool, prepend=0.0) >= 0).all()


def test_a_crop_takes_its_stages_from_the_temperatures() -> None:
    tomato = tables.crop("tomato")
    # 1982.5 °C d from a base of 7 °C at 19 °C: 165 days.
    found = thermal.with_stages_of(tomato, np.full(300, 13.0), np.full(300, 25.0))
    assert found.season_length == pytest.approx(1982.5 / 12.0)
    assert found.length_ini / found.season_length == pytest.approx(30 / 145)
    early = thermal.with_stages_of(tomato, np.full(300, 13.0), np.full(300, 25.0), lateness=0.0)
    assert early.season_length == pytest.approx(1900.0 / 12.0)


def test_a_crop_without_thermal_time_is_named() -> None:
    with pytest.raises(ValueError, match="crop 'radish' has no thermal time; its stages are in"):
        thermal.with_stages_of(tables.crop("radish"), [10.0], [20.0])
    with pytest.raises(ValueError, match="needed must be above 0 °C d: 0 °C d"):
        thermal.stage_lengths([10.0], needed=0.0, lengths=TABLE)


@pytest.mark.parametrize(
    "key", [key for key, crop in tables.CROPS.items() if not np.isnan(crop.thermal_time_short)]
)
def test_thermal_times_of_the_table_are_sound(key: str) -> None:
    crop = tables.CROPS[key]
    assert 0 <= crop.base_temperature < crop.upper_temperature <= 40
    assert 400 < crop.thermal_time_short <= crop.thermal_time_long < 3000
    assert "rev. 1 (2025)" in crop.source
