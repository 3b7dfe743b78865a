"""season: corrections and imports of the logbook, deliveries, offers, yields foreseen."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_LOG_TEXT = ("method", "who", "lot")
_LOG = ("hours", "area")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names]


def _double(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in names]


def _json(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.JSON(), nullable=True) for name in names]


def _owned(table: str, by: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    column = f"{by}_id"
    named = op.f(f"fk_{table}_{column}")
    return [
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{by}.id"], name=named),
    ]


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "log_batch",
        _id(),
        *_owned("log_batch", "site"),
        *_text("file", "sha256"),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        *_text("who"),
        sa.Column("new", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        _key("log_batch"),
    )
    with op.batch_alter_table("log") as log:
        for column in _text(*_LOG_TEXT):
            log.add_column(column)
        for number in _double(*_LOG):
            log.add_column(number)
        log.add_column(sa.Column("details", sa.JSON(), nullable=True))
        log.add_column(sa.Column("recorded_at", sa.BigInteger(), nullable=True))
        log.add_column(sa.Column("struck_at", sa.BigInteger(), nullable=True))
        log.add_column(sa.Column("batch_id", sa.Integer(), nullable=True))
        log.create_foreign_key(op.f("fk_log_batch_id"), "log_batch", ["batch_id"], ["id"])
        log.create_index("ix_log_batch_id", ["batch_id"])
    op.create_table(
        "log_revision",
        _id(),
        *_owned("log_revision", "log"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_text("who", "action"),
        *_json("before", "after"),
        *_text("reason"),
        _key("log_revision"),
    )
    op.create_index("ix_log_revision_log_id", "log_revision", ["log_id"])
    op.create_table(
        "photo",
        _id(),
        *_owned("photo", "log"),
        *_text("media_type", "sha256"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _key("photo"),
        sa.UniqueConstraint("log_id", "sha256", name=op.f("uq_photo_log_id_sha256")),
    )
    op.create_table(
        "outlet",
        _id(),
        *_owned("outlet", "site"),
        sa.Column("slug", sa.Text(), nullable=False),
        *_text("name", "channel"),
        *_double("distance_km", "intermediaries"),
        *_text("vehicle", "destination"),
        _key("outlet"),
        sa.UniqueConstraint("site_id", "slug", name=op.f("uq_outlet_site_id_slug")),
    )
    op.create_table(
        "delivery",
        sa.Column("log_id", sa.Integer(), nullable=False),
        *_owned("delivery", "outlet", nullable=True),
        *_text("channel"),
        *_double("distance_km", "intermediaries", "price", "trips"),
        *_text("vehicle"),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_delivery_log_id")),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_delivery")),
    )
    op.create_table(
        "lot_use",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("harvest_id", sa.Integer(), nullable=False),
        *_double("mass_kg", "count"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.log_id"], name=op.f("fk_lot_use_delivery_id")
        ),
        sa.ForeignKeyConstraint(["harvest_id"], ["log.id"], name=op.f("fk_lot_use_harvest_id")),
        sa.PrimaryKeyConstraint("delivery_id", "harvest_id", name=op.f("pk_lot_use")),
    )
    op.create_index("ix_lot_use_harvest_id", "lot_use", ["harvest_id"])
    op.create_table(
        "offer",
        _id(),
        *_owned("offer", "site"),
        *_text("crop"),
        *_double("mass_kg"),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        *_text("status", "who", "notes"),
        _key("offer"),
    )
    _forecasts()
    with op.batch_alter_table("planting") as planting:
        planting.add_column(sa.Column("area", sa.Double(), nullable=True))
        planting.add_column(sa.Column("plants", sa.Double(), nullable=True))
        planting.add_column(_text("lot")[0])
        planting.add_column(sa.Column("source", sa.Text(), server_default="pack", nullable=False))
        planting.add_column(_text("who")[0])
        planting.add_column(sa.Column("said_at", sa.BigInteger(), nullable=True))
    op.add_column("datastream", sa.Column("unmetered_from", sa.BigInteger(), nullable=True))
    # What meters and valves told before becomes irrigation of the logbook, too.
    op.execute(
        "UPDATE datastream SET unmetered_from = 0 "
        "WHERE quantity IN ('water_volume', 'pulse_total', 'valve_open')"
    )


def _forecasts() -> None:
    op.create_table(
        "yield_forecast",
        _id(),
        *_owned("yield_forecast", "plot"),
        sa.Column("crop", sa.Text(), nullable=False),
        *_text("variety"),
        sa.Column("planted", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        *_double("low", "middle", "high", "area"),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        *_text("model"),
        *_json("factors", "sources"),
        _key("yield_forecast"),
        sa.UniqueConstraint(
            "plot_id",
            "crop",
            "variety",
            "planted",
            "issued_at",
            name=op.f("uq_yield_forecast_plot_id_crop_variety_planted_issued_at"),
        ),
    )


def downgrade() -> None:
    """Undo it."""
    op.execute("ALTER TABLE datastream DROP COLUMN unmetered_from")
    for name in ("said_at", "who", "source", "lot", "plants", "area"):
        op.execute(f"ALTER TABLE planting DROP COLUMN {name}")
    for table in ("yield_forecast", "offer", "lot_use", "delivery", "outlet", "photo"):
        op.drop_table(table)
    op.drop_table("log_revision")
    with op.batch_alter_table("log") as log:
        log.drop_index("ix_log_batch_id")
        log.drop_constraint(op.f("fk_log_batch_id"), type_="foreignkey")
        for name in ("batch_id", "struck_at", "recorded_at", "details", *_LOG, *_LOG_TEXT):
            log.drop_column(name)
    op.drop_table("log_batch")
