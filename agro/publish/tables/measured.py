"""Daily soil water of the plots, and daily weather of the gardens' stations."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from math import isnan

from sqlalchemy import Connection

from agro.publish.place import Register
from agro.publish.tables.asked import Part, Row, Span, Table, by_site_and_year
from agro.publish.urn import parcel
from agro.store import open_data
from agro.store.open_data import DayRow
from sensors.quantities import QUANTITIES

_SOIL = ("soil_moisture",)
_SKY = (
    *("air_temperature", "relative_humidity", "vapour_pressure", "dew_point", "air_pressure"),
    *("wind_speed", "wind_gust", "solar_radiation", "rain"),
)
_DIGITS = 4


def _span(quantities: tuple[str, ...]) -> Callable[[Connection, Register], Span | None]:
    """From when to when there are days of these quantities."""

    def span(c: Connection, here: Register) -> Span | None:
        found = open_data.day_span(c, quantities)
        return None if found is None else (_day(found[0], here), _day(found[1], here))

    return span


def _day(seconds: int, here: Register) -> date:
    return _local(seconds, here.zone)


@lru_cache(maxsize=8192)  # every series has the same days
def _local(seconds: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date()


def _soil_water(c: Connection, here: Register, part: Part) -> Iterator[Row]:
    start, end = part.times(here)
    days = open_data.days(c, _SOIL, start=start, end=end, site=part.site, plots_only=True)
    for one in days:
        yield {
            "day": _day(one.start, here),
            "site": one.site,
            "plot": one.plot,
            "parcel": parcel(here.city.slug, one.site, one.plot),
            "device": one.device,
            "depth_cm": number(one.depth_cm),
            "mean": number(one.total / one.values if one.values else None),
            **_counts(one),
            "mode": here.mode,
        }


def _weather(c: Connection, here: Register, part: Part) -> Iterator[Row]:
    start, end = part.times(here)
    for one in open_data.days(c, _SKY, start=start, end=end, site=part.site):
        if one.plot:  # what a probe in a greenhouse or a canopy feels is no weather
            continue
        quantity = QUANTITIES[one.quantity]
        is_sum = quantity.kind == "sum"
        value = one.total if is_sum else one.total / one.values if one.values else None
        yield {
            "day": _day(one.start, here),
            "site": one.site,
            "device": one.device,
            "quantity": one.quantity,
            "unit": quantity.ucum,
            "value": number(value if one.values else None),
            **_counts(one),
            "mode": here.mode,
        }


def _counts(one: DayRow) -> dict[str, object]:
    return {
        "minimum": number(one.minimum),
        "maximum": number(one.maximum),
        "values": one.values,
        "doubtful": one.suspect + one.failed,
        "missing": one.missing,
    }


def number(value: float | None) -> float | None:
    """A cell: empty where nothing is known."""
    return None if value is None or isnan(value) else round(value, _DIGITS)


SOIL_WATER = Table(_span(_SOIL), by_site_and_year, _soil_water)
WEATHER = Table(_span(_SKY), by_site_and_year, _weather)
