"""How far off an hour may be: room for the unseen, nothing told too early, a real station's sky."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.energy import days as ahead
from models.energy import hours, pv
from tests.conftest import DATA

_REAL = DATA / "weather/drummondville_qc_hourly_2018_2021.csv.gz"
_CLOCK = 3  # hours by which the real station's clock runs beside its sun, learned before 2019-08
_CLEAR = np.where((np.arange(24) > 5) & (np.arange(24) < 19), 10.0, 0.0)


def test_an_error_is_a_share_of_a_clear_sky_and_low_sun_tells_nothing() -> None:
    clear = np.array([[0.0, 0.2, 10.0, 10.0]])
    told, seen = np.array([[0.0, 0.1, 4.0, 4.0]]), np.array([[0.0, 0.2, 6.0, np.nan]])
    assert hours.shares(told, seen, clear)[0] == pytest.approx(
        [np.nan, np.nan, 0.2, np.nan], nan_ok=True
    )


def test_too_few_days_give_no_interval() -> None:
    past = np.zeros((ahead.FEWEST - 1, 24))
    assert np.isnan(hours.quantiles(past)).all()
    assert np.isnan(hours.bounded(_CLEAR, _CLEAR, hours.quantiles(past), 9.0)).all()
    assert np.isfinite(hours.quantiles(np.zeros((ahead.FEWEST, 24)))).all()


@given(seed=st.integers(0, 10_000))
def test_bounds_are_in_order_and_within_the_plant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    past = rng.normal(0.0, 0.4, (40, 24))
    told = _CLEAR * rng.uniform(0.0, 1.0)
    low, middle, high = hours.bounded(told, _CLEAR, hours.quantiles(past), 9.5)
    assert (low >= 0.0).all()
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert (high <= np.maximum(9.5, told)).all()


def test_twenty_days_hold_four_of_five_new_ones() -> None:
    """Quantiles taken as they are would hold 72 % only, with so few days."""
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(400):
        past = rng.normal(size=(20, 1))
        low, _, high = hours.quantiles(past)[:, 0]
        inside.append(low <= rng.normal() <= high)
    assert 0.74 < np.mean(inside) < 0.86


def test_an_error_is_carried_on_only_where_it_lasts() -> None:
    rng = np.random.default_rng(2)
    common = rng.normal(0.0, 0.3, (80, 1))
    lasting = np.repeat(common, 24, axis=1) + rng.normal(0.0, 0.05, (80, 24))
    found = hours.carried(lasting, 9)
    assert (found.hold[10:] > 0.8).all()
    assert (found.hold[:10] == 0.0).all()
    assert np.abs(found.left[:, 10:]).mean() < 0.3 * np.abs(lasting[:, 10:]).mean()
    fleeting = rng.normal(0.0, 0.3, (80, 24))
    assert hours.carried(fleeting, 9).hold.max() < 0.4
    assert (hours.carried(lasting[: ahead.FEWEST - 1], 9).hold == 0.0).all()


def real_hours() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Power told the evening before, made of the measured radiation, and of a clear sky, by day.

    Told is yesterday's clearness pulled towards its mean, as nobody kept that station's forecasts;
    measured is its radiation, made power by the same physics: no meter of a plant is behind it.
    """
    frame = pd.read_csv(_REAL)
    frame = frame.set_index(pd.DatetimeIndex(pd.to_datetime(frame["time_local"])))
    frame = frame[~frame.index.duplicated()]
    whole = pd.date_range(frame.index[0], periods=len(frame) // 24 * 24 + 24 * 40, freq="h")
    table = frame.reindex(whole)[["srad_w_m2", "t_air_c"]].to_numpy(float)
    plant, shape = pv.Plant(45.88, -72.48, 1.0, 80.0), (len(whole) // 24, 24)
    ghi, warm = (np.roll(table[:, one], -_CLOCK).reshape(shape) for one in (0, 1))
    begin = (whole[0] - pd.Timestamp(0)).total_seconds() + 5 * pv.HOUR
    times = begin + np.arange(len(whole)) * float(pv.HOUR)
    clear = pv.clear_sky(pv.sun(times, plant)).reshape(shape)
    seen = np.isfinite(ghi).sum(axis=1) >= 23
    clearness = np.where(seen, np.nan_to_num(ghi).sum(axis=1) / clear.sum(axis=1), np.nan)
    told = np.array(
        [float(ahead.fit(clearness[:n]).predict(clearness[n - 1])) for n in range(1, shape[0])]
    )
    level = np.concatenate([[np.nan], told])[:, None] * clear
    air, calm = np.nan_to_num(warm, nan=8.0).ravel(), np.full(len(times), 2.0)
    skies = np.stack([level.ravel(), ghi.ravel(), clear.ravel()])
    first, second, third = pv.production(times, skies, air, calm, plant).reshape(3, *shape)
    return first, second, third


@pytest.mark.skipif(not _REAL.exists(), reason="the station's hours are not beside the project")
def test_four_of_five_real_hours_are_inside() -> None:
    """Every fourth day is judged; each is told by the year before it alone."""
    told, seen, clear = real_hours()
    errors = hours.shares(told, seen, clear)
    inside, carried = list[bool](), list[tuple[float, float]]()
    for day in range(400, len(errors), 4):
        past = errors[day - 365 : day]
        low, middle, high = hours.bounded(told[day], clear[day], hours.quantiles(past), 1.0)
        known = np.isfinite(errors[day]) & np.isfinite(low)
        inside += ((seen[day] >= low) & (seen[day] <= high))[known].tolist()
        now = hours.carried(past, 9)
        better = told[day] + now.hold * np.nan_to_num(errors[day, 9]) * clear[day]
        for hour in np.flatnonzero(known & (np.arange(24) > 9) & (np.arange(24) < 13)):
            carried.append(
                (abs(better[hour] - seen[day, hour]), abs(middle[hour] - seen[day, hour]))
            )
    assert len(inside) > 1000
    assert 0.77 < np.mean(inside) < 0.83
    nowcast, plain = np.mean(carried, axis=0)
    assert nowcast < 0.8 * plain
