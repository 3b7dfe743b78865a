"""The tables, identical on SQLite and PostgreSQL.

Times are integer epoch seconds, UTC. Names follow OGC SensorThings (thing, datastream,
observation) and farmOS (log). The observation table is the one measured best for long series: on
SQLite `WITHOUT ROWID` with the key (datastream, time); on PostgreSQL the same key, partitioned by
month. Amounts and states share one rollup shape: count, total, minimum, maximum.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

# Daily weather in FAO-56 names: °C, %, kPa, m s⁻¹, MJ m⁻² d⁻¹, h, mm.
WEATHER = (
    "tmin",
    "tmax",
    "tmean",
    "rh_min",
    "rh_max",
    "rh_mean",
    "vapour_pressure",
    "wind_2m",
    "solar_radiation",
    "sunshine",
    "rain",
    "et0",
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _owner(table: str, *, nullable: bool = False) -> Column[int]:
    return Column(f"{table}_id", ForeignKey(f"{table}.id"), nullable=nullable)


def _position() -> tuple[Column[float], Column[float]]:
    return Column("latitude", Double), Column("longitude", Double)


city = Table(
    "city",
    metadata,
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    _text("name"),
    _text("country"),
    _text("timezone"),
    _text("language"),
    *_position(),
    Column("elevation", Double),
    Column("normals", JSON),
)

commune = Table(
    "commune",
    metadata,
    _id(),
    _owner("city"),
    Column("code", Text, nullable=False, unique=True),
    _text("name"),
    Column("population", Integer),
    Column("area_km2", Double),
    *_position(),
)

site = Table(
    "site",
    metadata,
    _id(),
    _owner("city"),
    _owner("commune", nullable=True),
    Column("slug", Text, nullable=False, unique=True),
    _text("name"),
    _text("kind"),
    *_position(),
    Column("elevation", Double),
    _text("water_source"),
    _text("position_note"),
)

soil = Table(
    "soil",
    metadata,
    _id(),
    _owner("site"),
    Column("slug", Text, nullable=False),
    _text("texture"),
    Column("field_capacity", Double),
    Column("wilting_point", Double),
    Column("rew", Double),
    Column("tew", Double),
    _text("source"),
    UniqueConstraint("site_id", "slug"),
)

irrigation_system = Table(
    "irrigation_system",
    metadata,
    _id(),
    _owner("site"),
    Column("slug", Text, nullable=False),
    _text("method"),
    Column("flow", Double),
    Column("efficiency", Double),
    Column("wetted_fraction", Double),
    Column("minimum_dose", Double),
    _text("start"),
    _text("end"),
    _text("tap"),
    _text("tank"),
    Column("soak_minutes", Double),
    UniqueConstraint("site_id", "slug"),
)

tank = Table(
    "tank",
    metadata,
    _id(),
    _owner("site"),
    Column("slug", Text, nullable=False),
    Column("capacity", Double),
    Column("roof_area", Double),
    Column("level", Double),
    Column("level_on", Date),
    UniqueConstraint("site_id", "slug"),
)

plot = Table(
    "plot",
    metadata,
    _id(),
    _owner("site"),
    _owner("soil"),
    _owner("irrigation_system"),
    Column("slug", Text, nullable=False),
    _text("name"),
    _text("kind"),
    Column("area", Double),
    *_position(),
    Column("covered", Boolean, nullable=False),
    Column("depth", Double),
    Column("slope", Double),
    _text("mulch"),
    Column("mulch_cover", Double),
    Column("et0_share", Double),
    Column("soil_salinity", Double),
    Column("water_table", Double),
    Column("canopy_cover", Double),
    UniqueConstraint("site_id", "slug"),
)

crop = Table(
    "crop",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    _text("name_fr"),
    _text("name_en"),
)

planting = Table(
    "planting",
    metadata,
    _id(),
    _owner("plot"),
    _owner("crop"),
    _text("variety"),
    Column("planted", Date, nullable=False),
    Column("removed", Date),
    _text("risk", "balanced"),
    _text("strategy", "none"),
    Column("cuts", JSON),  # days, in order
    UniqueConstraint("plot_id", "crop_id", "variety", "planted"),
)

trial = Table(
    "trial",
    metadata,
    _id(),
    _owner("site"),
    _owner("plot"),
    Column("slug", Text, nullable=False),
    _text("name"),
    _text("design"),
    Column("treatments", JSON),
    Column("blocks", Integer),
    UniqueConstraint("site_id", "slug"),
)

thing = Table(
    "thing",
    metadata,
    _id(),
    _owner("site"),
    _owner("plot", nullable=True),
    Column("device", Text, nullable=False, unique=True),
    _text("eui"),
    _text("model"),
    _text("name"),
    Column("depths", JSON),
    Index("ix_thing_eui", "eui"),
)

# Where a device stood and what it was, from `since` to `until`: what a moved, replaced or
# re-buried probe measured stays with the plot and the depths it had then.
deployment = Table(
    "deployment",
    metadata,
    _id(),
    _owner("thing"),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),  # NULL: still there
    _owner("site"),
    _owner("plot", nullable=True),
    _text("eui"),
    _text("model"),
    Column("depths", JSON),
    _text("notes"),
    UniqueConstraint("thing_id", "since"),
)

calibration = Table(
    "calibration",
    metadata,
    _id(),
    _owner("thing"),
    Column("quantity", Text, nullable=False),
    Column("depth_cm", Double, nullable=False),  # -1: every depth
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),  # NULL: still holds
    _text("kind"),
    Column("coefficients", JSON),
    _text("source"),
    UniqueConstraint("thing_id", "quantity", "depth_cm", "since"),
)

datastream = Table(
    "datastream",
    metadata,
    _id(),
    _owner("thing"),
    Column("quantity", Text, nullable=False),
    # -1 stands for "no depth": a key column cannot be NULL and still be unique on both databases.
    Column("depth_cm", Double, nullable=False),
    # The newest observation; it only ever moves forward.
    Column("latest_time", BigInteger),
    Column("latest_value", Double),
    Column("latest_flag", SmallInteger),
    # Observations from here on await the tests that look at what came after; NULL: none do.
    Column("unassessed_from", BigInteger),
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
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("time", BigInteger, nullable=False, index=True),
    _text("source"),
    _text("device"),
    _text("reason"),
    _text("field"),
    _text("value"),
    _text("detail"),
    _text("payload"),
    # How often: a flood of refused messages is one row that counts.
    Column("count", Integer, nullable=False, server_default="1"),
)

# Messages of devices that are not registered, kept aside until somebody accepts or forgets them.
quarantine = Table(
    "quarantine",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("device", Text, nullable=False, index=True),
    _text("eui"),
    _text("network"),
    _text("model"),
    _text("topic"),
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
    _text("topic"),  # where it came from: its network's names of application and device
)

frame_gap = Table(
    "frame_gap",
    metadata,
    _id(),
    _owner("thing"),
    _text("network"),
    _text("application"),
    Column("after", BigInteger, nullable=False),
    Column("before", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False),
    # Those not found yet, [[first, last], …]: the same frame twice is found once.
    Column("counters", JSON),
    _text("state"),  # open, filled, given_up
    Column("found", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try", BigInteger),
    _text("detail"),
    UniqueConstraint("thing_id", "after"),
)

# Months moved out of the database into Parquet files under `var/archive`.
archived_month = Table(
    "archived_month",
    metadata,
    Column("month", Text, primary_key=True),  # "2026-07"
    _text("file"),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    _text("sha256"),
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

log = Table(
    "log",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    _owner("site"),
    _owner("plot", nullable=True),
    _text("type"),
    Column("time", BigInteger, nullable=False),
    Column("quantity", Double),
    _text("unit"),
    _text("crop"),
    _text("variety"),
    _text("notes"),
    _text("source"),
    Index("ix_log_site_id_time", "site_id", "time"),
)


def _weather_columns() -> list[Column[float]]:
    """One column for each quantity of daily weather; NULL is missing."""
    return [Column(name, Double) for name in WEATHER]


weather_day = Table(
    "weather_day",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    _text("source"),
    *_weather_columns(),
)

forecast = Table(
    "forecast",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("issued_at", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    _text("source"),
    *_weather_columns(),
    Column("rain_low", Double),
    Column("rain_high", Double),
    Column("rain_chance", Double),  # of any rain on the day, 0–1
    CheckConstraint("issued_at > 0", name="issued"),
)

# What a forecast tells of a day beside its sums, kept for some weeks.
forecast_detail = Table(
    "forecast_detail",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("issued_at", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    # Hours from the local midnight on: rain in hundredths of a millimetre, its chance in per cent.
    Column("rain_hours", JSON),
    Column("chance_hours", JSON),
    # For each member: rain of its hours, and the day's ET₀, in hundredths of a millimetre.
    Column("rain_members", JSON),
    Column("et0_members", JSON),
)

# Hours that an outside service measured, from which days are made once they are whole.
weather_hour = Table(
    "weather_hour",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("time", BigInteger, primary_key=True, autoincrement=False),  # the hour's start
    *_weather_columns(),
)

# Each outside source for each site: when it was asked and answered, and under what terms.
feed = Table(
    "feed",
    metadata,
    _id(),
    Column("source", Text, nullable=False),
    _owner("site"),
    _text("mode"),
    _text("licence"),
    _text("attribution"),
    _text("link"),
    _text("url"),
    _text("etag"),
    _text("last_modified"),
    Column("asked_at", BigInteger),
    Column("fetched_at", BigInteger),  # of the last good answer
    Column("observed_at", BigInteger),  # the newest time it tells of
    Column("failures", Integer, nullable=False, server_default="0"),  # since then
    Column("next_try", BigInteger),
    _text("reason"),  # of the last failure
    UniqueConstraint("source", "site_id"),
)

# The newest answers as they came, to be read again.
feed_answer = Table(
    "feed_answer",
    metadata,
    _id(),
    _owner("feed"),
    Column("fetched_at", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    UniqueConstraint("feed_id", "fetched_at"),
)

advice = Table(
    "advice",
    metadata,
    _id(),
    _owner("plot"),
    Column("issued_at", BigInteger, nullable=False),
    _text("decision"),
    Column("starts_at", BigInteger),
    Column("depth_mm", Double),
    Column("litres", Double),
    Column("minutes", Double),
    _text("reason"),
    _text("confidence"),
    Column("depletion_mm", Double),
    Column("raw_mm", Double),
    Column("taw_mm", Double),
    Column("chance_of_stress", Double),
    Column("data_age_h", Double),
    _text("crop"),
    Column("facts", JSON),
    Column("cautions", JSON),
    Column("sources", JSON),
    Column("plan", JSON),
    UniqueConstraint("plot_id", "issued_at"),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", Text, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("facts", JSON),
)
