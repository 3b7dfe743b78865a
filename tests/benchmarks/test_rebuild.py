"""A hundred million archived rows: how small, and how soon every rollup is computed from them.

The same pieces in one process, in two workers on this machine, and on a Dask scheduler with two
workers as processes of their own. `AGRO_BENCH_ARCHIVED` takes another number of rows.
"""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from agro.scale import plan, rebuild
from agro.scale.pool import pool
from tests.agro.scale.conftest import STEP_S, dask_processes, make_archive

ROWS = int(os.environ.get("AGRO_BENCH_ARCHIVED", "100000000"))
MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]
SERIES = max(1, round(ROWS / 0.98 / (365 * 86_400 / STEP_S)))
ROOM = 12  # bytes a row, with the rollups of three runs


def test_a_hundred_million_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.disk_usage(tmp_path).free < ROWS * ROOM:
        pytest.skip(f"{ROWS * ROOM / 1e9:.1f} GB are not free")
    archive = tmp_path / "archive"
    began = time.perf_counter()
    rows = make_archive(archive, MONTHS, SERIES)
    made = time.perf_counter() - began
    size = sum(file.stat().st_size for file in archive.rglob("*.parquet"))
    with capsys.disabled():
        print(
            f"\n{rows:,} rows of {SERIES} series, {len(MONTHS)} months: written in {made:.0f} s "
            f"({rows / made:,.0f} rows/s), {size / 1e6:,.0f} MB, {size / rows:.2f} bytes a row"
        )
    pieces = plan.plan(plan.months_in(archive))
    found: dict[str, tuple[rebuild.Rebuilt, float]] = {}
    with pool() as run:
        found["one process"] = _timed(pieces, tmp_path, run)
    with pool(workers=2) as run:
        found["two local workers"] = _timed(pieces, tmp_path, run)
    with dask_processes(tmp_path / "dask", 2) as dask, pool(dask.url) as run:
        found["a scheduler, two workers"] = _timed(pieces, tmp_path, run)
    first, alone = found["one process"]
    with capsys.disabled():
        memory = psutil.Process().memory_info().rss / 1e6
        print(
            f"{first.pieces} pieces → {first.hours:,} hours, {first.days:,} days; this process "
            f"holds {memory:,.0f} MB"
        )
        for how, (done, seconds) in found.items():
            print(
                f"  {how}: {seconds:.1f} s, {done.rows / seconds:,.0f} rows/s, "
                f"{alone / seconds:.2f} × one process, SHA-256 {done.digest[:16]}"
            )
    assert first.rows == rows
    assert len({done.digest for done, _ in found.values()}) == 1


def _timed(pieces: list[plan.Piece], folder: Path, run: Any) -> tuple[rebuild.Rebuilt, float]:
    out = folder / "out"
    rebuild.rebuild(pieces[:2], "Europe/Paris", out, run=run)  # every process is awake
    began = time.perf_counter()
    done = rebuild.rebuild(pieces, "Europe/Paris", out, run=run)
    seconds = time.perf_counter() - began
    shutil.rmtree(out)
    return done, seconds
