"""Warmth as published examples sum it, and harvest windows that warmth only brings nearer."""

from datetime import date
from math import inf, isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.harvest import temperatures
from models.harvest.phenology import (
    PHENOLOGY,
    days_until,
    degree_days,
    first_kill,
    harvest_window,
    needed,
    phenology,
    stage,
)
from models.water.tables import CROPS
from models.water.thermal import growing_degrees

_DIJON = Path(__file__).parents[4] / "shared/data/weather/dijon_daily_1999_2018.csv.gz"


def _celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32.0) / 1.8


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [
        pytest.param(50.0, 70.0, 10.0, id="Iowa State Agron 541, 70 and 50 °F above 50 °F"),
        pytest.param(60.0, 85.0, 22.5, id="corn, 85 and 60 °F above 50 °F"),
        pytest.param(30.0, 50.0, 0.0, id="a mean below the base drives nothing"),
        pytest.param(86.0, 106.0, 36.0, id="Iowa State Agron 541, never above 36 °F d"),
    ],
)
def test_a_day_as_published(low: float, high: float, printed: float) -> None:
    base, upper = _celsius(50.0), _celsius(86.0)
    found = growing_degrees(_celsius(low), _celsius(high), base=base, upper=upper)
    assert float(found) * 1.8 == pytest.approx(printed, abs=0.05)


def test_sweet_corn_reaches_its_published_sum_on_the_day() -> None:
    """Jubilee: 1539 °F d between 50 and 86 °F (Oregon State); days of 20 °F d: the 77th."""
    corn = phenology("sweet_corn")
    needs = np.array([1539 / 1.8])
    warm = degree_days(corn, np.full((120, 1), _celsius(60.0)), np.full((120, 1), _celsius(80.0)))
    assert days_until(warm, needs)[0, 0] == 76  # counted from 0
    assert corn.first_short < needs[0] < corn.first_long


def test_every_crop_has_a_phenology_with_its_source() -> None:
    assert set(PHENOLOGY) == set(CROPS)
    for one in PHENOLOGY.values():
        assert one.source
        assert one.harvest in {"picked", "lifted", "ripe", "cut", "none"}
        if one.by in ("warmth", "table"):
            assert one.base_temperature < one.upper_temperature
            assert 0 < one.first_short <= one.first_long
            assert one.first_short <= one.end_short <= one.end_long
        assert one.first_days <= one.end_days
        if not isnan(one.frost_kill):
            assert one.frost_kill <= min(one.frost_young, one.frost_late)


def test_thermal_time_is_that_of_the_water_table() -> None:
    tomato = phenology("tomate")
    assert tomato.key == "tomato"
    assert (tomato.end_short, tomato.end_long) == (1900.0, 2065.0)
    assert tomato.first_short == pytest.approx(1900 * 70 / 145)  # picking begins with mid-season


def test_an_unknown_crop_is_named_with_its_neighbours() -> None:
    with pytest.raises(ValueError, match="did you mean tomato"):
        phenology("tomatto")


def test_days_stand_in_where_no_thermal_time_is_published() -> None:
    vine = phenology("grape_wine")
    assert vine.by == "days"
    first, last = needed(vine)
    assert (first[2], last[2]) == (135.0, 165.0)
    warm = harvest_window(vine, np.full((200, 3), 20.0), np.full((200, 3), 30.0))
    cool = harvest_window(vine, np.full((200, 3), 2.0), np.full((200, 3), 8.0))
    assert warm == cool


def test_days_of_annuals_are_days_of_ordinary_warmth() -> None:
    """Radish: 30 days of 10 °C d above 4.5 °C; at 14.5 °C these are 30 days, at 9.5 °C 60."""
    radish = phenology("radish")
    assert radish.by == "table"
    for mean, days in ((14.5, 30), (9.5, 60)):
        air = np.full((90, 1), mean)
        found = harvest_window(radish, air, air, lateness=[0.5])
        assert found is not None
        assert found.likely == days - 1  # counted from 0


def test_a_lawn_has_no_harvest() -> None:
    assert harvest_window(phenology("turf"), np.zeros((9, 1)), np.ones((9, 1))) is None


def test_a_season_without_warmth_is_never_ripe() -> None:
    found = harvest_window(phenology("tomato"), np.full((90, 2), 3.0), np.full((90, 2), 6.0))
    assert found is not None
    assert found.earliest == found.likely == found.latest == inf


def test_a_killing_frost_ends_the_harvest() -> None:
    tmin, tmax = np.full((200, 1), 14.0), np.full((200, 1), 26.0)
    tmin[110] = -3.0
    found = harvest_window(phenology("tomato"), tmin, tmax)
    assert found is not None
    assert found.likely < 110
    assert found.end == 110


