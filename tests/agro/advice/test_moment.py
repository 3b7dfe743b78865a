"""Local days, watering hours and the course of a day's evapotranspiration."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from agro.advice.moment import Moment, et_share, next_start

DIJON = ZoneInfo("Europe/Paris")


def at(*parts: int) -> Moment:
    """A local time in Dijon."""
    return Moment(datetime(*parts, tzinfo=DIJON), DIJON)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("now", "start", "end", "expected"),
    [
        pytest.param((2026, 7, 14, 3, 0), "05:30", "08:00", (2026, 7, 14, 5, 30), id="later"),
        pytest.param((2026, 7, 14, 6, 0), "05:30", "08:00", (2026, 7, 14, 6, 0), id="now"),
        pytest.param((2026, 7, 14, 8, 0), "05:30", "08:00", (2026, 7, 15, 5, 30), id="tomorrow"),
        pytest.param((2026, 7, 14, 12, 0), "21:00", "06:00", (2026, 7, 14, 21, 0), id="evening"),
        pytest.param(
            (2026, 7, 14, 3, 0), "21:00", "06:00", (2026, 7, 14, 3, 0), id="past midnight"
        ),
        pytest.param((2026, 3, 28, 12, 0), "05:30", "08:00", (2026, 3, 29, 5, 30), id="spring"),
        pytest.param((2026, 10, 24, 12, 0), "05:30", "08:00", (2026, 10, 25, 5, 30), id="autumn"),
    ],
)
def test_watering_starts_in_its_hours_by_the_gardens_clock(
    now: tuple[int, ...], start: str, end: str, expected: tuple[int, ...]
) -> None:
    found = next_start(at(*now), start, end)
    assert found == at(*expected).at
    assert found.tzinfo == UTC


def test_a_start_that_the_spring_night_skips_comes_an_hour_later() -> None:
    found = next_start(at(2026, 3, 28, 12, 0), "02:30", "04:00")
    assert found.astimezone(DIJON).hour == 3


def test_days_are_local_and_as_long_as_they_are() -> None:
    moment = at(2026, 10, 25, 12, 0)
    assert moment.midnight(moment.today) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert moment.elapsed_share(moment.at) == pytest.approx(13 / 25)


def test_evapotranspiration_runs_from_morning_to_evening() -> None:
    shares = [et_share(datetime(2026, 7, 14, hour, tzinfo=UTC), 5.0) for hour in range(3, 22)]
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert all(a <= b for a, b in pairwise(shares))
    assert et_share(datetime(2026, 7, 14, 12, 40, tzinfo=UTC), 5.0) == pytest.approx(0.5, abs=0.01)
