"""Water given to the plots, day by day, each litre once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite, nan

from sqlalchemy import Connection

from agro.publish.place import Register
from agro.publish.tables.asked import Part, Row, Span, Table, by_site_and_year
from agro.publish.tables.measured import number
from agro.publish.urn import parcel
from agro.records import LogEntry
from agro.store import logbook, open_data
from agro.store.meter_notes import counted_by

_LITRES = {"L": 1.0, "m3": 1000.0}


@dataclass(slots=True)
class _Day:
    """What was given to a plot on a day."""

    litres: float = nan
    waterings: int = 0
    without_amount: int = 0

    def add(self, litres: float) -> None:
        self.waterings += 1
        if not isfinite(litres):
            self.without_amount += 1
        else:
            self.litres = litres + (self.litres if isfinite(self.litres) else 0.0)


def _span(c: Connection, here: Register) -> Span | None:
    found = open_data.log_span(c, "irrigation")
    if found is None:
        return None
    first, last = (datetime.fromtimestamp(one, UTC).astimezone(here.zone) for one in found)
    return first.date(), last.date()


def _rows(c: Connection, here: Register, part: Part) -> Iterator[Row]:
    start, end = part.times(here)
    entries = logbook.entries(c, site=part.site, types=["irrigation"], start=start, end=end)
    days: dict[tuple[date, str, str], _Day] = {}
    for entry, better in zip(entries, counted_by(entries), strict=True):
        if better is None and entry.plot:
            day = entry.time.astimezone(here.zone).date()
            key = (day, entry.plot, entry.source)
            days.setdefault(key, _Day()).add(_litres(entry, here))
    for (day, plot, source), one in sorted(days.items()):
        area = here.plots[part.site, plot].area
        yield {
            "day": day,
            "site": part.site,
            "plot": plot,
            "parcel": parcel(here.city.slug, part.site, plot),
            "source": source,
            "litres": number(one.litres),
            "depth_mm": number(one.litres / area if area > 0.0 else nan),
            "waterings": one.waterings,
            "without_amount": one.without_amount,
        }


def _litres(entry: LogEntry, here: Register) -> float:
    """What was given, NaN where it is not told in litres or as a depth of water."""
    if entry.unit == "mm":
        return entry.quantity * here.plots[entry.site, entry.plot].area
    return entry.quantity * _LITRES.get(entry.unit, nan)


IRRIGATION = Table(_span, by_site_and_year, _rows)
