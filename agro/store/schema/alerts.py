"""Who is told of what by which channel, what happened, and how each message went.

A delivery is written down before anything is sent, so that whatever is stopped in between is never
sent twice.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from agro.store.schema.base import id_, metadata, owner, text

alert_subscription = Table(
    "alert_subscription",
    metadata,
    id_(),
    text("who"),  # a person's e-mail or name
    text("channel"),  # its address with its secrets: never shown nor logged; empty once removed
    Column("kinds", JSON, nullable=False),  # empty: all
    Column("sites", JSON, nullable=False),  # slugs; empty: all
    text("language"),
    Column("quiet_from", Integer),  # minutes after local midnight; NULL: never quiet
    Column("quiet_until", Integer),
    Column("wake", JSON, nullable=False),  # kinds that come in quiet hours too, never in a digest
    Column("digest_hour", Integer),  # local; NULL: one message an event
    text("escalate_to"),  # a second channel
    Column("escalate_after", Integer),  # minutes
    Column("created_at", BigInteger, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=true()),
)

alert_event = Table(
    "alert_event",
    metadata,
    id_(),
    Column("key", Text, nullable=False, unique=True),  # kind, place, and the day or order
    Column("kind", Text, nullable=False),
    owner("site"),
    text("plot"),  # slugs
    text("device"),
    Column("found_at", BigInteger, nullable=False),
    Column("until", BigInteger),  # from then on it is of no use to be told; NULL: for ever
    Column("ended_at", BigInteger),  # when it was no longer found; NULL: it still holds
    Column("facts", JSON),
    Index("ix_alert_event_ended_at", "ended_at"),
)

alert_delivery = Table(
    "alert_delivery",
    metadata,
    id_(),
    owner("alert_event"),
    owner("alert_subscription"),
    Column("step", Integer, nullable=False),  # 0: the first channel, 1: the second
    # due, sending, sent, failed, unclear (nobody knows whether it arrived), escalated, over
    Column("state", Text, nullable=False),
    Column("planned_at", BigInteger, nullable=False),  # when it was to be told first
    Column("due_at", BigInteger, nullable=False),  # when it is tried next
    Column("message", Integer),  # the delivery by whose number the message it went in is known
    text("sender"),  # the process's machine, since when it runs
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("sent_at", BigInteger),  # the last try
    text("reason"),
    UniqueConstraint("alert_event_id", "alert_subscription_id", "step"),
    Index("ix_alert_delivery_state_due_at", "state", "due_at"),
)

# A site's irrigation plan as a calendar, under an address that only its readers know.
alert_calendar = Table(
    "alert_calendar",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),  # SHA-256 of the secret
    text("language"),
    Column("created_at", BigInteger, nullable=False),
)

# What calendars were told, so that a change is a new SEQUENCE of the same UID.
alert_calendar_entry = Table(
    "alert_calendar_entry",
    metadata,
    owner("plot"),
    Column("day", Date, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("minutes", Double),
    Column("litres", Double),
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("changed_at", BigInteger, nullable=False),
    Column("is_cancelled", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("plot_id", "day"),
)
