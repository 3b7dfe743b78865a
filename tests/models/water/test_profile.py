"""The season on layers, beside the season of one soil and beside pyfao56's soil profile."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyfao56
import pytest

from models.water import balance, profile, tables
from models.water.balance import Bed, Beds, DailyWeather, Season
from models.water.profile import Layers, Seen

START = date(2018, 5, 1)
DAYS = 120
RNG = np.random.default_rng(7)
ET0 = np.clip(5.0 + 1.5 * np.sin(np.arange(DAYS) / 30) + RNG.normal(0, 1, DAYS), 0.5, 9.0)
RAIN = np.where(RNG.random(DAYS) < 0.2, RNG.gamma(1, 14, DAYS), 0.0)
WEATHER = DailyWeather(ET0, RAIN)
LOAM = tables.soil("loam")
DRY = Layers(
    bottom=np.array([0.30, 0.70, 1.60]),
    field_capacity=np.array([0.28, 0.24, 0.20]),
    wilting_point=np.array([0.13, 0.11, 0.10]),
    initial=np.array([0.22, 0.18, 0.16]),
)


def maize(**changes: Any) -> Beds:
    crop = replace(tables.crop("maize"), root_depth_max=1.4)
    return balance.beds([Bed(replace(crop, **changes), LOAM)])


def seen(**columns: Any) -> Seen:
    none = {name: np.full(DAYS, np.nan) for name in ("kcb", "canopy_cover", "crop_height")}
    return Seen(**(none | columns))


def same(one: Season, other: Season) -> None:
    for name in ("depletion", "taw", "raw", "kcb", "ke", "ks", "actual_et", "deep_percolation"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=0, atol=1e-9, err_msg=name
        )


@pytest.mark.parametrize("depletion", [0.0, 12.0])
def test_one_layer_at_field_capacity_is_the_soil_itself(depletion: float) -> None:
    found = profile.run(WEATHER, maize(), initial_depletion=depletion)
    same(found.season, balance.run(WEATHER, maize(), initial_depletion=depletion))
    assert (found.depletion_below == 0.0).all()


def test_layers_alike_are_one_layer() -> None:
    alike = Layers(
        np.array([0.1, 0.5, 0.9]), np.full(3, 0.25), np.full(3, 0.12), np.full(3, np.nan)
    )
    same(profile.run(WEATHER, maize(), layers=alike).season, balance.run(WEATHER, maize()))


def test_available_water_is_that_of_the_layers_above() -> None:
    # 0.30 m × 150 + 0.40 m × 130 + 0.10 m × 100 mm m⁻¹, eq. 82 layer by layer.
    assert DRY.held(0.8) == pytest.approx(45.0 + 52.0 + 10.0)
    assert DRY.missing(0.8) == pytest.approx(0.30 * 60 + 0.40 * 60 + 0.10 * 40)
    assert DRY.held(2.0) == pytest.approx(45.0 + 52.0 + 130.0)  # the last layer goes on
    taw = profile.run(WEATHER, maize(), layers=DRY).season.taw[:, 0]
    np.testing.assert_allclose(taw, DRY.held(profile.root_depth(maize(), np.arange(DAYS))))


def test_water_is_neither_lost_nor_made_in_the_whole_profile() -> None:
    found = profile.run(WEATHER, maize(), layers=DRY)
    season = found.season
    missing = season.depletion[:, 0] + found.depletion_below
    before = np.concatenate([[float(DRY.missing(1.4))], missing[:-1]])
    lost = season.actual_et[:, 0] - RAIN + season.deep_percolation[:, 0]
    # What drains from the roots stays in the profile until that is full.
    assert (missing - before - lost <= 1e-9).all()
    dry = missing > 1e-6
    drained = season.deep_percolation[:, 0]
    full = found.depletion_below <= 1e-9
    np.testing.assert_allclose(
        (missing - before)[dry & ~full], (lost - drained)[dry & ~full], atol=1e-9
    )


class WetFirst(pyfao56.Model):  # type: ignore[misc]
    """pyfao56's layered profile with our order: water first, roots by the calendar.

    pyfao56 starts with a surface that is wholly dry, ours is as dry as the soil below it.
    """

    def _advance(self, io: Any) -> None:
        if io.i == 0:
            io.De = io.Dr
        io.De = max(io.De - io.rain, 0.0)
        io.Dr -= io.rain
        io.Drmax -= io.rain
        grown = min(io.i / (io.Lini + io.Ldev), 1.0)
        io.h = grown * io.hmax
        io.Zr = io.Zrini + grown * (io.Zrmax - io.Zrini)
        io.rain = 0.0
        super()._advance(io)


def test_a_dry_profile_is_pyfao56_s() -> None:
    """Roots that grow into dry layers; its steps of 1 mm leave tenths of a mm."""
    crop, ground = tables.crop("maize"), DRY
    keys = [(START + timedelta(days=n)).strftime("%Y-%j") for n in range(DAYS)]
    weather = pyfao56.Weather()
    weather.rfcrp, weather.z, weather.lat, weather.wndht = "S", 245.0, 47.3, 2.0
    columns = {name: np.full(DAYS, np.nan) for name in weather.cnames}
    columns |= {"ETref": ET0, "Rain": np.zeros(DAYS), "RHmin": np.full(DAYS, 45.0)}
    columns["Wndsp"] = np.full(DAYS, 2.0)
    weather.wdata = pd.DataFrame(columns, index=keys)
    par = pyfao56.Parameters(
        **{f"Kcb{stage}": getattr(crop, f"kcb_{stage}") for stage in ("ini", "mid", "end")},
        Lini=crop.length_ini,
        Ldev=crop.length_dev,
        Lmid=crop.length_mid,
        Lend=crop.length_late,
        hini=0.01,
        hmax=crop.height,
        Zrini=crop.root_depth_min,
        Zrmax=1.4,
        pbase=crop.depletion_fraction,
        REW=LOAM.rew,
    )
    layers = pyfao56.SoilProfile()
    layers.sdata = pd.DataFrame(
        {"thetaFC": DRY.field_capacity, "thetaWP": DRY.wilting_point, "theta0": DRY.initial},
        index=[30, 70, 160],
    )
    run = WetFirst(keys[0], keys[-1], par, weather, sol=layers)
    run.run()
    tew = 1000.0 * (0.28 - 0.5 * 0.13) * 0.1
    bed = Bed(replace(crop, root_depth_max=1.4), replace(LOAM, tew=tew))
    dry = DailyWeather(ET0, np.zeros(DAYS))
    found = profile.run(dry, balance.beds([bed]), layers=ground)
    taken = run.odata[["Dr", "TAW", "Ks", "Db"]].to_numpy(float)
    assert np.abs(found.season.taw[:, 0] - taken[:, 1]).max() < 0.3
    assert np.abs(found.season.depletion[:, 0] - taken[:, 0]).max() < 1.0
    assert np.abs(found.depletion_below - taken[:, 3]).max() < 0.5


def test_a_start_drier_than_the_first_roots_reach_lies_below_them() -> None:
    wet = profile.run(WEATHER, maize(), initial_depletion=0.0)
    dry = profile.run(WEATHER, maize(), initial_depletion=80.0)
    reach = float(wet.season.taw[0, 0])
    assert dry.depletion_below[0] == pytest.approx(80.0 - reach)
    more = dry.season.depletion[:, 0] - wet.season.depletion[:, 0]
    assert more[60:80].max() > 20.0
    assert (dry.season.ks.sum()) < wet.season.ks.sum()


def test_what_is_seen_of_the_crop_is_taken() -> None:
    kcb = profile.between(np.arange(DAYS), np.where(np.arange(DAYS) % 20 == 10, 0.6, np.nan))
    cover = np.full(DAYS, np.nan)
    cover[30:60] = 0.4
    found = profile.run(WEATHER, maize(), seen=seen(kcb=kcb, canopy_cover=cover)).season
    own = balance.run(WEATHER, maize())
    np.testing.assert_allclose(found.kcb[10:111, 0], 0.6)
    np.testing.assert_allclose(found.kcb[:10], own.kcb[:10])
    np.testing.assert_allclose(found.canopy_cover[30:60, 0], 0.4)
    np.testing.assert_allclose(found.root_depth, own.root_depth)


def test_cover_alone_makes_the_basal_coefficient() -> None:
    cover = np.full(DAYS, np.nan)
    cover[50:90] = np.linspace(0.2, 0.9, 40)
    found = profile.run(WEATHER, maize(), seen=seen(canopy_cover=cover)).season
    assert (np.diff(found.kcb[50:90, 0]) >= -1e-9).all()
    assert found.kcb[89, 0] <= tables.crop("maize").kcb_mid
    low = profile.run(WEATHER, maize(), seen=seen(canopy_cover=np.full(DAYS, 0.05))).season
    full = profile.run(WEATHER, maize(), seen=seen(canopy_cover=np.full(DAYS, 0.95))).season
    assert low.transpiration.sum() < full.transpiration.sum()


def test_between_says_nothing_before_and_after() -> None:
    values = np.array([np.nan, 0.2, np.nan, 0.6, np.nan])
    np.testing.assert_allclose(
        profile.between(np.arange(5), values), [np.nan, 0.2, 0.4, 0.6, np.nan]
    )
    assert np.isnan(profile.between(np.arange(3), np.full(3, np.nan))).all()
