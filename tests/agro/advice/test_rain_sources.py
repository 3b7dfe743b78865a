"""Rain counted once and from the right place: own gauge, neighbour, service, climate."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from agro.advice.rain import GaugeDays, clogged, daily_rain
from agro.store import weather, writing

Garden = Any  # the fixture's class, which lives in conftest.py
DAYS = [date(2026, 7, 1) + timedelta(days=n) for n in range(12)]
TODAY = DAYS[-1] + timedelta(days=1)


def gauges(**totals: list[float]) -> GaugeDays:
    total = pd.DataFrame(totals, index=pd.Index(DAYS, name="day"), dtype=float)
    return GaugeDays(total, total.notna().astype(float))


def served(garden: Garden, rain: list[float], *, days: int = 55) -> None:
    """What a service said of the last days, the last of `rain` being yesterday's."""
    dates = [garden.at.date() - timedelta(days=n) for n in range(days, 0, -1)]
    fell = [0.0] * (days - len(rain)) + rain
    frame = pd.DataFrame({"day": dates, "tmin": 12.0, "tmax": 25.0, "rain": fell})
    with writing(garden.engine) as c:
        weather.write_days(c, "garden", f"{weather.LIVE}open-meteo", frame)


def test_a_lonely_gauge_that_says_nothing_while_it_pours_is_doubted() -> None:
    dry = gauges(own=[0.0] * 12)
    poured = pd.Series([0.0, 12.0, 0.0, 0.0, 9.0, 0.0, 0.0, 15.0, 0.0, 0.0, 0.0, 0.0], DAYS)
    assert clogged(dry, dry, TODAY, witness=poured) == ("own",)
    found = daily_rain(dry, dry, TODAY, witness=poured)
    assert found.rain[poured >= 8.0].isna().all()  # left to other sources, never dry
    assert (found.rain[poured == 0.0] == 0.0).all()


@pytest.mark.parametrize(
    "witness",
    [
        [0.0, 5.0, 0.0, 6.0, 0.0, 7.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0],  # showers miss a garden
        [0.0, 12.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],  # twice is chance
    ],
)
def test_a_service_alone_does_not_take_a_gauge_s_word(witness: list[float]) -> None:
    dry = gauges(own=[0.0] * 12)
    found = daily_rain(dry, dry, TODAY, witness=pd.Series(witness, DAYS))
    assert found.suspect == ()
    assert (found.rain == 0.0).all()


def test_other_gauges_are_believed_before_a_service() -> None:
    both = gauges(own=[0.0] * 12, other=[0.0] * 12)
    poured = pd.Series([10.0] * 12, DAYS)
    assert clogged(both.of(["own"]), both, TODAY, witness=poured) == ()


def test_the_own_gauge_goes_before_the_service(garden: Garden) -> None:
    garden.summer()
    garden.rain({20: 6.0}, days=57)
    served(garden, [0.0, 0.0, 30.0])
    found = garden.ask()
    assert found.sources["rain_days"] == {"station": 55}
    assert found.facts["rain_since_mm"] == 6.0
    assert "weather_from_service" not in found.cautions


def test_a_gauge_that_is_away_is_replaced_and_that_is_said(garden: Garden) -> None:
    garden.summer()
    served(garden, [14.0, 0.0])
    found = garden.ask()
    assert found.sources["weather_days"] == {"station": 55}
    assert found.sources["rain_days"] == {"service": 55}
    assert "weather_from_service" in found.cautions


def test_a_neighbour_s_gauge_goes_before_a_service(garden: Garden) -> None:
    garden.summer()
    garden.rain({30: 7.0}, device="far-station", days=57)
    served(garden, [20.0, 20.0])
    found = garden.ask()
    assert found.sources["rain_days"] == {"neighbour": 55}
    assert "weather_from_neighbour" in found.cautions


def test_a_rate_is_no_sum(garden: Garden) -> None:
    garden.summer()
    for hour in range(55 * 24):  # a station that sends how hard it rains, never how much fell
        garden.measure("station", "rain_rate", garden.at - timedelta(hours=hour), 12.0)
    served(garden, [0.0])
    found = garden.ask()
    assert found.sources["rain_days"] == {"service": 55}
    assert found.sources["gauge_today"] == ""
    assert "rain_since_mm" not in found.facts or found.facts["rain_since_mm"] == 0.0


def test_rain_is_counted_once_where_gauge_and_service_both_tell_of_it(garden: Garden) -> None:
    garden.summer()
    garden.rain({20: 10.0}, days=57)
    alone = garden.ask().depletion_mm
    served(garden, [0.0, 10.0])
    assert garden.ask().depletion_mm == pytest.approx(alone)
