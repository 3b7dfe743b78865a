"""Who wants to be told of what changes, and how telling them went."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, Table, Text, true

from agro.store.schema.base import id_, metadata, text

subscription = Table(
    "subscription",
    metadata,
    id_(),
    Column("name", Text, nullable=False, unique=True),  # its URN
    Column("document", JSON, nullable=False),  # as it was asked for, checked
    Column("is_active", Boolean, nullable=False, server_default=true()),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),  # NULL: never
    # What was last told: entity → a digest of its attributes.
    Column("told", JSON),
    Column("times_sent", Integer, nullable=False, server_default="0"),
    Column("notified_at", BigInteger),  # the last try
    Column("succeeded_at", BigInteger),
    Column("failed_at", BigInteger),
    Column("failures", Integer, nullable=False, server_default="0"),  # since it last succeeded
    Column("next_try", BigInteger),
    text("reason"),  # of the last failure
)
