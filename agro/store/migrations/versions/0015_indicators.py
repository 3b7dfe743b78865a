"""indicators: farm books that were imported, statements for indicators, surveys by revision."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "farm_book",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("file"),
        _text("sha256"),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        _text("who"),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in ("new", "known", "refused")
        ),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farm_book")),
    )
    op.create_table(
        "indicator_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        _text("register"),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("plot_id", sa.Integer(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        _text("source"),
        sa.Column("farm_book_id", sa.Integer(), nullable=True),
        _text("who"),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("retracted_at", sa.BigInteger(), nullable=True),
        _text("retracted_by"),
        _text("reason"),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_record")),
        sa.UniqueConstraint("key", name=op.f("uq_indicator_record_key")),
        _of("indicator_record", "site_id", "site"),
        _of("indicator_record", "plot_id", "plot"),
        _of("indicator_record", "farm_book_id", "farm_book"),
        _of("indicator_record", "replaces_id", "indicator_record"),
    )
    op.create_index("ix_indicator_record_register", "indicator_record", ["register", "start"])
    op.create_index("ix_indicator_record_farm_book_id", "indicator_record", ["farm_book_id"])
    _surveys()


def _surveys() -> None:
    op.create_table(
        "survey_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("plot_id", sa.Integer(), nullable=True),
        _text("form"),
        _text("version"),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        _text("status"),
        _text("source"),
        sa.Column("farm_book_id", sa.Integer(), nullable=True),
        _text("who"),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_revision")),
        sa.UniqueConstraint("survey", "revision", name=op.f("uq_survey_revision_survey_revision")),
        _of("survey_revision", "site_id", "site"),
        _of("survey_revision", "plot_id", "plot"),
        _of("survey_revision", "farm_book_id", "farm_book"),
    )
    op.create_index("ix_survey_revision_site_id", "survey_revision", ["site_id"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    """Change them back."""
    for table in ("survey_revision", "indicator_record", "farm_book"):
        op.drop_table(table)
