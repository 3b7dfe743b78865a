"""A month of a city leaves the database, is read from Parquet, and is backed up and restored."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from agro.records import Device
from agro.store import archive, backup, farms, open_store, readings, rollups, writing
from agro.store.archive.months import bounds
from agro.store.backup import tables
from agro.store.readings import Row
from tests.agro.scale.conftest import STEP_S, one_series

ROWS = int(os.environ.get("AGRO_BENCH_MONTH", "2000000"))
MONTH = "2026-05"
SERIES = ROWS // (31 * 86_400 // STEP_S)
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def test_a_month(
    store: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))
    rows = _fill(store)
    file = tmp_path / "store.tar"
    target = open_store(f"sqlite:///{(tmp_path / 'other.sqlite').as_posix()}").url
    took: dict[str, float] = {"one series from the database": _seconds(lambda: _series(store))}
    took["backup"] = _seconds(lambda: backup.take(store, file))
    url = target.render_as_string(hide_password=False)
    took["restore into SQLite"] = _seconds(lambda: backup.restore(url, file))
    with archive.exclusive(store):
        took["archive"] = _seconds(lambda: archive.archive_month(store, MONTH))
    took["one series from the archive"] = _seconds(lambda: _series(store))
    took["a late value of it"] = _seconds(lambda: _late(store))
    with archive.exclusive(store):
        took["archive again"] = _seconds(lambda: archive.archive_month(store, MONTH))
    size = sum(part.stat().st_size for part in (tmp_path / "var").rglob("*.parquet"))
    with capsys.disabled():
        print(
            f"\n{store.dialect.name}: {rows:,} rows of {SERIES} series; {size / rows:.2f} bytes a "
            f"row in Parquet, {file.stat().st_size / rows:.2f} in the backup with its rollups"
        )
        for what, seconds in took.items():
            rate = "" if what.startswith(("one", "a late")) else f", {rows / seconds:,.0f} rows/s"
            print(f"  {what}: {seconds * 1000:,.0f} ms{rate}")
    assert len(_series(store)) > 4000


def _seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _series(engine: Engine) -> Any:
    with engine.connect() as c:
        return readings.series(
            c, device="p-3", quantity="soil_moisture", start=START, end=END, depth_cm=20.0
        )


def _late(engine: Engine) -> None:
    with writing(engine) as c:
        row = Row("p-3", "soil_moisture", 20.0, bounds(MONTH)[0] + 777, 0.25, 1)
        readings.write(c, [row])


def _fill(engine: Engine) -> int:
    luck, rows, start = np.random.default_rng(2), 0, bounds(MONTH)[0]
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        for number in range(SERIES):
            name = f"p-{number}"
            farms.save_device(c, Device(name, "", "dragino/lse01", site, "", name, (20.0,)))
        first = [Row(f"p-{n}", "soil_moisture", 20.0, start, 0.2, 1) for n in range(SERIES)]
        readings.write(c, first)
        known = readings.datastreams(c, {row.device for row in first})
    for lot in range(0, SERIES, 50):
        with writing(engine) as c:
            for id_ in sorted(one.id for one in known.values())[lot : lot + 50]:
                series = one_series(id_, bounds(MONTH), luck)
                tables.write(c, "observation", series)
                rows += series.num_rows
    with writing(engine) as c:
        rollups.rebuild(c)
    return rows + SERIES
