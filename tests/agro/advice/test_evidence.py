"""Probes through the season: what they correct, and what a failed one changes, which is nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from agro.records import Advice

Garden = Any  # the fixture's class, which lives in conftest.py
HOUR = timedelta(hours=1)
WATERED = range(2, 54, 4)  # days ago


def weathered(garden: Garden) -> None:
    """Fifty-five dry days, a bed watered when it needed it, a forecast."""
    garden.summer()
    garden.rain({})
    garden.forecast([0.0] * 9)
    for days in WATERED:
        garden.note(20.0, "mm", ago=timedelta(days=days))


def plain(advice: Advice) -> str:
    """What is advised, without what only explains it."""
    facts = {k: v for k, v in advice.facts.items() if not k.startswith(("probe_", "soil_moist"))}
    return repr(
        replace(advice, sources={}, cautions=(), confidence="low", data_age_h=0.0, facts=facts)
    )


def stuck(hour: int, _draw: Random) -> float:
    del hour
    return 0.21


def spiky(_hour: int, draw: Random) -> float:
    return draw.uniform(0.08, 0.42)


def broken_wire(_hour: int, draw: Random) -> float:
    return draw.choice([0.0, 0.0, 0.001])


def in_air(_hour: int, draw: Random) -> float:
    return 0.012 + draw.uniform(-0.004, 0.004)


def loose(hour: int, draw: Random) -> float:
    """Good by day, far off for hours each night."""
    return (0.14 if hour // 12 % 2 else 0.23) + draw.uniform(-0.002, 0.002)


@pytest.mark.parametrize("fault", [stuck, spiky, broken_wire, in_air, loose])
def test_a_failed_probe_changes_nothing_but_the_caution(garden: Garden, fault: Any) -> None:
    weathered(garden)
    without = garden.ask()
    draw = Random(7)
    for hour in range(0, 20 * 24, 2):
        garden.probe(garden.at - hour * HOUR, fault(hour, draw))
    failed = garden.ask()
    assert "probe_rejected" in failed.cautions
    assert plain(failed) == plain(without)


def test_a_probe_that_fails_late_is_set_aside_with_all_it_said(garden: Garden) -> None:
    weathered(garden)
    without = garden.ask()
    garden.moisture(now=0.24, days=30)
    garden.rows = [row for row in garden.rows if row.time < (garden.at - 96 * HOUR).timestamp()]
    for hour in range(96):
        garden.probe(garden.at - hour * HOUR, 0.24)
    assert plain(garden.ask()) == plain(without)


def test_a_good_probe_makes_the_water_better_known(garden: Garden) -> None:
    weathered(garden)
    alone = garden.ask().facts["depletion_error_mm"]
    garden.moisture(now=0.23, days=30)
    assert garden.ask().facts["depletion_error_mm"] < alone


def test_what_a_probe_said_last_week_still_counts_when_it_is_silent(garden: Garden) -> None:
    weathered(garden)
    alone = garden.ask()
    for day in range(7, 40):
        for hour in range(0, 24, 3):
            garden.probe(garden.at - day * 24 * HOUR - hour * HOUR, 0.24 - 0.0005 * (hour % 7))
    told = garden.ask()
    assert "probe_silent" in told.cautions
    assert told.depletion_mm != alone.depletion_mm
    assert told.facts["depletion_error_mm"] < alone.facts["depletion_error_mm"]


def drained(garden: Garden, *, offset: float, rains: range) -> None:
    """A probe that reads `offset` too much in a soil filled every few days, seen to drain."""
    start = garden.at - timedelta(days=54)
    theta = 0.24
    for hour in range(0, 54 * 24, 2):
        time = start + hour * HOUR
        since = (
            min(
                (time - (garden.at - n * 24 * HOUR)) / HOUR
                for n in rains
                if garden.at - n * 24 * HOUR <= time
            )
            if time >= garden.at - rains[-1] * 24 * HOUR
            else None
        )
        if since is None:
            theta = 0.24
        else:
            theta = 0.25 + 0.08 * 0.5 ** (since / 6.0) - 0.0025 * since / 24.0
        garden.probe(time, round(theta + offset + 0.0002 * (hour % 3), 4))


def test_the_field_capacity_a_probe_sees_becomes_its_reference(garden: Garden) -> None:
    garden.summer()
    rains = range(3, 52, 8)
    garden.rain({24 * n: 40.0 for n in rains})
    garden.forecast([0.0] * 9)
    drained(garden, offset=0.05, rains=rains)
    found = garden.ask()
    seen = found.sources["field_capacity_seen"]["probe"]
    assert seen["events"] >= 3
    assert seen["water_content"] == pytest.approx(0.30, abs=0.02)
    # By its own word the soil would be above field capacity.
    assert found.facts["soil_moisture"] > 0.27
    assert found.depletion_mm > 2.0


@pytest.mark.parametrize("level", [0.12, 0.16, 0.20, 0.24])
def test_rain_today_never_asks_for_more_water(garden: Garden, level: float) -> None:
    garden.summer()
    garden.moisture(now=level, days=20)
    garden.forecast([0.0] * 9)
    found = []
    for rain in (0.0, 4.0, 15.0, 40.0):
        garden.rain({5: rain}, days=55)
        found.append(garden.ask())
    for less, more in pairwise(found):
        assert more.depletion_mm <= less.depletion_mm + 0.1
        assert more.depth_mm <= less.depth_mm + 0.1


def test_drier_readings_never_wait_longer(garden: Garden) -> None:
    weathered(garden)
    garden.moisture(now=0.22, days=20)
    found = []
    for step, value in enumerate((0.30, 0.26, 0.22, 0.18, 0.14, 0.10)):
        garden.probe(garden.at - timedelta(minutes=30) + step * timedelta(seconds=1), value)
        found.append(garden.ask())
    for wetter, drier in pairwise(found):
        assert drier.depletion_mm >= wetter.depletion_mm - 0.1
        assert drier.facts["days_to_raw"] <= wetter.facts["days_to_raw"] + 1e-6
        assert not (wetter.decision == "irrigate" and drier.decision == "wait")


def test_a_season_is_the_same_whenever_it_is_asked(garden: Garden) -> None:
    weathered(garden)
    garden.moisture(now=0.23, days=30)
    before = garden.ask()
    garden.probe(garden.at + HOUR, 0.4)
    assert repr(garden.ask(at=datetime(2026, 7, 14, 8, 0, tzinfo=UTC))) == repr(before)
