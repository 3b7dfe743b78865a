"""Observations are stored once each; rollups equal a recomputation; `latest` only moves forward."""

from datetime import UTC, datetime, timedelta
from math import nan

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select, update

from agro.store import farms, readings, rollups, schema, writing
from agro.store.readings import Row

START = datetime(2026, 3, 28, 12, tzinfo=UTC)
END = START + timedelta(days=4)


def _device(engine: Engine) -> str:
    with engine.connect() as c:
        return farms.devices(c)[0].device


def _rows(device: str, count: int, *, step: int = 600, flag: int = 1) -> list[Row]:
    start = int(START.timestamp())
    return [
        Row(device, "soil_moisture", 20.0, start + i * step, 0.2 + i / 1000, flag)
        for i in range(count)
    ]


def _count(engine: Engine) -> int:
    with engine.connect() as c:
        return c.scalar(select(func.count()).select_from(schema.observation)) or 0


def test_writing_twice_equals_writing_once(store: Engine) -> None:
    rows = _rows(_device(store), 50)
    for _ in range(2):
        with writing(store) as c:
            readings.write(c, rows)
    assert _count(store) == 50
    with store.connect() as c:
        seen = readings.series(
            c, device=rows[0].device, quantity="soil_moisture", start=START, end=END
        )
    assert seen["value"].tolist() == pytest.approx([row.value for row in rows])
    assert seen["depth_cm"].unique().tolist() == [20.0]


def test_a_missing_value_is_null_and_counted(store: Engine) -> None:
    row = Row(_device(store), "soil_moisture", 20.0, int(START.timestamp()), nan, 9)
    with writing(store) as c:
        readings.write(c, [row])
        assert c.scalar(select(schema.observation.c.value)) is None
        hour = rollups.hourly(c, quantity="soil_moisture", start=START, end=END)
    assert hour["count"].tolist() == [0]
    assert hour["missing"].tolist() == [1]
    assert hour["mean"].isna().all()


def test_latest_only_moves_forward(store: Engine) -> None:
    rows = _rows(_device(store), 10)
    with writing(store) as c:
        readings.write(c, rows[5:])
        readings.write(c, rows[:5])
        latest = readings.latest(c)
    assert latest["value"].tolist() == pytest.approx([rows[-1].value])
    assert latest["time"].iloc[0].timestamp() == rows[-1].time


def test_tests_and_uncalibrated_values_are_kept_and_replaced(store: Engine) -> None:
    (row,) = _rows(_device(store), 1)
    seen = schema.observation.c
    for judged in (row._replace(flag=3, tests=5, uncalibrated=0.31), row):
        with writing(store) as c:
            readings.write(c, [judged])
            stored = c.execute(select(seen.flag, seen.tests, seen.uncalibrated)).one()
        uncalibrated = None if judged is row else 0.31
        assert tuple(stored) == (judged.flag, judged.tests, uncalibrated)


def test_a_datastream_knows_what_awaits_assessment_and_when_it_was_written(store: Engine) -> None:
    rows = _rows(_device(store), 10)
    own = schema.datastream.c
    known = select(own.latest_time, own.unassessed_from, own.written_at)
    first, noon = int(START.timestamp()), START + timedelta(days=1)
    with writing(store) as c:
        readings.write(c, [rows[9], rows[4], rows[6]], written_at=noon)
        assert tuple(c.execute(known).one()) == (rows[9].time, rows[4].time, noon.timestamp())
        readings.write(c, [rows[8]], written_at=noon - timedelta(hours=1))
        assert tuple(c.execute(known).one()) == (rows[9].time, rows[4].time, noon.timestamp())
        readings.write(c, [rows[0]], written_at=noon + timedelta(hours=1))
        assert tuple(c.execute(known).one()) == (rows[9].time, first, noon.timestamp() + 3600)
        c.execute(update(schema.datastream).values(unassessed_from=None))
        readings.write(c, [rows[5]], written_at=noon)
        assert c.execute(known).one()[1] == rows[5].time


def test_suspect_and_failed_values_are_kept_but_not_summed(store: Engine) -> None:
    device = _device(store)
    good, suspect, failed = _rows(device, 3)
    with writing(store) as c:
        readings.write(c, [good, suspect._replace(flag=3), failed._replace(flag=4)])
        hour = rollups.hourly(c, quantity="soil_moisture", start=START, end=END).iloc[0]
    assert (hour["count"], hour["suspect"], hour["failed"]) == (1, 1, 1)
    assert hour["total"] == pytest.approx(good.value)


def test_an_unregistered_device_is_named(store: Engine) -> None:
    row = _rows("nobody", 1)
    with pytest.raises(ValueError, match="'nobody' is not registered"), writing(store) as c:
        readings.write(c, row)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)]
)
def test_local_days_have_their_own_length(store: Engine, day: str, hours: int) -> None:
    device = _device(store)
    first = int(pd.Timestamp(f"{day} 00:00", tz="Europe/Paris").timestamp())
    rows = [Row(device, "rain", nan, first + h * 3600, 1.0, 1) for h in range(-3, 28)]
    with writing(store) as c:
        readings.write(c, rows)
        start = datetime.fromtimestamp(first, UTC)
        days = rollups.daily(c, quantity="rain", start=start, end=start + timedelta(hours=1))
    assert days["day"].astype(str).tolist() == [day]
    assert days["total"].tolist() == [hours]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 200_000),
                st.floats(0, 1, allow_nan=False),
                st.sampled_from([1, 2, 3, 4, 9]),
            ),
            max_size=20,
        ),
        max_size=6,
    )
)
def test_rollups_equal_a_recomputation(
    store: Engine, batches: list[list[tuple[int, float, int]]]
) -> None:
    device, start = _device(store), int(START.timestamp())
    for batch in batches:
        rows = [
            Row(device, "soil_moisture", 20.0, start + dt, value, flag) for dt, value, flag in batch
        ]
        with writing(store) as c:
            readings.write(c, rows)
    with writing(store) as c:
        before = _rollups(c)
        rollups.rebuild(c)
        after = _rollups(c)
    # PostgreSQL adds in the order it finds the rows: the last bit of a sum may differ.
    assert after == [pytest.approx(row, rel=1e-12, nan_ok=True) for row in before]


def _rollups(c: Connection) -> list[tuple[float, ...]]:
    found: list[tuple[float, ...]] = []
    for table in (schema.rollup_hour, schema.rollup_day):
        rows = c.execute(select(table).order_by(*table.primary_key))
        found += [tuple(nan if value is None else float(value) for value in row) for row in rows]
    return found
