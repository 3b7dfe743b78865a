"""Indicators by calendar year and area, where the disclosure rule allows it.

A year is told once it is over: of a figure that grows day by day, the difference of two days would
be one garden's basket. Where the months of the harvest table, taken from a year, would leave what
one garden gave, all that counts harvests is withheld. What nobody noted has no row.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from math import isfinite

from sqlalchemy import Connection

from agro.config import settings
from agro.indicators.book import Book, Harvest
from agro.indicators.catalogue import catalogue
from agro.indicators.figures import Figure, communes_computed, computed, suppressed
from agro.indicators.gathering import gather
from agro.indicators.scope import Scope
from agro.publish.disclosure import is_safe
from agro.publish.place import Register
from agro.publish.tables.asked import Asked, Part, Row, Span, Table
from agro.publish.tables.harvest import HARVEST
from agro.store import logbook, open_data

_KINDS = ("harvest", "irrigation", "labour", "delivery", "input", "seeding", "transplanting")
_KEPT = 16  # years of which the rows are kept: to gather a year takes seconds
_FIGURES = 6  # that count in a number

_Key = tuple[object, ...]
_rows_kept: dict[_Key, tuple[Row, ...]] = {}


def _span(c: Connection, here: Register) -> Span | None:
    """The whole years that are over and of which the logbook has something."""
    found = [span for kind in _KINDS if (span := open_data.log_span(c, kind)) is not None]
    if not found:
        return None
    first = _local(min(start for start, _ in found), here).year
    last = min(_local(max(end for _, end in found), here).year, here.today.year - 1)
    return (date(first, 1, 1), date(last, 12, 31)) if first <= last else None


def _local(seconds: int, here: Register) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(here.zone).date()


def _parts(here: Register, asked: Asked, span: Span) -> Iterator[Part]:
    """A year at a time, always whole: part of one would undo the rule by subtraction."""
    if asked.site:
        raise ValueError("indicators are not published by garden; leave site away")
    found = asked.within(span)
    if found is not None:
        for year in range(found[0].year, found[1].year + 1):
            yield Part(here.city.slug, date(year, 1, 1), date(year + 1, 1, 1))


def _rows(c: Connection, here: Register, part: Part) -> Iterator[Row]:
    """The rows of a year, kept for an hour unless the logbook changes."""
    hour = here.at.replace(minute=0, second=0, microsecond=0)
    key = (str(c.engine.url), here.city, part, logbook.size(c), hour)
    rows = _rows_kept.get(key)
    if rows is None:
        rows = tuple(_computed(c, here, part))
        while len(_rows_kept) >= _KEPT:
            _rows_kept.pop(next(iter(_rows_kept)), None)
        _rows_kept[key] = rows
    yield from rows


def _computed(c: Connection, here: Register, part: Part) -> Iterator[Row]:
    known = catalogue(settings().city, here.city.country, here.city.frameworks)
    book = gather(c, part.start, part.end - timedelta(days=1))
    codes = dict.fromkeys(site.commune for site in here.gardens if site.commune)
    of_city = computed(book, Scope(), known, public=True)
    of_communes = communes_computed(book, codes, known, public=True)
    is_betrayed = _months_betray(HARVEST.rows(c, here, part), book)
    area = {"level": "city", "code": here.city.slug, "name": here.city.name}
    yield from _area(here, part, area, of_city, hides_harvest=is_betrayed)
    for code, own in sorted(of_communes.items()):
        area = {"level": "commune", "code": code, "name": here.communes[code].name}
        yield from _area(here, part, area, own, hides_harvest=is_betrayed)


def _months_betray(rows: Iterable[Row], book: Book) -> bool:
    """Whether a year's harvest less its published months would tell of a single garden."""
    withheld: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row["status"] == "withheld":
            withheld.setdefault((row["level"], row["code"]), set()).add(row["month"])
    communes = {site.site: site.commune for site in book.sites}
    for (level, code), months in withheld.items():
        given: dict[str, float] = {}
        for one in book.harvests:
            is_here = level == "city" or communes.get(one.site) == code
            if is_here and one.day is not None and f"{one.day:%Y-%m}" in months and one.mass > 0.0:
                given[one.site] = given.get(one.site, 0.0) + one.mass
        if given and not is_safe(given):
            return True
    return False


def _area(
    here: Register,
    part: Part,
    area: dict[str, str],
    figures: Iterable[Figure],
    *,
    hides_harvest: bool,
) -> Iterator[Row]:
    """The rows of an area; what nobody noted has none."""
    for told in figures:
        if told.status == "no_data":
            continue
        counts_harvest = any(isinstance(record, Harvest) for record in told.part.records)
        one = suppressed(told) if hides_harvest and counts_harvest else told
        own = one.indicator
        spread = one.spread[0] if len(one.spread) == 1 else None
        value = spread.median if spread else one.value
        yield {
            "year": part.start.year,
            **area,
            "indicator": own.id,
            "name_fr": own.name_fr,
            "name_en": own.name_en,
            "domain": own.domain,
            "value": _number(value),
            "unit": own.unit,
            "numerator": _number(one.numerator),
            "denominator": _number(one.denominator),
            "coverage": _number(one.coverage),
            "coverage_least": own.coverage.min,
            "status": one.status,
            **_target(one),
            "records": len(one.sources) if one.status != "suppressed" else None,
            "mode": here.mode,
        }


def _target(one: Figure) -> dict[str, object]:
    """The threshold that judges, and by what right; of a band its lower end."""
    line = one.target
    if line is None:
        return {"target": None, "target_right": "", "target_year": None}
    low = line.value[0] if isinstance(line.value, tuple) else line.value
    told = line.threshold
    return {"target": _number(low), "target_right": told.status, "target_year": told.year}


def _number(value: float) -> float | None:
    return float(f"{value:.{_FIGURES}g}") if isfinite(value) else None


INDICATORS = Table(_span, _parts, _rows)
