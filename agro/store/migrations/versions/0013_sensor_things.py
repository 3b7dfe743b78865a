"""sensor_things: what clients of the SensorThings API create, beside what we measure."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = (
    "sta_historical_place",
    "sta_thing_location",
    "sta_observation",
    "sta_datastream",
    "sta_feature",
    "sta_observed_property",
    "sta_sensor",
    "sta_historical_location",
    "sta_location",
    "sta_thing",
    "sta_sequence",
)


def _id() -> list[sa.schema.SchemaItem]:
    return [sa.Column("id", sa.Integer(), autoincrement=False, nullable=False)]


def _text(*names: str) -> list[sa.schema.SchemaItem]:
    return [sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names]


def _json(*names: str) -> list[sa.schema.SchemaItem]:
    return [sa.Column(name, sa.JSON(), nullable=True) for name in names]


def _time(*names: str, nullable: bool = True) -> list[sa.schema.SchemaItem]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def _owned(table: str, column: str, by: str, goes: str = "CASCADE") -> list[sa.schema.SchemaItem]:
    named = op.f(f"fk_{table}_{column}")
    return [
        sa.Column(column, sa.Integer(), nullable=goes != "CASCADE"),
        sa.ForeignKeyConstraint([column], [f"{by}.id"], name=named, ondelete=goes),
    ]


def _table(name: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",)) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")))


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade() -> None:
    """Change the tables."""
    _table(
        "sta_sequence",
        sa.Column("name", sa.Text(), nullable=False),
        *_time("last", nullable=False),
        key=("name",),
    )
    named = _text("name", "description")
    _table("sta_thing", *_id(), *named, *_json("properties"))
    _table(
        "sta_location",
        *_id(),
        *_text("name", "description", "encoding_type"),
        *_json("location", "properties"),
    )
    _table(
        "sta_historical_location",
        *_id(),
        *_time("time", nullable=False),
        *_owned("sta_historical_location", "thing_id", "sta_thing"),
    )
    _index("sta_historical_location", "thing_id")
    _table(
        "sta_sensor",
        *_id(),
        *_text("name", "description", "encoding_type"),
        *_json("metadata", "properties"),
    )
    _table(
        "sta_observed_property",
        *_id(),
        *_text("name", "description", "definition"),
        *_json("properties"),
    )
    _table(
        "sta_feature",
        *_id(),
        *_text("name", "description", "encoding_type"),
        *_json("feature", "properties"),
        *_owned("sta_feature", "location_id", "sta_location", "SET NULL"),
    )
    _index("sta_feature", "location_id")
    _series()
    _pairs("sta_thing_location", "thing", "location")
    _pairs("sta_historical_place", "historical_location", "location")


def _series() -> None:
    _table(
        "sta_datastream",
        *_id(),
        *_text("name", "description", "observation_type"),
        *_json("unit", "observed_area"),
        *_time("phenomenon_start", "phenomenon_end", "result_start", "result_end"),
        *_json("properties"),
        *_owned("sta_datastream", "thing_id", "sta_thing"),
        *_owned("sta_datastream", "sensor_id", "sta_sensor"),
        *_owned("sta_datastream", "observed_property_id", "sta_observed_property"),
    )
    for column in ("thing_id", "sensor_id", "observed_property_id"):
        _index("sta_datastream", column)
    _table(
        "sta_observation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_owned("sta_observation", "datastream_id", "sta_datastream"),
        *_owned("sta_observation", "feature_id", "sta_feature"),
        *_time("phenomenon_start", "phenomenon_end", nullable=False),
        *_time("result_time", "valid_start", "valid_end"),
        *_json("result"),
        sa.Column("result_number", sa.Double(), nullable=True),
        sa.Column("result_text", sa.Text(), nullable=True),
        *_json("result_quality", "parameters"),
    )
    _index("sta_observation", "feature_id")
    _index("sta_observation", "datastream_id", "id")
    _index("sta_observation", "datastream_id", "phenomenon_start")


def _pairs(name: str, left: str, right: str) -> None:
    _table(
        name,
        *_owned(name, f"{left}_id", f"sta_{left}"),
        *_owned(name, f"{right}_id", f"sta_{right}"),
        key=(f"{left}_id", f"{right}_id"),
    )
    _index(name, f"{right}_id")


def downgrade() -> None:
    """Undo it."""
    for table in _TABLES:
        op.drop_table(table)
