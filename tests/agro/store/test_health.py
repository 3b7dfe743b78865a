"""What the store says of itself for `agro doctor`, on either database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from agro.store import archive, farms, health, readings, schema, writing
from agro.store.archive import presence
from agro.store.readings import Row

MAY = datetime(2026, 5, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))


def _measure(store: Engine, *times: datetime) -> None:
    with writing(store) as c:
        device = farms.devices(c)[0].device
        rows = [Row(device, "air_temperature", 20.0, int(at.timestamp()), 18.0, 1) for at in times]
        readings.write(c, rows)


def _reaches_back(store: Engine, before: datetime) -> bool:
    with store.connect() as c:
        return health.reaches_back(c, before)


def test_how_far_the_data_reach_back_archived_or_not(store: Engine) -> None:
    assert not _reaches_back(store, MAY)
    _measure(store, MAY, MAY + timedelta(days=40))
    assert not _reaches_back(store, MAY)
    assert _reaches_back(store, MAY + timedelta(seconds=1))
    with archive.exclusive(store):
        archive.archive_month(store, "2026-05")
    assert _reaches_back(store, MAY + timedelta(days=30))
    assert not _reaches_back(store, MAY - timedelta(days=30))


def test_months_that_are_announced_only_are_not_archived(store: Engine) -> None:
    _measure(store, MAY, MAY + timedelta(days=40))
    with writing(store) as c:
        row = {"month": "2026-05", "rows": 0, "bytes": 0, "archived_at": 0}
        c.execute(insert(schema.archived_month), [row])
    with store.connect() as c:
        assert health.archive(c).months == 0
        assert presence.absent(c) == []
        assert presence.overdue(c, "2026-07") == ["2026-05", "2026-06"]
    with archive.exclusive(store):
        archive.archive_month(store, "2026-05")
    with store.connect() as c:
        assert health.archive(c).months == 1
        assert presence.overdue(c, "2026-07") == ["2026-06"]


def test_what_keeps_most_gaps_open_comes_first(store: Engine) -> None:
    details = ("no_key", "unreachable: timed out", "unreachable: no route", "unreachable: x", "")
    with writing(store) as c:
        thing = c.scalar(select(schema.thing.c.id).limit(1))
        gap = {"thing_id": thing, "missing": 1, "state": "open"}
        rows = [
            gap | {"after": n, "before": n + 1, "detail": detail, "application": f"app{n % 2}"}
            for n, detail in enumerate(details)
        ]
        rows += [
            gap | {"after": 90 + n, "before": 99, "detail": "too_old", "state": "given_up"}
            for n in range(9)
        ]
        for row in rows:
            c.execute(insert(schema.frame_gap), [row])
    with store.connect() as c:
        found = health.gaps_wait(c)
    assert next(iter(found)) == "unreachable"
    assert found == {"unreachable": ["app0", "app1"], "no_key": ["app0"], "": ["app0"]}
