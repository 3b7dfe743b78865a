"""plan: shared taps and tanks, pauses on heavy soil, how much thirst a planting may have."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "tank",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Double(), nullable=True),
        sa.Column("roof_area", sa.Double(), nullable=True),
        sa.Column("level", sa.Double(), nullable=True),
        sa.Column("level_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_tank_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tank")),
        sa.UniqueConstraint("site_id", "slug", name=op.f("uq_tank_site_id_slug")),
    )
    for name in ("tap", "tank"):
        op.add_column(
            "irrigation_system", sa.Column(name, sa.Text(), server_default="", nullable=False)
        )
    op.add_column("irrigation_system", sa.Column("soak_minutes", sa.Double(), nullable=True))
    op.add_column("plot", sa.Column("slope", sa.Double(), nullable=True))
    for name, usual in (("risk", "balanced"), ("strategy", "none")):
        op.add_column("planting", sa.Column(name, sa.Text(), server_default=usual, nullable=False))


def downgrade() -> None:
    """Undo it."""
    for table, name in (
        ("planting", "strategy"),
        ("planting", "risk"),
        ("plot", "slope"),
        ("irrigation_system", "soak_minutes"),
        ("irrigation_system", "tank"),
        ("irrigation_system", "tap"),
    ):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    op.drop_table("tank")
