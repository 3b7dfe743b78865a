"""provenance: where a device stood, how it was calibrated, what set a flag, what is kept aside."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ADDED = (
    ("problem", '"count"'),
    ("observation", "uncalibrated"),
    ("observation", "tests"),
    ("datastream", "written_at"),
    ("datastream", "unassessed_from"),
)


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "archived_month",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), server_default="", nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_archived_month")),
    )
    op.create_table(
        "thawed_month",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("datastream_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("writes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "datastream_id", name=op.f("pk_thawed_month")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("eui", sa.Text(), server_default="", nullable=False),
        sa.Column("network", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("key", name=op.f("uq_quarantine_key")),
    )
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quarantine_device"), ["device"], unique=False)

    op.create_table(
        "calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("depth_cm", sa.Double(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("coefficients", sa.JSON(), nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=op.f("fk_calibration_thing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
        sa.UniqueConstraint(
            "thing_id",
            "quantity",
            "depth_cm",
            "since",
            name=op.f("uq_calibration_thing_id_quantity_depth_cm_since"),
        ),
    )
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("plot_id", sa.Integer(), nullable=True),
        sa.Column("eui", sa.Text(), server_default="", nullable=False),
        sa.Column("model", sa.Text(), server_default="", nullable=False),
        sa.Column("depths", sa.JSON(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["plot_id"], ["plot.id"], name=op.f("fk_deployment_plot_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_deployment_site_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=op.f("fk_deployment_thing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint("thing_id", "since", name=op.f("uq_deployment_thing_id_since")),
    )
    # What is registered already has stood there since ever.
    op.execute(
        "INSERT INTO deployment (thing_id, since, site_id, plot_id, eui, model, depths) "
        "SELECT id, 0, site_id, plot_id, eui, model, depths FROM thing"
    )
    op.create_table(
        "frame_counter",
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=op.f("fk_frame_counter_thing_id")),
        sa.PrimaryKeyConstraint("thing_id", name=op.f("pk_frame_counter")),
    )
    op.create_table(
        "frame_gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("network", sa.Text(), server_default="", nullable=False),
        sa.Column("application", sa.Text(), server_default="", nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("counters", sa.JSON(), nullable=True),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["thing.id"], name=op.f("fk_frame_gap_thing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_gap")),
        sa.UniqueConstraint("thing_id", "after", name=op.f("uq_frame_gap_thing_id_after")),
    )
    op.add_column("datastream", sa.Column("unassessed_from", sa.BigInteger()))
    op.add_column("datastream", sa.Column("written_at", sa.BigInteger()))
    op.add_column(
        "observation", sa.Column("tests", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("observation", sa.Column("uncalibrated", sa.Double()))
    op.add_column("problem", sa.Column("count", sa.Integer(), server_default="1", nullable=False))
    _leave_room(50)


def _leave_room(fillfactor: int) -> None:
    """PostgreSQL rewrites a row in its own page where there is room: half the work of a batch."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("datastream", "rollup_hour", "rollup_day"):
            op.execute(f"ALTER TABLE {table} SET (fillfactor = {fillfactor})")


def downgrade() -> None:
    """Undo it."""
    _leave_room(100)
    # Said in SQL: Alembic would rebuild the tables, and SQLite's without their layout.
    for table, column in _ADDED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.drop_table("frame_gap")
    op.drop_table("frame_counter")
    op.drop_table("deployment")
    op.drop_table("calibration")
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quarantine_device"))

    op.drop_table("quarantine")
    op.drop_table("thawed_month")
    op.drop_table("archived_month")
