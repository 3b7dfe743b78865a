"""The logbook and what follows from it: corrections, imports, deliveries, yields foreseen."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from agro.store.schema.base import id_, metadata, owner, text

# A file that was imported, so that the whole of it can be taken back.
log_batch = Table(
    "log_batch",
    metadata,
    id_(),
    owner("site"),
    text("file"),
    text("sha256"),
    Column("imported_at", BigInteger, nullable=False),
    text("who"),
    Column("new", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("undone_at", BigInteger),
)

log = Table(
    "log",
    metadata,
    id_(),
    # What was first said: the same statement again is no second entry, also once it is corrected.
    Column("key", Text, nullable=False, unique=True),
    owner("site"),
    owner("plot", nullable=True),
    text("type"),
    Column("time", BigInteger, nullable=False),
    Column("quantity", Double),
    text("unit"),
    text("crop"),
    text("variety"),
    text("notes"),
    text("source"),
    text("method"),
    text("who"),
    text("lot"),
    Column("hours", Double),
    Column("area", Double),
    Column("details", JSON),
    Column("recorded_at", BigInteger),
    Column("struck_at", BigInteger),  # NULL: it stands
    Column("batch_id", ForeignKey("log_batch.id")),
    Index("ix_log_site_id_time", "site_id", "time"),
    Index("ix_log_batch_id", "batch_id"),
)

# Every change of an entry: what its fields were, what they became, and why.
log_revision = Table(
    "log_revision",
    metadata,
    id_(),
    owner("log"),
    Column("at", BigInteger, nullable=False),
    text("who"),
    text("action"),
    Column("before", JSON),
    Column("after", JSON),
    text("reason"),
    Index("ix_log_revision_log_id", "log_id"),
)

photo = Table(
    "photo",
    metadata,
    id_(),
    owner("log"),
    text("media_type"),
    text("sha256"),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("log_id", "sha256"),
)

outlet = Table(
    "outlet",
    metadata,
    id_(),
    owner("site"),
    Column("slug", Text, nullable=False),
    text("name"),
    text("channel"),
    Column("distance_km", Double),
    Column("intermediaries", Double),
    text("vehicle"),
    text("destination"),
    UniqueConstraint("site_id", "slug"),
)

# What a logbook entry of type delivery says beside its mass, as it was on the day.
delivery = Table(
    "delivery",
    metadata,
    Column("log_id", ForeignKey("log.id"), primary_key=True),
    owner("outlet", nullable=True),
    text("channel"),
    Column("distance_km", Double),
    Column("intermediaries", Double),
    Column("price", Double),
    Column("trips", Double),
    text("vehicle"),
)

lot_use = Table(
    "lot_use",
    metadata,
    Column("delivery_id", ForeignKey("delivery.log_id"), primary_key=True),
    Column("harvest_id", ForeignKey("log.id"), primary_key=True),
    Column("mass_kg", Double),
    Column("count", Double),  # of a harvest that was counted, in its unit
    Index("ix_lot_use_harvest_id", "harvest_id"),
)

# A surplus that a garden offers to who asks for food help. `status`: open, taken, withdrawn.
offer = Table(
    "offer",
    metadata,
    id_(),
    owner("site"),
    text("crop"),
    Column("mass_kg", Double),
    Column("offered_at", BigInteger, nullable=False),
    Column("until", Date),
    text("status"),
    text("who"),
    text("notes"),
)

yield_forecast = Table(
    "yield_forecast",
    metadata,
    id_(),
    owner("plot"),
    Column("crop", Text, nullable=False),
    text("variety"),
    Column("planted", Date, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("low", Double),
    Column("middle", Double),
    Column("high", Double),
    Column("area", Double),
    Column("start", Date),
    Column("end", Date),
    text("model"),
    Column("factors", JSON),
    Column("sources", JSON),
    UniqueConstraint("plot_id", "crop", "variety", "planted", "issued_at"),
)
