"""subscriptions: who wants to be told of what changes, and how telling them went."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TIMES = ("expires_at", "notified_at", "succeeded_at", "failed_at", "next_try")


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("times_sent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _TIMES),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("name", name=op.f("uq_subscription_name")),
    )


def downgrade() -> None:
    """Change them back."""
    op.drop_table("subscription")
