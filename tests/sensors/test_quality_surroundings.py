"""Tests against what else is known: rain, other gauges, porosity, frost, humidity, the sun."""

from math import nan

import numpy as np
import pytest

from sensors import quality

HOUR, DAY = 3600.0, 86400.0
HOURS = np.arange(0, 6 * DAY, HOUR)
JUMP = np.where(HOURS < 5 * DAY, 0.20, 0.30)


def rain(mm: float, at: float = 4.9 * DAY) -> quality.Rain:
    amounts = np.zeros(HOURS.size)
    amounts[np.searchsorted(HOURS, at)] = mm
    return quality.Rain(HOURS, amounts)


@pytest.mark.parametrize(
    ("known", "suspect"),
    [
        pytest.param({"rain": rain(0.0)}, True, id="no water"),
        pytest.param({"rain": rain(0.4)}, True, id="too little"),
        pytest.param({"rain": rain(12.0)}, False, id="rain"),
        pytest.param({"rain": rain(12.0, 3.5 * DAY)}, False, id="rain on its way down"),
        pytest.param({"rain": rain(12.0, 1.0 * DAY)}, True, id="rain long ago"),
        pytest.param(
            {"rain": rain(0.0), "waterings": quality.Waterings([4.9 * DAY], [10.0])},
            False,
            id="watered",
        ),
    ],
)
def test_soil_gets_wet_by_water(known: dict[str, quality.Rain], suspect: bool) -> None:
    flags = quality.flag_rain_response(JUMP, HOURS, **known)
    # As long as the jump is within the last six hours.
    expected = range(120, 126) if suspect else []
    assert np.flatnonzero(flags == quality.SUSPECT).tolist() == list(expected)


def test_nothing_is_said_where_rain_is_not_known() -> None:
    told = rain(0.0)
    for unknown in (
        quality.Rain(HOURS[:100], np.zeros(100)),  # the gauge fell silent
        quality.Rain(HOURS, np.full(HOURS.size, nan)),
        quality.Rain((), ()),
    ):
        flags = quality.flag_rain_response(JUMP, HOURS, unknown)
        assert set(flags[118:126].tolist()) == {quality.NOT_EVALUATED}
    thaw = quality.flag_rain_response(JUMP, HOURS, told, temperature=np.full(HOURS.size, 1.0))
    assert set(thaw.tolist()) == {quality.NOT_EVALUATED}


def test_a_daily_series_is_compared_with_the_day_before() -> None:
    days = np.arange(8) * DAY
    values = [0.2, 0.2, 0.2, 0.2, 0.3, 0.3, nan, 0.3]
    flags = quality.flag_rain_response(values, days, quality.Rain(days, np.zeros(8), DAY))
    # The first two have no rain before them that is known; the last has no day before.
    assert flags.tolist() == [2, 2, 1, 1, 3, 1, 9, 2]


NEIGHBOURS = np.array([[0, 12, 0, 6, 10, 0, 4], [0, 10, 0, 5, 9, 0, 4], [0, 14, 0, 6, 12, 0, 3]])


@pytest.mark.parametrize(
    ("own", "flags"),
    [
        pytest.param([0, 11, 0, 6, 10, 0, 4], [1] * 7, id="as they"),
        pytest.param([0, 0, 0, 0, 0, 0, 0], [1, 3, 1, 3, 3, 1, 3], id="clogged"),
        pytest.param([0, 11, 0, 1, 9, 0, 3], [1] * 7, id="one poor day"),
        pytest.param([0, 1.2, 0, 0.5, 1.0, 0, 0.5], [1, 1, 1, 3, 3, 1, 3], id="a leaf in it"),
        pytest.param([0, 90, 0, 6, 10, 0, 4], [1, 3, 1, 1, 1, 1, 1], id="a hose"),
        pytest.param([0, 11, nan, 6, 10, 0, 4], [1, 1, 9, 1, 1, 1, 1], id="a day unknown"),
    ],
)
def test_gauges_of_a_city_agree(own: list[float], flags: list[int]) -> None:
    assert quality.flag_neighbours(own, NEIGHBOURS, [1, 2, 3]).tolist() == flags


