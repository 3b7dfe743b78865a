"""The days ahead: members, hours and chances of the forecast, and how right it was before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import update

from agro.advice.moment import Moment
from agro.advice.outlook import Outlook, outlook
from agro.store import farms, forecast_details, schema, weather, writing
from agro.store.forecast_details import Detail

Garden = Any  # the fixture's class, which lives in conftest.py
ZONE = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)
NONE = np.empty(0)
NO_MEMBERS = np.empty((0, 0))


def look(
    garden: Garden,
    *,
    at: datetime | None = None,
    heard: bool = True,
    past: pd.DataFrame | None = None,
) -> Outlook:
    with garden.engine.connect() as c:
        found = outlook(
            c,
            [one for one in farms.sites(c) if one.slug == "garden"],
            farms.normals(c),
            Moment(at or garden.at, ZONE),
            latest_et0=5.0,
            heard_today=heard,
            past=past,
        )
    assert found is not None
    return found


def forecast(
    garden: Garden, rain: list[float], *, issued_at: datetime | None = None, **columns: Any
) -> list[Any]:
    """A deterministic forecast from the day of issue on; its days."""
    issued_at = issued_at or garden.at - 3 * HOUR
    days = [issued_at.astimezone(ZONE).date() + timedelta(days=n) for n in range(len(rain))]
    frame = pd.DataFrame({"day": days, "tmin": 15.0, "tmax": 27.0, "et0": 5.0, "rain": rain})
    with writing(garden.engine) as c:
        weather.write_forecast(c, "garden", "open-meteo", issued_at, frame.assign(**columns))
    return days


def detail(garden: Garden, details: dict[Any, Detail]) -> None:
    with writing(garden.engine) as c:
        forecast_details.write(c, "garden", garden.at - 3 * HOUR, details)


def dry_share(found: Outlook, row: int) -> float:
    return float((found.members.rain[row] == 0.0).mean())


def test_the_chance_of_rain_decides_how_many_members_are_dry(garden: Garden) -> None:
    forecast(garden, [0.0] + [4.0] * 8, rain_chance=[np.nan] + [0.25] * 8)
    found = look(garden)
    assert [dry_share(found, row) for row in range(1, 9)] == pytest.approx([0.75] * 8, abs=0.011)
    assert found.source == "open-meteo"


def test_a_forecast_without_rain_is_not_a_promise(garden: Garden) -> None:
    forecast(garden, [0.0] * 9)
    week = look(garden).members.rain[1:].mean(axis=1)
    assert np.all(week > 0.1)
    assert week[-1] > week[0]


def test_without_any_climate_no_day_is_surely_dry(garden: Garden) -> None:
    forecast(garden, [0.0] * 9)
    with writing(garden.engine) as c:
        c.execute(update(schema.city).values(normals=None))
    assert np.all(look(garden).members.rain[1:].mean(axis=1) > 0.1)


def test_the_hours_of_today_that_have_passed_are_no_rain_to_come(garden: Garden) -> None:
    """10 h in the garden: 6 mm fell at 4 h, 3 mm are to come at 16 h."""
    days = forecast(garden, [9.0] + [0.0] * 8, rain_chance=0.9)
    rain, chance = np.zeros(24), np.full(24, 0.05)
    rain[4], rain[16] = 6.0, 3.0
    chance[4], chance[16] = 0.9, 0.6
    detail(garden, {days[0]: Detail(rain, chance, NO_MEMBERS, NONE)})
    found = look(garden)
    assert found.days["rain"].iloc[0] == pytest.approx(3.0)
    assert dry_share(found, 0) == pytest.approx(0.4, abs=0.011)
    evening = look(garden, at=datetime(2026, 7, 14, 20, tzinfo=UTC))
    assert evening.days["rain"].iloc[0] == 0.0
    assert dry_share(evening, 0) == pytest.approx(0.95, abs=0.011)
    # What no gauge has told of is not taken as fallen.
    assert look(garden, heard=False).days["rain"].iloc[0] == pytest.approx(9.0)


def test_half_an_hour_of_rain_is_half_of_it(garden: Garden) -> None:
    days = forecast(garden, [4.0] + [0.0] * 8)
    rain = np.zeros(24)
    rain[10] = 4.0
    detail(garden, {days[0]: Detail(rain, NONE, NO_MEMBERS, NONE)})
    found = look(garden, at=garden.at + timedelta(minutes=30))
    assert found.days["rain"].iloc[0] == pytest.approx(2.0)


def members_of(days: list[Any], hourly: Callable[[int, int], float], count: int = 51) -> Any:
    details = {}
    for row, day in enumerate(days):
        rain = np.array(
            [
                [hourly(row, member) if h == 12 else 0.0 for h in range(24)]
                for member in range(count)
            ]
        )
        details[day] = Detail(NONE, NONE, rain, np.linspace(3.0, 6.0, count))
    return details


def test_the_service_s_members_go_through_the_week_together(garden: Garden) -> None:
    days = forecast(garden, [2.0] * 9)
    # One half of the members is wet all week, the other dry.
    detail(garden, members_of(days, lambda _, member: 8.0 if member % 2 else 0.0))
    rain = look(garden).members.rain
    assert rain.shape == (9, 100)
    wet = rain > 0.0
    assert wet.mean() == pytest.approx(25 / 51, abs=0.06)
    together = np.corrcoef(wet[1], wet[2])[0, 1]
    assert together > 0.7
    assert rain.sum(axis=0).std() > 2.0 * np.sqrt(9) * 4.0 / 2  # wider than days by themselves


def test_the_members_et0_is_theirs(garden: Garden) -> None:
    days = forecast(garden, [0.0] * 9)
    detail(garden, members_of(days, lambda *_: 0.0))
    et0 = look(garden).members.et0
    assert et0.mean() == pytest.approx(4.5, abs=0.15)
    assert 0.8 < et0[3].std() < 1.4


def test_members_of_today_lose_the_hours_that_have_passed(garden: Garden) -> None:
    days = forecast(garden, [5.0] * 9)
    detail(garden, members_of(days, lambda *_: 5.0))
    noon = look(garden)  # 10 h: all of it is to come
    late = look(garden, at=datetime(2026, 7, 14, 14, tzinfo=UTC))  # 16 h: it has fallen
    assert noon.members.rain[0].mean() == pytest.approx(5.0, rel=0.1)
    assert late.members.rain[0].mean() < 0.3
    assert late.members.rain[1].mean() == pytest.approx(noon.members.rain[1].mean())


def test_days_beyond_the_members_are_the_forecast_s(garden: Garden) -> None:
    days = forecast(garden, [0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0, 9.0], rain_chance=0.5)
    detail(garden, members_of(days[:3], lambda *_: 20.0))
    rain = look(garden).members.rain
    assert np.all(rain[1:3].mean(axis=1) > 15.0)
    assert (rain[4] == 0.0).mean() == pytest.approx(0.5, abs=0.011)


def test_the_same_records_give_the_same_members(garden: Garden) -> None:
    days = forecast(garden, [2.0] * 9)
    detail(garden, members_of(days, lambda row, member: float(row * member % 3)))
    a, b = look(garden), look(garden)
    assert np.array_equal(a.members.rain, b.members.rain)
    assert np.array_equal(a.members.et0, b.members.et0)


def test_a_service_that_was_wrong_here_is_trusted_less(garden: Garden) -> None:
    """Sixty mornings on which it said the opposite of what fell, and ET₀ a fifth too low."""
    rng = np.random.default_rng(4)
    today = garden.at.astimezone(ZONE).date()
    behind = [today - timedelta(days=n) for n in range(70, 0, -1)]
    fell = np.where(rng.random(70) < 0.4, rng.gamma(1.0, 9.0, 70), 0.0)
    past = pd.DataFrame(
        {"rain": fell, "et0": 6.0, "source": "station", "rain_source": "station"},
        index=pd.Index(behind, name="day"),
    )
    for n in range(60):
        issued = garden.at - timedelta(days=n + 1)
        told = np.where(rng.random(9) < 0.4, rng.gamma(1.0, 9.0, 9), 0.0)
        forecast(garden, told.tolist(), issued_at=issued)
    forecast(garden, [20.0] * 9)
    stated, learned = look(garden), look(garden, past=past)
    assert learned.members.rain[1].mean() < 0.75 * stated.members.rain[1].mean()
    assert learned.members.et0[1].mean() == pytest.approx(5.0 * 1.2, rel=0.06)
    guessed = look(garden, past=past.assign(source="climate", rain_source="climate"))
    assert np.array_equal(guessed.members.rain, stated.members.rain)
