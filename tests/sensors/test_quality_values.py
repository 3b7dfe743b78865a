"""Tests of a datastream by itself: season, spike, flat line, gap, clock."""

from math import inf, nan

import numpy as np
import pytest

from sensors import quality
from sensors.quantities import QUANTITIES

HOUR, DAY = 3600, 86400
JANUARY, JULY = 1767225600, 1782864000  # 2026
NORMALS = quality.Normals(
    tmin=(-0.4, 0.0, 2.7, 5.3, 9.4, 12.6, 14.7, 14.4, 10.9, 7.9, 3.3, 0.5),
    tmax=(4.7, 6.8, 11.9, 15.7, 19.8, 23.6, 26.1, 25.8, 21.1, 15.6, 9.1, 5.3),
)


@pytest.mark.parametrize(
    ("quantity", "value", "time", "flag"),
    [
        pytest.param("air_temperature", 30.0, JULY, 1, id="a summer's day"),
        pytest.param("air_temperature", 30.0, JANUARY, 3, id="the same in January"),
        pytest.param("air_temperature", -15.0, JANUARY, 1, id="a hard winter"),
        pytest.param("air_temperature", -15.0, JULY, 3, id="frost in July"),
        pytest.param("air_temperature", -15.0, JULY - 1, 3, id="the last second of June"),
        pytest.param("soil_temperature", 48.0, JULY, 1, id="bare soil in the sun"),
        pytest.param("air_temperature", nan, JULY, 9, id="missing"),
        pytest.param("soil_moisture", 0.3, JULY, 2, id="without a season"),
    ],
)
def test_season(quantity: str, value: float, time: int, flag: int) -> None:
    assert quality.flag_season(quantity, [value], [time], NORMALS).tolist() == [flag]


def test_normals_are_of_twelve_months() -> None:
    with pytest.raises(ValueError, match="12 months, January first: 4 and 4"):
        quality.Normals((1.0,) * 4, (2.0,) * 4)


@pytest.mark.parametrize(
    ("values", "hours", "flags"),
    [
        pytest.param([0.2, 0.3, 0.2], [0, 1, 2], [2, 3, 2], id="up and back"),
        pytest.param([0.2, 0.1, 0.2], [0, 1, 2], [2, 3, 2], id="down and back"),
        pytest.param([0.2, 0.3, 0.29], [0, 1, 2], [2, 1, 2], id="rain stays"),
        pytest.param([0.2, 0.3, 0.4], [0, 1, 2], [2, 1, 2], id="on the way up"),
        pytest.param([0.2, 0.24, 0.2], [0, 1, 2], [2, 1, 2], id="a small one"),
        pytest.param([0.2, 0.3, nan, 0.2], [0, 1, 2, 3], [2, 1, 9, 2], id="two hours allow twice"),
        pytest.param([0.2, 0.35, nan, 0.2], [0, 1, 2, 3], [2, 3, 9, 2], id="over a missing value"),
        pytest.param([0.2, 0.3, 0.2], [0, 0.1, 0.2], [2, 3, 2], id="within minutes"),
        pytest.param([0.2, 0.3], [0, 1], [2, 2], id="nothing after"),
        pytest.param([], [], [], id="nothing"),
    ],
)
def test_spike(values: list[float], hours: list[float], flags: list[int]) -> None:
    times = np.array(hours) * HOUR
    assert quality.flag_spike("soil_moisture", values, times).tolist() == flags


def test_a_quantity_without_a_spike_is_not_evaluated() -> None:
    assert quality.flag_spike("rain", [0, 30, 0], [0, HOUR, 2 * HOUR]).tolist() == [2, 2, 2]


def hourly(days: float) -> np.ndarray:
    return np.arange(0, days * DAY, HOUR)


def test_a_flat_line_is_suspect_from_when_it_has_lasted() -> None:
    times = hourly(6)
    values = np.where(times < DAY, 0.2 + times * 1e-7, 0.3)
    live = quality.flag_flat("soil_moisture", values, times)
    # Its first hour is 24; four days later it has lasted.
    assert np.flatnonzero(live == quality.SUSPECT).tolist() == list(range(120, 144))
    assert set(live[:96].tolist()) == {quality.NOT_EVALUATED}
    assert set(live[96:120].tolist()) == {quality.GOOD}
    whole = quality.flag_flat("soil_moisture", values, times, whole=True)
    assert np.flatnonzero(whole == quality.SUSPECT).tolist() == list(range(24, 144))


