"""What a place adds to a bed: mulch, glass, runoff, a water table, slow drainage, salt, cuts."""

from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.water import balance, canopy, capillary, soil, tables
from models.water.balance import Bed, DailyWeather, Season
from models.water.parameters import MULCHES

_DRY = DailyWeather(np.full(60, 5.0), np.zeros(60))


def _bed(crop: str = "tomato", texture: str = "loam", **place: float) -> Bed:
    return Bed(tables.crop(crop), tables.soil(texture), **place)  # type: ignore[arg-type]


def _run(weather: DailyWeather, *rows: Bed, **how: object) -> Season:
    return balance.run(weather, balance.beds(rows), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "dry", "wet"), [(75, 56.8, 87.5), (60, 39.7, 77.8)])
def test_curve_number_of_dry_and_wet_soil(number: float, dry: float, wet: float) -> None:
    """Hawkins et al. 1985: AMC I and III from II."""
    assert float(soil.dry_curve_number(number)) == pytest.approx(dry, abs=0.05)
    assert float(soil.wet_curve_number(number)) == pytest.approx(wet, abs=0.05)
    at = {"tew": 20.0, "rew": 8.0}
    found = soil.curve_number_of_day(number, surface_depletion=[0.0, 4.0, 11.6, 20.0], **at)
    assert found == pytest.approx([wet, wet, dry, dry], abs=0.05)


def test_runoff_of_a_storm() -> None:
    """National Engineering Handbook, part 630, chapter 10: 5.0 in on CN 80 gives 2.89 in."""
    assert float(soil.runoff(5.0 * 25.4, 80.0)) / 25.4 == pytest.approx(2.89, abs=0.005)


def test_rain_on_a_wet_surface_runs_off_more() -> None:
    storm = DailyWeather(np.full(2, 3.0), np.array([60.0, 60.0]))
    season = _run(storm, _bed(curve_number=75.0), initial_depletion=40.0)
    assert 0.0 < season.runoff[0, 0] < season.runoff[1, 0]


@pytest.mark.parametrize(("cover", "kept"), [(0.5, 0.75), (1.0, 0.5), (0.0, 1.0)])
def test_organic_mulch_holds_back_evaporation(cover: float, kept: float) -> None:
    """FAO-56 p. 196: half the soil under straw loses about a quarter less."""
    ke = soil.mulched(0.8, mulch_cover=cover, mulch_reduction=0.5)
    assert float(ke) == pytest.approx(0.8 * kept)


def test_a_mulched_bed_keeps_more_water() -> None:
    season = _run(_DRY, _bed(), _bed(mulch_cover=1.0), _bed(mulch_cover=1.0, mulch_reduction=0.8))
    assert season.depletion[10, 0] > season.depletion[10, 1] > season.depletion[10, 2]
    np.testing.assert_array_equal(season.kcb[:, 0], season.kcb[:, 1])


def test_under_glass_the_demand_is_a_share_of_that_outside() -> None:
    season = _run(_DRY, _bed(), _bed(et0_share=0.64))
    assert season.crop_et[0, 1] == pytest.approx(0.64 * season.crop_et[0, 0])


def test_capillary_rise_falls_with_distance_and_wetness() -> None:
    """Sandy loam, Ksat 1200 mm d⁻¹: a −0.3232, b 0.2193, so 1.97 mm d⁻¹ over 1 m."""
    a, b = capillary.coefficients("sandy loam")
    assert (a, b) == pytest.approx((-0.3232, 0.2193), abs=5e-4)
    rise = capillary.rise(
        [60.0, 60.0, 60.0, 1.0, 0.0, 60.0],
        taw=70.0,
        root_depth=0.5,
        water_table=[1.5, 1.0, 4.0, 1.0, 1.0, np.nan],
        a=a,
        b=b,
    )
    assert rise[0] == pytest.approx(1.97, abs=0.01)
    assert rise[1] > rise[0] > rise[2] > 0.0
    assert 0.0 < rise[3] < rise[1]
    assert rise[4] == rise[5] == 0.0