def test_what_freezes_young_is_planted_again() -> None:
    tmin = np.full((50, 1), 10.0)
    tmin[3] = -5.0
    assert first_kill(phenology("tomato"), tmin, np.array([[20.0]]))[0, 0] == inf
    assert first_kill(phenology("tomato"), tmin, np.array([[2.0]]))[0, 0] == 3


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(0.0, "ini"), (600.0, "dev"), (1000.0, "mid"), (1700.0, "late"), (2200.0, "over")],
)
def test_stages_follow_warmth(degrees: float, expected: str) -> None:
    assert stage(phenology("tomato"), age=1.0, degrees=degrees) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(key for key, one in PHENOLOGY.items() if one.by in ("warmth", "table"))),
    st.integers(0, 2**31),
    st.floats(0.0, 6.0),
)
def test_warmer_is_never_later(key: str, seed: int, warmer: float) -> None:
    """Frost apart, which is taken away with the warmth it comes without."""
    rng = np.random.default_rng(seed)
    tmin = rng.normal(9.0, 4.0, (250, 4))
    tmax = tmin + rng.uniform(2.0, 14.0, tmin.shape)
    of = phenology(key)
    first, last = needed(of)
    for sums in (first, last):
        cool = days_until(degree_days(of, tmin, tmax), sums)
        warm = days_until(degree_days(of, tmin + warmer, tmax + warmer), sums)
        assert (warm <= cool).all()
        assert (cool[1:] >= cool[:-1]).all()  # later varieties are later


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 99))
def test_a_missing_day_changes_little_and_never_is_cold(seed: int, lost: int) -> None:
    rng = np.random.default_rng(seed)
    tmin = rng.normal(13.0, 2.0, (200, 1))
    tmax = tmin + 10.0
    holed = tmin.copy()
    holed[lost] = np.nan
    of = phenology("zucchini")
    whole, gap = harvest_window(of, tmin, tmax), harvest_window(of, holed, tmax)
    assert whole is not None
    assert gap is not None
    assert abs(whole.likely - gap.likely) <= 1


@pytest.mark.skipif(not _DIJON.exists(), reason="../shared/data is absent")
def test_windows_hold_what_dijon_had() -> None:
    """Issued on 15 June for tomatoes of 15 May, 1999–2018: in 8 of 10 years within the window.

    The climate of each year is that of the others; the variety is known, so that weather alone is
    judged.
    """
    days = pd.read_csv(_DIJON, parse_dates=["date"]).set_index("date")["tmean_seine_c"]
    of, inside, years = phenology("tomato"), 0, range(1999, 2019)
    months = days.groupby([days.index.year, days.index.month]).mean()
    for year in years:
        season = days[pd.Timestamp(year, 5, 15) : pd.Timestamp(year, 12, 1)]
        others = months[months.index.get_level_values(0) != year].groupby(level=1).mean()
        behind = season[: pd.Timestamp(year, 6, 14)]
        ahead = others.reindex(season.index[len(behind) :].month).to_numpy()
        known = temperatures.joined(
            temperatures.observed(behind, behind),
            temperatures.climate_years(ahead, ahead, seed=year),
        )
        found = harvest_window(of, known.tmin, known.tmax, lateness=[0.5])
        truth = season.to_numpy()[:, None]
        had = harvest_window(of, truth, truth, lateness=[0.5])
        assert found is not None
        assert had is not None
        inside += found.earliest <= had.likely <= found.latest
    assert 0.65 <= inside / len(years) <= 0.95, inside


def test_the_climate_s_years_stray_as_dijon_s_do() -> None:
    found = temperatures.climate_years(np.full(4000, 10.0), np.full(4000, 20.0), seed=3)
    stray = found.tmin - 10.0
    assert stray.std() == pytest.approx(temperatures.DAY_ERROR, rel=0.03)
    lag = np.corrcoef(stray[:-1].ravel(), stray[1:].ravel())[0, 1]
    assert lag == pytest.approx(temperatures.MEMORY, abs=0.02)
    assert found.tmax - found.tmin == pytest.approx(10.0)


def test_a_forecast_is_surer_of_tomorrow_than_of_next_week() -> None:
    found = temperatures.foreseen(np.full(7, 10.0), np.full(7, 20.0), seed=3, members=400)
    spread = found.tmin.std(axis=1)
    assert (np.diff(spread) > 0).all()
    assert spread[0] == pytest.approx(temperatures.FORECAST_ERROR, rel=0.1)


def test_dates_are_days_from_planting() -> None:
    tmin, tmax = np.full((200, 1), 15.0), np.full((200, 1), 27.0)
    found = harvest_window(phenology("green_bean"), tmin, tmax, lateness=[0.0])
    assert found is not None
    # 250 °C d at 11 °C d a day: the 23rd day after 1 June is the 23rd of June.
    assert date(2026, 6, 1).toordinal() + found.likely == date(2026, 6, 23).toordinal()
