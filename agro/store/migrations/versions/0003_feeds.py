"""feeds: what outside sources answered, the hours and members of a forecast, hours measured."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WEATHER = (
    "tmin",
    "tmax",
    "tmean",
    "rh_min",
    "rh_max",
    "rh_mean",
    "vapour_pressure",
    "wind_2m",
    "solar_radiation",
    "sunshine",
    "rain",
    "et0",
)
_TOLD = ("mode", "licence", "attribution", "link", "url", "etag", "last_modified")


def upgrade() -> None:
    """Change the tables."""
    op.add_column("forecast", sa.Column("rain_chance", sa.Double()))
    op.create_table(
        "forecast_detail",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rain_hours", sa.JSON(), nullable=True),
        sa.Column("chance_hours", sa.JSON(), nullable=True),
        sa.Column("rain_members", sa.JSON(), nullable=True),
        sa.Column("et0_members", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_forecast_detail_site_id")),
        sa.PrimaryKeyConstraint("site_id", "issued_at", "day", name=op.f("pk_forecast_detail")),
    )
    op.create_table(
        "weather_hour",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in _WEATHER),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_weather_hour_site_id")),
        sa.PrimaryKeyConstraint("site_id", "source", "time", name=op.f("pk_weather_hour")),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in _TOLD),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("fetched_at", sa.BigInteger(), nullable=True),
        sa.Column("observed_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_feed_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("source", "site_id", name=op.f("uq_feed_source_site_id")),
    )
    op.create_table(
        "feed_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_feed_answer_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_answer")),
        sa.UniqueConstraint(
            "feed_id", "fetched_at", name=op.f("uq_feed_answer_feed_id_fetched_at")
        ),
    )


def downgrade() -> None:
    """Undo it."""
    for table in ("feed_answer", "feed", "weather_hour", "forecast_detail"):
        op.drop_table(table)
    op.execute("ALTER TABLE forecast DROP COLUMN rain_chance")
