"""A correction as a person writes it: the fields that change, as text, read like a file's."""

from collections.abc import Mapping

from sqlalchemy import Connection

from agro.config import now
from agro.logbook.checks import known_sowings, too_early
from agro.logbook.columns import Columns
from agro.logbook.dates import Dates
from agro.logbook.exporting import texts_of
from agro.logbook.names import plots_named
from agro.logbook.parse import Reader
from agro.logbook.rows import BadRow, Choice
from agro.records import LogEntry
from agro.store import farms, values

FIELDS = (
    *("date", "type", "plot", "crop", "variety", "quantity", "unit", "notes"),
    *("hours", "area", "method", "who", "lot"),
)


def corrected(
    c: Connection, entry: LogEntry, changed: Mapping[str, str]
) -> LogEntry | list[BadRow]:
    """What an entry says once these fields say something else, or why it cannot.

    An empty text takes what a field said away.
    """
    zone = values.time_zone(c)
    texts = texts_of(entry, zone) | dict(changed)
    columns = Columns({name: name for name in texts}, {}, ())
    dates = Dates(zone, now().astimezone(zone).date())
    plots = plots_named((plot.slug, plot.name) for plot in farms.plots(c, entry.site))
    found = Reader(entry.site, columns, Choice(), dates, plots, comma=True).entry(0, texts)
    if not isinstance(found, LogEntry):
        return found
    return list(too_early([(0, found)], known_sowings(c, entry.site, zone), zone)) or found
