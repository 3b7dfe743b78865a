"""PostgreSQL's upsert of a batch: by COPY into a temporary table, and from arrays (`unnest`).

The same observations into the same month of the same table, by turns.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, delete, text

from agro.store import schema, writing
from agro.store.observations import Observation, make_partitions
from agro.store.staging import stage

ROWS, MESSAGES = 6, 10_000
SIZES = (1, 10, 20, 500, 1000)  # messages in a batch
DEVICES = 500
START = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
_NAMES = "datastream_id, time, value, flag, tests, uncalibrated"
_UPSERT = (
    "ON CONFLICT (datastream_id, time) DO UPDATE SET value = excluded.value, "
    "flag = excluded.flag, tests = excluded.tests, uncalibrated = excluded.uncalibrated"
)
_ARRAYS = text(
    f"INSERT INTO observation ({_NAMES}) SELECT * FROM unnest(CAST(:a AS integer[]), "
    "CAST(:b AS bigint[]), CAST(:c AS double precision[]), CAST(:d AS smallint[]), "
    f"CAST(:e AS smallint[]), CAST(:f AS double precision[])) {_UPSERT}"
)
_STAGED = text(f"INSERT INTO observation ({_NAMES}) SELECT * FROM staged_observation {_UPSERT}")


def by_copy(c: Connection, rows: list[Observation]) -> None:
    stage(c, "staged_observation", rows)
    c.execute(_STAGED)


def by_arrays(c: Connection, rows: list[Observation]) -> None:
    c.execute(_ARRAYS, dict(zip("abcdef", map(list, zip(*rows, strict=True)), strict=True)))


def _batches(messages: int, size: int) -> Iterator[list[Observation]]:
    for first in range(0, messages, size):
        numbers = range(first, min(first + size, messages))
        yield sorted(
            Observation(n % DEVICES * ROWS + i, START + n // DEVICES * 600, n / 7, 1, 0, None)
            for n in numbers
            for i in range(ROWS)
        )


def _measure(
    engine: Engine,
    write: Callable[[Connection, list[Observation]], None],
    batches: list[list[Observation]],
) -> tuple[float, float]:
    """Wall and own CPU of all batches. [s]"""
    with writing(engine) as c:
        c.execute(delete(schema.observation))
    wall, cpu = time.perf_counter(), time.process_time()
    for rows in batches:
        with writing(engine) as c:
            write(c, rows)
    return time.perf_counter() - wall, time.process_time() - cpu


def test_copy_beside_unnest(store: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    if store.dialect.name != "postgresql":
        pytest.skip("SQLite has no COPY")
    with writing(store) as c:
        make_partitions(c, {START})
    with capsys.disabled():
        print(f"\nupsert on PostgreSQL, messages of {ROWS} rows; µs a message (own CPU)")
        for size in SIZES:
            messages = min(MESSAGES, 500 * size)
            batches = list(_batches(messages, size))
            best = {
                way: min(_measure(store, way, batches) for _ in range(3))
                for way in (by_copy, by_arrays)
            }
            (copy, copy_cpu), (arrays, arrays_cpu) = (
                tuple(used / messages * 1e6 for used in best[way]) for way in (by_copy, by_arrays)
            )
            print(
                f"  batches of {size:5,}: COPY {copy:6.0f} ({copy_cpu:4.0f}), "
                f"unnest {arrays:6.0f} ({arrays_cpu:4.0f}), {arrays / copy:.2f} × as long"
            )
