"""Three months of a store, some of them archived, and what must hold whatever is."""

from datetime import UTC, datetime
from math import nan
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, func, select

from agro.store import farms, readings, rollups, schema, writing
from agro.store.readings import Row

MAY, JUNE, JULY = "2026-05", "2026-06", "2026-07"
START = datetime(2026, 5, 1, tzinfo=UTC)
END = datetime(2026, 8, 1, tzinfo=UTC)
A_DAY = 86_400


@pytest.fixture(autouse=True)
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
