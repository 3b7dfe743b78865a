"""What was advised, and which processes live."""

from sqlalchemy import JSON, BigInteger, Column, Double, Table, Text, UniqueConstraint

from agro.store.schema.base import id_, metadata, owner, text

advice = Table(
    "advice",
    metadata,
    id_(),
    owner("plot"),
    Column("issued_at", BigInteger, nullable=False),
    text("decision"),
    Column("starts_at", BigInteger),
    Column("depth_mm", Double),
    Column("litres", Double),
    Column("minutes", Double),
    text("reason"),
    text("confidence"),
    Column("depletion_mm", Double),
    Column("raw_mm", Double),
    Column("taw_mm", Double),
    Column("chance_of_stress", Double),
    Column("data_age_h", Double),
    text("crop"),
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
