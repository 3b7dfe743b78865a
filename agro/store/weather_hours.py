"""Hours that an outside service measured: a packet tells a day, days are made of several."""

from datetime import datetime
from math import nan

import pandas as pd
from sqlalchemy import Connection, delete, select

from agro.store import schema
from agro.store.values import read_frame, to_epoch, to_null, upsert
from agro.store.weather import site_id


def write(c: Connection, site: str, source: str, frame: pd.DataFrame) -> int:
    """Keep hours (index aware UTC, FAO-56 columns); what is missing leaves what was known.

    Raises
    ------
    ValueError  The site does not exist.
    """
    fixed = {"site_id": site_id(c, site), "source": source}
    times = pd.DatetimeIndex(frame.index)
    known = read(c, site, source, times.min().to_pydatetime(), times.max().to_pydatetime())
    merged = frame.combine_first(known.reindex(times)) if len(frame) else frame
    rows = [
        {
            **fixed,
            "time": to_epoch(time.to_pydatetime()),
            **{name: to_null(record.get(name, nan)) for name in schema.WEATHER},
        }
        for time, record in zip(merged.index, merged.to_dict("records"), strict=True)
    ]
    upsert(c, schema.weather_hour, rows, ("site_id", "source", "time"))
    return len(rows)


def read(c: Connection, site: str, source: str, start: datetime, end: datetime) -> pd.DataFrame:
    """The hours of a source in [start, end]: index `time` (aware UTC), FAO-56 columns."""
    table = schema.weather_hour.c
    query = (
        select(table.time, *(table[name] for name in schema.WEATHER))
        .join_from(schema.weather_hour, schema.site)
        .where(
            schema.site.c.slug == site,
            table.source == source,
            table.time >= to_epoch(start),
            table.time <= to_epoch(end),
        )
        .order_by(table.time)
    )
    frame = read_frame(c, query)
    at = pd.to_datetime(frame.pop("time").astype("int64"), unit="s", utc=True)
    return frame.astype(float).set_axis(pd.DatetimeIndex(at, name="time"))


def forget(c: Connection, before: datetime) -> None:
    """Leave out hours of long ago: their days are kept."""
    table = schema.weather_hour
    c.execute(delete(table).where(table.c.time < to_epoch(before)))
