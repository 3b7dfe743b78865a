"""A city's morning: 100 000 beds with 50 members on arrays, and the advice of a store's gardens.

Arrays: the season of 90 days to this morning, the water now and the plan of the week for every bed
and member; in one process and in two workers, the same numbers. The limit beside it is the bare
arithmetic of the week, one walk of seven days for the same beds and members. Store: gardens of ten
beds, half with a probe, advised all at once, garden by garden as pages ask, and in two workers.
`AGRO_BENCH_BEDS` and `AGRO_BENCH_GARDENS` take other sizes.
"""

import os
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from agro.advice import advise
from agro.scale.morning import advise_city
from agro.scale.pool import pool
from agro.store import farms, open_store
from models.irrigation.ahead import Water, walk
from models.irrigation.city import Decided, beds_ahead, blocks, decide, joined
from models.irrigation.ensemble import Ahead
from models.irrigation.plan import DAYS
from tests.agro.advice.cities import fill
from tests.agro.advice.conftest import NOW
from tests.models.irrigation.cities import city

BEDS = int(os.environ.get("AGRO_BENCH_BEDS", "100000"))
GARDENS = int(os.environ.get("AGRO_BENCH_GARDENS", "100"))
MEMBERS = 50


def _memory() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, seconds on the clock, seconds of this processor."""
    began, busy = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - began, time.process_time() - busy


def _morning(beds: int, run: Any = map) -> Decided:
    stations, which, own, rules, irrigation = city(beds, members=MEMBERS)
    return joined(
        run(decide, list(blocks(stations, which, own, rules, irrigation=irrigation))), beds
    )


def test_a_hundred_thousand_beds(capsys: pytest.CaptureFixture[str]) -> None:
    _morning(10)  # compiled
    lines, sizes = [], [n for n in (1, 10, 100, 1000, 10_000, BEDS) if n <= BEDS]
    for beds in dict.fromkeys(sizes):
        before = _memory()
        found, seconds, busy = _timed(lambda beds=beds: _morning(beds))  # type: ignore[misc]
        lines.append(
            f"  {beds:>7,} beds: {seconds:7.2f} s, {busy:6.2f} s busy, {beds / seconds:9,.0f} "
            f"beds/s, {found.irrigate.mean():.0%} to water, {_memory():,.0f} MB "
            f"({_memory() - before:+,.0f})"
        )
    limit = _limit(min(BEDS, 10_000)) * BEDS / min(BEDS, 10_000)
    with pool(workers=2) as run:
        list(run(_wake, range(4)))
        shared, together, _ = _timed(lambda: _morning(BEDS, run))
    with capsys.disabled():
        print(f"\n{BEDS:,} beds × {MEMBERS} members: season of 90 days, plan of {DAYS} days")
        print("\n".join(lines))
        print(
            f"  two local workers: {together:.2f} s, {seconds / together:.2f} × one process\n"
            f"  one bare walk of {DAYS} days: {limit:.2f} s busy; the morning is "
            f"{busy / limit:.1f} × that"
        )
    for f in fields(found):
        np.testing.assert_array_equal(getattr(found, f.name), getattr(shared, f.name), f.name)


def _wake(_: int) -> int:
    return len(_morning(10).rows)


def _limit(beds: int) -> float:
    """Processor seconds of the week's water balance alone, in blocks as the morning does it."""
    stations, which, own, rules, irrigation = city(beds, members=MEMBERS)
    busy = 0.0
    for block in blocks(stations, which, own, rules, irrigation=irrigation):
        sky, size = block.station.ahead, len(block.rows)
        ahead = beds_ahead(sky, block.beds, np.full(size, 0.4))
        water = Water(np.full((size, MEMBERS), 5.0), np.full((size, MEMBERS), 5.0))
        weather = Ahead(np.asarray(sky.rain), np.asarray(sky.et0))
        began = time.process_time()
        walk(water, ahead, weather, irrigation=np.zeros((DAYS, size)))
        busy += time.process_time() - began
    return busy


def test_gardens_of_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{(tmp_path / 'city.sqlite').as_posix()}"
    fill(url, gardens=GARDENS, beds=10)
    engine = open_store(url)
    with engine.connect() as c:
        names = [site.slug for site in farms.sites(c)]
        advise(c, site=names[0], at=NOW)
        together, seconds, busy = _timed(lambda: advise(c, at=NOW))
        some = names[:: max(GARDENS // 10, 1)]
        alone, one_by_one, alone_busy = _timed(
            lambda: [one for name in some for one in advise(c, site=name, at=NOW)]
        )
    engine.dispose()
    with pool(workers=2) as run:
        shared, spread, _ = _timed(
            lambda: advise_city(names, NOW, database=url, run=run, workers=2)
        )
    beds = len(together)
    with capsys.disabled():
        print(
            f"\n{GARDENS} gardens, {beds:,} beds of a store: {seconds:.1f} s, "
            f"{1e3 * busy / beds:.1f} ms busy a bed, {_memory():,.0f} MB\n"
            f"  garden by garden: {1e3 * alone_busy / len(alone):.1f} ms busy a bed "
            f"({1e3 * one_by_one / len(alone):.1f} ms on the clock)\n"
            f"  two local workers: {spread:.1f} s, {seconds / spread:.2f} × one process"
        )
    assert [repr(one) for one in together] == [repr(one) for one in shared]
    chosen = {one.site for one in alone}
    assert [repr(one) for one in together if one.site in chosen] == [repr(one) for one in alone]
