"""city: its own equipment, the outlines of its communes, and what exists in its country."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _text(*names: str, default: str = "") -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), server_default=default, nullable=False) for name in names]


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "asset",
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *_text("commune"),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        *_text("mode", default="live"),
        *_text("source", "licence"),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=op.f("fk_asset_thing_id")),
        sa.PrimaryKeyConstraint("thing_id", name=op.f("pk_asset")),
    )
    op.create_index("ix_asset_kind", "asset", ["kind"])
    op.create_table(
        "commune_boundary",
        sa.Column("commune_id", sa.Integer(), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        *_text("source"),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commune_id"], ["commune.id"], name=op.f("fk_commune_boundary_commune_id")
        ),
        sa.PrimaryKeyConstraint("commune_id", name=op.f("pk_commune_boundary")),
    )
    for name in ("feeds", "frameworks"):
        op.add_column("city", sa.Column(name, sa.JSON(), nullable=True))


def downgrade() -> None:
    """Change them back."""
    for name in ("frameworks", "feeds"):
        op.drop_column("city", name)
    op.drop_table("commune_boundary")
    op.drop_index("ix_asset_kind", "asset")
    op.drop_table("asset")
