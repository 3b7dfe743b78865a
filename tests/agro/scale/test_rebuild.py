"""Rollups of an archive: the same bits on one process, on several, and on a Dask scheduler."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agro.errors import AgroError, BadInput
from agro.scale import plan, rebuild
from agro.scale.pool import pool
from agro.store import sums
from agro.store.buckets import day_bounds, hour_start

ROWS_A_PIECE = 100_000


def rebuilt(folder: Path, out: Path, **how: Any) -> rebuild.Rebuilt:
    pieces = plan.plan(plan.months_in(folder), rows=ROWS_A_PIECE)
    with pool(**how) as run:
        return rebuild.rebuild(pieces, "Europe/Paris", out, run=run)


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.concat(pd.read_parquet(file) for file in sorted((out / name).glob("*.parquet")))


def test_the_rollups_are_those_of_pandas(made: Path, tmp_path: Path) -> None:
    """Pandas' own hours and days of its own clock, beside ours."""
    done = rebuilt(made, tmp_path)
    rows = pd.concat(pd.read_parquet(part) for part in sorted(made.glob("*/part-*.parquet")))
    local = pd.to_datetime(rows["time"], unit="s", utc=True).dt.tz_convert("Europe/Paris")
    # Over UTC: the hour that the clocks repeat is two hours.
    rows["hour"] = rows["time"] // 3600 * 3600
    rows["day"] = local.dt.date
    good = rows[(rows["flag"] <= 2) & rows["value"].notna()]
    assert done.rows == len(rows)
    for name, key in (("rollup_hour", "hour"), ("rollup_day", "day")):
        found = table(tmp_path, name)
        if key == "day":
            start = pd.to_datetime(found["start"], unit="s", utc=True)
            found["start"] = start.dt.tz_convert("Europe/Paris").dt.date
        wanted = good.groupby(["datastream_id", key])["value"].agg(["count", "sum", "min", "max"])
        suspect = rows.assign(suspect=rows["flag"] == 3)
        every = suspect.groupby(["datastream_id", key])["suspect"].sum()
        found = found.set_index(["datastream_id", "start"]).sort_index()
        assert found.index.tolist() == every.index.tolist()
        assert found["suspect"].tolist() == every.tolist()
        here = found[found["count"] > 0]
        assert here["count"].tolist() == wanted["count"].tolist()
        assert np.allclose(here["total"], wanted["sum"], rtol=1e-12)
        assert here["minimum"].tolist() == wanted["min"].tolist()
        assert here["maximum"].tolist() == wanted["max"].tolist()


def test_days_of_23_and_25_hours(made: Path, tmp_path: Path) -> None:
    rebuilt(made, tmp_path)
    days = table(tmp_path, "rollup_day").groupby("start")["count"].median()
    length = {
        str(pd.Timestamp(start, unit="s", tz="Europe/Paris").date()): count
        for start, count in days.items()
    }
    hours = table(tmp_path, "rollup_hour")
    for day, wanted in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-04-10", 24)):
        start, end = day_bounds(
            int(pd.Timestamp(f"{day} 12:00", tz="Europe/Paris").timestamp()),
            ZoneInfo("Europe/Paris"),
        )
        assert end - start == wanted * 3600
        one = hours[(hours["datastream_id"] == 1) & hours["start"].between(start, end - 1)]
        assert len(one) == wanted
        assert length[day] == pytest.approx(wanted * 6 * 0.973, abs=3)


@pytest.mark.service
def test_the_same_bits_wherever_they_are_computed(
    made: Path, tmp_path: Path, dask_cluster: Callable[[int], Any]
) -> None:
    here = rebuilt(made, tmp_path / "here")
    local = rebuilt(made, tmp_path / "local", workers=2)
    remote = rebuilt(made, tmp_path / "remote", scheduler=dask_cluster(1).url)
    assert here.rows > 1_000_000
    assert here.pieces > 10
    assert local == here
    assert remote == here
    for name in ("rollup_hour", "rollup_day"):
        one, other = table(tmp_path / "here", name), table(tmp_path / "remote", name)
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.service
def test_a_worker_that_dies_costs_time_only(
    made: Path, tmp_path: Path, dask_cluster: Callable[[int], Any]
) -> None:
    cluster = dask_cluster(1)
    first = cluster.add_worker()
    pieces = plan.plan(plan.months_in(made), rows=ROWS_A_PIECE)
    with pool(cluster.url) as run:
        heard: list[int] = []

        def told(rows: int) -> None:
            heard.append(rows)
            if len(heard) == 2:
                first.kill()

        done = rebuild.rebuild(pieces, "Europe/Paris", tmp_path / "out", run=run, told=told)
    assert done == rebuilt(made, tmp_path / "here")


