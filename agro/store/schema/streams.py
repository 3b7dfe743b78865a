"""Devices, what they measured, and what was refused or is missing.

The observation table is the one measured best for long series: on SQLite `WITHOUT ROWID` with the
key (datastream, time); on PostgreSQL the same key, partitioned by month. Amounts and states share
one rollup shape: count, total, minimum, maximum.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from agro.store.schema.base import id_, metadata, owner, text

thing = Table(
    "thing",
    metadata,
    id_(),
    owner("site"),
    owner("plot", nullable=True),
    Column("device", Text, nullable=False, unique=True),
    text("eui"),
    text("model"),
    text("name"),
    Column("depths", JSON),
    Index("ix_thing_eui", "eui"),
)

# Where a device stood and what it was, from `since` to `until`: what a moved, replaced or
# re-buried probe measured stays with the plot and the depths it had then.
deployment = Table(
    "deployment",
    metadata,
    id_(),
    owner("thing"),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),  # NULL: still there
    owner("site"),
    owner("plot", nullable=True),
    text("eui"),
    text("model"),
    Column("depths", JSON),
    text("notes"),
    UniqueConstraint("thing_id", "since"),
)

calibration = Table(
    "calibration",
    metadata,
    id_(),
    owner("thing"),
    Column("quantity", Text, nullable=False),
    Column("depth_cm", Double, nullable=False),  # -1: every depth
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),  # NULL: still holds
    text("kind"),
    Column("coefficients", JSON),
    text("source"),
    UniqueConstraint("thing_id", "quantity", "depth_cm", "since"),
)

datastream = Table(
    "datastream",
    metadata,
    id_(),
    owner("thing"),
    Column("quantity", Text, nullable=False),
    # -1 stands for "no depth": a key column cannot be NULL and still be unique on both databases.
    Column("depth_cm", Double, nullable=False),
    # The newest observation; it only ever moves forward.
    Column("latest_time", BigInteger),
    Column("latest_value", Double),
    Column("latest_flag", SmallInteger),
    # Observations from here on await the tests that look at what came after; NULL: none do.
    Column("unassessed_from", BigInteger),
    # Readings of a water meter or valve from here on are not yet in the logbook; NULL: all are.
    Column("unmetered_from", BigInteger),
    # When something was last written, however old what came.
    Column("written_at", BigInteger),
    UniqueConstraint("thing_id", "quantity", "depth_cm"),
)

observation = Table(
    "observation",
    metadata,
    Column("datastream_id", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Double),  # NULL: the device answered "no value"
    Column("flag", SmallInteger, nullable=False),
    # The `sensors.quality.Test` bits that set a suspect or fail, else 0; CLOCK also beside a worse.
    Column("tests", SmallInteger, nullable=False, server_default="0"),
    # What the device said, where a calibration has made `value` of it.
    Column("uncalibrated", Double),
    sqlite_with_rowid=False,
    postgresql_partition_by="RANGE (time)",
)


def _rollup(name: str) -> Table:
    """Sums of the believable values (flags 1 and 2) of one bucket, labelled by its start."""
    return Table(
        name,
        metadata,
        Column("datastream_id", Integer, primary_key=True, autoincrement=False),
        Column("start", BigInteger, primary_key=True, autoincrement=False),
        Column("count", Integer, nullable=False),
        Column("total", Double),
        Column("minimum", Double),
        Column("maximum", Double),
        Column("suspect", Integer, nullable=False),
        Column("failed", Integer, nullable=False),
        Column("missing", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


rollup_hour = _rollup("rollup_hour")

rollup_day = _rollup("rollup_day")

problem = Table(
    "problem",
    metadata,
    id_(),
    Column("key", Text, nullable=False, unique=True),
    Column("time", BigInteger, nullable=False, index=True),
    text("source"),
    text("device"),
    text("reason"),
    text("field"),
    text("value"),
    text("detail"),
    text("payload"),
    # How often: a flood of refused messages is one row that counts.
    Column("count", Integer, nullable=False, server_default="1"),
)

# Messages of devices that are not registered, kept aside until somebody accepts or forgets them.
quarantine = Table(
    "quarantine",
    metadata,
    id_(),
    Column("key", Text, nullable=False, unique=True),
    Column("device", Text, nullable=False, index=True),
    text("eui"),
    text("network"),
    text("model"),
    text("topic"),
    Column("body", LargeBinary, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
)

# The last frame each device's network server was heard to count, and what was missing between.
frame_counter = Table(
    "frame_counter",
    metadata,
    Column("thing_id", ForeignKey("thing.id"), primary_key=True),
    Column("counter", BigInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    text("topic"),  # where it came from: its network's names of application and device
)

frame_gap = Table(
    "frame_gap",
    metadata,
    id_(),
    owner("thing"),
    text("network"),
    text("application"),
    Column("after", BigInteger, nullable=False),
    Column("before", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False),
    # Those not found yet, [[first, last], …]: the same frame twice is found once.
    Column("counters", JSON),
    text("state"),  # open, filled, given_up
    Column("found", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try", BigInteger),
    text("detail"),
    UniqueConstraint("thing_id", "after"),
)

# Months moved out of the database into Parquet files under `var/archive`.
archived_month = Table(
    "archived_month",
    metadata,
    Column("month", Text, primary_key=True),  # "2026-07"
    text("file"),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    text("sha256"),
    Column("archived_at", BigInteger, nullable=False),
)

# Datastreams whose rows of an archived month are in the database (again), because something was
# written there since: what the archive holds of them is no longer read.
thawed_month = Table(
    "thawed_month",
    metadata,
    Column("month", Text, primary_key=True),
    Column("datastream_id", Integer, primary_key=True, autoincrement=False),
    # How often it was written: unchanged, what was archived meanwhile is all there is.
    Column("writes", Integer, nullable=False),
)
