"""The city, its gardens, and what grows where."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from agro.store.schema.base import id_, metadata, owner, position, text

city = Table(
    "city",
    metadata,
    id_(),
    Column("slug", Text, nullable=False, unique=True),
    text("name"),
    text("country"),
    text("timezone"),
    text("language"),
    *position(),
    Column("elevation", Double),
    Column("normals", JSON),
    Column("feeds", JSON),  # names of the outside sources that exist here
    Column("frameworks", JSON),  # names of the frameworks that its indicators answer to
)

commune = Table(
    "commune",
    metadata,
    id_(),
    owner("city"),
    Column("code", Text, nullable=False, unique=True),
    text("name"),
    Column("population", Integer),
    Column("area_km2", Double),
    *position(),
)

site = Table(
    "site",
    metadata,
    id_(),
    owner("city"),
    owner("commune", nullable=True),
    Column("slug", Text, nullable=False, unique=True),
    text("name"),
    text("kind"),
    *position(),
    Column("elevation", Double),
    text("water_source"),
    text("position_note"),
)

soil = Table(
    "soil",
    metadata,
    id_(),
    owner("site"),
    Column("slug", Text, nullable=False),
    text("texture"),
    Column("field_capacity", Double),
    Column("wilting_point", Double),
    Column("rew", Double),
    Column("tew", Double),
    text("source"),
    UniqueConstraint("site_id", "slug"),
)

irrigation_system = Table(
    "irrigation_system",
    metadata,
    id_(),
    owner("site"),
    Column("slug", Text, nullable=False),
    text("method"),
    Column("flow", Double),
    Column("efficiency", Double),
    Column("wetted_fraction", Double),
    Column("minimum_dose", Double),
    text("start"),
    text("end"),
    text("tap"),
    text("tank"),
    Column("soak_minutes", Double),
    UniqueConstraint("site_id", "slug"),
)

tank = Table(
    "tank",
    metadata,
    id_(),
    owner("site"),
    Column("slug", Text, nullable=False),
    Column("capacity", Double),
    Column("roof_area", Double),
    Column("level", Double),
    Column("level_on", Date),
    UniqueConstraint("site_id", "slug"),
)

plot = Table(
    "plot",
    metadata,
    id_(),
    owner("site"),
    owner("soil"),
    owner("irrigation_system"),
    Column("slug", Text, nullable=False),
    text("name"),
    text("kind"),
    Column("area", Double),
    *position(),
    Column("covered", Boolean, nullable=False),
    Column("depth", Double),
    Column("slope", Double),
    text("mulch"),
    Column("mulch_cover", Double),
    Column("et0_share", Double),
    Column("soil_salinity", Double),
    Column("water_table", Double),
    Column("canopy_cover", Double),
    UniqueConstraint("site_id", "slug"),
)

crop = Table(
    "crop",
    metadata,
    id_(),
    Column("key", Text, nullable=False, unique=True),
    text("name_fr"),
    text("name_en"),
)

planting = Table(
    "planting",
    metadata,
    id_(),
    owner("plot"),
    owner("crop"),
    text("variety"),
    Column("planted", Date, nullable=False),
    Column("removed", Date),
    text("risk", "balanced"),
    text("strategy", "none"),
    Column("cuts", JSON),  # days, in order
    Column("area", Double),  # m², NULL: the whole plot
    Column("plants", Double),
    text("lot"),  # the seed's
    text("source", "pack"),  # or person: no pack overwrites it
    text("who"),  # who planted or ended it last, as a person
    Column("said_at", BigInteger),
    UniqueConstraint("plot_id", "crop_id", "variety", "planted"),
)
