"""What citizens report: where, what, how it stands; who they are is kept apart.

Names follow Open311 GeoReport v2 (service, service request, status).
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from agro.store.schema.base import id_, metadata, owner, position, text

report = Table(
    "report",
    metadata,
    id_(),
    Column("source", Text, nullable=False),  # `agro`: it came to us; else the feed's key
    Column("reference", Text, nullable=False),  # its `service_request_id` there
    text("service_code"),
    text("service_name"),  # as its source says it
    text("visible", "all"),  # or city: only its own role reads what was said, and where
    text("status", "open"),  # open, closed, unknown: its source says what the standard has not
    text("status_notes"),
    text("description"),
    text("agency"),
    text("notice"),
    text("address"),
    text("address_id"),
    text("commune"),  # its national code; empty where it is not known
    *position(),
    text("media_url"),  # shown as an address, never fetched
    Column("requested_at", BigInteger),
    Column("updated_at", BigInteger),
    Column("expected_at", BigInteger),
    Column("heard_at", BigInteger, nullable=False),  # when its source last told of it
    Column("asked_at", BigInteger),  # when its source was last asked for this one
    text("mode", "live"),  # or file, simulated
    text("token"),  # what stands for the reference until it is asked for
    text("said"),  # by which the same said twice is known
    UniqueConstraint("source", "reference"),
    Index("ix_report_requested_at", "requested_at"),
    Index("ix_report_latitude_longitude", "latitude", "longitude"),
    Index("ix_report_said", "said"),
    Index("ix_report_token", "token"),
)

# Who reported; a row of its own, so that it can go while the report stays.
report_contact = Table(
    "report_contact",
    metadata,
    Column("report_id", ForeignKey("report.id"), primary_key=True),
    text("name"),
    text("phone"),
    text("email"),
    Column("given_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False, index=True),  # told to who gave it: then it goes
)

# How a report came to stand as it does: who said so, when.
report_change = Table(
    "report_change",
    metadata,
    id_(),
    owner("report"),
    Column("at", BigInteger, nullable=False),
    text("status"),
    text("notes"),
    text("who"),
    Index("ix_report_change_report_id", "report_id"),
)

# How far each source of reports was read to its end, and the services it lists.
report_source = Table(
    "report_source",
    metadata,
    Column("source", Text, primary_key=True),
    Column("read_until", BigInteger),  # the newest update of the last round that was whole
    Column("services", JSON),
    Column("services_at", BigInteger),
)

# How a report of ours was handed on to the city's own system. Written before it is sent, so that
# whatever is stopped in between is never sent twice.
report_forward = Table(
    "report_forward",
    metadata,
    Column("report_id", ForeignKey("report.id"), primary_key=True),
    # waiting, sending, taken, refused, or doubtful: nobody knows whether it arrived
    Column("state", Text, nullable=False, index=True),
    text("source"),  # the feed's key of the system
    text("reference"),  # its `service_request_id` there, empty until it is told
    text("token"),  # what stands for the reference until then
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("sent_at", BigInteger),
    Column("next_try", BigInteger),
    Column("asked_at", BigInteger),  # when the system was last asked for this one
    text("status"),  # as the system told it last, with its notes
    text("status_notes"),
    text("reason"),
    Index("ix_report_forward_reference", "source", "reference"),
)