@pytest.mark.parametrize(
    ("quantity", "value", "known", "suspect"),
    [
        pytest.param("soil_moisture", 0.3, {}, True, id="soil"),
        pytest.param("soil_moisture", 0.3, {"depth_cm": 60.0}, False, id="deep soil is slow"),
        pytest.param("soil_moisture", 0.3, {"resolution": 0.005}, False, id="a coarse probe"),
        pytest.param("soil_moisture", 0.42, {"porosity": 0.43}, False, id="saturated soil"),
        pytest.param("soil_moisture", 0.42, {"porosity": 0.50}, True, id="not saturated"),
        pytest.param("soil_moisture", 0.46, {}, False, id="probably saturated"),
        pytest.param("soil_temperature", 0.0, {}, False, id="zero curtain"),
        pytest.param("soil_temperature", 8.0, {}, True, id="soil without days"),
        pytest.param("rain", 0.0, {}, False, id="dry weather"),
        pytest.param("rain", 3.0, {}, True, id="the same rain for days"),
        pytest.param("relative_humidity", 99.0, {}, False, id="fog"),
        pytest.param("relative_humidity", 60.0, {}, True, id="the same humidity for days"),
        pytest.param("wind_speed", 0.0, {}, False, id="calm"),
        pytest.param("solar_radiation", 0.0, {}, False, id="night"),
        pytest.param("solar_radiation", 400.0, {}, True, id="a sun that stands still"),
        pytest.param("battery_voltage", 3.6, {}, False, id="not tested"),
    ],
)
def test_flat(quantity: str, value: float, known: dict[str, float], suspect: bool) -> None:
    flags = quality.flag_flat(quantity, np.full(120, value), hourly(5), **known)
    assert (flags[-1] == quality.SUSPECT) == suspect


def test_a_few_values_alike_prove_nothing() -> None:
    times = np.arange(5) * DAY
    flags = quality.flag_flat("soil_moisture", np.full(5, 0.3), times)
    assert set(flags.tolist()) == {quality.NOT_EVALUATED}


def test_noise_of_one_step_is_still_flat_and_drying_is_not() -> None:
    times, values = hourly(5), np.tile([0.3, 0.3001], 60)
    assert quality.flag_flat("soil_moisture", values, times)[-1] == quality.SUSPECT
    assert quality.flag_flat("soil_moisture", values - times * 1e-9, times)[-1] == quality.GOOD


@pytest.mark.parametrize(
    ("quantity", "values", "hours", "interval", "flags"),
    [
        pytest.param("soil_moisture", [0.2, 0.2, 0.2], [0, 1, 8], HOUR, [2, 1, 3], id="a silence"),
        pytest.param("soil_moisture", [0.2, 0.2, 0.2], [0, 1, 7], HOUR, [2, 1, 1], id="not yet"),
        pytest.param("rain", [0.0, 0.0, 0.0], [0, 1, 5], HOUR, [2, 1, 3], id="rain is lost sooner"),
        pytest.param("soil_moisture", [0.2, 0.2], [0, 24], DAY, [2, 1], id="once a day"),
        pytest.param("soil_moisture", [0.2, nan, 0.2], [0, 5, 10], HOUR, [2, 9, 1], id="was there"),
        pytest.param("soil_moisture", [], [], HOUR, [], id="nothing"),
    ],
)
def test_gap(
    quantity: str, values: list[float], hours: list[float], interval: float, flags: list[int]
) -> None:
    times = np.array(hours) * HOUR
    assert quality.flag_gap(quantity, values, times, interval=interval).tolist() == flags


@pytest.mark.parametrize(
    ("times", "arrived", "flags"),
    [
        pytest.param([0, 60, 120], [5, 65, 125], [1, 1, 1], id="in time"),
        pytest.param([0, 9000, 120], [5, 65, 125], [1, 4, 1], id="ahead, and no burden to others"),
        pytest.param([0, 60, 120], [5, 65, 8 * DAY], [1, 1, 3], id="very late"),
        pytest.param([0, 120, 60], [125, 125, 125], [1, 1, 3], id="out of order"),
        pytest.param([0, 120, 60], [125, 125, nan], [1, 1, 1], id="from a device's memory"),
        pytest.param([0, 120, 60], None, [1, 1, 3], id="arrival not known"),
    ],
)
def test_clock(times: list[float], arrived: list[float] | None, flags: list[int]) -> None:
    values = [0.2, 0.3, 0.4]
    found = quality.flag_clock("soil_moisture", values, times, arrived=arrived)
    assert found.tolist() == flags


@pytest.mark.parametrize(
    ("values", "whole", "flags"),
    [
        pytest.param([0.2, 0.2, 0.2], True, [1, 1, 1], id="repeated"),
        pytest.param([0.2, 0.3, 0.2], False, [1, 3, 1], id="another value for the same time"),
        pytest.param([0.2, 0.3, 0.2], True, [3, 3, 3], id="nobody knows which is right"),
        pytest.param([0.2, nan, 0.2], True, [1, 9, 1], id="missing contradicts nothing"),
    ],
)
def test_contradiction(values: list[float], whole: bool, flags: list[int]) -> None:
    found = quality.flag_clock("soil_moisture", values, [60, 60, 60], whole=whole)
    assert found.tolist() == flags


