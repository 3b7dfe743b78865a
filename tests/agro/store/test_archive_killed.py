"""Archiving that is killed, or beside readers, writers and corrections: nothing is lost."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from agro.errors import AgroError
from agro.store import archive, readings, schema, writing
from agro.store.archive import freeze, guard, layout
from agro.store.readings import Row
from tests.agro.store.archived import (
    JUNE,
    MAY,
    at,
    count,
    devices,
    every,
    fill,
    own_var,
    rollups_hold,
    same,
    series,
)

__all__ = ["own_var"]


_KILLED = """
import os, signal, sys
from agro.store import archive, open_store
from agro.store.archive import freeze

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

step = sys.argv[2]
if step == "in the middle of writing":
    pieces = freeze._pieces
    def some(*arguments):
        for piece in pieces(*arguments):
            yield piece
            die()
    freeze._pieces = some
elif step == "before reading back":
    freeze.layout.check = die
elif step == "before its name":
    freeze.layout.sync = die
elif step == "before it is settled":
    freeze._settle = die
elif step == "before it is cleared":
    freeze.clear = die
elif step == "in the middle of clearing":
    from agro.store.archive import clear
    clear._LOT = 1
    clear.time.sleep = die
    put = clear._empty_locked
    clear._empty_locked = lambda *a: (put(*a), die())
with archive.exclusive(engine := open_store(sys.argv[1])):
    archive.archive_month(engine, "2026-05")
"""


@pytest.mark.service
@pytest.mark.parametrize(
    "step",
    [
        "in the middle of writing",
        "before reading back",
        "before its name",
        "before it is settled",
        "before it is cleared",
        "in the middle of clearing",
    ],
)
@pytest.mark.parametrize("again", [False, True], ids=["first time", "taking up late data"])
def test_killed_at_any_step_nothing_is_lost(
    store: Engine, store_url: str, step: str, again: bool
) -> None:
    fill(store)
    device = devices(store)[0]
    if again:
        with archive.exclusive(store):
            archive.archive_month(store, MAY)
        with writing(store) as c:
            readings.write(c, [Row(device, "soil_moisture", 10.0, at(5, 3, 1), 0.4, 1)])
    before = every(store)
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, store_url, step], env=dict(os.environ), check=False
    )
    assert killed.returncode == -9
    same(before, every(store))
    late = Row(device, "soil_moisture", 30.0, at(5, 4, 1), 0.41, 1)
    with writing(store) as c:
        readings.write(c, [late])
    assert rollups_hold(store)
    before = every(store)
    with archive.exclusive(store):
        done = archive.archive_month(store, MAY)
    assert done.kept == 0
    assert count(store, 5) == 0
    same(before, every(store))
    assert rollups_hold(store)
    assert not list(guard.folder().glob(".2026*"))


def test_what_is_written_while_a_month_is_archived_stays(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    device = devices(store)[0]
    late = Row(device, "soil_moisture", 10.0, at(5, 3, 1), 0.4, 1)
    changed = Row(device, "soil_moisture", 10.0, at(5, 3), 0.41, 1)
    settle = freeze._settle

    def write_first(*arguments: object) -> None:
        with writing(store) as c:
            readings.write(c, [late, changed])
        settle(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(freeze, "_settle", write_first)
    with archive.exclusive(store):
        done = archive.archive_month(store, MAY)
    assert done.kept == 1
    assert count(store, 5) == 31 * 4 + 3
    with store.connect() as c:
        found = series(c, device, depth_cm=10.0).set_index("time")["value"]
    assert found[pd.Timestamp(late.time, unit="s", tz="UTC")] == 0.4
    assert found[pd.Timestamp(changed.time, unit="s", tz="UTC")] == 0.41
    assert rollups_hold(store)


@pytest.mark.service
def test_readers_and_writers_beside_an_archiver(store: Engine) -> None:
    """Nobody sees a month without its rows, and nothing that is written meanwhile is lost."""
    fill(store)
    device, stop = devices(store)[1], threading.Event()
    with store.connect() as c:
        least = len(series(c, devices(store)[0]))
    seen: list[int] = []
    written: list[Row] = []

    def read() -> None:
        while not stop.is_set():
            with store.connect() as c:
                seen.append(len(series(c, devices(store)[0])))

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            row = Row(device, "soil_moisture", 10.0, at(5, 1) + 61 * number, 0.3, 1)
            with writing(store) as c:
                readings.write(c, [row])
            written.append(row)

    threads = [threading.Thread(target=read), threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            with archive.exclusive(store):
                archive.archive_month(store, MAY)
        with archive.exclusive(store):
            archive.restore_month(store, MAY)
            archive.archive_month(store, MAY)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(seen) > 5
    assert set(seen) == {least}
    with store.connect() as c:
        times = series(c, device, depth_cm=10.0)["time"]
    assert {row.time for row in written} <= {int(time.timestamp()) for time in times}
    assert len(written) > 5
    assert rollups_hold(store)


def test_what_is_brought_back_between_two_looks_is_read_where_it_then_is(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    with archive.exclusive(store):
        archive.archive_month(store, MAY)
    with store.connect() as c:
        before = series(c, devices(store)[0])
    read, brought_back = layout.read_manifest, list[Path]()

    def meanwhile(place: Path, digest: str = "") -> layout.Manifest:
        if not brought_back:
            brought_back.append(place)
            with archive.exclusive(store):
                archive.restore_month(store, MAY)
        return read(place, digest)

    monkeypatch.setattr(layout, "read_manifest", meanwhile)
    with store.connect() as c:
        after = series(c, devices(store)[0])
    assert brought_back
    assert not brought_back[0].exists()
    pd.testing.assert_frame_equal(after, before)


_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("archive"), st.sampled_from([MAY, JUNE])),
        st.tuples(st.just("restore"), st.sampled_from([MAY, JUNE])),
        st.tuples(
            st.just("write"),
            st.lists(
                st.tuples(
                    st.integers(-3, 3),
                    st.integers(0, 90_000),
                    st.floats(0, 1),
                    st.sampled_from([1, 2, 3, 4, 9]),
                ),
                min_size=1,
                max_size=6,
            ),
        ),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=_ACTS)
def test_rollups_equal_a_recomputation_whatever_is_archived(
    store: Engine, acts: list[tuple[str, object]]
) -> None:
    """Late, repeated and corrected rows around the border of two months, archived or not."""
    device = devices(store)[0]
    wanted: dict[int, float] = {}
    with writing(store) as c:
        for table in (schema.observation, schema.rollup_hour, schema.rollup_day):
            c.execute(table.delete())
        for table in (schema.archived_month, schema.thawed_month):
            c.execute(table.delete())
    for act, argument in acts:
        if act == "write":
            rows = [
                Row(device, "soil_moisture", 20.0, at(6) + side * 30_000 + offset, value, flag)
                for side, offset, value, flag in argument  # type: ignore[attr-defined]
            ]
            wanted |= {row.time: row.value for row in rows}
            with writing(store) as c:
                readings.write(c, rows)
            continue
        with archive.exclusive(store):
            if act == "archive":
                archive.archive_month(store, str(argument))
            else:
                with suppress(AgroError):  # it is not there
                    archive.restore_month(store, str(argument))
        assert rollups_hold(store)
    assert rollups_hold(store)
    with store.connect() as c:
        found = series(c, device)
    times = [int(time.timestamp()) for time in found["time"]]
    assert dict(zip(times, found["value"], strict=True)) == wanted
