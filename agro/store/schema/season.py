"""The logbook: what people and machines did."""

from sqlalchemy import BigInteger, Column, Double, Index, Table, Text

from agro.store.schema.base import id_, metadata, owner, text

log = Table(
    "log",
    metadata,
    id_(),
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
    Index("ix_log_site_id_time", "site_id", "time"),
)
