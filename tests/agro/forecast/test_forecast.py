"""Yield forecasts from a store: what they say, what moves them, and that nothing later does."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import isfinite, isnan, nan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from agro.forecast import forecast
from agro.forecast.service import FACTORS
from agro.records import LogEntry, Planting, YieldForecast
from agro.store import farms, logbook, open_store, readings, schema, weather, writing
from agro.store.readings import Row
from tests.agro.advice.conftest import NOW, PLANTED, Garden

AT = NOW - timedelta(days=10)


def ask(garden: Garden, at: datetime = NOW, site: str = "garden") -> dict[str, YieldForecast]:
    with garden.engine.connect() as c:
        return {one.plot: one for one in forecast(c, site=site, at=at)}


def pick(
    garden: Garden, kg: float, day: date, *, plot: str = "tunnel", unit: str = "kg", crop: str = ""
) -> None:
    crops = {"tunnel": "tomato", "squash": "zucchini", "field": "sunflower"}
    time = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    site = "plateau" if plot == "field" else "garden"
    entry = LogEntry(site, plot, "harvest", time, kg, unit, crop=crop or crops[plot])
    with writing(garden.engine) as c:
        logbook.write(c, [entry])


def plant(garden: Garden, *plantings: Planting) -> None:
    with writing(garden.engine) as c:
        farms._save_plantings(c, [*farms.plantings(c), *plantings])


def test_every_standing_planting_is_foreseen(measured: Garden) -> None:
    found = ask(measured)
    assert set(found) == {"squash", "tunnel", "pots"}  # the lettuce of the bare bed is gone
    squash = found["squash"]
    assert (squash.crop, squash.planted, squash.area) == ("zucchini", PLANTED, 20.0)
    assert 0.0 < squash.low < squash.middle < squash.high
    assert squash.middle == pytest.approx(2.34, rel=0.15)
    assert squash.model == "physics"
    assert squash.start is not None
    assert squash.end is not None
    assert PLANTED < squash.start < squash.end < date(2026, 12, 1)
    assert len(squash.factors) <= FACTORS
    assert found["tunnel"].sources["temperatures_judged"] is False
    assert found["tunnel"].middle > squash.middle


def test_the_strongest_factor_comes_first(measured: Garden) -> None:
    dry = ask(measured, site="plateau")["field"]  # nothing but a dry spring
    assert dry.factors[0]["code"].startswith("water_")
    moved = [abs(one.get("effect", one.get("days", 0.0) / 100.0)) for one in dry.factors]
    assert moved == sorted(moved, reverse=True)
    assert dry.middle < 0.264


def test_less_water_is_never_more_yield(measured: Garden) -> None:
    watered = ask(measured)["squash"]
    with writing(measured.engine) as c:
        c.execute(update(schema.log).values(struck_at=0))
    dry = ask(measured)["squash"]
    assert dry.sources["stress_days"] > watered.sources["stress_days"]
    assert (dry.low, dry.middle, dry.high) < (watered.low, watered.middle, watered.high)


def test_past_seasons_of_the_plot_speak(measured: Garden) -> None:
    before = ask(measured)["squash"]
    old = [
        Planting("garden", "squash", "zucchini", "", date(year, 5, 20), date(year, 9, 20))
        for year in (2023, 2024, 2025)
    ]
    plant(measured, *old)
    for year in (2023, 2024, 2025):
        pick(measured, 60.0, date(year, 7, 20), plot="squash")
        pick(measured, 60.0, date(year, 8, 20), plot="squash")
    after = ask(measured)["squash"]
    assert after.model == "record"
    assert after.sources["seasons"] == 3
    assert before.middle < after.middle < 6.0
    assert after.high / after.low < before.high / before.low
    assert any(one["code"] == "record" and one["seasons"] == 3 for one in after.factors)


def test_harvests_without_a_planting_on_record_count_by_year(measured: Garden) -> None:
    pick(measured, 100.0, date(2025, 8, 1), plot="squash")
    assert ask(measured)["squash"].sources["seasons"] == 1


def test_what_is_picked_is_the_least_that_comes(measured: Garden) -> None:
    pick(measured, 200.0, date(2026, 7, 12), plot="squash")
    found = ask(measured)["squash"]
    assert found.sources["harvested_kg"] == 200.0
    assert found.low * found.area >= 200.0 - 1e-6
    assert any(one["code"] == "picked" and one["effect"] > 0.0 for one in found.factors)


def test_nothing_weighed_is_not_nothing_picked(measured: Garden) -> None:
    assert isnan(ask(measured)["squash"].sources["harvested_kg"])
    pick(measured, 12.0, date(2026, 7, 12), plot="squash", unit="bunch")
    counted = ask(measured)["squash"].sources
    assert isnan(counted["harvested_kg"])
    assert counted["unweighed"] == 1
    pick(measured, 0.0, date(2026, 7, 13), plot="squash")
    assert ask(measured)["squash"].sources["harvested_kg"] == 0.0


def test_a_crop_without_reference_waits_for_its_record(measured: Garden) -> None:
    plant(measured, Planting("plateau", "field", "berries", "", date(2020, 3, 1)))
    found = {one.crop: one for one in _all(measured) if one.crop == "berries"}["berries"]
    assert isnan(found.middle)
    assert found.model == "none"
    assert found.factors == ({"code": "no_reference"},)
    pick(measured, 450.0, date(2025, 7, 1), plot="field", crop="berries")
    told = {one.crop: one for one in _all(measured)}["berries"]
    assert told.model == "record"
    assert 0.25 < told.middle < 0.5  # the record, less what this dry spring takes


def _all(garden: Garden) -> list[YieldForecast]:
    with garden.engine.connect() as c:
        return forecast(c, at=NOW)


def test_two_crops_on_a_plot_have_their_own_areas(measured: Garden) -> None:
    plant(
        measured,
        Planting("garden", "bare", "carrot", "", date(2026, 5, 1), area=4.0),
        Planting("garden", "bare", "beet", "", date(2026, 6, 1), area=6.0),
    )
    found = {one.crop: one for one in _all(measured) if one.plot == "bare"}
    assert {crop: one.area for crop, one in found.items()} == {"carrot": 4.0, "beet": 6.0}


def test_without_any_weather_the_climate_stands_in(garden: Garden) -> None:
    found = ask(garden)["squash"]
    assert isfinite(found.middle)
    assert found.sources["weather_guessed_share"] == 1.0


def test_what_cannot_be_asked(measured: Garden) -> None:
    with measured.engine.connect() as c:
        with pytest.raises(ValueError, match="at must be aware"):
            forecast(c, at=datetime(2026, 7, 14))  # noqa: DTZ001 - that is the fault
        with pytest.raises(ValueError, match="no site 'nowhere'; the sites are garden"):
            forecast(c, site="nowhere", at=NOW)


def test_before_anything_is_planted_nothing_is_foreseen(measured: Garden) -> None:
    assert ask(measured, NOW - timedelta(days=300)) == {}


Later = Callable[[Connection, datetime, float], None]


def _day(at: datetime, column: str, value: float) -> pd.DataFrame:
    days = {"tmin": 9.0, "tmax": 24.0, "rain": 0.0, "solar_radiation": 20.0, "wind_2m": 2.0}
    return pd.DataFrame(
        {"day": [at.date()], **{k: [v] for k, v in (days | {column: value}).items()}}
    )


def _hot(c: Connection, at: datetime, value: float) -> None:
    for site in ("garden", "plateau"):
        weather.write_days(c, site, "later", _day(at, "tmax", 24.0 + value))


def _wet(c: Connection, at: datetime, value: float) -> None:
    for site in ("garden", "plateau"):
        weather.write_days(c, site, "later", _day(at, "rain", value))


def _reading(c: Connection, at: datetime, value: float) -> None:
    row = Row("station", "air_temperature", nan, int(at.timestamp()), value, 1)
    readings.write(c, [row, Row("gauge", "rain", nan, int(at.timestamp()), value, 1)])


def _probe(c: Connection, at: datetime, value: float) -> None:
    readings.write(c, [Row("probe", "soil_moisture", 20.0, int(at.timestamp()), value / 100.0, 1)])


def _picked(c: Connection, at: datetime, value: float) -> None:
    logbook.write(c, [LogEntry("garden", "squash", "harvest", at, value, "kg", crop="zucchini")])


def _watered(c: Connection, at: datetime, value: float) -> None:
    logbook.write(c, [LogEntry("garden", "tunnel", "irrigation", at, value, "mm")])


def _fed(c: Connection, at: datetime, value: float) -> None:
    told = {"n_percent": 2.0}
    logbook.write(c, [LogEntry("garden", "squash", "input", at, value, "kg", details=told)])


def _foretold(c: Connection, at: datetime, value: float) -> None:
    frame = pd.concat([_day(at + timedelta(days=n), "rain", value) for n in range(9)])
    weather.write_forecast(c, "garden", "test", at, frame)


def _removed(c: Connection, at: datetime, value: float) -> None:
    day = at.date() + timedelta(days=int(value))
    c.execute(
        update(schema.planting).values(removed=day).where(schema.planting.c.removed.is_(None))
    )


def _planted(c: Connection, at: datetime, value: float) -> None:
    later = Planting("garden", "bare", "carrot", "", at.date() + timedelta(days=int(value)))
    farms._save_plantings(c, [*farms.plantings(c), later])


LATER: dict[str, Later] = {
    "a hot day": _hot,
    "a wet day": _wet,
    "a reading": _reading,
    "a probe": _probe,
    "a harvest": _picked,
    "a watering": _watered,
    "an input": _fed,
    "a forecast": _foretold,
    "a removal": _removed,
    "a planting": _planted,
}


@pytest.fixture(scope="module")
def season(measured_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Garden:
    file = tmp_path_factory.mktemp("season") / "city.sqlite"
    file.write_bytes(measured_city.read_bytes())
    garden = Garden(open_store(f"sqlite:///{file.as_posix()}"))
    pick(garden, 12.0, date(2026, 7, 1), plot="squash")
    return garden


@pytest.fixture(scope="module")
def before(season: Garden) -> list[str]:
    with season.engine.connect() as c:
        return list(map(repr, forecast(c, at=AT)))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(sorted(LATER)), st.integers(1, 9 * 24), st.floats(0.0, 60.0, allow_nan=False)
)
def test_nothing_that_is_later_changes_a_forecast(
    season: Garden, before: list[str], what: str, hours: int, value: float
) -> None:
    """Weather, readings, logs, forecasts, plantings of the days after `AT`."""
    later = AT + timedelta(hours=hours)
    if what in ("a hot day", "a wet day", "a planting", "a removal"):
        later += timedelta(days=1)  # today itself is not over at AT
    with season.engine.connect() as c:
        LATER[what](c, later, value)
        after = forecast(c, at=AT)
        c.rollback()
    assert before
    assert list(map(repr, after)) == before


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("a hot day", 30.0),
        ("a wet day", 40.0),
        ("a reading", 45.0),
        ("a harvest", 35.0),
        ("a watering", 40.0),
        ("a forecast", 30.0),
        ("a removal", 1.0),
        ("a planting", 1.0),
    ],
)
def test_the_same_before_the_moment_does(
    season: Garden, before: list[str], what: str, value: float
) -> None:
    """So that the property above is worth something."""
    with season.engine.connect() as c:
        LATER[what](c, AT - timedelta(days=3), value)
        after = forecast(c, at=AT)
        c.rollback()
    assert list(map(repr, after)) != before
