"""The logbook as a table: CSV and XLSX that people open and that an import reads as they were."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, tzinfo
from math import isnan
from typing import Any

from agro.records import LogEntry, Noted

# The first are the columns of every import; the units stand in the headers of the rest.
COLUMNS = (
    *("date", "type", "plot", "crop", "variety", "quantity", "unit", "notes"),
    *("hours (h)", "area (m²)", "method", "source", "who", "lot", "details"),
)
KEPT = ("number", "recorded", "struck", "corrections")
"""What an export of kept entries adds; an import does not read it."""
_WIDTHS = {"date": 17, "notes": 40, "details": 30, "crop": 18, "variety": 18, "recorded": 17}
_FORMULA = re.compile(r"'*[=+\-@]")


def to_csv(kept: Iterable[Noted | LogEntry], zone: tzinfo) -> str:
    """Entries as CSV: times with their offset, decimal points, empty where nothing is said."""
    kept = list(kept)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_header(kept))
    for one in kept:
        writer.writerow([_as_text(value) for value in _cells(one, zone)])
    return text.getvalue()


def to_xlsx(kept: Iterable[Noted | LogEntry], zone: tzinfo) -> bytes:
    """Entries as a workbook: dates, numbers and words are cells of their own kind.

    A workbook keeps 15 figures of a number. A time is of the city's clock; an autumn hour that is
    there twice is written with its offset.
    """
    from openpyxl import Workbook  # type: ignore[import-untyped]
    from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
    from openpyxl.styles import Font  # type: ignore[import-untyped]
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

    kept = list(kept)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("logbook")
    sheet.freeze_panes = "A2"
    header = _header(kept)
    for place, name in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name, 12)
    titles = [WriteOnlyCell(sheet, value=name) for name in header]
    for title in titles:
        title.font = Font(bold=True)
    sheet.append(titles)
    for one in kept:
        sheet.append([_typed(sheet, value, zone) for value in _cells(one, zone)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def texts_of(entry: LogEntry, zone: tzinfo) -> dict[str, str]:
    """The fields of an entry as a file has them, by their names in an import."""
    names = (name.partition(" (")[0] for name in COLUMNS)
    return dict(zip(names, map(_as_text, _cells(entry, zone)), strict=True))


def _header(kept: Sequence[Noted | LogEntry]) -> tuple[str, ...]:
    return (*COLUMNS, *KEPT) if any(isinstance(one, Noted) for one in kept) else COLUMNS


def _cells(one: Noted | LogEntry, zone: tzinfo) -> list[Any]:
    entry = one.entry if isinstance(one, Noted) else one
    details = json.dumps(dict(entry.details), ensure_ascii=False) if entry.details else ""
    own = [
        *(entry.time.astimezone(zone), entry.type, entry.plot, _safe(entry.crop)),
        *(_safe(entry.variety), entry.quantity, entry.unit, _safe(entry.notes)),
        *(entry.hours, entry.area, entry.method, entry.source, _safe(entry.who)),
        *(_safe(entry.lot), details),
    ]
    if isinstance(one, Noted):
        struck = one.struck_at and one.struck_at.astimezone(zone)
        own += [one.number, one.recorded_at.astimezone(zone), struck, one.revisions]
    return own


def _safe(text: str) -> str:
    """Words that a spreadsheet would compute start with a sign that it does not show."""
    return f"'{text}" if _FORMULA.match(text) else text


def _as_text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return repr(value) if isinstance(value, float) else str(value)


def _typed(sheet: Any, value: Any, zone: tzinfo) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if value is None or (isinstance(value, float) and isnan(value)) or value == "":
        return None
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula
    elif isinstance(value, datetime):
        if _is_twice(value, zone) or value.time() == time():
            cell.value = value.isoformat(timespec="seconds")
        else:
            cell.value = value.replace(tzinfo=None, fold=0)
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
    return cell


def _is_twice(time: datetime, zone: tzinfo) -> bool:
    """Whether the clock shows this hour twice, as on the night when summer time ends."""
    wall = time.replace(tzinfo=zone)
    return wall.replace(fold=0).astimezone(UTC) != wall.replace(fold=1).astimezone(UTC)
