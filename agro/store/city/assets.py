"""The city's equipment as it stands in the store, its values beside the probes'.

Its flags are those of its arrival (range, step): what looks at soils and neighbours is made for
probes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import nan
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, func, select

from agro.store import flagging, marks, readings, schema
from agro.store.readings import Row, Written
from agro.store.values import from_null, read_frame


@dataclass(frozen=True, slots=True)
class Asset:
    """One piece of equipment. `device` is its id in its own system, `commune` a national code.

    `mode` live, file or simulated ("" = as it was, else live); `source` the key of the feed that
    tells of it. Positions ° (NaN = not known); `details` what does not change by the hour: lights,
    spaces, peak_power kW. `locality` is what its system calls the commune; it is not kept.
    """

    device: str
    kind: str
    name: str = ""
    commune: str = ""
    latitude: float = nan
    longitude: float = nan
    mode: str = ""
    source: str = ""
    licence: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    locality: str = ""


def assets(c: Connection, *, kind: str | None = None, commune: str | None = None) -> list[Asset]:
    """The equipment of the city, by kind and name."""
    query = asset_query().order_by(schema.asset.c.kind, schema.thing.c.device)
    if kind is not None:
        query = query.where(schema.asset.c.kind == kind)
    if commune is not None:
        query = query.where(schema.asset.c.commune == commune)
    return [asset_of(row) for row in c.execute(query)]


def asset_query() -> Select[Any]:
    """The rows of `asset_of`, in no order."""
    own, thing = schema.asset.c, schema.thing.c
    return select(
        thing.device,
        own.kind,
        thing.name,
        own.commune,
        own.latitude,
        own.longitude,
        own.mode,
        own.source,
        own.licence,
        own.details,
    ).join_from(schema.asset, schema.thing)


def asset_of(row: Any) -> Asset:
    """A row of `asset_query`."""
    device, kind, name, commune, latitude, longitude, mode, source, licence, details = row
    north, east = from_null(latitude), from_null(longitude)
    return Asset(
        device, kind, name, commune, north, east, mode, source, licence, dict(details or {})
    )


def counts(c: Connection) -> dict[tuple[str, str], int]:
    """How many pieces of each (kind, commune) there are."""
    own = schema.asset.c
    query = select(own.kind, own.commune, func.count()).group_by(own.kind, own.commune)
    return {(kind, commune): number for kind, commune, number in c.execute(query)}


def record(c: Connection, rows: Sequence[Row], *, written_at: datetime | None = None) -> Written:
    """Store what registered equipment measured, once each, with flags and rollups.

    Raises
    ------
    ValueError  A device is not registered.
    """
    known = readings.datastreams(c, {row.device for row in rows})
    flagged = flagging.flagged(c, rows, known)
    written = readings.write(c, flagged, known, written_at=written_at)
    settle(c, {row.device for row in rows})
    return written


def settle(c: Connection, devices: Collection[str]) -> None:
    """The flags of what was written of this equipment stand as they are."""
    ids = [one.id for one in readings.datastreams(c, devices).values()]
    marks.settle(c, ids, None)


def latest(c: Connection) -> pd.DataFrame:
    """The newest value of every datastream of the city's equipment.

    Returns
    -------
    Columns datastream_id, device, kind, commune, mode, source, details, quantity, time (epoch s),
    value, flag.
    """
    stream, own, thing = schema.datastream.c, schema.asset.c, schema.thing.c
    query = (
        select(
            stream.id.label("datastream_id"),
            thing.device,
            own.kind,
            own.commune,
            own.mode,
            own.source,
            own.details,
            stream.quantity,
            stream.latest_time.label("time"),
            stream.latest_value.label("value"),
            stream.latest_flag.label("flag"),
        )
        .join_from(schema.asset, schema.thing)
        .join(schema.datastream, stream.thing_id == thing.id)
        .where(stream.latest_time.is_not(None))
        .order_by(stream.id)
    )
    frame = read_frame(c, query)
    frame["value"] = frame["value"].astype(float)
    return frame
