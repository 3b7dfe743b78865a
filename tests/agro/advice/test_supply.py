"""Taps and tanks that beds share, legal hours, heavy soil, and the farmer's own choices."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agro.advice import advise
from agro.advice.beds import Bed
from agro.advice.moment import Moment, next_start
from agro.advice.supply import clock_time, windows
from agro.records import Advice, IrrigationSystem, Plot, Site, Soil, Tank
from agro.words import advice_sentence
from tests.agro.advice.conftest import Retold

Garden = Any  # the fixture's class, which lives in conftest.py
HOUR = timedelta(hours=1)
NIGHT = np.isin(np.arange(24), (20, 21, 22, 23))[None]


def ask(garden: Garden, hours: np.ndarray[Any, Any] | None = None) -> dict[str, Advice]:
    garden.keep()
    with garden.engine.connect() as c:
        allowed = None if hours is None else {"garden": hours}
        return {one.plot: one for one in advise(c, at=garden.at, allowed_hours=allowed)}


def dry(garden: Garden) -> None:
    """The squash is dry, and so is the tunnel, which nobody waters."""
    garden.probe(garden.at, 0.15)


def test_beds_of_one_tap_take_their_turns(measured: Garden, retold: Retold) -> None:
    dry(measured)
    retold(systems={"drip": {"flow": 5.0, "end": "23:00"}})
    alone = ask(measured)
    assert alone["squash"].when == alone["tunnel"].when
    retold(systems={"drip": {"tap": "standpipe", "flow": 5.0, "end": "23:00"}})
    shared = ask(measured)
    turns = sorted(
        (one.when, one.when + timedelta(minutes=one.minutes))
        for one in (shared["squash"], shared["tunnel"])
        if one.decision == "irrigate"
    )
    assert len(turns) == 2
    assert turns[0][1] <= turns[1][0] + timedelta(minutes=1)
    assert turns[0][0] == alone["squash"].when


def test_a_short_window_leaves_the_less_urgent_bed_for_tomorrow(
    measured: Garden, retold: Retold
) -> None:
    dry(measured)
    retold(systems={"drip": {"tap": "standpipe", "flow": 2.0}})
    found = ask(measured)
    both = [found["squash"], found["tunnel"]]
    assert sum(one.minutes for one in both) <= 150.0 + 0.1  # 05:30 to 08:00
    assert any(one.reason == "window_full" for one in both)


def test_an_empty_tank_is_not_promised_to_anyone(measured: Garden, retold: Retold) -> None:
    dry(measured)
    full = ask(measured)
    asked = full["squash"].litres + full["tunnel"].litres
    read = measured.at.date() - timedelta(days=1)
    retold(
        tanks=(Tank("garden", "butt", 1000.0, 0.0, 200.0, read),),
        systems={"drip": {"tank": "butt"}},
    )
    found = ask(measured)
    both = [found["squash"], found["tunnel"]]
    assert asked > 200.0
    assert sum(one.litres for one in both) <= 200.0 + 0.1
    assert any(one.reason == "tank_low" for one in both)
    assert all("tank_level_computed" in one.cautions for one in both)
    plot = Plot("garden", "squash", "Squash", "bed", 20.0, "loam", "drip", 47.32, 5.04)
    low = next(one for one in both if one.reason == "tank_low")
    assert "cuve" in advice_sentence(low, plot, "fr").why


def test_rain_fills_a_tank_again(measured: Garden, retold: Retold) -> None:
    dry(measured)
    read = measured.at.date() - timedelta(days=2)
    measured.measure("gauge", "rain", measured.at - timedelta(days=1), 20.0)

    def litres(roof: float) -> float:
        tank = Tank("garden", "butt", 5000.0, roof, 0.0, read)
        retold(tanks=(tank,), systems={"drip": {"tank": "butt"}})
        found = ask(measured)
        return found["squash"].litres + found["tunnel"].litres

    assert litres(0.0) == 0.0
    assert litres(50.0) == pytest.approx(min(litres(5000.0), 0.8 * 50.0 * 20.0), rel=0.05)


def test_watering_keeps_to_legal_hours(measured: Garden) -> None:
    dry(measured)
    found = ask(measured, NIGHT)["squash"]
    assert found.decision == "irrigate"
    assert found.when == datetime(2026, 7, 14, 18, 0, tzinfo=UTC)  # 20 h in Dijon


def test_where_no_hour_is_legal_a_thirsty_bed_is_told_so(measured: Garden) -> None:
    dry(measured)
    found = ask(measured, np.zeros((1, 24), dtype=bool))
    assert (found["squash"].decision, found["squash"].reason) == ("forbidden", "drought_order")
    assert found["squash"].litres == 0.0
    assert all(day.irrigation_mm == 0.0 for day in found["squash"].plan)
    assert found["bare"].decision == "wait"


def test_every_hour_allowed_changes_no_decision(measured: Garden) -> None:
    dry(measured)
    free, told = ask(measured), ask(measured, np.ones((1, 24), dtype=bool))
    for plot, one in free.items():
        other = told[plot]
        assert (one.decision, one.reason, one.when) == (other.decision, other.reason, other.when)


def test_a_prudent_farmer_waters_when_a_saving_one_still_waits(
    measured: Garden, retold: Retold
) -> None:
    chances = {}
    for risk in ("prudent", "saving"):
        retold(plantings={"squash": {"risk": risk}})
        chances[risk] = [_decision(measured, content) for content in np.arange(0.17, 0.24, 0.01)]
    waits = {risk: decisions.count("wait") for risk, decisions in chances.items()}
    assert waits["saving"] > waits["prudent"]


def _decision(garden: Garden, content: float) -> str:
    garden.probe(garden.at, round(float(content), 3))
    return ask(garden)["squash"].decision


def test_thirst_that_is_meant_is_said(measured: Garden, retold: Retold) -> None:
    retold(
        plantings={
            "tunnel": {
                "crop": "pea",
                "strategy": "deficit",
                "planted": measured.at.date() - timedelta(days=80),
            }
        }
    )
    found = ask(measured)["tunnel"]
    assert found.facts["allowed_mm"] > found.raw_mm


def test_clay_is_watered_in_runs_with_pauses(measured: Garden, retold: Retold) -> None:
    dry(measured)
    drip = {"flow": 10.0, "start": "05:30", "end": "20:30"}
    retold(soils={"loam": {"texture": "clay"}}, systems={"drip": drip})
    found = ask(measured)["squash"]
    assert found.facts["cycles"] >= 2
    # 30 mm/h on clay: 12.7 mm stand after 28 min, and 3 mm/h take them in
    assert found.facts["soak_minutes"] == pytest.approx(12.7 / 3.0 * 60.0, abs=0.1)
    pauses = (found.facts["cycles"] - 1) * found.facts["soak_minutes"]
    assert found.facts["span_minutes"] == pytest.approx(found.minutes + pauses, abs=0.1)
    assert found.facts["span_minutes"] <= 15 * 60.0 + 0.1
    stated = {**drip, "soak_minutes": 30.0}
    retold(soils={"loam": {"texture": "clay"}}, systems={"drip": stated})
    shorter = ask(measured)["squash"]
    assert shorter.facts["soak_minutes"] == 30.0
    plot = Plot("garden", "squash", "Squash", "bed", 20.0, "loam", "drip", 47.32, 5.04)
    amount = advice_sentence(shorter, plot, "en").amount
    assert f"in {shorter.facts['cycles']:.0f} runs, with 30" in amount


_clock = st.builds(
    lambda h, m: f"{h:02d}:{m:02d}", st.integers(0, 23), st.sampled_from([0, 15, 30, 45])
)
_at = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)


@given(_at, _clock, _clock)
@settings(max_examples=300, deadline=None)
def test_the_first_window_opens_at_the_next_start(at: datetime, start: str, end: str) -> None:
    moment = Moment(at, ZoneInfo("Europe/Paris"))
    if {moment.at.astimezone(moment.zone).utcoffset()} != {
        (moment.at + timedelta(days=n)).astimezone(moment.zone).utcoffset() for n in (-1, 0, 1, 2)
    }:
        return  # clocks change: an hour may be skipped
    system = IrrigationSystem("g", "d", "drip", 4.0, 0.9, 0.4, 4.0, start, end)
    site = Site("g", "G", "market_garden", "21231", 47.32, 5.04, 245.0)
    plot = Plot("g", "p", "P", "bed", 20.0, "loam", "d", 47.32, 5.04)
    soil = Soil("g", "loam", "loam", 0.25, 0.12, 9.0, 19.0, "test")
    found = windows([Bed(site, plot, soil, system, None, ())], moment, None)
    day = int(found.open_days[:, 0].argmax())
    opens = clock_time(moment, day, float(found.opens[day, 0]))
    assert opens == next_start(moment, start, end)
