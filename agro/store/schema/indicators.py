"""What indicators need and no other table holds: statements, surveys, farm books.

A statement is a record of a register of the farm book (a canteen's purchases, a soil sample, a
surface, an indicator from outside, a total of a whole period …); `content` holds the register's own
fields. Nothing is overwritten: a correction is a new row that names the one it replaces, what is
taken back stays, with who did it and when.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from agro.store.schema.base import id_, metadata, owner, text

# A farm book that was imported, with what it looks up (prices, contents, populations).
farm_book = Table(
    "farm_book",
    metadata,
    id_(),
    text("file"),
    text("sha256"),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),  # the last day
    Column("told", JSON),  # its references, registers that were kept, and stated coverage
    Column("imported_at", BigInteger, nullable=False),
    text("who"),
    Column("new", Integer, nullable=False, server_default="0"),
    Column("known", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("undone_at", BigInteger),
)

indicator_record = Table(
    "indicator_record",
    metadata,
    id_(),
    # What was said: the same statement again is no second row.
    Column("key", Text, nullable=False, unique=True),
    text("register"),  # as the farm book names it: purchases, samples, surfaces, entered …
    owner("site", nullable=True),  # NULL: of the whole city
    owner("plot", nullable=True),  # NULL: of the whole site
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),  # the last day that it speaks of
    Column("day", Date),  # NULL: of the whole period
    Column("content", JSON, nullable=False),
    text("source"),  # where it was written, in its author's words
    owner("farm_book", nullable=True),
    text("who"),
    Column("recorded_at", BigInteger, nullable=False),
    Column("retracted_at", BigInteger),  # NULL: it stands
    text("retracted_by"),
    text("reason"),  # why it was taken back: corrected, undone, or in a person's words
    Column("replaces_id", ForeignKey("indicator_record.id")),
    Index("ix_indicator_record_register", "register", "start"),
    Index("ix_indicator_record_farm_book_id", "farm_book_id"),
)

# A survey of a site by one version of its form, a row for each revision; the newest one holds.
survey_revision = Table(
    "survey_revision",
    metadata,
    id_(),
    Column("survey", Integer, nullable=False),  # the number of its first revision
    Column("revision", Integer, nullable=False),
    owner("site"),
    owner("plot", nullable=True),
    text("form"),
    text("version"),
    Column("day", Date),
    Column("answers", JSON, nullable=False),
    text("status"),  # draft, confirmed, retracted
    text("source"),
    owner("farm_book", nullable=True),
    text("who"),
    Column("said_at", BigInteger, nullable=False),
    UniqueConstraint("survey", "revision"),
    Index("ix_survey_revision_site_id", "site_id"),
)
