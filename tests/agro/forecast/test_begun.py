"""A harvest that has begun moves the window it was given."""

from datetime import date
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agro.forecast.begun import as_begun
from models.harvest.phenology import Window
from tests.agro.advice.conftest import Garden
from tests.agro.forecast.test_forecast import ask, pick

WINDOW = Window(50.0, 55.0, 60.0, 90.0, 100.0, 110.0)


def _told(window: Window | None) -> tuple[float, ...]:
    assert window is not None
    return (window.earliest, window.likely, window.latest, window.end_earliest, window.end)


@pytest.mark.parametrize(
    ("age", "begins", "ends"),
    [(55.0, 55.0, 100.0), (48.0, 48.0, 100.0), (61.0, 61.0, 106.0), (80.0, 80.0, 110.0)],
)
def test_what_begins_later_ends_later(age: float, begins: float, ends: float) -> None:
    found = as_begun(WINDOW, age)
    assert found is not None
    assert (found.earliest, found.likely, found.latest, found.end) == (begins,) * 3 + (ends,)


def test_what_begins_after_its_window_is_not_over_that_day() -> None:
    assert _told(as_begun(WINDOW, 130.0))[-1] == 151.0
    short = Window(40.0, 45.0, 50.0, 50.0, 52.0, 56.0)
    assert _told(as_begun(short, 60.0))[-1] == 67.0


def test_what_has_not_begun_or_is_not_known_stays() -> None:
    assert as_begun(WINDOW, nan) is WINDOW
    assert as_begun(None, 60.0) is None
    never = as_begun(Window(inf, inf, inf, inf, inf, inf), 60.0)
    assert never is not None
    assert (never.likely, never.end) == (60.0, inf)


@given(st.lists(st.floats(1.0, 300.0), min_size=6, max_size=6).map(sorted), st.floats(0.0, 400.0))
def test_it_ends_after_it_began(days: list[float], age: float) -> None:
    found = as_begun(Window(*days), age)
    assert found is not None
    assert age < found.end_earliest <= found.end <= found.end_latest
    assert all(map(isfinite, _told(found)))


def test_a_harvest_that_is_noted_begins_when_it_is(measured: Garden) -> None:
    pick(measured, 0.0, date(2026, 6, 1), plot="squash")
    foreseen = ask(measured)["squash"]
    assert foreseen.start is not None
    pick(measured, 1.0, date(2026, 6, 20), plot="squash")
    found = ask(measured)["squash"]
    assert found.start == date(2026, 6, 20) != foreseen.start


def test_days_that_nobody_measured_take_nothing(garden: Garden) -> None:
    """No watering is noted and the climate is dry: that says nothing of this season."""
    guessed = ask(garden, site="plateau")["field"]
    assert guessed.sources["weather_guessed_share"] == 1.0
    assert guessed.sources["stress_days"] == 0
    assert not [one for one in guessed.factors if str(one["code"]).startswith("water_")]


def test_days_that_were_measured_do(measured: Garden) -> None:
    dry = ask(measured, site="plateau")["field"]
    assert dry.sources["stress_days"] > 0
    assert [one for one in dry.factors if str(one["code"]).startswith("water_")]