def test_a_water_table_keeps_roots_supplied_and_the_balance_closed() -> None:
    season = _run(_DRY, _bed(), _bed(water_table=1.2), initial_depletion=15.0)
    assert season.depletion[-1, 1] < season.depletion[-1, 0]
    assert season.capillary_rise[:, 1].sum() > 10.0
    assert season.capillary_rise[:, 0].sum() == 0.0
    assert np.abs(season.closure).max() <= 1e-9


def test_every_texture_of_table_19_has_a_capillary_rise() -> None:
    for texture in tables.SOILS:
        a, b = capillary.coefficients(texture)
        assert a < 0.0 < np.exp((np.log(1.0) - b) / a)


def test_slow_drainage_leaves_water_above_field_capacity() -> None:
    """A reservoir: what is above field capacity falls to 1/e in tau days; the book takes a day."""
    weather = DailyWeather(np.full(4, 1e-9), np.array([30.0, 0.0, 0.0, 0.0]))
    season = _run(weather, _bed(), _bed(drainage_tau=2.0), _bed(drainage_tau=2.0, saturation=0.3))
    assert season.deep_percolation[:, 0] == pytest.approx([30.0, 0, 0, 0], abs=1e-6)
    left = -season.depletion[:, 1]
    assert left == pytest.approx(30.0 * np.exp(-0.5 * np.arange(1, 5)), abs=1e-6)
    pores = 1000.0 * (0.3 - tables.soil("loam").field_capacity) * season.root_depth[0, 2]
    assert -season.depletion[0, 2] == pytest.approx(pores, abs=1e-6)
    assert season.deep_percolation[0, 2] > season.deep_percolation[0, 1]


def test_salt_multiplies_the_stress_of_drought() -> None:
    """FAO-56 eq. 90–91: beans, EC_e 1.5 dS m⁻¹, threshold 1.0, 19 % per dS m⁻¹."""
    salt = {"soil_salinity": 1.5, "salt_threshold": 1.0, "salt_slope": 19.0}
    rows = _bed("green_bean"), _bed("green_bean", **salt)
    beds = balance.beds(rows)
    response = np.asarray(beds.yield_response)[1]
    state = balance.start(beds, depletion=np.array([15.0, 15.0]))
    _, fluxes = balance.step(state, day=40, et0=6.0, rain=0.0, beds=beds)
    share = 1.0 - 19.0 / (100.0 * response) * 0.5
    assert fluxes.ks[1] == pytest.approx(share * fluxes.ks[0])


def test_a_salt_soil_without_threshold_is_named() -> None:
    with pytest.raises(ValueError, match="soil_salinity 4 dS m⁻¹ needs salt_threshold"):
        balance.beds([_bed("sunflower", soil_salinity=4.0)])


@pytest.mark.parametrize(
    ("salinity", "ks"), [(1.0, 1.0), (1.5, 0.92), (2.0, 0.83), (3.0, 0.67), (4.0, 0.50)]
)
def test_salt_alone_is_enough_for_a_crop_of_table_23(salinity: float, ks: float) -> None:
    """FAO-56 eq. 89: beans of Tables 23 and 24, threshold 1.0, 19 % per dS m⁻¹, K_y 1.15."""
    beds = balance.beds([_bed("green_bean", soil_salinity=salinity)])
    _, fluxes = balance.step(balance.start(beds), day=40, et0=5.0, rain=0.0, beds=beds)
    assert fluxes.ks[0] == pytest.approx(ks, abs=0.005)


def test_a_stated_tolerance_outweighs_the_table() -> None:
    beds = balance.beds([_bed("green_bean", salt_threshold=3.0), _bed("green_bean")])
    assert np.asarray(beds.salt_threshold).tolist() == [3.0, 1.0]
    assert np.asarray(beds.salt_slope).tolist() == [19.0, 19.0]


