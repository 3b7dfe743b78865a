"""Archived months: what leaves the database is read from Parquet, and nothing is lost between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, select

from agro.errors import AgroError, StoreError
from agro.store import archive, calibrations, flagging, readings, rollups, schema, writing
from agro.store.archive import guard, layout
from agro.store.calibrations import Calibration
from agro.store.readings import Row
from tests.agro.store.archived import (
    JULY,
    JUNE,
    MAY,
    START,
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
