"""Observations into their table, once each, and what their datastreams remember of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from agro.store.staging import source
from sensors.quality import SUSPECT, Test


class Observation(NamedTuple):
    """One row of the table; None is NULL."""

    datastream_id: int
    time: int
    value: float | None
    flag: int
    tests: int
    uncalibrated: float | None


def upsert(
    c: Connection, rows: Sequence[Observation], *, written_at: int, said: bool = False
) -> None:
    """Store these, replacing what is there at the same times; move their datastreams on.

    Parameters
    ----------
    rows : In order of datastream and time, no two of the same.
    written_at : What the datastreams keep as the time of their last writing. [s since 1970]
    said : A device says it, so another value than it said before for that time is suspect; else
        it is a correction, which is believed.
    """
    batch = source(c, "staged_observation", rows)
    is_postgres = c.dialect.name == "postgresql"
    if is_postgres:
        # Two collectors that write the same hour wait here for each other: each recomputes it
        # with the other's rows. In order of id, so that they cannot wait in a circle.
        batch.execute(c, _LOCK)
        make_partitions(c, {row.time for row in rows})
    batch.execute(c, _SAY if said else _CORRECT)
    batch.execute(c, _MOVE if is_postgres else _MOVE_SQLITE, written_at=written_at)


_TARGET = "observation (datastream_id, time, value, flag, tests, uncalibrated)"
# What was seen at an arrival is nowhere else: the clock's test stays when a value comes again.
_BIT = int(Test.CLOCK)
_DIFFERS = (
    "coalesce(coalesce(observation.uncalibrated, observation.value) <> "
    "coalesce(excluded.uncalibrated, excluded.value), false)"
)
_HAS_BIT = f"(observation.tests & {_BIT}) > 0"


def _replace(wrong_clock: str) -> str:
    return (
        "ON CONFLICT (datastream_id, time) DO UPDATE SET value = excluded.value, "
        f"flag = CASE WHEN {wrong_clock} AND excluded.flag <= {SUSPECT} THEN {SUSPECT} "
        "ELSE excluded.flag END, "
        f"tests = CASE WHEN {wrong_clock} THEN excluded.tests | {_BIT} ELSE excluded.tests END, "
        "uncalibrated = excluded.uncalibrated"
    )


# `true` tells SQLite that ON does not belong to a join.
_ALL = f"INSERT INTO {_TARGET} SELECT * FROM staged_observation WHERE true"
_CORRECT = f"{_ALL} {_replace(f'({_HAS_BIT} AND NOT {_DIFFERS})')}"
_SAY = f"{_ALL} {_replace(f'({_HAS_BIT} OR {_DIFFERS})')}"

_LOCK = (
    "SELECT count(*) FROM (SELECT id FROM datastream "
    "WHERE id IN (SELECT datastream_id FROM staged_observation) ORDER BY id FOR UPDATE) AS locked"
)

# `latest` never moves back in time; what is written late or again is assessed again from there on.
_FORWARD = (
    "UPDATE datastream SET "
    "latest_value = CASE WHEN latest_time > new.time THEN latest_value ELSE new.value END, "
    "latest_flag = CASE WHEN latest_time > new.time THEN latest_flag ELSE new.flag END, "
)
_MOVE = (
    _FORWARD + "latest_time = greatest(latest_time, new.time), "
    "unassessed_from = least(unassessed_from, new.first), "
    "written_at = greatest(written_at, :written_at) "
    "FROM (SELECT DISTINCT ON (datastream_id) datastream_id, time, value, flag, "
    "min(time) OVER (PARTITION BY datastream_id) AS first "
    "FROM staged_observation ORDER BY datastream_id, time DESC) AS new "
    "WHERE datastream.id = new.datastream_id"
)
# Beside a single `max`, SQLite takes the other columns from the row that has it.
_MOVE_SQLITE = (
    _FORWARD + "latest_time = max(coalesce(latest_time, new.time), new.time), "
    "unassessed_from = (SELECT min(coalesce(unassessed_from, first.time), first.time) "
    "FROM staged_observation AS first WHERE first.datastream_id = datastream.id "
    "ORDER BY first.time LIMIT 1), "
    "written_at = max(coalesce(written_at, :written_at), :written_at) "
    "FROM (SELECT datastream_id, max(time) AS time, value, flag FROM staged_observation "
    "GROUP BY datastream_id) AS new WHERE datastream.id = new.datastream_id"
)


def make_partitions(c: Connection, times: set[int]) -> None:
    """Make the month partitions that these times need; PostgreSQL keeps one table a month."""
    months = {datetime.fromtimestamp(time, UTC).strftime("%Y%m") for time in times}
    there = set(
        c.scalars(
            # Those of this store: one that a restore put aside has tables of the same names.
            text(
                "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
                "WHERE inhparent = 'observation'::regclass AND relname = ANY(:names)"
            ),
            {"names": [f"observation_{month}" for month in months]},
        )
    )
    for month in sorted(months):
        if f"observation_{month}" not in there:
            _make_partition(c, int(month[:4]), int(month[4:]))


def _make_partition(c: Connection, year: int, month: int) -> None:
    start = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
    end = int(datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp())
    # Two collectors may meet a new month at once: the second waits here and finds it made.
    c.execute(text("SELECT pg_advisory_xact_lock(724210411)"))
    c.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS observation_{year:04d}{month:02d} "
            f"PARTITION OF observation FOR VALUES FROM ({start}) TO ({end})"
        )
    )
