"""reports: what citizens report, who they are apart from it, how each came to stand as it does."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXTS = ("status_notes", "description", "agency", "notice", "address", "address_id", "commune")
_INDEXES = (("requested_at",), ("latitude", "longitude"), ("said",), ("token",))


def _text(*names: str, default: str = "") -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), server_default=default, nullable=False) for name in names]


def _time(*names: str, nullable: bool = True) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def _of_report(table: str) -> list[sa.schema.SchemaItem]:
    named = op.f(f"fk_{table}_report_id")
    return [
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=named),
    ]


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        *_text("service_code", "service_name"),
        *_text("visible", default="all"),
        *_text("status", default="open"),
        *_text(*_TEXTS),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        *_text("media_url"),
        *_time("requested_at", "updated_at", "expected_at"),
        *_time("heard_at", nullable=False),
        *_time("asked_at"),
        *_text("mode", default="live"),
        *_text("token", "said"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("source", "reference", name=op.f("uq_report_source_reference")),
    )
    for columns in _INDEXES:
        op.create_index(f"ix_report_{'_'.join(columns)}", "report", list(columns))
    _beside()


def _beside() -> None:
    op.create_table(
        "report_contact",
        *_of_report("report_contact"),
        *_text("name", "phone", "email"),
        *_time("given_at", "until", nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_contact")),
    )
    op.create_index("ix_report_contact_until", "report_contact", ["until"])
    op.create_table(
        "report_change",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_report("report_change"),
        *_time("at", nullable=False),
        *_text("status", "notes", "who"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_change")),
    )
    op.create_index("ix_report_change_report_id", "report_change", ["report_id"])
    op.create_table(
        "report_source",
        sa.Column("source", sa.Text(), nullable=False),
        *_time("read_until"),
        sa.Column("services", sa.JSON(), nullable=True),
        *_time("services_at"),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_report_source")),
    )


def downgrade() -> None:
    """Undo it."""
    for table in ("report_source", "report_change", "report_contact", "report"):
        op.drop_table(table)