def test_the_result_does_not_depend_on_the_cut(made: Path, tmp_path: Path) -> None:
    folders = plan.months_in(made)
    tables = []
    for name, rows in (("fine", 30_000), ("coarse", 10**9)):
        with pool() as run:
            pieces = plan.plan(folders, rows=rows)
            rebuild.rebuild(pieces, "Europe/Paris", tmp_path / name, run=run)
        tables.append(table(tmp_path / name, "rollup_hour").reset_index(drop=True))
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_what_cannot_be_reached_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="holds no archived month"):
        plan.months_in(tmp_path)
    monkeypatch.setattr("agro.scale.pool._CONNECT_S", 1)
    with (
        pytest.raises(AgroError, match="no Dask scheduler answers at tcp://127"),
        pool("tcp://127.0.0.1:9"),
    ):
        pass


_TIMES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(-40_000, 140_000),
        st.one_of(st.floats(-5, 5), st.just(float("nan"))),
        st.sampled_from([1, 2, 3, 4, 9]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:2],
)


@settings(deadline=None)
@given(
    rows=_TIMES,
    zone=st.sampled_from(["Europe/Paris", "Asia/Kolkata", "Asia/Kathmandu", "America/Sao_Paulo"]),
    around=st.sampled_from(["2026-03-28T20:00", "2026-10-24T20:00", "2018-11-03T20:00"]),
)
def test_buckets_are_those_of_the_store(
    rows: Sequence[tuple[int, int, float, int]], zone: str, around: str
) -> None:
    """Row by row with the functions that the collector's rollups use."""
    base = int(datetime.fromisoformat(around).replace(tzinfo=UTC).timestamp())
    ordered = sorted((id_, base + time, value, flag) for id_, time, value, flag in rows)
    columns = [np.array(column) for column in zip(*ordered, strict=True)]
    observed, place = sums.Observed(*columns), ZoneInfo(zone)
    hours = sums.hours(observed, place)
    wanted: dict[tuple[int, int], list[float]] = {}
    for id_, time, value, flag in ordered:
        believed = [value] if flag <= 2 and value == value else []
        wanted.setdefault((id_, hour_start(time, place)), []).extend(believed)
    assert [(row["datastream_id"], row["start"]) for row in hours.to_pylist()] == sorted(wanted)
    for row in hours.to_pylist():
        values = wanted[row["datastream_id"], row["start"]]
        assert row["count"] == len(values)
        assert row["total"] == (pytest.approx(sum(values)) if values else None)
        assert row["minimum"] == (min(values) if values else None)
    days = sums.days(hours, place).to_pylist()
    of_day: dict[tuple[int, int], int] = {}
    for (id_, hour), values in wanted.items():
        key = (id_, day_bounds(hour, place)[0])
        of_day[key] = of_day.get(key, 0) + len(values)
    assert {(row["datastream_id"], row["start"]): row["count"] for row in days} == of_day


def test_a_broken_part_is_told(made: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(made, tmp_path / "broken")
    part = next((tmp_path / "broken").glob("2026-04.1/part-*.parquet"))
    part.write_bytes(part.read_bytes()[:-100])
    with pytest.raises(AgroError, match=r"part-00000\.parquet cannot be read"):
        rebuilt(tmp_path / "broken", tmp_path / "out")


def test_empty_in_empty_out() -> None:
    nothing = sums.Observed(*(np.array([]) for _ in range(4)))
    hours = sums.hours(nothing, ZoneInfo("Europe/Paris"))
    assert hours.num_rows == sums.days(hours, ZoneInfo("Europe/Paris")).num_rows == 0
    assert isinstance(hours, pa.Table)
    assert pq is not None
