"""A layer of the city's equipment over a day and over a year, from the rollups alone."""

from datetime import datetime, tzinfo
from typing import Literal

import pandas as pd
from sqlalchemy import Connection

from agro.city.overview import DAYS_BACK, Moment, moment_of
from agro.city.reading import LAYERS, Layer
from agro.store.buckets import day_bounds
from agro.store.city import sums
from agro.store.values import from_epoch, to_epoch

Span = tuple[datetime, datetime]


def curve(
    c: Connection, layer: Layer, commune: str | None, span: Span, *, by: Literal["hour", "day"]
) -> pd.DataFrame:
    """A layer in a commune, or in the whole city (None).

    Returns
    -------
    Columns time (the start of the hour, UTC; of days their local date), value (in the layer's
    unit; of an index the highest), assets (how many pieces of equipment it is of).
    """
    meaning, when = LAYERS[layer], "day" if by == "day" else "time"
    read = sums.daily if by == "day" else sums.hourly
    found = read(
        c,
        kind=meaning.kind,
        quantity=meaning.quantity,
        start=span[0],
        end=span[1],
        commune=commune,
    )
    if commune is None:
        found = sums.city_wide(found, meaning.quantity, when)
    if layer == "air_index":
        found["value"] = found["maximum"]
    return found.rename(columns={when: "time"})[["time", "value", "assets"]]


def day_of(moment: Moment, zone: tzinfo) -> Span:
    """The local day that holds a moment."""
    first, last = day_bounds(to_epoch(moment.start), zone)
    return from_epoch(first), from_epoch(last)


def year_until(at: datetime, zone: tzinfo) -> Span:
    """The days that the page reaches back."""
    return moment_of("days", DAYS_BACK, at, zone).start, at
