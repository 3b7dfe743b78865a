"""The yield forecasts as they were issued, one row for each planting and time of issue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, and_, func, select

from agro.records import YieldForecast
from agro.store import schema
from agro.store.decisions import jsonable
from agro.store.values import from_epoch, from_null, read_frame, to_epoch, to_null, upsert

_NUMBERS = ("low", "middle", "high", "area")
_TEXT = ("crop", "variety", "planted", "start", "end", "model")
_OF = ("plot_id", "crop", "variety", "planted")
_KEY = (*_OF, "issued_at")


def write(c: Connection, rows: Sequence[YieldForecast]) -> None:
    """Store forecasts; issued again for the same time one replaces itself.

    Raises
    ------
    ValueError  A plot does not exist.
    """
    known = select(schema.site.c.slug, schema.plot.c.slug, schema.plot.c.id)
    found = c.execute(known.join_from(schema.plot, schema.site))
    plots = {(site, plot): id_ for site, plot, id_ in found}
    for one in rows:
        if (one.site, one.plot) not in plots:
            raise ValueError(f"no plot {one.plot!r} on site {one.site!r}")
    told = [{"plot_id": plots[one.site, one.plot], **_row(one)} for one in rows]
    upsert(c, schema.yield_forecast, told, _KEY)


def _row(one: YieldForecast) -> dict[str, Any]:
    return {
        "issued_at": to_epoch(one.issued_at),
        **{name: to_null(getattr(one, name)) for name in _NUMBERS},
        **{name: getattr(one, name) for name in _TEXT},
        "factors": jsonable(one.factors),
        "sources": jsonable(one.sources),
    }


def latest(c: Connection, site: str, *, at: datetime | None = None) -> list[YieldForecast]:
    """The newest forecast of each planting of a site, issued at or before `at`."""
    table = schema.yield_forecast.c
    own = [table[name] for name in _OF]
    newest = select(*own, func.max(table.issued_at).label("at"))
    if at is not None:
        newest = newest.where(table.issued_at <= to_epoch(at))
    last = newest.group_by(*own).subquery()
    same = [last.c[name] == table[name] for name in _OF]
    query = _query(site).join(last, and_(*same, last.c.at == table.issued_at))
    return [_forecast(row) for row in c.execute(query).mappings()]


def newest(c: Connection, site: str) -> datetime | None:
    """When the last forecast of a site was issued."""
    query = (
        select(func.max(schema.yield_forecast.c.issued_at))
        .join_from(schema.yield_forecast, schema.plot)
        .join(schema.site, schema.site.c.id == schema.plot.c.site_id)
        .where(schema.site.c.slug == site)
    )
    found = c.execute(query).scalar()
    return None if found is None else from_epoch(found)


def harvest_noted(c: Connection, site: str) -> datetime | None:
    """When a harvest of a site was last written down."""
    query = (
        select(func.max(schema.log.c.recorded_at))
        .join_from(schema.log, schema.site)
        .where(schema.site.c.slug == site, schema.log.c.type == "harvest")
    )
    found = c.execute(query).scalar()
    return None if found is None else from_epoch(found)


def history(c: Connection, site: str) -> pd.DataFrame:
    """All forecasts of a site, oldest first.

    Columns plot, crop, variety, planted, issued_at (epoch s), low, middle, high [kg m⁻²], area m².
    """
    query = _query(site).with_only_columns(
        schema.plot.c.slug.label("plot"),
        *(
            schema.yield_forecast.c[name]
            for name in ("crop", "variety", "planted", "issued_at", *_NUMBERS)
        ),
    )
    frame = read_frame(c, query)
    return frame.astype(dict.fromkeys(_NUMBERS, float))


def _query(site: str) -> Select[Any]:
    table = schema.yield_forecast
    own = [one for one in table.c if one.name not in ("id", "plot_id")]
    return (
        select(schema.site.c.slug.label("site"), schema.plot.c.slug.label("plot"), *own)
        .join_from(table, schema.plot)
        .join(schema.site, schema.site.c.id == schema.plot.c.site_id)
        .where(schema.site.c.slug == site)
        .order_by(table.c.issued_at, schema.plot.c.id, table.c.planted, table.c.id)
    )


def _forecast(row: Mapping[Any, Any]) -> YieldForecast:
    told = {**row, "issued_at": from_epoch(row["issued_at"])}
    numbers = {name: from_null(row[name]) for name in _NUMBERS}
    factors, sources = tuple(row["factors"] or ()), row["sources"] or {}
    return YieldForecast(**told | numbers | {"factors": factors, "sources": sources})
