"""Quiet hours and digests on the clock of the city, also where it jumps."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agro.notify.times import due_at, is_quiet
from agro.store.alerts.subscriptions import AlertSubscription

ZONE = ZoneInfo("Europe/Paris")
NIGHT = AlertSubscription(
    "a", "b", datetime(2026, 1, 1, tzinfo=UTC), quiet_from=1320, quiet_until=420
)
NOON = AlertSubscription(
    "a", "b", datetime(2026, 1, 1, tzinfo=UTC), quiet_from=720, quiet_until=840
)


@pytest.mark.parametrize(
    ("one", "at", "quiet"),
    [
        (NIGHT, "2026-07-03T19:59", False),
        (NIGHT, "2026-07-03T20:00", True),
        (NIGHT, "2026-07-04T04:59", True),
        (NIGHT, "2026-07-04T05:00", False),
        (NOON, "2026-07-03T10:00", True),
        (NOON, "2026-07-03T12:00", False),
    ],
)
def test_quiet_hours_are_local(one: AlertSubscription, at: str, quiet: bool) -> None:
    assert is_quiet(one, datetime.fromisoformat(f"{at}+00:00"), ZONE) is quiet


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-07-03T21:00", "2026-07-04T05:00"),
        ("2026-07-04T01:00", "2026-07-04T05:00"),
        ("2026-07-04T09:00", "2026-07-04T09:00"),
        ("2026-03-28T22:00", "2026-03-29T05:00"),  # an hour of this night is missing
        ("2026-10-24T21:00", "2026-10-25T06:00"),  # this one has one more
    ],
)
def test_what_comes_in_quiet_hours_waits_for_their_end(at: str, due: str) -> None:
    when = due_at(NIGHT, "heat", datetime.fromisoformat(f"{at}+00:00"), ZONE)
    assert when == datetime.fromisoformat(f"{due}+00:00")


def test_a_digest_waits_for_its_hour_and_what_wakes_for_nothing() -> None:
    one = AlertSubscription(
        "a", "b", datetime(2026, 1, 1, tzinfo=UTC), digest_hour=7, wake=("frost",)
    )
    at = datetime(2026, 7, 3, 5, 1, tzinfo=UTC)
    assert due_at(one, "heat", at, ZONE) == datetime(2026, 7, 4, 5, 0, tzinfo=UTC)
    assert due_at(one, "heat", at, ZONE, in_digest=False) == at
    assert due_at(one, "frost", at, ZONE) == at
