"""The season's balance corrected by probes, on beds whose truth is known: they are simulated."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.irrigation.assimilation import Assimilated, Readings, assimilate, failing, update
from models.irrigation.members import DEPLETION, FIXED, Weather, forecast, start
from models.water import balance, tables

Array = NDArray[np.float64]

DAYS, BEDS = 90, 12
SOIL = tables.Soil("loam", 0.25, 0.12, 9.0, 19.0, "test")


def garden(count: int = BEDS) -> balance.Beds:
    """Tomatoes on loam, watered all over."""
    bed = balance.Bed(tables.crop("tomato"), SOIL, root_limit=0.5)
    return balance.beds([bed] * count)


def weather(seed: int, days: int = DAYS) -> Weather:
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random(days) < 0.2, rng.gamma(0.7, 9.0, days), 0.0)
    return Weather(et0=rng.normal(4.5, 1.0, days).clip(1.0), rain=rain)


def watered(seed: int, days: int = DAYS, count: int = BEDS) -> Array:
    rng = np.random.default_rng(seed + 1)
    return np.where(rng.random((days, count)) < 0.25, 12.0, 0.0)


def truth(seed: int, sky: Weather, given: Array) -> tuple[Array, Array]:
    """One course of nature: depletion (days, beds) mm and root-zone water (days, beds)."""
    beds, days = garden(given.shape[1]), len(given)
    none = np.zeros((given.shape[1], 0))
    now = start(beds, depletion=10.0, offset=none, offset_error=none, seed=seed, members=40)
    pick = np.arange(given.shape[1]) * 3
    rows = np.arange(given.shape[1])
    depletion, water = np.empty(given.shape), np.empty(given.shape)
    for day, one in zip(range(days), sky.days(), strict=True):
        before = now.water_content
        now = forecast(now, beds, one, day=day, irrigation=given[day], seed=seed)
        depletion[day] = now.depletion[rows, pick]
        water[day] = ((before + now.water_content) / 2.0)[rows, pick]
    return depletion, water


def readings(water: Array, *, error: float, seed: int, probes: int = 1) -> Readings:
    """Probes with constant offsets of this standard error, and a little noise."""
    rng = np.random.default_rng(seed + 2)
    size = water.shape[1]
    offset = rng.normal(0.0, error, (size, probes))
    noise = rng.normal(0.0, 0.004, (*water.shape, probes))
    return Readings(
        water[..., None] + offset + noise, np.zeros((size, probes)), np.full((size, probes), error)
    )


def silent(days: int = DAYS, count: int = BEDS, probes: int = 1) -> Readings:
    none = np.full((count, probes), 0.03)
    return Readings(np.full((days, count, probes), np.nan), np.zeros((count, probes)), none)


def run(sky: Weather, read: Readings, given: Array, *, seed: int = 5) -> Assimilated:
    beds = garden(given.shape[1])
    return assimilate(sky, beds, read, irrigation=given, initial_depletion=10.0, seed=seed)


@pytest.fixture(scope="module")
def season() -> tuple[Weather, Array, Array, Array]:
    sky, given = weather(3), watered(3)
    return sky, given, *truth(77, sky, given)


Season = tuple[Weather, Array, Array, Array]


def rmse(found: Assimilated, depletion: Array) -> float:
    return float(np.sqrt(np.mean((found.depletion[20:] - depletion[20:]) ** 2)))


def test_probes_bring_the_balance_nearer_to_the_truth(season: Season) -> None:
    sky, given, depletion, water = season
    alone = run(sky, silent(), given)
    good = run(sky, readings(water, error=0.01, seed=1), given)
    assert rmse(good, depletion) < 0.7 * rmse(alone, depletion)


def test_the_interval_holds_the_truth_as_often_as_it_says(season: Season) -> None:
    sky, given, depletion, water = season
    for read in (silent(), readings(water, error=0.03, seed=1)):
        found = run(sky, read, given)
        within = np.abs(found.depletion - depletion) <= 1.2816 * found.error
        assert 0.65 < within[10:].mean() < 0.95


def test_a_good_probe_never_widens_the_interval_on_average(season: Season) -> None:
    sky, given, _, water = season
    alone = run(sky, silent(), given).error
    one = run(sky, readings(water, error=0.02, seed=1), given).error
    two = run(sky, readings(water, error=0.02, seed=1, probes=2), given).error
    assert two.mean() < one.mean() < alone.mean()
    assert np.all(one.mean(axis=0) < alone.mean(axis=0))


def test_reading_often_does_not_average_a_constant_offset_away(season: Season) -> None:
    sky, given, depletion, water = season
    wrong = Readings(water[..., None] + 0.04, np.zeros((BEDS, 1)), np.full((BEDS, 1), 0.03))
    found = run(sky, wrong, given)
    assert found.error[-1].mean() > 2.0
    assert rmse(found, depletion) < 1000.0 * 0.5 * 0.04


def test_without_readings_the_members_spread() -> None:
    sky = replace(weather(4), rain=0.0)
    found = run(sky, silent(), np.zeros((DAYS, BEDS)))
    weekly = found.error[7:42:7].mean(axis=1)
    assert np.all(np.diff(weekly) > 0.0)
    assert weekly[-1] > 1.3 * weekly[0]


def test_a_watering_nobody_noted_is_followed_at_once(season: Season) -> None:
    sky, given, depletion, water = season
    known = given.copy()
    known[60] = 0.0
    real = given.copy()
    real[60] = 30.0
    depletion, water = truth(77, sky, real)
    read = readings(water, error=0.0, seed=1)
    found = run(sky, replace(read, offset_error=np.full((BEDS, 1), 0.02)), known)
    before = np.abs(found.depletion[59] - depletion[59]).mean()
    after = np.abs(found.depletion[62] - depletion[62]).mean()
    assert after < before + 6.0  # of 30 mm that nobody told


def test_two_probes_of_which_one_jumps_leave_the_bed_where_it_is(season: Season) -> None:
    sky, given, _, water = season
    good = readings(water, error=0.01, seed=1, probes=2)
    jumping = good.water_content.copy()
    jumping[70:, :, 1] += 0.12
    found = run(sky, replace(good, water_content=jumping), given)
    calm = run(sky, good, given)
    # A lone jump of 0.12 would be 60 mm of the half metre.
    moved = np.abs(found.depletion[71:] - calm.depletion[71:]).mean()
    assert moved < 15.0, moved


def test_a_probe_that_falls_as_no_soil_does_has_failed(season: Season) -> None:
    sky, given, _, water = season
    read = readings(water, error=0.01, seed=1)
    loose = read.water_content.copy()
    loose[-12:, 0, 0] += np.tile([0.1, -0.1, 0.0], 4)
    found = run(sky, replace(read, water_content=loose), given)
    assert failing(found.innovation)[:, 0].tolist() == [True] + [False] * (BEDS - 1)


def test_a_bed_is_not_touched_by_what_its_neighbours_probes_say(season: Season) -> None:
    sky, given, _, water = season
    read = readings(water, error=0.02, seed=1)
    other = read.water_content.copy()
    other[:, 1:] = np.nan
    both, alone = run(sky, read, given), run(sky, replace(read, water_content=other), given)
    np.testing.assert_allclose(both.depletion[:, 0], alone.depletion[:, 0], atol=1e-9)


def test_silent_columns_change_nothing(season: Season) -> None:
    sky, given, _, water = season
    read = readings(water, error=0.02, seed=1)
    more = Readings(
        np.concatenate([read.water_content, np.full((DAYS, BEDS, 1), np.nan)], axis=2),
        np.zeros((BEDS, 2)),
        np.concatenate([read.offset_error, np.full((BEDS, 1), 0.03)], axis=1),
    )
    wide, plain = run(sky, more, given), run(sky, read, given)
    np.testing.assert_allclose(wide.depletion, plain.depletion, atol=1e-9)


def test_the_same_seed_gives_the_same_members(season: Season) -> None:
    sky, given, _, water = season
    read = readings(water, error=0.02, seed=1)
    first, again = run(sky, read, given), run(sky, read, given)
    np.testing.assert_array_equal(first.last.values, again.last.values)


def test_nothing_later_changes_what_was_known_before(season: Season) -> None:
    sky, given, _, water = season
    read = readings(water, error=0.02, seed=1)
    later = read.water_content.copy()
    later[60:] += 0.05
    whole, changed = run(sky, read, given), run(sky, replace(read, water_content=later), given)
    np.testing.assert_array_equal(whole.depletion[:60], changed.depletion[:60])


LAST = st.floats(0.10, 0.40)


@settings(max_examples=30, deadline=None)
@given(LAST, LAST, st.integers(0, 5))
def test_a_drier_reading_never_wets_the_bed(one: float, other: float, seed: int) -> None:
    sky, given = weather(seed, 30), watered(seed, 30, 2)
    _, water = truth(seed + 50, sky, given)
    found = run(sky, readings(water, error=0.02, seed=seed), given)
    wet, dry = max(one, other), min(one, other)
    after = [
        update(found.last, found.last.water_content, np.full((2, 1), value), 0.006)[0]
        for value in (wet, dry)
    ]
    assert np.all(after[1].depletion.mean(axis=1) >= after[0].depletion.mean(axis=1) - 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 40.0), st.floats(0.0, 40.0), st.integers(0, 5))
def test_rain_since_the_last_reading_dries_no_bed(a: float, b: float, seed: int) -> None:
    sky, given = weather(seed, 30), watered(seed, 30, 2)
    _, water = truth(seed + 50, sky, given)
    now = run(sky, readings(water, error=0.02, seed=seed), given).last
    last = list(sky.days())[-1]
    little, much = (
        forecast(
            now, garden(2), replace(last, rain=rain), day=30, irrigation=np.zeros(2), seed=seed
        ).depletion.mean(axis=1)
        for rain in sorted((a, b))
    )
    assert np.all(much <= little + 1e-9)


def test_seasons_in_which_more_rain_fell_end_wetter_on_average() -> None:
    """In the world where it fell: the probe saw it, too."""
    drier = []
    for seed in range(6):
        sky, given = weather(seed, 40), watered(seed, 40)
        rain = np.array(sky.rain, dtype=float)
        rain[30 + seed] += 15.0
        both = [
            run(one, readings(truth(seed + 50, one, given)[1], error=0.02, seed=seed), given)
            for one in (sky, replace(sky, rain=rain))
        ]
        drier.append(both[0].depletion[-1] - both[1].depletion[-1])
    assert np.mean(drier) > 1.0
    assert np.mean(np.array(drier) > -1.0) > 0.8


def test_members_stay_within_the_soil(season: Season) -> None:
    sky, given, _, water = season
    wild = readings(water, error=0.1, seed=1)
    found = run(sky, wild, given)
    assert np.all(found.last.depletion >= 0.0)
    assert np.all(found.last.values[DEPLETION] < 1000.0 * 0.5 * 0.13 * np.e)
    assert np.isfinite(found.last.values).all()
    assert found.last.values.shape[0] == FIXED + 1
