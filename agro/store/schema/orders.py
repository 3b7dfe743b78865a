"""Drought orders as they were published, and what was answered where and when.

An order is one state of a zone's document; an answer says which order, or none, held for a place
and a kind of water when it was asked. Nothing is overwritten, so that a morning run again finds
what was known then.
"""

from sqlalchemy import JSON, BigInteger, Column, Date, ForeignKey, Integer, Table, Text

from agro.store.schema.base import id_, metadata, text

drought_order = Table(
    "drought_order",
    metadata,
    id_(),
    Column("sha256", Text, nullable=False, unique=True),  # of its document
    text("resource"),  # the water: AEP mains, SOU groundwater, SUP surface
    text("zone_code"),
    text("zone"),  # its name
    text("level"),  # vigilance, alerte, alerte_renforcee, crise, or empty: it is not told
    Column("valid_from", Date),
    Column("valid_until", Date),  # the last day; NULL: until another order
    text("link"),  # the order itself
    text("framework_link"),  # the order of the department that it applies
    Column("usages", JSON),
    Column("document", JSON),  # as it came
)

drought_answer = Table(
    "drought_answer",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    # The place that was asked for, in thousandths of a degree.
    Column("north", Integer, primary_key=True, autoincrement=False),
    Column("east", Integer, primary_key=True, autoincrement=False),
    Column("resource", Text, primary_key=True),
    Column("fetched_at", BigInteger, primary_key=True, autoincrement=False),
    text("state"),  # order, free, several (the source cannot tell which zone), or confirming
    text("source"),
    text("mode"),
    Column("drought_order_id", ForeignKey("drought_order.id")),
)
