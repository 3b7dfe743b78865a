"""Daily weather brought from outside, and the forecasts as they were issued."""

from datetime import date, datetime
from math import nan

import pandas as pd
from sqlalchemy import Connection, func, select

from agro.store import schema
from agro.store.values import from_epoch, read_frame, time_zone, to_epoch, to_null, upsert

_DAY = 86_400  # seconds
LIVE = "live/"  # before the name of a service that is asked by itself, not by a person's file

_FORECAST = (*schema.WEATHER, "rain_low", "rain_high", "rain_chance")


def site_id(c: Connection, site: str) -> int:
    """The row of a site.

    Raises
    ------
    ValueError  There is none.
    """
    found = c.execute(select(schema.site.c.id).where(schema.site.c.slug == site)).scalar()
    if found is None:
        raise ValueError(f"site {site!r} does not exist")
    return int(found)


def records(frame: pd.DataFrame, names: tuple[str, ...]) -> list[dict[str, object]]:
    """Rows of a frame with a `day` column or index, every name present, NaN as NULL."""
    table = frame.reset_index() if "day" not in frame.columns else frame
    rows: list[dict[str, object]] = []
    for record in table.to_dict("records"):
        row: dict[str, object] = {name: to_null(record.get(name, nan)) for name in names}
        rows.append({"day": _date(record["day"]), **row})
    return rows


def _date(day: date | datetime) -> date:
    return day.date() if isinstance(day, datetime) else day


def write_days(c: Connection, site: str, source: str, frame: pd.DataFrame) -> int:
    """Store daily weather (`day` + FAO-56 names and units); a day again is overwritten.

    Raises
    ------
    ValueError  The site does not exist.
    """
    fixed = {"site_id": site_id(c, site), "source": source}
    rows = [{**fixed, **row} for row in records(frame, schema.WEATHER)]
    upsert(c, schema.weather_day, rows, ("site_id", "day"))
    return len(rows)


def days(c: Connection, site: str, start: date, end: date) -> pd.DataFrame:
    """Imported daily weather of [start, end): index `day`, FAO-56 columns, `source`."""
    table = schema.weather_day
    query = (
        select(table.c.day, *(table.c[name] for name in schema.WEATHER), table.c.source)
        .join_from(table, schema.site)
        .where(schema.site.c.slug == site, table.c.day >= start, table.c.day < end)
        .order_by(table.c.day)
    )
    frame = read_frame(c, query)
    return frame.astype(dict.fromkeys(schema.WEATHER, float)).set_index("day")


def write_forecast(
    c: Connection, site: str, source: str, issued_at: datetime, frame: pd.DataFrame
) -> None:
    """Store a forecast as issued: `day`, FAO-56 columns, and of its rain what is known.

    `rain_low` and `rain_high` bound 80 % of it [mm], `rain_chance` is that of any rain (0–1).

    Raises
    ------
    ValueError  The site does not exist or `issued_at` is naive.
    """
    fixed = {"site_id": site_id(c, site), "source": source, "issued_at": to_epoch(issued_at)}
    rows = [{**fixed, **row} for row in records(frame, _FORECAST)]
    upsert(c, schema.forecast, rows, ("site_id", "issued_at", "day"))


def forecast(c: Connection, site: str, at: datetime) -> tuple[pd.DataFrame, datetime, str] | None:
    """The newest forecast issued at or before `at`: (frame indexed by `day`, issued_at, source)."""
    table = schema.forecast
    of_site = (
        select(table.c.issued_at)
        .join_from(table, schema.site)
        .where(schema.site.c.slug == site, table.c.issued_at <= to_epoch(at))
        .order_by(table.c.issued_at.desc())
        .limit(1)
    )
    issued = c.execute(of_site).scalar()
    if issued is None:
        return None
    query = (
        select(table.c.day, *(table.c[name] for name in _FORECAST), table.c.source)
        .join_from(table, schema.site)
        .where(schema.site.c.slug == site, table.c.issued_at == issued)
        .order_by(table.c.day)
    )
    frame = read_frame(c, query)
    source = str(frame.pop("source").iloc[0])
    return (
        frame.astype(dict.fromkeys(_FORECAST, float)).set_index("day"),
        from_epoch(issued),
        source,
    )


def past_forecasts(
    c: Connection, site: str, source: str, start: datetime, end: datetime
) -> pd.DataFrame:
    """The first forecast of each day (UTC) that a source issued in [start, end).

    Columns `issued_at` (epoch), `lead` (days ahead, 0 = the day of issue), `day`, FAO-56 names,
    `rain_low`, `rain_high`, `rain_chance`.
    """
    table = schema.forecast
    own = (
        schema.site.c.slug == site,
        table.c.source == source,
        table.c.issued_at >= to_epoch(start),
        table.c.issued_at < to_epoch(end),
    )
    first = (
        select(func.min(table.c.issued_at))
        .join_from(table, schema.site)
        .where(*own)
        .group_by(table.c.issued_at // _DAY)
    )
    query = (
        select(table.c.issued_at, table.c.day, *(table.c[name] for name in _FORECAST))
        .join_from(table, schema.site)
        .where(*own, table.c.issued_at.in_(first))
        .order_by(table.c.issued_at, table.c.day)
    )
    frame = read_frame(c, query)
    zone = time_zone(c)
    issued = [datetime.fromtimestamp(at, zone).date() for at in frame["issued_at"]]
    lead = [(day - on).days for day, on in zip(frame["day"], issued, strict=True)]
    return frame.astype(dict.fromkeys(_FORECAST, float)).assign(lead=lead)
