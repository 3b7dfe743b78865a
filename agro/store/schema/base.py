"""What the tables are made of."""

from sqlalchemy import Column, Double, ForeignKey, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_() -> Column[int]:
    """Its own number."""
    return Column("id", Integer, primary_key=True)


def text(name: str, default: str = "") -> Column[str]:
    """Words, empty where nothing is said."""
    return Column(name, Text, nullable=False, server_default=default)


def owner(table: str, *, nullable: bool = False) -> Column[int]:
    """The row of another table that this one belongs to."""
    return Column(f"{table}_id", ForeignKey(f"{table}.id"), nullable=nullable)


def position() -> tuple[Column[float], Column[float]]:
    """Degrees north and east."""
    return Column("latitude", Double), Column("longitude", Double)