@pytest.mark.parametrize("distances", [(1, 2, 40), (20, 30, 40)])
def test_far_gauges_prove_nothing(distances: tuple[float, ...]) -> None:
    flags = quality.flag_neighbours(np.zeros(7), NEIGHBOURS, distances)
    assert set(flags.tolist()) == {quality.NOT_EVALUATED}


@pytest.mark.parametrize(
    ("quantity", "value", "others", "porosity", "flag"),
    [
        pytest.param("soil_moisture", 0.44, {}, 0.46, 1, id="below porosity"),
        pytest.param("soil_moisture", 0.48, {}, 0.46, 1, id="within accuracy"),
        pytest.param("soil_moisture", 0.50, {}, 0.46, 3, id="above porosity"),
        pytest.param("soil_moisture", 0.60, {}, 0.46, 4, id="far above"),
        pytest.param("soil_moisture", 0.60, {}, nan, 2, id="porosity not known"),
        pytest.param("soil_moisture", nan, {}, 0.46, 9, id="missing"),
        pytest.param("soil_moisture", 0.20, {"soil_temperature": [-0.4]}, nan, 3, id="frozen"),
        pytest.param("soil_moisture", 0.20, {"soil_temperature": [0.4]}, nan, 1, id="cold"),
        pytest.param(
            "relative_humidity",
            50.0,
            {"air_temperature": [20.0], "vapour_pressure": [1.17]},
            nan,
            1,
            id="FAO-56 eq. 11: 2.338 kPa at 20 °C",
        ),
        pytest.param(
            "relative_humidity",
            90.0,
            {"air_temperature": [20.0], "vapour_pressure": [1.17]},
            nan,
            3,
            id="another humidity",
        ),
        pytest.param("relative_humidity", 90.0, {"air_temperature": [20.0]}, nan, 2, id="alone"),
        pytest.param("vapour_pressure", 2.3, {"air_temperature": [20.0]}, nan, 1, id="saturated"),
        pytest.param("vapour_pressure", 3.0, {"air_temperature": [20.0]}, nan, 3, id="above it"),
        pytest.param("wind_gust", 6.0, {"wind_speed": [3.0]}, nan, 1, id="gust"),
        pytest.param("wind_gust", 2.0, {"wind_speed": [3.0]}, nan, 3, id="gust below the wind"),
        pytest.param("rain", 2.0, {}, nan, 2, id="nothing to compare"),
    ],
)
def test_consistency(
    quantity: str, value: float, others: dict[str, list[float]], porosity: float, flag: int
) -> None:
    found = quality.flag_consistency(quantity, [value], others=others, porosity=porosity)
    assert found.tolist() == [flag]


@pytest.mark.parametrize(
    ("value", "time", "flag"),
    [
        pytest.param(900.0, "2026-06-21T11:40", 1, id="noon"),
        pytest.param(1600.0, "2026-06-21T11:40", 3, id="a cloud's edge could not"),
        pytest.param(2100.0, "2026-06-21T11:40", 4, id="no sun could"),
        pytest.param(900.0, "2026-12-21T11:40", 4, id="midwinter"),
        pytest.param(5.0, "2026-06-21T23:40", 1, id="night"),
        pytest.param(80.0, "2026-06-21T23:40", 3, id="a lamp, or a wrong clock"),
        pytest.param(nan, "2026-06-21T23:40", 9, id="missing"),
    ],
)
def test_the_sun_is_where_the_clock_says(value: float, time: str, flag: int) -> None:
    at = np.array([time], "datetime64[s]").astype(float)
    assert quality.flag_sun([value], at, latitude=47.3, longitude=5.0).tolist() == [flag]
