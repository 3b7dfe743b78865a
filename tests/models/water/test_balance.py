"""FAO-56 worked examples of chapters 6 to 8, and what must hold for every balance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.water import balance, canopy, need, soil, tables
from models.water.balance import Bed, DailyWeather


@pytest.mark.parametrize(
    ("wind", "humidity", "expected"),
    [pytest.param(1.3, 75, 1.07, id="Taipei"), pytest.param(4.6, 44, 1.30, id="Mocha")],
)
def test_kc_mid_of_maize(wind: float, humidity: float, expected: float) -> None:
    """Example 27, p. 124: K_c mid 1.20, 2 m high."""
    adjusted = 1.20 + float(canopy.climate_adjustment(wind, humidity, 2.0))
    assert adjusted == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("day", "expected"), [(20, 0.15), (40, 0.77), (70, 1.19), (95, 0.56)])
def test_kc_of_dry_beans(day: int, expected: float) -> None:
    """Example 28, p. 132: stages 25/25/30/20, K_c 0.15/1.19/0.35."""
    value = canopy.stage_curve(day, ini=0.15, mid=1.19, end=0.35, lengths=(25, 25, 30, 20))
    assert float(value) == pytest.approx(expected, abs=0.006)


def test_kcb_mid_of_dry_beans() -> None:
    """Example 29, p. 136: 1.10 at 2.2 m s⁻¹, 30 %, 0.4 m."""
    assert float(canopy.adjusted_kcb(1.10, 2.2, 30, 0.4)) == pytest.approx(1.14, abs=0.005)


@pytest.mark.parametrize(("day", "expected"), [(20, 0.15), (40, 0.74), (70, 1.14), (95, 0.47)])
def test_kcb_of_dry_beans(day: int, expected: float) -> None:
    """Example 30, p. 141: K_cb 0.15/1.14/0.25."""
    value = canopy.stage_curve(day, ini=0.15, mid=1.14, end=0.25, lengths=(25, 25, 30, 20))
    assert float(value) == pytest.approx(expected, abs=0.006)


def test_drying_of_a_bare_soil() -> None:
    """Example 31, p. 147: loamy sand, TEW 12, REW 6, ET₀ 4.5 mm d⁻¹, K_c max 1.20."""
    depletion, evaporated = 0.0, []
    for _ in range(4):
        reduction = float(soil.kr(depletion, tew=12.0, rew=6.0))
        evaporated.append(reduction * 1.20 * 4.5)
        depletion += evaporated[-1]
    assert evaporated == pytest.approx([5.4, 5.4, 1.08, 0.108], abs=0.02)


def test_cover_and_evaporation_by_the_way_of_wetting() -> None:
    """Examples 32, 33 and 34, pp. 150-152: K_cb 0.9, 1 m, 3 m s⁻¹, 20 %, ET₀ 7 mm d⁻¹."""
    most = canopy.kc_max(0.9, wind_2m=3, rh_min=20, crop_height=1.0)
    cover = canopy.canopy_cover(0.9, kc_max=most, crop_height=1.0)
    assert float(most) == pytest.approx(1.30, abs=0.005)
    assert float(cover) == pytest.approx(0.53, abs=0.006)
    for fraction, drip, ke, crop_et in (
        (1.0, False, 0.40, 9.1),
        (0.3, False, 0.39, 9.0),
        (0.3, True, 0.25, 8.1),
    ):
        exposed = soil.exposed_wetted_fraction(cover, fraction, drip=drip)
        found = float(soil.ke(0.9, kr=1.0, kc_max=most, exposed=exposed))
        assert found == pytest.approx(ke, abs=0.006)
        assert (0.9 + found) * 7 == pytest.approx(crop_et, abs=0.06)


# Example 35, p. 153: ET₀, rain, irrigation ÷ f_w, 1 − f_c, f_w, K_cb; then printed K_r, K_e,
# D_e at the end of the day and ET_c.
_EXAMPLE_35 = (
    (4.5, 0.0, 50.0, 0.92, 0.8, 0.30, 1.00, 0.91, 5, 5.5),
    (5.0, 0.0, 0.0, 0.91, 0.8, 0.31, 1.00, 0.90, 11, 6.1),
    (3.9, 0.0, 0.0, 0.91, 0.8, 0.32, 0.72, 0.64, 14, 3.8),
    (4.2, 0.0, 0.0, 0.90, 0.8, 0.33, 0.41, 0.36, 16, 2.9),
    (4.8, 0.0, 0.0, 0.89, 0.8, 0.34, 0.22, 0.19, 17, 2.6),
    (2.7, 6.0, 0.0, 0.89, 1.0, 0.36, 0.71, 0.60, 13, 2.6),
    (5.8, 0.0, 0.0, 0.88, 1.0, 0.37, 0.52, 0.44, 16, 4.7),
    (5.1, 0.0, 0.0, 0.87, 1.0, 0.38, 0.23, 0.19, 17, 2.9),
    (4.7, 0.0, 0.0, 0.87, 1.0, 0.39, 0.12, 0.10, 17, 2.3),
    (5.2, 0.0, 0.0, 0.86, 1.0, 0.40, 0.07, 0.05, 18, 2.4),
)


def test_ten_days_of_evaporation() -> None:
    """Example 35, p. 153: TEW 18, REW 8, K_c max 1.21; the soil is wetted before it evaporates."""
    depletion = 18.0
    for et0, rain, watered, bare, wetted, kcb, kr, ke, end, crop_et in _EXAMPLE_35:
        depletion = max(depletion - rain - watered, 0.0)
        reduction = soil.kr(depletion, tew=18.0, rew=8.0)
        exposed = soil.exposed_wetted_fraction(1.0 - bare, wetted)
        found = float(soil.ke(kcb, kr=reduction, kc_max=1.21, exposed=exposed))
        depletion += found * et0 / float(exposed)
        assert float(reduction) == pytest.approx(kr, abs=0.035)
        assert found == pytest.approx(ke, abs=0.03)
        assert depletion == pytest.approx(end, abs=0.6)
        assert (kcb + found) * et0 == pytest.approx(crop_et, abs=0.12)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(0.09, (11, 29, 59), id="loamy sand"),
        pytest.param(0.17, (20, 54, 112), id="silt"),
        pytest.param(0.12, (14, 38, 79), id="silty clay"),
    ],
)
def test_readily_available_water(held: float, expected: tuple[int, ...]) -> None:
    """Example 36, p. 167: onion, tomato, maize at crop_et 5 mm d⁻¹."""
    for (depth, p), mm in zip(((0.4, 0.3), (0.8, 0.4), (1.2, 0.55)), expected, strict=True):
        total = soil.taw(held, 0.0, depth)
        assert float(soil.raw(total, 5.0, depletion_fraction=p)) == pytest.approx(mm, abs=0.6)


def test_stress_of_a_tomato_without_rain() -> None:
    """Example 37, p. 168: silt, TAW 136 mm, p 0.40, D_r 55 mm, ET₀ 5 mm d⁻¹, K_c 1.2."""
    depletion, printed = 55.0, (0.99, 0.92, 0.85, 0.79, 0.73, 0.68, 0.63, 0.58, 0.54, 0.50)
    for expected in printed:
        easy = soil.raw(136.0, 6.0, depletion_fraction=0.44)  # 0.40 at the day's demand
        ks = float(soil.ks(depletion, taw=136.0, raw=easy))
        assert ks == pytest.approx(expected, abs=0.01)
        depletion += ks * 1.2 * 5.0
    assert depletion == pytest.approx(98.2, abs=0.3)


def test_salt_stress_of_beans() -> None:
    """Example 39, p. 178: EC_e 1.5 dS m⁻¹, threshold 1.0, 19 % per dS m⁻¹, K_y 1.15."""
    ks = soil.ks_salinity(1.5, threshold=1.0, slope=19.0, yield_response=1.15)
    assert float(ks) == pytest.approx(0.92, abs=0.005)


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
def test_more_rain_never_leaves_less_water(
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
    # On the day itself a wet surface also evaporates more, never more than fell.
    assert (wet.depletion <= dry.depletion + 1e-9).all()


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
