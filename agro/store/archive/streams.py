"""The dictionary of an archived month: which series was what, where; it needs no database."""

from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select

from agro.store import schema
from agro.store.archive.months import bounds
from sensors.quantities import QUANTITIES

SCHEMA = pa.schema(
    [
        ("datastream_id", pa.int32()),
        ("device", pa.string()),
        ("eui", pa.string()),
        ("model", pa.string()),
        ("quantity", pa.string()),
        ("unit", pa.string()),
        ("depth_cm", pa.float64()),  # null: it has none
        ("since", pa.int64()),  # it stood there from this time on [epoch s]
        ("until", pa.int64()),  # null: and still did when this was written
        ("site", pa.string()),
        ("site_name", pa.string()),
        ("commune", pa.string()),
        ("commune_name", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("plot", pa.string()),
        ("plot_name", pa.string()),
    ]
)


def dictionary(c: Connection, month: str) -> pa.Table:
    """One row for each datastream and each place where its device stood in that month."""
    start, end = bounds(month)
    rows = [_row(found) for found in c.execute(_select(start, end)).mappings()]
    return pa.Table.from_pylist(rows, SCHEMA)


def _row(found: Any) -> dict[str, Any]:
    row = dict(found)
    if row["depth_cm"] < 0.0:
        row["depth_cm"] = None
    known = QUANTITIES.get(row["quantity"])
    return {**row, "unit": known.unit if known else ""}


def _select(start: int, end: int) -> Any:
    stream, thing, stay = schema.datastream, schema.thing, schema.deployment
    site, commune, plot = schema.site, schema.commune, schema.plot
    there = (
        (stay.c.thing_id == thing.c.id)
        & (stay.c.since < end)
        & (stay.c.until.is_(None) | (stay.c.until > start))
    )
    return (
        select(
            stream.c.id.label("datastream_id"),
            thing.c.device,
            stay.c.eui,
            stay.c.model,
            stream.c.quantity,
            stream.c.depth_cm,
            stay.c.since,
            stay.c.until,
            site.c.slug.label("site"),
            site.c.name.label("site_name"),
            commune.c.code.label("commune"),
            commune.c.name.label("commune_name"),
            site.c.latitude,
            site.c.longitude,
            plot.c.slug.label("plot"),
            plot.c.name.label("plot_name"),
        )
        .join_from(stream, thing)
        .outerjoin(stay, there)
        .outerjoin(site, site.c.id == stay.c.site_id)
        .outerjoin(commune, commune.c.id == site.c.commune_id)
        .outerjoin(plot, plot.c.id == stay.c.plot_id)
        .order_by(stream.c.id, stay.c.since)
    )