def test_plastic_takes_a_tenth_of_the_basal_coefficient() -> None:
    """FAO-56 p. 196: K_cb 5 to 15 % lower under plastic; unchanged under straw."""
    kinds = {kind: asdict(held) for kind, held in MULCHES.items()}
    rows = [_bed(), *(_bed(mulch_cover=0.5, **held) for held in kinds.values())]
    bare, organic, plastic = np.asarray(balance.beds(rows).kcb_mid)
    assert organic == bare
    assert plastic == pytest.approx(0.95 * bare)
    assert kinds["organic"] == {"mulch_reduction": 0.5, "kcb_reduction": 0.0}
    assert 0.5 <= kinds["plastic"]["mulch_reduction"] <= 0.8
    assert 0.05 <= kinds["plastic"]["kcb_reduction"] <= 0.15


@settings(deadline=None, max_examples=60)
@given(
    crop=st.sampled_from(sorted(tables.CROPS)),
    cover=st.floats(0.0, 1.0),
    kind=st.sampled_from(sorted(MULCHES)),
    dry=st.floats(0.0, 40.0),
    day=st.integers(0, 160),
)
def test_mulch_never_raises_what_a_bed_loses(
    crop: str, cover: float, kind: str, dry: float, day: int
) -> None:
    """From the same water: less evaporation under straw, less in all under plastic."""
    rows = [_bed(crop), _bed(crop, mulch_cover=cover, **asdict(MULCHES[kind]))]
    beds = balance.beds(rows)
    state = balance.start(beds, depletion=np.full(2, dry))
    _, flux = balance.step(state, day=day, et0=5.0, rain=0.0, beds=beds)
    assert flux.crop_et[1] <= flux.crop_et[0] + 1e-12
    if kind == "organic":
        assert flux.ke[1] <= flux.ke[0]
        assert flux.kcb[1] == flux.kcb[0]


def test_what_adds_nothing_changes_no_bit() -> None:
    weather = DailyWeather(np.full(90, 5.0), np.tile([0.0, 0.0, 12.0], 30))
    nothing = _bed(et0_share=1.0, mulch_cover=0.0, kcb_reduction=0.1, cuts=())
    season = _run(weather, _bed(), nothing)
    for f in fields(Season):
        array = getattr(season, f.name)
        np.testing.assert_array_equal(array[:, 0], array[:, 1], err_msg=f.name)


def test_stages_begin_again_after_each_cut() -> None:
    """Table 11, alfalfa: a first cycle of 60 days, then cycles of 30 with stages half as long."""
    days = np.array([10.0, 59.0, 60.0, 65.0, 89.0, 90.0, 119.0])
    cycle = canopy.day_of_cycle(days, first_cut=60.0, cutting_interval=30.0)
    assert cycle == pytest.approx([10.0, 59.0, 0.0, 10.0, 58.0, 0.0, 58.0])
    assert canopy.day_of_cycle(days) == pytest.approx(days)
    once = canopy.day_of_cycle(days, first_cut=60.0)
    assert once == pytest.approx([10.0, 59.0, 0.0, 5.0, 29.0, 30.0, 59.0])


