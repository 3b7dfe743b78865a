"""The quantities that we measure as observed properties: in Python, and as a table in SQL."""

from zlib import crc32

from sqlalchemy import Integer, column, text
from sqlalchemy import Text as SqlText

from sensors.quantities import QUANTITIES, Quantity

UCUM = "urn:ogc:def:uom:UCUM::"
_CF = "http://vocab.nerc.ac.uk/standard_name/"
_OURS = "urn:x-agro:quantity:"
_MOST = 999_999_999


def quantity_id(name: str) -> int:
    """The number of an observed property: made of its name, so no release changes it."""
    return crc32(name.encode()) % _MOST + 1


def definition(of: Quantity) -> str:
    """Its address: in the CF vocabulary where it has one."""
    return f"{_CF}{of.cf}/" if of.cf else f"{_OURS}{of.name}"


def title(of: Quantity) -> str:
    """Its name for people."""
    return of.name.replace("_", " ")


def about(of: Quantity) -> str:
    """Its name and unit."""
    return f"{title(of).capitalize()} in {of.unit}" if of.unit != "1" else title(of).capitalize()


def _quoted(value: str | int) -> str:
    """A constant of ours in SQL; a colon would begin a parameter."""
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''").replace(":", r"\:") + "'"


def _select(of: Quantity) -> str:
    told: dict[str, str | int] = {
        "quantity": of.name,
        "id": quantity_id(of.name),
        "name": title(of),
        "description": about(of),
        "definition": definition(of),
        "unit": of.unit,
        "ucum": of.ucum,
        "cf": of.cf,
        "kind": of.kind,
    }
    columns = ", ".join(f"{_quoted(value)} AS {name}" for name, value in told.items())
    return f"SELECT {columns}"


# As text: a `values()` of SQLAlchemy is compiled anew for each query, which costs 30 ms.
QUANTITY_TABLE = (
    text(" UNION ALL ".join(_select(one) for one in QUANTITIES.values()))
    .columns(
        column("quantity", SqlText),
        column("id", Integer),
        *(
            column(name, SqlText)
            for name in ("name", "description", "definition", "unit", "ucum", "cf", "kind")
        ),
    )
    .cte("quantity")
)
