"""orders: drought orders, and what was answered where and when."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names]


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "drought_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        *_text("resource", "zone_code", "zone", "level"),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *_text("link", "framework_link"),
        sa.Column("usages", sa.JSON(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drought_order")),
        sa.UniqueConstraint("sha256", name=op.f("uq_drought_order_sha256")),
    )
    keys = ("site_id", "north", "east")
    op.create_table(
        "drought_answer",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in keys),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        *_text("state", "source", "mode"),
        sa.Column("drought_order_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_drought_answer_site_id")),
        sa.ForeignKeyConstraint(
            ["drought_order_id"],
            ["drought_order.id"],
            name=op.f("fk_drought_answer_drought_order_id"),
        ),
        sa.PrimaryKeyConstraint(*keys, "resource", "fetched_at", name=op.f("pk_drought_answer")),
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_table("drought_answer")
    op.drop_table("drought_order")
