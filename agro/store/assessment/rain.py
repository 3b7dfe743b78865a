"""Rain as the soil's and the other gauges' flags look at it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, select

from agro.store import deployments, schema
from agro.store.buckets import HOUR
from agro.store.marks import RAIN
from sensors.quality import Rain, threshold

Floats = NDArray[np.float64]
EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site is. [°]"""

    latitude: float
    longitude: float


def distance(a: Place, b: Place) -> float:
    """Great-circle distance; NaN where a place is not known. [km]"""
    lat, lon = radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)
    across = cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(lon / 2.0) ** 2
    return 2.0 * EARTH_KM * asin(sqrt(min(sin(lat / 2.0) ** 2 + across, 1.0)))


def places(c: Connection) -> dict[int, Place]:
    """The places of all sites, by id."""
    own = schema.site.c
    rows = c.execute(select(own.id, own.latitude, own.longitude))
    return {
        id_: Place(np.nan if lat is None else lat, np.nan if lon is None else lon)
        for id_, lat, lon in rows
    }


def near(site: int, known: dict[int, Place]) -> list[int]:
    """The sites within a gauge's reach, the site itself among them."""
    reach, here = threshold(RAIN, "reach"), known[site]
    return [id_ for id_, place in known.items() if id_ == site or distance(here, place) <= reach]


@dataclass
class RainBook:
    """Hourly rain at the city's sites, read once for all that is assessed together.

    Of a site it is known while a gauge of its own is heard and believed; it is the most that any
    believed gauge within reach caught, for gauges fail by catching too little.
    """

    _span: tuple[int, int] = (0, 0)
    _by_site: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)
    _places: dict[int, Place] = field(default_factory=dict)

    def at(self, c: Connection, site: int, start: float, end: float) -> Rain | None:
        """The rain of a site in [start, end] (epoch s); None where it never had a gauge."""
        self._read(c, start, end)
        if site not in self._by_site:
            return None
        amounts = self._by_site[site][0].copy()
        for other in near(site, self._places):
            if other in self._by_site:
                amounts = np.fmax(amounts, self._by_site[other][0])
        heard = _bridged(np.isfinite(self._by_site[site][1]))
        hours = self._span[0] + HOUR * np.arange(heard.size, dtype=float)
        return Rain(hours[heard], np.nan_to_num(amounts[heard]), float(HOUR))

    def _read(self, c: Connection, start: float, end: float) -> None:
        wanted = (int(start) // HOUR * HOUR - HOUR, int(end) // HOUR * HOUR + 2 * HOUR)
        if self._span[0] <= wanted[0] and wanted[1] <= self._span[1]:
            return
        if self._span[1]:
            wanted = (min(wanted[0], self._span[0]), max(wanted[1], self._span[1]))
        hours = (wanted[1] - wanted[0]) // HOUR
        own, stream, stay = schema.rollup_hour.c, schema.datastream, schema.deployment
        query = (
            select(stay.c.site_id, own.start, own.count, own.total)
            .join_from(stay, stream, stream.c.thing_id == stay.c.thing_id)
            .join(
                schema.rollup_hour,
                (own.datastream_id == stream.c.id)
                & deployments.holds_bucket(own.start, wanted, HOUR),
            )
            .where(stream.c.quantity == RAIN)
        )
        empty = np.full(hours, np.nan)
        by_site = {site: (empty.copy(), empty.copy()) for site in c.scalars(_sites_with_gauges())}
        for site, begin, count, total in c.execute(query):
            hour = (begin - wanted[0]) // HOUR
            if count and 0 <= hour < hours:
                most = by_site[site][0]
                most[hour] = np.fmax(most[hour], total)
                by_site[site][1][hour] = count
        self._span, self._by_site, self._places = wanted, by_site, places(c)


def _bridged(heard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """An hour between two that were heard was dry or came with the next: a message was late."""
    between = np.zeros_like(heard)
    between[1:-1] = heard[:-2] & heard[2:]
    return heard | between


def _sites_with_gauges() -> Select[Any]:
    stream, stay = schema.datastream, schema.deployment
    return (
        select(stay.c.site_id)
        .join_from(stay, stream, stream.c.thing_id == stay.c.thing_id)
        .where(stream.c.quantity == RAIN)
        .distinct()
    )


def distances(sites: Sequence[int], known: dict[int, Place]) -> Floats:
    """Distance of each site from each. (k, k) [km]"""
    return np.array([[distance(known[a], known[b]) for b in sites] for a in sites]).reshape(
        len(sites), len(sites)
    )