@pytest.mark.parametrize("row", quality.THRESHOLDS, ids=lambda row: f"{row.quantity}-{row.name}")
def test_every_threshold_is_of_a_quantity_and_has_its_reason(row: quality.Threshold) -> None:
    assert row.quantity == "*" or row.quantity in QUANTITIES
    assert len(row.reason) > 5
    assert quality.threshold("rain" if row.quantity == "*" else row.quantity, row.name) > -inf


def test_no_threshold_is_given_twice() -> None:
    names = [(row.quantity, row.name) for row in quality.THRESHOLDS]
    assert len(set(names)) == len(names)


def test_intervals_are_those_of_the_messages_before() -> None:
    times = np.cumsum([0.0, 600, 600, 600, 9 * HOUR, 600, 600])
    found = quality.intervals(times)
    np.testing.assert_array_equal(np.isnan(found), [True, True] + [False] * 5)
    assert found[2:].tolist() == [600.0] * 5
    assert quality.intervals([]).size == 0
    assert np.isnan(quality.intervals([5.0])).all()


def test_a_device_that_sends_rarely_has_no_gaps() -> None:
    times = np.arange(8) * 5.0 * HOUR
    times[-1] += 20 * HOUR
    every = quality.intervals(times)
    found = quality.flag_gap("soil_moisture", np.full(8, 0.2), times, interval=every)
    assert found.tolist() == [2, 2, 1, 1, 1, 1, 1, 3]
    hourly = quality.flag_gap("soil_moisture", np.full(8, 0.2), times, interval=HOUR)
    assert hourly.tolist() == [2, 1, 1, 1, 1, 1, 1, 3]


def test_a_battery_tells_itself_after_any_silence() -> None:
    found = quality.flag_gap("battery_voltage", [3.3, 3.3], [0.0, 50 * HOUR])
    assert found.tolist() == [quality.NOT_EVALUATED] * 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([0.2, 0.21, 0.25], 0.01, id="a step of 1 %"),
        pytest.param([0.2, 0.205, 0.2], 0.005, id="a step of half a percent"),
        pytest.param([0.2, 0.2001, 0.3], 0.0001, id="fine"),
        pytest.param([0.2, 0.4], 0.01, id="two numbers tell too coarse a step"),
        pytest.param([0.25, 0.25], 0.01, id="alike: its last decimal"),
        pytest.param([0.2503], 0.0001, id="alike and fine"),
        pytest.param([nan, nan], nan, id="no number"),
    ],
)
def test_resolution_is_told_by_the_values(values: list[float], expected: float) -> None:
    found = quality.resolution("soil_moisture", values)
    assert found == pytest.approx(expected, nan_ok=True)


def test_resolution_matters_to_flat_lines_only() -> None:
    assert np.isnan(quality.resolution("rain", [0.2, 0.4]))


def test_porosity_is_that_of_the_texture_and_leaves_room_for_air() -> None:
    assert quality.porosity("loam", 0.25) == 0.551  # Rawls et al. 1982, Table 2
    assert quality.porosity("loam", 0.42) == pytest.approx(0.57)
    assert quality.porosity("loam") == 0.551
    assert np.isnan(quality.porosity("moon dust"))


@pytest.mark.parametrize(
    ("moisture", "depth_cm", "flag"),
    [
        pytest.param(0.14, 20.0, 1, id="dry"),
        pytest.param(0.12, 20.0, 3, id="drier than roots can make it"),
        pytest.param(0.12, 10.0, 1, id="the sun can, near the surface"),
        pytest.param(0.02, 10.0, 3, id="not even the sun"),
        pytest.param(0.02, nan, 2, id="who knows how deep"),
    ],
)
def test_soil_is_never_drier_than_its_plants_and_the_sun_can_make_it(
    moisture: float, depth_cm: float, flag: int
) -> None:
    found = quality.flag_consistency(
        "soil_moisture", [moisture], wilting_point=0.20, depth_cm=depth_cm
    )
    assert found.tolist() == [flag]


def test_waterlogged_soil_stands_still_whatever_it_may_hold_at_most() -> None:
    times, values = np.arange(200) * HOUR, np.full(200, 0.4612)
    still = quality.flag_flat("soil_moisture", values, times, porosity=0.55, whole=True)
    assert set(still.tolist()) <= {1, 2}
    values -= 0.1
    assert 3 in quality.flag_flat("soil_moisture", values, times, porosity=0.55, whole=True)
