"""What must hold for every balance, whatever the crop, the soil and the weather."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.water import balance, canopy, need, tables
from models.water.balance import Bed, DailyWeather


def _bed(crop: str = "tomato", texture: str = "loam", **place: float) -> Bed:
    return Bed(tables.crop(crop), tables.soil(texture), **place)  # type: ignore[arg-type]


_WEATHER = st.lists(
    st.tuples(st.floats(0, 9), st.one_of(st.just(0.0), st.floats(0, 80)), st.floats(0, 40)),
    min_size=1,
    max_size=60,
)


@settings(deadline=None, max_examples=60)
@given(
    days=_WEATHER,
    crop=st.sampled_from(sorted(tables.CROPS)),
    texture=st.sampled_from(sorted(tables.SOILS)),
    initial=st.floats(0, 300),
    planted=st.integers(-200, 30),
)
def test_every_day_closes_and_stays_within_bounds(
    days: list[tuple[float, float, float]], crop: str, texture: str, initial: float, planted: int
) -> None:
    et0, rain, water = (np.array(column) for column in zip(*days, strict=True))
    beds = balance.beds([_bed(crop, texture, planted=planted)])
    season = balance.run(DailyWeather(et0, rain), beds, irrigation=water, initial_depletion=initial)
    assert np.abs(season.closure).max() <= 1e-9
    assert (season.depletion >= 0).all()
    assert (season.depletion <= season.taw + 1e-9).all()
    assert (season.surface_depletion >= 0).all()
    assert (season.actual_et <= season.crop_et + 1e-9).all()
    stored = season.rain + season.irrigation - season.runoff - season.deep_percolation
    total = (stored - season.actual_et).sum()
    first = min(initial, float(season.taw[0, 0]))
    assert first - season.depletion[-1, 0] == pytest.approx(total, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(days=_WEATHER, more=st.floats(0, 50), when=st.integers(0, 59))
def test_more_rain_costs_no_more_than_a_surface_holds(
    days: list[tuple[float, float, float]], more: float, when: int
) -> None:
    et0, rain, water = (np.array(column) for column in zip(*days, strict=True))
    wetter = rain.copy()
    wetter[when % len(rain)] += more
    beds = balance.beds([_bed()])
    dry, wet = (
        balance.run(DailyWeather(et0, p), beds, irrigation=water, initial_depletion=20)
        for p in (rain, wetter)
    )
    # FAO-56 counts the surface twice: what drains from full roots has wetted it all the same, and
    # it evaporates (eq. 77 beside eq. 85). That is at most the layer's evaporable water.
    assert (wet.depletion <= dry.depletion + tables.soil("loam").tew + 1e-9).all()


def test_beds_are_independent_of_each_other() -> None:
    rng = np.random.default_rng(1)
    et0, rain = rng.uniform(0, 7, 120), rng.gamma(0.3, 8, 120)
    rows = [_bed(crop, texture) for crop in ("lettuce", "mustard") for texture in tables.SOILS]
    together = balance.run(DailyWeather(et0, rain), balance.beds(rows))
    for index, row in enumerate(rows):
        alone = balance.run(DailyWeather(et0, rain), balance.beds([row]))
        np.testing.assert_allclose(alone.depletion[:, 0], together.depletion[:, index], rtol=1e-12)


def test_a_covered_bed_gets_no_rain_and_a_pot_limits_the_roots() -> None:
    weather = DailyWeather(np.full(50, 4.0), np.full(50, 10.0))
    rows = [_bed(), _bed(covered=True), _bed(root_limit=0.25)]
    season = balance.run(weather, balance.beds(rows))
    assert season.rain[:, 1].sum() == 0
    assert season.depletion[-1, 1] > season.depletion[-1, 0]
    assert season.root_depth[:, 2].max() < 0.25 < season.root_depth[:, 0].max()


def test_bare_soil_before_sowing_and_after_harvest_is_no_gap() -> None:
    weather = DailyWeather(np.full(60, 4.0), np.zeros(60))
    season = balance.run(weather, balance.beds([_bed("radish", planted=10, removed=45)]))
    assert season.kcb[:10].max() == 0 == season.kcb[45:].max()
    assert not np.isnan(season.depletion).any()


def test_a_coefficient_below_that_of_bare_soil_is_no_cover() -> None:
    assert float(canopy.canopy_cover(0.10, kc_max=1.2, crop_height=0.3)) == 0.0


@pytest.mark.parametrize(
    ("weather", "message"),
    [
        (DailyWeather([4.0, np.nan], [0.0, 0.0]), "et0 must be 0 or more on every day: nan mm"),
        (DailyWeather([4.0, 4.0], [0.0, -1.0]), "rain must be 0 or more on every day: -1 mm"),
    ],
)
def test_gaps_in_the_weather_are_named(weather: DailyWeather, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        balance.run(weather, balance.beds([_bed()]))


def test_a_soil_that_holds_no_water_is_named() -> None:
    stone = tables.Soil("stone", 0.1, 0.2, 5.0, 10.0)
    with pytest.raises(ValueError, match="wilting_point must be below field_capacity"):
        balance.beds([Bed(tables.crop("tomato"), stone)])


def test_need_in_litres_minutes_and_cans() -> None:
    poured = need.litres(12.0, area=4.0, efficiency=0.8)
    assert float(poured) == pytest.approx(60.0)
    assert float(need.minutes(poured, flow=5.0)) == pytest.approx(12.0)
    assert float(need.cans(poured)) == 6
    assert np.isnan(need.minutes(poured, flow=0.0))


@pytest.mark.parametrize("key", sorted(tables.CROPS))
def test_every_crop_has_a_source_and_sound_figures(key: str) -> None:
    crop = tables.CROPS[key]
    assert crop.source.startswith("FAO-56 (1998)")
    assert 0 < crop.root_depth_min <= crop.root_depth_irrigated <= crop.root_depth_max
    assert 0 < crop.depletion_fraction < 1
    assert crop.season_length > 30
    assert crop.kcb_ini <= crop.kcb_mid


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean tomato"):
        tables.crop("tomatoe")
    with pytest.raises(ValueError, match="did you mean"):
        tables.soil("silty loam")
