"""Harvests by month and area, where the disclosure rule allows it; a garden is a contributor.

A month is told once it is over: of a total that grows day by day, the difference of two days
would be one garden's basket.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from math import isfinite, nan

from sqlalchemy import Connection

from agro.publish.disclosure import safe_parts
from agro.publish.place import Register
from agro.publish.tables.asked import Asked, Part, Row, Span, Table
from agro.publish.tables.measured import number
from agro.store import open_data

_MASSES = {"kg": 1.0, "g": 0.001, "t": 1000.0}

Month = tuple[int, int]


def _span(c: Connection, here: Register) -> Span | None:
    found = open_data.log_span(c, "harvest")
    if found is None:
        return None
    first = _local(found[0], here).replace(day=1)
    last = min(_end(_local(found[1], here)), here.today.replace(day=1)) - timedelta(days=1)
    return (first, last) if first <= last else None


def _end(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _local(seconds: int, here: Register) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(here.zone).date()


def _parts(here: Register, asked: Asked, span: Span) -> Iterator[Part]:
    """Everything at once, in whole months: part of a month would undo the rule by subtraction."""
    if asked.site:
        raise ValueError("harvests are not published by garden; leave site away")
    found = asked.within(span)
    if found is not None:
        yield Part(here.city.slug, found[0].replace(day=1), _end(found[1]))


def _rows(c: Connection, here: Register, part: Part) -> Iterator[Row]:
    months: dict[Month, dict[str, dict[str, float]]] = {}
    simulated: set[Month] = set()
    for one in open_data.harvests(c):
        mass = one.quantity * _MASSES.get(one.unit, nan)
        day, site = _local(one.time, here), here.sites.get(one.site)
        if site is None or not isfinite(mass) or not part.start <= day < part.end:
            continue
        month = (day.year, day.month)
        gardens = months.setdefault(month, {}).setdefault(site.commune, {})
        gardens[site.slug] = gardens.get(site.slug, 0.0) + mass
        if one.source == "simulated":
            simulated.add(month)
    for month, communes in sorted(months.items()):
        mode = "simulated" if month in simulated else here.mode
        yield from _month(here, month, communes, mode)


def _month(
    here: Register, month: Month, communes: Mapping[str, Mapping[str, float]], mode: str
) -> Iterator[Row]:
    shows_city, shown = safe_parts(communes)
    gardens = {name: mass for given in communes.values() for name, mass in given.items()}
    label = f"{month[0]:04d}-{month[1]:02d}"
    city = {"level": "city", "code": here.city.slug, "name": here.city.name}
    yield {"month": label, **city, **_cell(gardens, is_shown=shows_city), "mode": mode}
    for code, given in sorted(communes.items()):
        if code:
            commune = here.communes[code]
            area = {"level": "commune", "code": code, "name": commune.name}
            yield {"month": label, **area, **_cell(given, is_shown=code in shown), "mode": mode}


def _cell(given: Mapping[str, float], *, is_shown: bool) -> dict[str, object]:
    return {
        "mass_kg": number(sum(given.values())) if is_shown else None,
        "gardens": len(given),
        "status": "published" if is_shown else "withheld",
    }


HARVEST = Table(_span, _parts, _rows)
