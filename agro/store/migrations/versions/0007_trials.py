"""trials: layouts, what was measured on each plot, field books that came back, analyses."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NEW = ("objective", "contact", "crop", "generator", "who")
_NUMBERS = ("plot_width", "plot_length", "bearing", "latitude", "longitude")
_TABLES = ("trial_analysis", "trial_value", "trial_batch", "trial_trait", "trial_plot")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names]


def _double(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in names]


def _time(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _owned(table: str, by: str) -> list[sa.schema.SchemaItem]:
    column = f"{by}_id"
    named = op.f(f"fk_{table}_{column}")
    return [
        sa.Column(column, sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint([column], [f"{by}.id"], name=named),
    ]


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    """Change the tables."""
    with op.batch_alter_table("trial") as trial:
        for words in _text(*_NEW):
            trial.add_column(words)
        for number in _double(*_NUMBERS):
            trial.add_column(number)
        trial.add_column(sa.Column("sown", sa.Date(), nullable=True))
        trial.add_column(sa.Column("request", sa.JSON(), nullable=True))
        trial.add_column(_time("made_at"))
        trial.add_column(_time("put_away_at"))
    _plots()
    _values()
    op.create_table(
        "trial_analysis",
        _id(),
        *_owned("trial_analysis", "trial"),
        *_text("trait"),
        _time("made_at", nullable=False),
        *_text("who"),
        sa.Column("options", sa.JSON(), nullable=True),
        *_text("data_sha256", "version"),
        sa.Column("result", sa.JSON(), nullable=True),
        _key("trial_analysis"),
    )
    op.create_index("ix_trial_analysis_trial_id", "trial_analysis", ["trial_id"])


def _plots() -> None:
    op.create_table(
        "trial_plot",
        _id(),
        *_owned("trial_plot", "trial"),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=True),
        *_text("treatment"),
        sa.Column("levels", sa.JSON(), nullable=True),
        _key("trial_plot"),
        sa.UniqueConstraint("trial_id", "number", name=op.f("uq_trial_plot_trial_id_number")),
    )
    op.create_index("ix_trial_plot_trial_id", "trial_plot", ["trial_id"])
    op.create_table(
        "trial_trait",
        _id(),
        *_owned("trial_trait", "trial"),
        sa.Column("name", sa.Text(), nullable=False),
        *_text("label", "unit"),
        *_double("low", "high"),
        _key("trial_trait"),
        sa.UniqueConstraint("trial_id", "name", name=op.f("uq_trial_trait_trial_id_name")),
    )


def _values() -> None:
    op.create_table(
        "trial_batch",
        _id(),
        *_owned("trial_batch", "trial"),
        *_text("file", "sha256"),
        _time("imported_at", nullable=False),
        *_text("who"),
        sa.Column("new", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        _time("undone_at"),
        _key("trial_batch"),
    )
    op.create_table(
        "trial_value",
        _id(),
        *_owned("trial_value", "trial_plot"),
        *_owned("trial_value", "trial_trait"),
        *_text("time"),
        sa.Column("day", sa.Date(), nullable=True),
        *_double("value"),
        *_text("notes"),
        _time("said_at", nullable=False),
        *_text("who"),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        _time("struck_at"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["trial_batch.id"], name=op.f("fk_trial_value_batch_id")
        ),
        _key("trial_value"),
    )
    op.create_index("ix_trial_value_trial_plot_id", "trial_value", ["trial_plot_id"])
    op.create_index("ix_trial_value_batch_id", "trial_value", ["batch_id"])


def downgrade() -> None:
    """Undo it."""
    for table in _TABLES:
        op.drop_table(table)
    with op.batch_alter_table("trial") as trial:
        for name in ("put_away_at", "made_at", "request", "sown", *_NUMBERS, *_NEW):
            trial.drop_column(name)
