"""What a forecast tells beside its daily sums: rain by the hour, and its members.

Rain and ET₀ are kept as hundredths of a millimetre, for some weeks: an advice of then is computed
again to the same row, and older ones stand on the daily sums.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select

from agro.store import schema
from agro.store.values import to_epoch, upsert
from agro.store.weather import site_id

Array = NDArray[np.float64]

_HUNDREDTHS = 100.0


@dataclass(frozen=True)
class Detail:
    """One day of a forecast; arrays are empty where the source does not tell them.

    `rain` : (hours,) from the local midnight on. [mm]
    `chance` : (hours,) of any rain in the hour. [-]
    `rain_members` : (members, hours). [mm]
    `et0_members` : (members,). [mm d⁻¹]
    """

    rain: Array
    chance: Array
    rain_members: Array
    et0_members: Array


def write(c: Connection, site: str, issued_at: datetime, details: Mapping[date, Detail]) -> None:
    """Keep the details of a forecast that is in the store."""
    fixed = {"site_id": site_id(c, site), "issued_at": to_epoch(issued_at)}
    rows = [{**fixed, "day": day, **_row(detail)} for day, detail in details.items()]
    upsert(c, schema.forecast_detail, rows, ("site_id", "issued_at", "day"))


def read(c: Connection, site: str, issued_at: datetime) -> dict[date, Detail]:
    """The details of the forecast of this time; empty where none are kept."""
    table = schema.forecast_detail.c
    query = (
        select(
            table.day, table.rain_hours, table.chance_hours, table.rain_members, table.et0_members
        )
        .join_from(schema.forecast_detail, schema.site)
        .where(schema.site.c.slug == site, table.issued_at == to_epoch(issued_at))
        .order_by(table.day)
    )
    return {
        day: Detail(
            rain=_numbers(rain),
            chance=_numbers(chance),
            rain_members=_table(rain_members),
            et0_members=_numbers(et0_members),
        )
        for day, rain, chance, rain_members, et0_members in c.execute(query)
    }


def forget(c: Connection, before: datetime) -> int:
    """Leave out the details of forecasts issued before; how many days that were."""
    table = schema.forecast_detail
    return int(c.execute(delete(table).where(table.c.issued_at < to_epoch(before))).rowcount)


def _row(detail: Detail) -> dict[str, Any]:
    return {
        "rain_hours": _hundredths(detail.rain),
        "chance_hours": _hundredths(detail.chance),
        "rain_members": [_hundredths(one) for one in detail.rain_members],
        "et0_members": _hundredths(detail.et0_members),
    }


def _hundredths(values: Array) -> list[int | None]:
    return [None if np.isnan(value) else round(value * _HUNDREDTHS) for value in values.tolist()]


def _numbers(kept: Sequence[int | None] | None) -> Array:
    return np.array([np.nan if one is None else one for one in kept or ()], float) / _HUNDREDTHS


def _table(kept: Sequence[Sequence[int | None]] | None) -> Array:
    return np.array([_numbers(one) for one in kept]) if kept else np.empty((0, 0))
