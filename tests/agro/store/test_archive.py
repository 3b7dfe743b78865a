"""Archived months: what leaves the database is read from Parquet, and nothing is lost between."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import nan
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from agro.errors import AgroError, StoreError
from agro.store import archive, calibrations, farms, flagging, readings, rollups, schema, writing
from agro.store.archive import freeze, guard, layout
from agro.store.calibrations import Calibration
from agro.store.readings import Row

MAY, JUNE, JULY = "2026-05", "2026-06", "2026-07"
START = datetime(2026, 5, 1, tzinfo=UTC)
END = datetime(2026, 8, 1, tzinfo=UTC)
A_DAY = 86_400


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))


def at(month: int, day: int = 1, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(2026, month, day, hour, minute, tzinfo=UTC).timestamp())


def devices(engine: Engine) -> list[str]:
    with engine.connect() as c:
        return [one.device for one in farms.devices(c)][:3]


def fill(engine: Engine, *, step: int = 6 * 3600) -> list[Row]:
    """Three devices, May to July."""
    times = range(at(5), at(8), step)
    rows = [
        Row(device, "soil_moisture", depth, time, 0.2 + (time % 7919) / 1e5, 1 + (time % 5 == 0))
        for device in devices(engine)
        for depth in (10.0, 30.0)
        for time in times
    ]
    rows.append(Row(devices(engine)[0], "soil_moisture", 10.0, at(5, 9, 1), nan, 9))
    rows.append(Row(devices(engine)[0], "soil_moisture", 10.0, at(5, 9, 2), 0.3, 4, 6, 0.31))
    with writing(engine) as c:
        readings.write(c, rows)
    return rows


def series(c: Connection, device: str, **more: float) -> pd.DataFrame:
    found = readings.series(
        c, device=device, quantity="soil_moisture", start=START, end=END, **more
    )
    return found.reset_index(drop=True)


def every(engine: Engine) -> list[pd.DataFrame]:
    with engine.connect() as c:
        return [series(c, device) for device in devices(engine)]


def count(engine: Engine, month: int) -> int:
    own = schema.observation.c.time
    query = select(func.count()).where(own >= at(month), own < at(month + 1))
    with engine.connect() as c:
        return c.scalar(query) or 0


def sums(c: Connection) -> list[tuple[float, ...]]:
    found: list[tuple[float, ...]] = []
    for table in (schema.rollup_hour, schema.rollup_day):
        rows = c.execute(select(table).order_by(*table.primary_key))
        found += [tuple(nan if value is None else float(value) for value in row) for row in rows]
    return found


def rollups_hold(engine: Engine) -> bool:
    """Whether the rollups equal a recomputation over database and archive."""
    with writing(engine) as c:
        before = sums(c)
        rollups.rebuild(c)
        after = sums(c)
    return after == [pytest.approx(row, rel=1e-12, nan_ok=True) for row in before]


def same(before: list[pd.DataFrame], after: list[pd.DataFrame]) -> None:
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_an_archived_month_is_read_as_before(store: Engine) -> None:
    fill(store)
    before, rows = every(store), count(store, 5)
    assert archive.archivable(store, JULY) == [MAY, JUNE]
    with archive.exclusive(store):
        done = archive.archive_month(store, MAY)
    assert (done.rows, done.left, done.kept) == (rows, rows, 0)
    assert count(store, 5) == 0
    assert archive.archivable(store, JULY) == [JUNE]
    same(before, every(store))
    with store.connect() as c:
        deep = series(c, devices(store)[0], depth_cm=30.0)
        assert deep["depth_cm"].unique().tolist() == [30.0]
        assert len(deep) == 92 * 4
    assert rollups_hold(store)


def test_the_file_says_what_it_holds_without_the_database(store: Engine, tmp_path: Path) -> None:
    rows = fill(store)
    with archive.exclusive(store):
        done = archive.archive_month(store, MAY)
    folder = tmp_path / "var" / "archive" / done.file
    table = pd.read_parquet(folder / "part-00000.parquet")
    streams = pd.read_parquet(folder / "streams.parquet")
    told = table.merge(streams, on="datastream_id")
    wanted = {(row.device, row.depth_cm, row.time) for row in rows if row.time < at(6)}
    assert set(zip(told["device"], told["depth_cm"], told["time"], strict=True)) == wanted
    assert set(told["unit"]) == {"m³ m⁻³"}
    assert told["site"].notna().all() and told["commune"].str.len().eq(5).all()
    assert table.sort_values(["datastream_id", "time"]).index.tolist() == list(range(len(table)))
    one = told[told["time"] == at(5, 9, 2)].iloc[0]
    assert (one["flag"], one["tests"], one["uncalibrated"]) == (4, 6, 0.31)
    assert told.loc[told["time"] == at(5, 9, 1), "value"].isna().all()


def test_late_data_brings_its_series_back_and_goes_with_it_the_next_time(store: Engine) -> None:
    fill(store)
    device = devices(store)[0]
    with archive.exclusive(store):
        archive.archive_month(store, MAY)
    late = Row(device, "soil_moisture", 10.0, at(5, 9, 0, 20), 0.123, 1)
    changed = Row(device, "soil_moisture", 10.0, at(5, 9), 0.222, 1)
    with writing(store) as c:
        readings.write(c, [late, changed])
        found = series(c, device, depth_cm=10.0).set_index("time")["value"]
        hour = rollups.hourly(
            c,
            quantity="soil_moisture",
            start=datetime(2026, 5, 9, tzinfo=UTC),
            end=datetime(2026, 5, 9, 1, tzinfo=UTC),
            device=device,
        ).iloc[0]
    assert found[pd.Timestamp(late.time, unit="s", tz="UTC")] == 0.123
    assert found[pd.Timestamp(changed.time, unit="s", tz="UTC")] == 0.222
    assert (hour["count"], hour["total"]) == (2, pytest.approx(0.345))
    assert count(store, 5) == 31 * 4 + 3  # one series of six
    assert rollups_hold(store)
    before = every(store)
    with archive.exclusive(store):
        done = archive.archive_month(store, MAY)
    assert (done.left, done.kept) == (31 * 4 + 3, 0)
    assert done.rows == 6 * 31 * 4 + 3
    assert count(store, 5) == 0
    same(before, every(store))
    assert rollups_hold(store)
    folders = [path.name for path in guard.folder().glob("[0-9]*")]
    assert folders == [done.file]


def test_a_month_comes_back(store: Engine) -> None:
    fill(store)
    before = every(store)
    with archive.exclusive(store):
        archived = archive.archive_month(store, MAY)
        assert archive.restore_month(store, MAY) == archived.rows
        with pytest.raises(AgroError, match="2026-05 is not in the archive"):
            archive.restore_month(store, MAY)
    assert count(store, 5) == archived.rows
    assert not list(guard.folder().glob("[0-9]*"))
    same(before, every(store))
    assert rollups_hold(store)


def test_the_value_before_is_found_in_the_archive(store: Engine) -> None:
    fill(store)
    device = devices(store)[0]
    with archive.exclusive(store):
        archive.archive_month(store, MAY)
        archive.archive_month(store, JUNE)
    late = Row(device, "soil_moisture", 10.0, at(6, 1, 0, 1), 0.9, 0)
    with writing(store) as c:
        with_archive = flagging.flagged(c, [late])
    with archive.exclusive(store):
        archive.restore_month(store, JUNE)
        archive.restore_month(store, MAY)
    with writing(store) as c:
        assert flagging.flagged(c, [late]) == with_archive
        assert with_archive[0].flag > 1


def test_a_calibration_reaches_into_the_archive(store: Engine) -> None:
    rows = fill(store)
    device = devices(store)[0]
    with archive.exclusive(store):
        archive.archive_month(store, MAY)
    since, until = datetime(2026, 5, 10, tzinfo=UTC), datetime(2026, 5, 20, tzinfo=UTC)
    offset = Calibration(
        device, "soil_moisture", 10.0, since, until, "linear", (0.01, 1.0), "by hand"
    )
    with writing(store) as c:
        calibrations.save(c, offset)
        found = series(c, device, depth_cm=10.0).set_index("time")["value"]
    wanted = {
        row.time: row.value + (0.01 if at(5, 10) <= row.time < at(5, 20) else 0.0)
        for row in rows
        if (row.device, row.depth_cm) == (device, 10.0)
    }
    assert found.tolist() == [pytest.approx(wanted[time], nan_ok=True) for time in sorted(wanted)]
    assert rollups_hold(store)


def test_what_was_written_past_the_program_stays(store: Engine) -> None:
    """Rows inserted by hand into an archived month are found before anything is removed."""
    fill(store)
    with archive.exclusive(store):
        archive.archive_month(store, MAY)
    with writing(store) as c:
        id_ = c.scalars(select(schema.datastream.c.id)).first()
        row = {"datastream_id": id_, "time": at(5, 2, 3, 33), "value": 0.5, "flag": 1}
        c.execute(schema.observation.insert(), row)
    with archive.exclusive(store):
        done = archive.archive_month(store, MAY)
    assert done.kept == 0
    assert done.rows == 6 * 31 * 4 + 3
    with store.connect() as c:
        assert any((frame["value"] == 0.5).any() for frame in every(store))


@pytest.mark.parametrize("harm", ["truncated", "changed", "gone"])
def test_a_harmed_file_is_told_and_nothing_is_removed(store: Engine, harm: str) -> None:
    fill(store)
    device = devices(store)[0]
    with archive.exclusive(store):
        done = archive.archive_month(store, MAY)
    part = guard.folder() / done.file / "part-00000.parquet"
    content = part.read_bytes()
    if harm == "gone":
        part.unlink()
    else:
        middle = len(content) // 2
        part.write_bytes(content[:middle] + (b"" if harm == "truncated" else b"!" * 9))
    with archive.exclusive(store), pytest.raises(StoreError, match="part-00000"):
        archive.restore_month(store, MAY)
    late = Row(device, "soil_moisture", 10.0, at(5, 9, 0, 20), 0.1, 1)
    with pytest.raises(StoreError, match="part-00000"), writing(store) as c:
        readings.write(c, [late])
    assert part.parent.is_dir()
    assert count(store, 5) == 0


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


def test_many_rows_make_parts_and_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small parts here, so that their borders fall everywhere."""
    import numpy as np
    import pyarrow as pa

    from agro.store.archive import writer

    monkeypatch.setattr(writer, "GROUP_ROWS", 100)
    monkeypatch.setattr(writer, "PART_ROWS", 300)
    luck = np.random.default_rng(5)
    ids = np.sort(luck.integers(0, 40, 2_345)).astype("int32")
    table = pa.table(
        {
            "datastream_id": ids,
            "time": np.arange(len(ids)),
            "value": luck.random(len(ids)),
            "flag": np.ones(len(ids), "int16"),
            "tests": np.zeros(len(ids), "int16"),
            "uncalibrated": pa.nulls(len(ids), pa.float64()),
        }
    )
    pieces = [table.slice(first, 77) for first in range(0, len(ids), 77)]
    streams = pa.table({"datastream_id": pa.array(range(50), pa.int32())})
    manifest = writer.write_month(tmp_path / "one", MAY, "UTC", pieces, streams)
    assert layout.check(tmp_path / "one") == manifest
    assert [part.rows for part in manifest.parts] == [300] * 7 + [245]
    wanted = [3, 17, 39]
    found = pa.concat_tables(layout.read(tmp_path / "one", manifest, wanted))
    assert found.equals(table.cast(layout.SCHEMA).filter(pa.array(np.isin(ids, wanted))))
    counts = pq.read_table(tmp_path / "one" / "streams.parquet").to_pydict()
    assert counts["rows_in_month"] == np.unique(ids, return_counts=True)[1].tolist()
    with pytest.raises(StoreError, match="out of order"):
        writer.write_month(tmp_path / "two", MAY, "UTC", reversed(pieces), streams)


def test_one_at_a_time(store: Engine) -> None:
    with (
        archive.exclusive(store),
        pytest.raises(AgroError, match="is running"),
        archive.exclusive(store),
    ):
        pass


def test_half_hour_zones_meet_over_the_border(store: Engine) -> None:
    """In India the hour that holds midnight UTC lies in two months."""
    with writing(store) as c:
        c.execute(schema.city.update().values(timezone="Asia/Kolkata"))
    device, border = devices(store)[0], at(6)
    rows = [Row(device, "soil_moisture", 20.0, border + dt, 0.2, 1) for dt in (-600, 600)]
    with writing(store) as c:
        readings.write(c, rows)
    with archive.exclusive(store):
        archive.archive_month(store, MAY)
    with writing(store) as c:
        readings.write(c, [rows[1]._replace(time=border + 1200)])
        hours = rollups.hourly(
            c,
            quantity="soil_moisture",
            start=START,
            end=START + timedelta(days=60),
            device=device,
        )
    assert hours["count"].tolist() == [3]
    assert rollups_hold(store)
