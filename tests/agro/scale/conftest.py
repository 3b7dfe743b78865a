"""An archive of a city's probes, made quickly, and real Dask processes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from agro.store.archive import layout, streams
from agro.store.archive.months import bounds
from agro.store.archive.writer import write_month
from tests.conftest import free_port, wait_for_port

STEP_S = 600
QUANTITIES = (("soil_moisture", 10.0), ("soil_moisture", 30.0), ("soil_temperature", 10.0))
COMMUNES = (("21231", "Dijon"), ("21166", "Chenôve"), ("21515", "Quetigny"))


def make_archive(folder: Path, months: list[str], series: int, *, seed: int = 1) -> int:
    """Probes that report every ten minutes, as the air lets them; how many rows.

    Soil moisture to a hundredth of a per cent and soil temperature to a hundredth of a degree,
    which change slowly, with a little noise. Two of a hundred messages are lost.
    """
    luck, rows = np.random.default_rng(seed), 0
    for month in months:
        pieces = (one_series(id_, bounds(month), luck) for id_ in range(1, series + 1))
        made = write_month(folder / f"{month}.1", month, "Europe/Paris", pieces, dictionary(series))
        rows += made.rows
    return rows


def one_series(id_: int, span: tuple[int, int], luck: np.random.Generator) -> pa.Table:
    """A month of one probe, `span` in epoch s."""
    times = np.arange(span[0] + 2 + id_ % (STEP_S - 5), span[1] - 5, STEP_S)
    times = times[luck.random(len(times)) > 0.02] + luck.integers(-2, 3)  # its clock
    times += luck.integers(0, 3, len(times))  # and the air
    day = 2 * np.pi * times / 86_400
    if QUANTITIES[id_ % 3][0] == "soil_moisture":
        values = 0.25 + 0.05 * np.sin(day / 9 + id_) + 0.0008 * luck.standard_normal(len(times))
        values = np.round(values, 4)
    else:
        values = 15 + 4 * np.sin(day) + 0.02 * luck.standard_normal(len(times))
        values = np.round(values, 2)
    flags = np.ones(len(times), np.int16)
    tests = np.zeros(len(times), np.int16)
    doubted = luck.random(len(times)) < 0.004
    flags[doubted], tests[doubted] = 3, 4
    missing = luck.random(len(times)) < 0.001
    flags[missing], tests[missing] = 9, 0
    return pa.Table.from_arrays(
        [
            pa.array(np.full(len(times), id_, np.int32)),
            pa.array(times),
            pa.array(values, mask=missing),
            pa.array(flags),
            pa.array(tests),
            pa.nulls(len(times), pa.float64()),
        ],
        schema=layout.SCHEMA,
    )


def dictionary(series: int) -> pa.Table:
    """Three series of each device, which stand in turn in three communes."""
    rows: list[dict[str, Any]] = []
    for id_ in range(1, series + 1):
        quantity, depth = QUANTITIES[id_ % 3]
        code, name = COMMUNES[id_ // 3 % 3]
        rows.append(
            {
                "datastream_id": id_,
                "device": f"probe-{id_ // 3}",
                "model": "dragino/lse01" if id_ // 3 % 2 else "sensecap/s2105",
                "quantity": quantity,
                "depth_cm": depth,
                "since": 0,
                "commune": code,
                "commune_name": name,
            }
        )
    return pa.Table.from_pylist(rows, streams.SCHEMA)


class Dask:
    """A scheduler and workers as processes of their own, as on other machines."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []
        self.port = free_port()
        self.url = f"tcp://127.0.0.1:{self.port}"

    def start(self, workers: int) -> None:
        self._run("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        wait_for_port(self.port, seconds=30)
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> "subprocess.Popen[bytes]":
        options = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--host", "127.0.0.1")
        folder = ("--local-directory", str(self._folder))
        return self._run("worker", self.url, *options, *folder)

    def _run(self, *words: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._started.append(process)
        return process

    def stop(self) -> None:
        for process in reversed(self._started):
            process.kill()
            process.wait(10)


@contextmanager
def dask_processes(folder: Path, workers: int) -> Iterator[Dask]:
    """A scheduler with its workers, stopped in the end."""
    started = Dask(folder)
    try:
        started.start(workers)
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.1 million rows of spring and autumn, with both nights of the clocks' change."""
    folder = tmp_path_factory.mktemp("made")
    make_archive(folder, ["2026-03", "2026-04", "2026-10"], 85)
    return folder


@pytest.fixture
def dask_cluster(tmp_path: Path) -> Iterator[Callable[[int], Dask]]:
    """Starts a scheduler and workers: `dask_cluster(1).url`."""
    started = Dask(tmp_path / "dask")

    def start(workers: int) -> Dask:
        started.start(workers)
        return started

    yield start
    started.stop()
