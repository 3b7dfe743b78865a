"""What clients of the SensorThings API created: entities as OGC 18-088 describes them.

They stand beside what we measure and never mix with it: whoever may write here cannot change a
reading, an alert or an advice. Times are epoch **milliseconds**, as clients write them; an instant
is an interval whose ends are the same. `result_number` and `result_text` repeat `result` where it
is a number or text, to be compared.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from agro.store.schema.base import metadata, text


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=False)


def _described() -> list[Column[str]]:
    return [text("name"), text("description")]


def _owned(name: str, by: str, *, nullable: bool = False) -> Column[int]:
    """The entity that this one belongs to and goes with."""
    key = ForeignKey(f"{by}.id", ondelete="CASCADE")
    return Column(name, key, nullable=nullable, index=True)


def _pairs(name: str, left: str, right: str) -> Table:
    return Table(
        name,
        metadata,
        Column(f"{left}_id", ForeignKey(f"sta_{left}.id", ondelete="CASCADE"), primary_key=True),
        Column(
            f"{right}_id",
            ForeignKey(f"sta_{right}.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
    )


# The next number of each kind: a number is never given twice, also after a deletion.
sta_sequence = Table(
    "sta_sequence",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

sta_thing = Table("sta_thing", metadata, _id(), *_described(), Column("properties", JSON))

sta_location = Table(
    "sta_location",
    metadata,
    _id(),
    *_described(),
    text("encoding_type"),
    Column("location", JSON),
    Column("properties", JSON),
)

sta_historical_location = Table(
    "sta_historical_location",
    metadata,
    _id(),
    Column("time", BigInteger, nullable=False),
    _owned("thing_id", "sta_thing"),
)

sta_sensor = Table(
    "sta_sensor",
    metadata,
    _id(),
    *_described(),
    text("encoding_type"),
    Column("metadata", JSON),
    Column("properties", JSON),
)

sta_observed_property = Table(
    "sta_observed_property",
    metadata,
    _id(),
    *_described(),
    text("definition"),
    Column("properties", JSON),
)

sta_feature = Table(
    "sta_feature",
    metadata,
    _id(),
    *_described(),
    text("encoding_type"),
    Column("feature", JSON),
    Column("properties", JSON),
    # The location that it was made of, where an observation named no feature.
    Column(
        "location_id",
        ForeignKey("sta_location.id", ondelete="SET NULL"),
        nullable=True,
        index=True,
    ),
)

sta_datastream = Table(
    "sta_datastream",
    metadata,
    _id(),
    *_described(),
    text("observation_type"),
    Column("unit", JSON),
    Column("observed_area", JSON),
    Column("phenomenon_start", BigInteger),
    Column("phenomenon_end", BigInteger),
    Column("result_start", BigInteger),
    Column("result_end", BigInteger),
    Column("properties", JSON),
    _owned("thing_id", "sta_thing"),
    _owned("sensor_id", "sta_sensor"),
    _owned("observed_property_id", "sta_observed_property"),
)

sta_observation = Table(
    "sta_observation",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("datastream_id", ForeignKey("sta_datastream.id", ondelete="CASCADE"), nullable=False),
    _owned("feature_id", "sta_feature"),
    Column("phenomenon_start", BigInteger, nullable=False),
    Column("phenomenon_end", BigInteger, nullable=False),
    Column("result_time", BigInteger),
    Column("valid_start", BigInteger),
    Column("valid_end", BigInteger),
    Column("result", JSON),
    Column("result_number", Double),
    Column("result_text", Text),
    Column("result_quality", JSON),
    Column("parameters", JSON),
    Index("ix_sta_observation_datastream_id_id", "datastream_id", "id"),
    Index("ix_sta_observation_datastream_id_phenomenon_start", "datastream_id", "phenomenon_start"),
)

sta_thing_location = _pairs("sta_thing_location", "thing", "location")

sta_historical_place = _pairs("sta_historical_place", "historical_location", "location")
