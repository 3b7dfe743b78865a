"""A plant's power: physics that must hold, and a real station's days that were held out."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pvlib
import pytest

from models.energy import days as ahead
from models.energy import pv
from tests.conftest import DATA

PLANT = pv.Plant(latitude=47.3, longitude=5.0, peak_power=2000.0, elevation=250.0)
_JUNE = datetime(2026, 6, 21, tzinfo=UTC).timestamp()
_DECEMBER = datetime(2026, 12, 21, tzinfo=UTC).timestamp()
_REAL = DATA / "weather/drummondville_qc_hourly_2018_2021.csv.gz"


def _hours(start: float, count: int = 24) -> np.ndarray:
    return start + np.arange(count) * pv.HOUR


def _clear(start: float, plant: pv.Plant = PLANT) -> np.ndarray:
    times = _hours(start)
    ghi = pv.clear_sky(pv.sun(times, plant))
    return pv.production(times, ghi, np.full(24, 20.0), np.full(24, 2.0), plant)


def test_night_gives_nothing_and_noon_most() -> None:
    power = _clear(_JUNE)
    assert power[0] == 0.0 == power[22]
    assert 10 <= int(power.argmax()) <= 13
    assert 0.6 * PLANT.peak_power < power.max() < PLANT.peak_power / PLANT.oversizing + 1e-9


def test_december_gives_less_than_june_and_south_more_than_north() -> None:
    north = pv.Plant(47.3, 5.0, 2000.0, azimuth=0.0)
    assert _clear(_DECEMBER).sum() < 0.6 * _clear(_JUNE).sum()
    assert _clear(_DECEMBER, north).sum() < 0.5 * _clear(_DECEMBER).sum()


def test_heat_costs_power_and_wind_gives_it_back() -> None:
    times, ghi = _hours(_JUNE), np.full(24, 500.0)
    cold, hot = (
        pv.production(times, ghi, np.full(24, t), np.full(24, 1.0), PLANT)[12] for t in (5.0, 35.0)
    )
    windy = pv.production(times, ghi, np.full(24, 35.0), np.full(24, 8.0), PLANT)[12]
    assert hot < windy < cold


def test_missing_radiation_is_missing_power_and_members_broadcast() -> None:
    times = _hours(_JUNE)
    ghi = np.stack([np.full(24, 300.0), np.full(24, np.nan)])
    power = pv.production(times, ghi, np.full(24, 20.0), np.full(24, 2.0), PLANT)
    assert power.shape == (2, 24)
    assert np.isfinite(power[0]).all()
    assert np.isnan(power[1]).all()


def test_a_day_spread_over_its_hours_is_the_same_day() -> None:
    times, day = _hours(_JUNE, 48), np.repeat([0, 1], 24)
    clear = pv.clear_sky(pv.sun(times, PLANT))
    hourly = pv.hourly_ghi(np.array([22.0, 5.0]), clear, day)
    assert pv.by_day(hourly, day) * pv.MJ_PER_HOUR == pytest.approx([22.0, 5.0])


def test_the_rules_are_judged_on_the_same_days() -> None:
    seen = np.array([1.0, 3.0, 5.0, np.nan, 7.0])
    usual = np.array([np.nan, 1.0, 2.0, 3.0, 3.0])
    told = ahead.compare(seen, seen - 1.0, seen, seen + 1.0, usual)
    assert told == ahead.Told(2, 0.0, 2.0, 2.5, 1.0)


def real_energy() -> tuple[np.ndarray, np.ndarray]:
    """Daily energy that a plant of 1 kW would have made of a station's radiation, and clearness.

    The station's clock runs one to two hours beside its sun: only its days are used. The radiation
    is measured, the power is computed from it: no meter of a plant is behind it.
    """
    frame = pd.read_csv(_REAL)
    local = pd.DatetimeIndex(pd.to_datetime(frame["time_local"]))
    daily = frame.set_index(local)[["srad_w_m2", "t_air_c", "wind_kmh"]].resample("D")
    mean, count = daily.mean(), daily["srad_w_m2"].count()
    radiation = mean["srad_w_m2"].where(count >= 23).to_numpy(float) * 0.0864
    plant = pv.Plant(45.88, -72.48, 1.0, 80.0)
    day = np.repeat(np.arange(len(mean)), 24)
    start = (mean.index[0] - pd.Timestamp("1970-01-01")).total_seconds() + 5 * pv.HOUR
    times = start + np.arange(len(day)) * float(pv.HOUR)
    clear = pv.clear_sky(pv.sun(times, plant))
    air = mean["t_air_c"].to_numpy(float)[day], mean["wind_kmh"].to_numpy(float)[day] / 3.6
    power = pv.production(times, pv.hourly_ghi(radiation, clear, day), *air, plant)
    full = pv.hourly_ghi(pv.by_day(clear, day) * pv.MJ_PER_HOUR, clear, day)
    assert full == pytest.approx(clear)
    return _days(power), radiation / (pv.by_day(clear, day) * pv.MJ_PER_HOUR)


def _days(hourly: np.ndarray) -> np.ndarray:
    return np.asarray(hourly.reshape(-1, 24).sum(axis=1))


@pytest.mark.skipif(not _REAL.exists(), reason="the station's hours are not beside the project")
def test_real_days_ahead_beat_the_day_before() -> None:
    energy, clearness = real_energy()
    begin = 400  # days to learn from; all others are held out
    ratio = energy / clearness  # kWh of a day of clearness 1: seasonal, learned from the past
    rows = []
    for day in range(begin, len(energy)):
        past = clearness[:day]
        pull = ahead.fit(past)
        recent = ratio[max(day - 30, 0) : day]
        scale = np.median(recent[np.isfinite(recent)]) if np.isfinite(recent).any() else np.nan
        rows.append([float(pull.predict(past[-1])) * scale, pull.mean * scale])
    middle, usual = np.array(rows).T
    found = ahead.compare(energy[begin:], middle, middle, middle, usual)
    assert found.days > 300
    assert found.forecast < found.persistence
    assert found.forecast < found.climatology


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofyear")
def test_power_is_that_of_pvlib_s_own_chain() -> None:
    """PVWatts as pvlib chains it, given the same sky: within what Perez and Hay-Davies differ."""
    times = _hours(_JUNE)
    index = pd.DatetimeIndex(pd.to_datetime(times + pv.HOUR / 2, unit="s", utc=True))
    place = pvlib.location.Location(PLANT.latitude, PLANT.longitude, altitude=PLANT.elevation)
    sun = place.get_solarposition(index)
    ghi = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"]
    assert pv.clear_sky(pv.sun(times, PLANT)) == pytest.approx(ghi.to_numpy(), abs=1.0)
    sky = pvlib.irradiance.erbs(ghi, sun["zenith"], index.day_of_year)
    weather = pd.DataFrame({"ghi": ghi, "dni": sky["dni"], "dhi": sky["dhi"]}, index=index)
    weather = weather.assign(temp_air=20.0, wind_speed=2.0)
    inverter = {"pdc0": PLANT.peak_power / PLANT.oversizing / pv.INVERTER_EFFICIENCY}
    mount = pvlib.pvsystem.FixedMount(PLANT.tilt, PLANT.azimuth)
    array = pvlib.pvsystem.Array(
        mount,
        module_parameters={"pdc0": PLANT.peak_power, "gamma_pdc": PLANT.temperature_coefficient},
        temperature_model_parameters={"u0": 25.0, "u1": 6.84},
    )
    system = pvlib.pvsystem.PVSystem([array], inverter_parameters=inverter)
    chain = pvlib.modelchain.ModelChain.with_pvwatts(system, place, temperature_model="faiman")
    theirs = chain.run_model(weather).results.ac.to_numpy().sum()
    assert _clear(_JUNE).sum() == pytest.approx(theirs, rel=0.05)
