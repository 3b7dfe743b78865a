"""What one row cannot tell alone: a harvest of a crop that was sown only later."""

from collections.abc import Iterable, Sequence
from datetime import date, tzinfo

from sqlalchemy import Connection

from agro.logbook.names import crop_named
from agro.logbook.rows import BadRow
from agro.records import LogEntry
from agro.store import farms, logbook

SAME_SEASON_DAYS = 180
"""A sowing later than this after a harvest, or of the next year, is of another season: what was
harvested in November was not sown in March; its own sowing was never told."""
_SOWINGS = ("seeding", "transplanting")
_Sown = dict[tuple[str, str], date]


def known_sowings(c: Connection, site: str, zone: tzinfo) -> _Sown:
    """The first day that each crop was sown or planted on each plot, as far as is recorded."""
    found: _Sown = {}
    for planting in farms.plantings(c, site):
        _earliest(found, planting.plot, planting.crop, planting.planted)
    for entry in logbook.entries(c, site=site, types=_SOWINGS):
        _add(found, entry, zone)
    return found


def too_early(rows: Sequence[tuple[int, LogEntry]], sown: _Sown, zone: tzinfo) -> Iterable[BadRow]:
    """The harvests of a file that come before the first sowing of their crop on their plot.

    The sowings of the file itself count.
    """
    first = dict(sown)
    for _, entry in rows:
        if entry.type in _SOWINGS:
            _add(first, entry, zone)
    for row, entry in rows:
        if entry.type != "harvest" or not entry.plot or not entry.crop:
            continue
        day, planted = _day(entry, zone), first.get((entry.plot, entry.crop))
        if planted is not None and _same_season(day, planted):
            facts = {"sown": planted.isoformat(), "crop": entry.crop, "plot": entry.plot}
            yield BadRow(row, "date", day.isoformat(), "harvest_before_sowing", facts)


def _same_season(harvested: date, planted: date) -> bool:
    return harvested.year == planted.year and 0 < (planted - harvested).days <= SAME_SEASON_DAYS


def _add(found: _Sown, entry: LogEntry, zone: tzinfo) -> None:
    if entry.plot and entry.crop:
        crop = crop_named(entry.crop) or entry.crop
        _earliest(found, entry.plot, crop, _day(entry, zone))


def _earliest(found: _Sown, plot: str, crop: str, day: date) -> None:
    found[plot, crop] = min(day, found.get((plot, crop), day))


def _day(entry: LogEntry, zone: tzinfo) -> date:
    return entry.time.astimezone(zone).date()
