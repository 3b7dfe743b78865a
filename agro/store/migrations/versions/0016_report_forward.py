"""report_forward: how reports were handed on to the city's own system."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TEXTS = ("source", "reference", "token", "status", "status_notes", "reason")
_TIMES = ("sent_at", "next_try", "asked_at")


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "report_forward",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _TIMES),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_forward_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_forward")),
    )
    op.create_index("ix_report_forward_state", "report_forward", ["state"])
    op.create_index("ix_report_forward_reference", "report_forward", ["source", "reference"])


def downgrade() -> None:
    """Change them back."""
    op.drop_table("report_forward")
