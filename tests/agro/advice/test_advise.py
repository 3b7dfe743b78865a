"""Advice as a gardener gets it: from what is in the store, and only until the moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, update

from agro.advice import advise
from agro.records import Advice, LogEntry, Planting
from agro.store import decisions, farms, logbook, schema, weather, writing

Garden = Any  # the fixture's class, which lives in conftest.py
HOUR = timedelta(hours=1)


def test_every_plot_gets_its_advice_in_the_order_of_the_city(measured: Garden) -> None:
    plots = [(one.site, one.plot) for one in measured.all()]
    assert plots == [
        ("garden", "squash"),
        ("garden", "tunnel"),
        ("garden", "bare"),
        ("garden", "pots"),
        ("plateau", "field"),
    ]


def test_one_site_alone_gets_the_same_advice(measured: Garden) -> None:
    together = [one for one in measured.all() if one.site == "garden"]
    assert repr(measured.all(site="garden")) == repr(together)


def test_a_wet_probe_waits_and_a_dry_one_waters(measured: Garden) -> None:
    wet = measured.ask()
    assert (wet.decision, wet.reason, wet.confidence) == ("wait", "enough_water", "high")
    assert wet.facts["soil_moisture"] == 0.25
    measured.at += 2 * HOUR
    measured.probe(measured.at, 0.16)
    dry = measured.ask()
    assert (dry.decision, dry.reason) == ("irrigate", "depletion_above_raw")
    assert dry.depletion_mm > dry.raw_mm
    assert dry.chance_of_stress > 0.8


def test_litres_and_minutes_follow_from_area_efficiency_and_flow(measured: Garden) -> None:
    measured.probe(measured.at, 0.16)
    found = measured.ask()
    assert found.litres == pytest.approx(found.depth_mm * 20.0 / 0.9, abs=0.1)
    assert found.minutes == pytest.approx(found.litres / 4.0, abs=0.1)
    assert found.when == datetime(2026, 7, 15, 3, 30, tzinfo=UTC)


def test_rain_after_a_dry_reading_changes_the_advice_at_once(measured: Garden) -> None:
    measured.probe(measured.at, 0.18)
    assert measured.ask().decision == "irrigate"
    measured.at += HOUR
    measured.measure("gauge", "rain", measured.at, 25.0)
    found = measured.ask()
    assert (found.decision, found.reason) == ("wait", "rain_fell")
    assert found.facts["rain_since_mm"] == 25.0


def test_watering_noted_after_a_dry_reading_counts_too(measured: Garden) -> None:
    measured.at += 3 * HOUR
    measured.probe(measured.at - 2 * HOUR, 0.17)
    dry = measured.ask()
    measured.note(dry.litres, "L", ago=HOUR)
    wet = measured.ask()
    assert (dry.decision, wet.decision) == ("irrigate", "wait")
    # What would fill a member beyond field capacity does not count in its favour.
    assert 0.0 <= wet.depletion_mm - max(dry.depletion_mm - dry.depth_mm, 0.0) < 1.5


def test_rain_does_not_reach_the_greenhouse(measured: Garden) -> None:
    before = measured.ask("tunnel").depletion_mm
    measured.at += HOUR
    measured.measure("gauge", "rain", measured.at, 25.0)
    found = measured.ask("tunnel")
    assert found.depletion_mm >= before
    assert found.facts["rain_next_3d_mm"] == 0.0
    assert all(day.rain_mm == 0.0 for day in found.plan)


def test_expected_rain_is_waited_for(measured: Garden) -> None:
    measured.probe(measured.at, 0.19)
    assert measured.ask().decision == "irrigate"
    measured.forecast([2.0, 18.0, 12.0, 0, 0, 0, 0, 0, 0], issued_at=measured.at - HOUR)
    found = measured.ask()
    assert (found.decision, found.reason) == ("wait", "rain_expected")
    assert found.facts["rain_next_3d_mm"] > 20.0


def test_a_bare_plot_waits_for_a_crop(measured: Garden) -> None:
    found = measured.ask("bare")
    assert (found.decision, found.reason, found.litres) == ("wait", "no_crop", 0.0)


def test_a_field_that_cannot_be_watered_is_never_told_to(measured: Garden) -> None:
    found = measured.ask("field")
    assert found.decision == "wait"
    assert found.reason in {"no_irrigation", "enough_water"}
    assert len(found.plan) == 7


def test_cans_are_counted_where_water_is_carried(measured: Garden) -> None:
    found = measured.ask("pots")
    assert found.decision == "irrigate"
    assert found.facts["cans"] == -(-found.litres // 10)
    assert found.minutes != found.minutes  # NaN: nothing runs


def test_the_plan_is_seven_days_from_today(measured: Garden) -> None:
    plan = measured.ask().plan
    assert plan[0].day == date(2026, 7, 14)
    assert all(b.day - a.day == timedelta(days=1) for a, b in pairwise(plan))
    assert all(day.low <= day.depletion_mm <= day.high for day in plan)


# What is missing is said, and costs confidence.


def test_nothing_measured_gives_a_doubtful_advice_from_the_climate(garden: Garden) -> None:
    found = garden.ask()
    assert found.confidence == "low"
    assert {"weather_from_climate", "forecast_from_climate", "probe_silent"} <= set(found.cautions)
    assert found.sources["weather_days"] == {"climate": 55}
    assert sum(day.rain_mm for day in found.plan) > 5.0  # never zero because unknown


def test_no_weather_and_no_climate_is_no_advice(garden: Garden) -> None:
    with writing(garden.engine) as c:
        c.execute(update(schema.city).values(normals=None))
    found = garden.ask()
    assert (found.decision, found.reason, found.confidence) == ("unknown", "no_weather", "low")
    assert found.litres != found.litres  # NaN


def test_a_silent_probe_is_said_and_its_old_value_carried_on(measured: Garden) -> None:
    measured.summer(days=3, until=measured.at + timedelta(days=2))
    measured.at += timedelta(days=2)
    measured.rain({}, days=3)
    found = measured.ask()
    assert "probe_silent" in found.cautions
    assert found.confidence == "medium"
    assert found.facts["probe_age_h"] == pytest.approx(48.0)
    assert found.depletion_mm > 8.0  # two dry days on


def test_a_stuck_probe_is_set_aside(garden: Garden) -> None:
    garden.summer()
    garden.rain({})
    garden.moisture(now=0.24, per_day=0.0)
    found = garden.ask()
    assert "probe_rejected" in found.cautions
    assert found.sources["probes_rejected"] == {"probe": "stuck"}
    assert found.confidence == "low"
    assert "soil_moisture" not in found.facts


@pytest.mark.parametrize(
    ("value", "flag", "why"),
    [(0.61, 1, "implausible"), (0.005, 1, "implausible"), (0.2, 4, "flagged")],
)
def test_an_impossible_probe_is_set_aside(
    garden: Garden, value: float, flag: int, why: str
) -> None:
    garden.summer()
    for hour in range(48):
        garden.probe(garden.at - hour * HOUR, value + hour * 1e-4, flag=flag)
    found = garden.ask()
    assert found.sources["probes_rejected"] == {"probe": why}
    assert "probe_rejected" in found.cautions


def test_weather_comes_from_the_neighbour_when_the_own_station_is_silent(garden: Garden) -> None:
    garden.summer("far-station")
    found = garden.ask()
    assert "weather_from_neighbour" in found.cautions
    assert found.sources["weather_days"] == {"neighbour": 55}


def test_imported_weather_goes_before_the_neighbour(garden: Garden) -> None:
    garden.summer("far-station")
    days = [date(2026, 5, 20) + timedelta(days=n) for n in range(55)]
    frame = pd.DataFrame({"day": days, "tmin": 12.0, "tmax": 25.0, "rain": 1.0})
    with writing(garden.engine) as c:
        weather.write_days(c, "garden", "file", frame)
    found = garden.ask()
    assert found.sources["weather_days"] == {"imported": 55}
    assert found.sources["rain_days"] == {"imported": 55}
    assert "weather_from_neighbour" not in found.cautions


def test_a_clogged_gauge_is_suspected_and_the_others_believed(garden: Garden) -> None:
    garden.summer()
    garden.rain({})
    wet = {30: 12.0, 200: 9.0, 400: 15.0, 700: 20.0}
    garden.rain(wet, device="far-station")
    found = garden.ask()
    assert "rain_gauge_suspect" in found.cautions
    assert found.sources["gauges_suspect"] == ["gauge"]
    assert found.sources["rain_days"]["neighbour"] >= 4
    assert "rain_gauge_suspect" not in garden.ask("tunnel").cautions
    assert (
        found.sources["gauge_today"] == "far-station"
    )  # a clogged gauge's silence is not believed
    garden.at += HOUR
    garden.measure("gauge", "rain", garden.at, 9.0)
    assert garden.ask().sources["gauge_today"] == "gauge"  # its rain is


def test_an_old_forecast_is_said(measured: Garden) -> None:
    measured.at += timedelta(hours=40)
    measured.summer(days=2)
    measured.probe(measured.at, 0.23)
    assert "forecast_stale" in measured.ask().cautions


def test_a_watering_without_an_amount_is_guessed_and_said(measured: Garden) -> None:
    measured.note(float("nan"), "", ago=5 * HOUR)
    assert "irrigation_amount_unknown" in measured.ask().cautions


# A pure function of the records until the moment.


def _later_reading(garden: Garden, later: datetime) -> None:
    garden.probe(later, 0.05)


def _later_rain(garden: Garden, later: datetime) -> None:
    garden.measure("gauge", "rain", later, 40.0)


def _later_weather(garden: Garden, later: datetime) -> None:
    for hour in range(30):
        garden.measure("station", "air_temperature", later + hour * HOUR, 40.0)
        garden.measure("far-station", "rain", later + hour * HOUR, 10.0)


def _later_forecast(garden: Garden, later: datetime) -> None:
    garden.forecast([50.0] * 9, issued_at=later)


def _later_note(garden: Garden, later: datetime) -> None:
    with writing(garden.engine) as c:
        logbook.write(c, [LogEntry("garden", "squash", "irrigation", later, 90.0, "mm")])


def _later_day(garden: Garden, later: datetime) -> None:
    frame = pd.DataFrame({"day": [garden.at.date()], "tmin": 30.0, "tmax": 44.0, "rain": 99.0})
    with writing(garden.engine) as c:
        weather.write_days(c, "garden", f"file of {later}", frame)


def _later_planting(garden: Garden, later: datetime) -> None:
    day = later.date() + timedelta(days=1)
    pack_row = Planting("garden", "squash", "tomato", "", day)
    with writing(garden.engine) as c:
        plot = c.execute(schema.plot.select().where(schema.plot.c.slug == "squash")).first()
        crop = c.execute(schema.crop.select().where(schema.crop.c.key == "tomato")).first()
        assert plot is not None
        assert crop is not None
        row = {"plot_id": plot.id, "crop_id": crop.id, "variety": "", "planted": pack_row.planted}
        c.execute(schema.planting.insert(), row)


@pytest.mark.parametrize("minutes", [1, 1500])
@pytest.mark.parametrize(
    "happens",
    [
        _later_reading,
        _later_rain,
        _later_weather,
        _later_forecast,
        _later_note,
        _later_day,
        _later_planting,
    ],
)
def test_nothing_later_is_read(
    measured: Garden, happens: Callable[[Garden, datetime], None], minutes: int
) -> None:
    before = measured.all()
    happens(measured, measured.at + timedelta(minutes=minutes))
    assert repr(measured.all()) == repr(before)  # NaN equals itself in writing


def test_run_again_it_writes_the_same_row(measured: Garden) -> None:
    first = measured.all()
    for again in (first, measured.all()):
        with writing(measured.engine) as c:
            decisions.write(c, again)
    with measured.engine.connect() as c:
        stored = decisions.latest(c)
        assert len(decisions.history(c, "garden", "squash")) == 1
    assert [plain(one) for one in stored] == [plain(one) for one in first]


def plain(advice: Advice) -> str:
    return repr(replace(advice, sources={}))


def test_a_moment_without_a_time_zone_is_refused(garden: Garden) -> None:
    naive = garden.at.replace(tzinfo=None)
    with garden.engine.connect() as c, pytest.raises(ValueError, match="at must be aware"):
        advise(c, at=naive)


def test_an_unknown_site_is_named_with_those_that_are(garden: Garden) -> None:
    with garden.engine.connect() as c, pytest.raises(ValueError, match="the sites are garden"):
        advise(c, site="nowhere", at=garden.at)


def test_a_store_without_a_city_has_no_plots(garden: Garden) -> None:
    with garden.engine.connect() as c:
        c.execute(schema.city.update().values(slug="dijon"))
        assert farms.city(c) is not None
        assert len(advise(c, at=garden.at)) == 5


def test_without_forecast_and_climate_there_is_no_plan(measured: Garden) -> None:
    with writing(measured.engine) as c:
        c.execute(delete(schema.forecast))
        c.execute(update(schema.city).values(normals=None))
    assert measured.ask().reason == "no_weather"


def test_rain_that_nobody_measured_explains_nothing(garden: Garden) -> None:
    found = garden.ask()
    assert found.sources["rain_days"] == {"climate": 55}
    assert found.facts["rain_since_mm"] == 0.0
