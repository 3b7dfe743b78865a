"""places: mulch, glass, salt, water table and shade of a plot, the days on which a crop is cut."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBERS = ("mulch_cover", "et0_share", "soil_salinity", "water_table", "canopy_cover")


def upgrade() -> None:
    """Change the tables."""
    op.add_column("plot", sa.Column("mulch", sa.Text(), server_default="", nullable=False))
    for name in _NUMBERS:
        op.add_column("plot", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("planting", sa.Column("cuts", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo it."""
    op.execute("ALTER TABLE planting DROP COLUMN cuts")
    for name in (*reversed(_NUMBERS), "mulch"):
        op.execute(f"ALTER TABLE plot DROP COLUMN {name}")
