"""Tables for people: comma-separated text and workbooks."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import Any

_WIDEST = 40  # characters of a column in a workbook
_LONGEST_NAME = 31  # characters that a workbook allows a sheet's name


def known(value: Any) -> Any:
    """A cell: None where a number is not known."""
    return None if isinstance(value, float) and isnan(value) else value


def to_csv(table: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The table as comma-separated text; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def to_xlsx(table: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """The table as a workbook: dates are dates, numbers numbers, and no text is a formula."""
    return sheets_xlsx({"": (table, columns)})


def sheets_xlsx(
    tables: Mapping[str, tuple[Iterable[Mapping[str, Any]], Sequence[str]]],
) -> bytes:
    """Several tables as a workbook, each with its columns on a sheet of its name."""
    import openpyxl  # type: ignore[import-untyped]

    book = openpyxl.Workbook()
    for place, (name, (table, columns)) in enumerate(tables.items()):
        sheet = book.active if place == 0 else book.create_sheet()
        if name:
            sheet.title = name[:_LONGEST_NAME]
        _fill(sheet, table, columns)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def _fill(sheet: Any, table: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from openpyxl.styles import Font  # type: ignore[import-untyped]
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

    sheet.append(list(columns))
    widths = [len(name) for name in columns]
    for line, row in enumerate(table, start=2):
        for column, name in enumerate(columns, start=1):
            value = row.get(name)
            cell = sheet.cell(line, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
            widths[column - 1] = max(widths[column - 1], len(str(value or "")))
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width + 2, _WIDEST)
        sheet.cell(1, column).font = Font(bold=True)
    sheet.freeze_panes = "A2"