def test_days_of_cuts_are_the_interval_where_they_keep_to_it() -> None:
    days = np.arange(150.0)
    cuts = np.array([60.0, 90.0, 120.0])
    every = canopy.day_of_cycle(days, first_cut=60.0, cutting_interval=30.0)
    assert canopy.day_of_cycle(days, cuts=cuts) == pytest.approx(every)
    assert canopy.paces([60.0, 90.0, 150.0, np.inf]) == pytest.approx([2.0, 1.0, 1.0, 1.0])
    weather = DailyWeather(np.full(150, 4.0), np.full(150, 4.0))
    rows = [
        _bed("alfalfa", first_cut=60.0, cutting_interval=30.0),
        Bed(tables.crop("alfalfa"), tables.soil("loam"), cuts=(60.0, 90.0, 120.0)),
        _bed("alfalfa"),
    ]
    season = _run(weather, *rows)
    np.testing.assert_allclose(season.kcb[:, 1], season.kcb[:, 0], atol=1e-12)
    assert season.kcb[60, 2] > season.kcb[60, 1]  # the third is never cut


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"cuts": (40.0, 20.0)}, "cuts must be days after planting, each after the one before"),
        ({"cuts": (0.0,)}, "cuts must be days after planting"),
        ({"cuts": (40.0,), "first_cut": 20.0}, "cuts must not stand beside first_cut"),
    ],
)
def test_cuts_that_cannot_be_are_named(place: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        balance.beds([Bed(tables.crop("alfalfa"), tables.soil("loam"), **place)])


def test_a_cut_takes_the_leaves_and_leaves_the_roots() -> None:
    weather = DailyWeather(np.full(80, 4.0), np.full(80, 4.0))
    season = _run(weather, _bed("parsley", first_cut=50.0, cutting_interval=25.0))
    assert season.kcb[50, 0] < season.kcb[49, 0]
    assert (np.diff(season.root_depth[:, 0]) >= 0.0).all()


def test_a_tree_keeps_its_height_and_shades_what_its_crown_covers() -> None:
    """FAO-56 eq. 98: the K_cb of a young orchard from its ground cover."""
    rows = [_bed("apple"), _bed("apple", canopy_cover=0.2), _bed("apple", constant_height=True)]
    beds = balance.beds(rows)
    full, young = np.asarray(beds.kcb_mid)[:2]
    assert young == pytest.approx(0.15 + (full - 0.15) * 0.4)
    assert np.asarray(beds.height_min)[2] == np.asarray(beds.height)[2]


def test_full_cover_and_leaf_area() -> None:
    """FAO-56 eq. 97, 99, 100 at 2 m s⁻¹ and 45 %."""
    assert float(canopy.kcb_full(1.0, wind_2m=2.0, rh_min=45.0)) == pytest.approx(1.1)
    assert float(canopy.kcb_full(5.0, wind_2m=2.0, rh_min=45.0)) == pytest.approx(1.2)
    assert float(canopy.kcb_from_lai(1.2, 0.0)) == pytest.approx(0.15)
    assert float(canopy.kcb_from_lai(1.2, 3.0)) == pytest.approx(0.15 + 1.05 * 0.8775, abs=1e-4)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"mulch_cover": 1.5}, "mulch_cover must be 0 to 1"),
        ({"curve_number": 0.0}, "curve_number must be 1 to 100"),
        ({"wetted_fraction": 0.0}, "wetted_fraction must be 0.01 to 1"),
        ({"water_table": -1.0}, "water_table must be 0 to inf, metres below the surface: -1"),
    ],
)
def test_a_place_that_cannot_be_is_named(place: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        balance.beds([_bed(**place)])


def test_a_water_table_under_an_unknown_soil_is_named() -> None:
    odd = replace(tables.soil("loam"), texture="compost")
    with pytest.raises(ValueError, match="water_table needs a soil texture"):
        balance.beds([Bed(tables.crop("tomato"), odd, water_table=1.0)])


@settings(deadline=None, max_examples=40)
@given(
    rain=st.lists(st.one_of(st.just(0.0), st.floats(0, 80)), min_size=5, max_size=40),
    tau=st.one_of(st.just(np.nan), st.floats(0.2, 6.0)),
    table=st.one_of(st.just(np.nan), st.floats(0.1, 4.0)),
    number=st.one_of(st.just(np.nan), st.floats(40.0, 95.0)),
)
def test_with_every_option_a_season_closes(
    rain: list[float], tau: float, table: float, number: float
) -> None:
    weather = DailyWeather(np.full(len(rain), 5.0), np.array(rain))
    bed = _bed(drainage_tau=tau, water_table=table, curve_number=number, mulch_cover=0.4)
    season = _run(weather, bed, initial_depletion=10.0)
    gained = season.rain + season.capillary_rise - season.runoff - season.deep_percolation
    total = (gained - season.actual_et).sum()
    first = min(10.0, float(season.taw[0, 0]))
    assert first - season.depletion[-1, 0] == pytest.approx(total, abs=1e-9)
    assert (season.depletion <= season.taw + 1e-9).all()
    assert (season.capillary_rise <= np.maximum(season.taw, 0.0) + 1e-9).all()
