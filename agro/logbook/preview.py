"""A whole file before anything is stored: what is good, what is refused, what it adds up to."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isnan

from sqlalchemy import Connection

from agro.config import now
from agro.errors import BadInput
from agro.logbook.checks import known_sowings, too_early
from agro.logbook.columns import Columns, recognise
from agro.logbook.dates import Dates, is_day_first
from agro.logbook.faults import Unusable, not_read
from agro.logbook.names import plots_named
from agro.logbook.parse import Reader, unknown_crops
from agro.logbook.rows import BadRow, Choice, Note
from agro.records import LogEntry
from agro.sheets import sheet_of
from agro.store import farms, values
from sensors.feeds.sheet import Sheet

Told = Callable[[int, int], None]  # how far, of how much
_TELL_EVERY = 1000  # rows


@dataclass(frozen=True, slots=True)
class Total:
    """What the good rows of a type, crop and unit add up to; NaN where none tells an amount."""

    type: str
    crop: str
    unit: str
    rows: int
    quantity: float


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it was read. `rows` in it, `entries` good ones by row, `made` plots to be made."""

    file: str
    sha256: str
    site: str
    rows: int
    columns: Columns
    entries: tuple[tuple[int, LogEntry], ...]
    problems: tuple[BadRow, ...]
    notes: tuple[Note, ...]
    made: Mapping[str, str]

    @property
    def refused(self) -> int:
        """How many rows are refused."""
        return len({problem.row for problem in self.problems})

    @property
    def totals(self) -> list[Total]:
        """The sums of the good rows, by type, crop and unit."""
        return totals(entry for _, entry in self.entries)


def read(
    c: Connection,
    body: bytes,
    name: str,
    site: str,
    *,
    choice: Choice | None = None,
    told: Told | None = None,
) -> Preview:
    """Read a file for a site; nothing is stored.

    Raises
    ------
    Unusable  Nothing of it can be used: one fault for each reason.
    """
    choice = choice or Choice()
    sheet = _sheet(body, name)
    columns = recognise(sheet, choice.columns, choice.type, name)
    reader = _reader(c, sheet, columns, choice, site)
    problems = [
        BadRow(fault.row, fault.field, fault.value, "cells", {"reason": fault.reason})
        for fault in sheet.faults
    ]
    good: list[tuple[int, LogEntry]] = []
    names = list(dict.fromkeys(columns.of.values()))
    cells = zip(*(sheet.cells[header] for header in names), strict=True)
    for count, (row, texts) in enumerate(zip(sheet.rows, cells, strict=True)):
        if told is not None and count % _TELL_EVERY == 0:
            told(count, len(sheet.rows))
        entry = reader.entry(row, dict(zip(names, texts, strict=True)))
        if isinstance(entry, LogEntry):
            good.append((row, entry))
        else:
            problems += entry
    zone = reader.dates.zone
    early = list(too_early(good, known_sowings(c, site, zone), zone))
    refused = {problem.row for problem in early}
    good = [(row, entry) for row, entry in good if row not in refused]
    standing = {entry.plot for _, entry in good}
    return Preview(
        file=name,
        sha256=sha256(body).hexdigest(),
        site=site,
        rows=len(sheet.rows) + len(sheet.faults),
        columns=columns,
        entries=tuple(good),
        problems=tuple(sorted([*problems, *early], key=lambda one: one.row)),
        notes=tuple(_notes(reader, good)),
        made={slug: text for slug, text in reader.made.items() if slug in standing},
    )


def _sheet(body: bytes, name: str) -> Sheet:
    try:
        return sheet_of(body, name)
    except BadInput as error:
        raise Unusable(not_read(name, line) for line in error.lines) from error


def totals(entries: Iterable[LogEntry]) -> list[Total]:
    """The sums of entries by type, crop and unit; sums by type are left to who wants them."""
    rows: Counter[tuple[str, str, str]] = Counter()
    sums: dict[tuple[str, str, str], float] = {}
    for entry in entries:
        key = (entry.type, entry.crop, entry.unit)
        rows[key] += 1
        if not isnan(entry.quantity):
            sums[key] = sums.get(key, 0.0) + entry.quantity
    return [Total(*key, rows[key], sums.get(key, float("nan"))) for key in sorted(rows)]


def _reader(c: Connection, sheet: Sheet, columns: Columns, choice: Choice, site: str) -> Reader:
    zone = values.time_zone(c)
    first = choice.day_first
    if first is None:
        first = is_day_first(sheet.cells[columns.of["date"]])
    dates = Dates(zone, now().astimezone(zone).date(), first)
    plots = plots_named((plot.slug, plot.name) for plot in farms.plots(c, site))
    return Reader(site, columns, choice, dates, plots, comma=sheet.delimiter != ",")


def _notes(reader: Reader, good: list[tuple[int, LogEntry]]) -> Iterable[Note]:
    for code, rows in reader.dates.seen.items():
        yield Note(code, rows)
    for (code, text), rows in reader.seen.items():
        if code == "crop_named":
            yield Note(code, rows, text)
    for name, rows, near in unknown_crops(reader.seen):
        yield Note("crop_unknown", rows, name, {"near": near})
    standing = Counter(entry.plot for _, entry in good)
    for slug, text in reader.made.items():
        if standing[slug]:
            yield Note("plot_made", standing[slug], text, {"plot": slug})
    kept = [repr(entry) for _, entry in good]
    if len(kept) > len(set(kept)):
        yield Note("rows_repeated", len(kept) - len(set(kept)))
