"""The city's figures: counted in pieces, the same on Dask, beside pandas over all rows at once."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agro.scale import analyse, plan
from agro.scale.pool import pool
from agro.store.archive import layout, streams
from agro.store.archive.writer import write_month


def pieces(folder: Path) -> list[plan.Piece]:
    return plan.plan(plan.months_in(folder), rows=100_000)


def every(folder: Path) -> pd.DataFrame:
    rows = pd.concat(pd.read_parquet(part) for part in sorted(folder.glob("*/part-*.parquet")))
    told = pd.read_parquet(next(folder.glob("*/streams.parquet")))
    return rows.merge(told, on="datastream_id")


def test_doubts(made: Path) -> None:
    with pool() as run:
        found = analyse.doubted(pieces(made), run)
    rows = every(made)
    keys = ["model", "commune"]
    wanted = rows.assign(step=rows["tests"] & 4 > 0).groupby(keys)["step"].agg(["sum", "size"])
    assert set(found["test"]) == {"step"}
    found = found.set_index(keys).loc[wanted.index]
    assert found["doubted"].tolist() == wanted["sum"].tolist()
    assert found["values"].tolist() == wanted["size"].tolist()
    assert found["share"].between(0.003, 0.005).all()


@pytest.mark.service
def test_water_by_commune_and_day_on_one_and_on_two(made: Path) -> None:
    with pool() as run:
        found = analyse.daily_water(pieces(made), run, "Europe/Paris")
    with pool(workers=2) as run:
        other = analyse.daily_water(pieces(made), run, "Europe/Paris")
    pd.testing.assert_frame_equal(found, other, check_exact=True)
    rows = every(made)
    rows = rows[(rows["quantity"] == "soil_moisture") & (rows["flag"] <= 2)]
    local = pd.to_datetime(rows["time"], unit="s", utc=True).dt.tz_convert("Europe/Paris")
    rows = rows.assign(day=local.dt.strftime("%Y-%m-%d"))
    wanted = rows.groupby(["commune", "day"])["value"].agg(["count", "mean"])
    found = found.set_index(["commune", "day"]).loc[wanted.index]
    assert found["count"].tolist() == wanted["count"].tolist()
    assert np.allclose(found["mean"], wanted["mean"], rtol=1e-12)


def _table(id_: int, times: list[int]) -> Any:
    return layout.pa.table(
        {
            "datastream_id": [id_] * len(times),
            "time": times,
            "value": [0.25] * len(times),
            "flag": [1] * len(times),
            "tests": [0] * len(times),
            "uncalibrated": layout.pa.nulls(len(times), layout.pa.float64()),
        }
    )


def test_silence_also_between_two_months(tmp_path: Path) -> None:
    """A device that speaks hourly is silent for the two days around the month's end."""
    border, told = 1_780_272_000, {"datastream_id": 7, "device": "probe-7", "commune": "21231"}
    words = layout.pa.Table.from_pylist([told], streams.SCHEMA)
    hours = [3600 * n for n in range(-200, 200) if not -24 <= n < 24]
    for month, here in (
        ("2026-05", [h for h in hours if h < 0]),
        ("2026-06", [h for h in hours if h >= 0]),
    ):
        rows = _table(7, [border + hour for hour in here])
        write_month(tmp_path / f"{month}.1", month, "UTC", [rows], words)
    with pool() as run:
        found = analyse.silences(pieces(tmp_path), run).iloc[0]
    assert (found["device"], found["interval_s"], found["silences"]) == ("probe-7", 3600.0, 1)
    assert found["silent_s"] == 48 * 3600
    assert found["share"] == pytest.approx(48 / 399)


def test_a_moved_device_counts_where_it_stood(tmp_path: Path) -> None:
    start = 1_780_272_000
    one = {"datastream_id": 7, "device": "p", "quantity": "soil_moisture", "model": "m"}
    stays = [
        {**one, "since": 0, "until": start + 7200, "commune": "A", "commune_name": "a"},
        {**one, "since": start + 7200, "commune": "B", "commune_name": "b"},
    ]
    words = layout.pa.Table.from_pylist(stays, streams.SCHEMA)
    rows = _table(7, [start + 1800 * n for n in range(10)])
    write_month(tmp_path / "2026-06.1", "2026-06", "UTC", [rows], words)
    with pool() as run:
        found = analyse.daily_water(pieces(tmp_path), run, "UTC")
    assert dict(zip(found["commune"], found["count"], strict=True)) == {"A": 4, "B": 6}
