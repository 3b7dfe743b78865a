"""Where a device stood while it measured, and what is known of that place."""

from dataclasses import dataclass
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, or_, select

from agro.store import schema
from agro.store.buckets import day_bounds
from agro.store.values import from_null, time_zone
from sensors import quality
from sensors.quality import Waterings

Floats = NDArray[np.float64]
DAY = 86400
KEPT_DAYS = 30
"""For so long after an entry a plot's logbook is taken to tell of every watering."""
ENOUGH_MM = 100.0
"""What an entry without an amount that can be used is taken for: it explains any rise."""

_LITRES = {"l": 1.0, "litre": 1.0, "litres": 1.0, "m3": 1000.0, "m³": 1000.0}
_MILLIMETRES = {"mm": 1.0, "l/m2": 1.0, "l/m²": 1.0, "cm": 10.0}


@dataclass(frozen=True, slots=True)
class Stay:
    """Where a device stood from `since` until `until` (epoch s), with the soil and water there.

    `plot` None = it served the whole site. `porosity` and `wilting_point` m³ m⁻³, NaN where nobody
    knows them, as in pots. `area` m². `watered`: people may water there.
    """

    since: float
    until: float
    site: int
    plot: int | None
    latitude: float
    longitude: float
    porosity: float
    wilting_point: float
    area: float
    watered: bool


NOWHERE = Stay(-inf, inf, 0, None, nan, nan, nan, nan, nan, watered=True)


def stays(c: Connection, thing: int) -> list[Stay]:
    """Where a device stood, in order of time."""
    return [_stay(row) for row in c.execute(_STAYS.where(schema.deployment.c.thing_id == thing))]


def _stay(row: Any) -> Stay:
    in_ground = row.kind is not None and row.kind != "pots" and row.depth is None
    held = quality.porosity(row.texture or "", from_null(row.field_capacity))
    return Stay(
        row.since,
        inf if row.until is None else row.until,
        row.site_id,
        row.plot_id,
        from_null(row.latitude),
        from_null(row.longitude),
        held if in_ground else nan,
        from_null(row.wilting_point) if in_ground else nan,
        from_null(row.area),
        row.method != "none",
    )


def _stays() -> Any:
    stay, site, plot = schema.deployment, schema.site, schema.plot
    soil, system = schema.soil, schema.irrigation_system
    return (
        select(
            stay.c.since,
            stay.c.until,
            stay.c.site_id,
            stay.c.plot_id,
            site.c.latitude,
            site.c.longitude,
            plot.c.kind,
            plot.c.depth,
            plot.c.area,
            soil.c.texture,
            soil.c.field_capacity,
            soil.c.wilting_point,
            system.c.method,
        )
        .join_from(stay, site, site.c.id == stay.c.site_id)
        .outerjoin(plot, plot.c.id == stay.c.plot_id)
        .outerjoin(soil, soil.c.id == plot.c.soil_id)
        .outerjoin(system, system.c.id == plot.c.irrigation_system_id)
        .order_by(stay.c.since)
    )


_STAYS = _stays()


@dataclass(frozen=True, slots=True)
class Log:
    """The waterings of a plot, and whether its logbook tells of all of them at a time."""

    waterings: Waterings
    kept: tuple[tuple[float, float], ...]

    def tells(self, times: Floats) -> NDArray[np.bool_]:
        """Whether the logbook was kept at these times (epoch s)."""
        found = np.zeros(times.shape, bool)
        for start, end in self.kept:
            found |= (times >= start) & (times < end)
        return found


def log_of(c: Connection, stay: Stay, start: float, end: float) -> Log:
    """What the logbook says of a plot in [start, end] (epoch s).

    An entry may be of any time of its day: people write in the evening what they did at dawn.
    """
    if not stay.watered:
        return Log(Waterings(), ((-inf, inf),))
    own = schema.log.c
    query = (
        select(own.time, own.quantity, own.unit, own.plot_id)
        .where(own.site_id == stay.site, own.type == "irrigation", own.struck_at.is_(None))
        .where(or_(own.plot_id == stay.plot, own.plot_id.is_(None)))
        .where(own.time >= int(start) - (KEPT_DAYS + 2) * DAY, own.time < int(end) + 2 * DAY)
        .order_by(own.time)
    )
    zone = time_zone(c)
    days = [
        (day_bounds(time, zone)[0], _depth(quantity, unit, stay.area if plot else nan))
        for time, quantity, unit, plot in c.execute(query)
    ]
    times = [float(day) for day, _ in days]
    given = Waterings(times, [depth for _, depth in days])
    return Log(given, tuple((day, day + KEPT_DAYS * DAY) for day in times))


def _depth(quantity: float | None, unit: str, area: float) -> float:
    """What an entry gave. [mm]"""
    amount, unit = from_null(quantity), unit.strip().lower()
    if unit in _MILLIMETRES:
        depth = amount * _MILLIMETRES[unit]
    else:
        depth = amount * _LITRES.get(unit, nan) / area if area > 0.0 else nan
    return ENOUGH_MM if np.isnan(depth) else depth
