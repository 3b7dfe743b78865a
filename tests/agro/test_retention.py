"""The database keeps so many months, by itself."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from agro import retention
from agro.store import farms, readings, schema, writing
from agro.store.access import audit, sessions, users
from agro.store.access.audit import Audited
from agro.store.access.users import User
from agro.store.archive.months import limit
from agro.store.readings import Row


@pytest.mark.parametrize(
    ("keep", "wanted"), [(0, "2026-03"), (1, "2026-02"), (3, "2025-12"), (15, "2024-12")]
)
def test_full_months_are_kept_beside_that_of_now(keep: int, wanted: str) -> None:
    assert limit(datetime(2026, 3, 31, 23, tzinfo=UTC), keep) == wanted


def test_older_months_are_archived_and_what_fails_is_tried_again(
    store: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(retention, "now", lambda: datetime(2026, 8, 3, tzinfo=UTC))
    monkeypatch.setattr(retention, "LOOK_EVERY_S", 0.05)
    with writing(store) as c:
        device = farms.devices(c)[0].device
        times = [int(datetime(2026, month, 2, tzinfo=UTC).timestamp()) for month in range(4, 9)]
        readings.write(c, [Row(device, "soil_moisture", 20.0, time, 0.2, 1) for time in times])
    blocked = tmp_path / "var" / "archive"
    blocked.parent.mkdir()
    blocked.write_text("a file where the folder should be")
    stop, tries = threading.Event(), iter(range(3))

    def wait(_seconds: float) -> bool:
        if next(tries) == 0:
            blocked.unlink()
        else:
            stop.set()
        return stop.is_set()

    monkeypatch.setattr(stop, "wait", wait)
    retention.run(store, stop, 2)
    assert "cannot archive: " in caplog.text
    with store.connect() as c:
        months = c.scalars(select(schema.archived_month.c.month)).all()
        left = c.scalars(select(schema.observation.c.time)).all()
    assert sorted(months) == ["2026-04", "2026-05"]
    assert sorted(left) == times[2:]


@pytest.mark.parametrize(("keep", "left"), [(0, [3, 5, 6, 8]), (2, [6, 8])])
def test_who_wrote_what_is_known_for_so_many_months(
    store: Engine, monkeypatch: pytest.MonkeyPatch, keep: int, left: list[int]
) -> None:
    monkeypatch.setattr(retention, "now", lambda: datetime(2026, 8, 3, tzinfo=UTC))
    with writing(store) as c:
        for month in (3, 5, 6, 8):
            at = datetime(2026, month, 1, tzinfo=UTC)
            audit.record(c, Audited(at, "anne@example.org", "logbook.write"))
    retention.forget(store, keep)
    with store.connect() as c:
        assert sorted(one.at.month for one in audit.audited(c)) == left


def test_sessions_that_are_over_go(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 8, 3, tzinfo=UTC)
    monkeypatch.setattr(retention, "now", lambda: at)
    with writing(store) as c:
        users.save(c, User("anne@example.org", "", frozenset({"operator"}), at))
        for name, hours in (("over", -1), ("open", 1)):
            expires = at + timedelta(hours=hours)
            sessions.begin(c, name, "anne@example.org", at=at - timedelta(days=9), expires=expires)
    retention.forget(store, 0)
    with store.connect() as c:
        assert c.scalars(select(schema.app_session.c.token_hash)).all() == ["open"]
