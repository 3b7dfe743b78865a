"""CSV and XLSX files of people, as sheets."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agro.cli.fixed_file import as_csv, is_fixed
from agro.cli.output import nearest
from agro.errors import BadInput

if TYPE_CHECKING:
    from sensors.feeds.sheet import Sheet

_ZIP = b"PK\x03\x04"


def read_sheet_file(file: Path) -> "Sheet":
    """The rows of a CSV (also gzip) or of the first sheet of an XLSX.

    Raises
    ------
    BadInput  It cannot be read.
    """
    from sensors.errors import FeedError
    from sensors.feeds.sheet import read_sheet, text_of

    try:
        body = file.read_bytes()
        text = _from_xlsx(file) if body.startswith(_ZIP) else text_of(body, file.name)
        text = as_csv(text, str(file)) if is_fixed(text) else text
        return read_sheet(text, file.name)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error
    except FeedError as error:
        raise BadInput([f"{file}: {error.reason}"]) from error


def _from_xlsx(file: Path) -> str:
    """The first sheet as comma-separated text, dates as ISO."""
    import csv
    import io
    import zipfile

    import openpyxl  # type: ignore[import-untyped]
    from openpyxl.utils.exceptions import (  # type: ignore[import-untyped]
        InvalidFileException,
    )

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput([f"{file}: is not a workbook ({error}); save it as XLSX or CSV"]) from error
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in book.worksheets[0].iter_rows(values_only=True):
        writer.writerow([_cell(value) for value in row])
    book.close()
    return text.getvalue()


def _cell(value: object) -> str:
    from datetime import datetime, time

    if value is None:
        return ""
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\n", " ")


def must_have(sheet: "Sheet", wanted: Sequence[str], file: Path) -> None:
    """Refuse a file that lacks a column.

    Raises
    ------
    BadInput  One line for each column that is missing.
    """
    lines = [
        f"{file}: no column {name}; {nearest(name, sheet.header)} Name it {name}"
        for name in wanted
        if name not in sheet.header
    ]
    if lines:
        raise BadInput(lines)
