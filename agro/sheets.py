"""CSV and XLSX as bytes, as people upload them, to rows of text."""

import csv
import io
import zipfile
from datetime import datetime, time

from agro.errors import BadInput
from sensors.errors import FeedError
from sensors.feeds.sheet import Sheet, read_sheet, text_of

LARGEST = 50_000_000  # bytes of a file
MOST_ROWS = 200_000
_WIDEST = 200  # columns that are read of a workbook
_ZIP = b"PK\x03\x04"


def sheet_of(body: bytes, name: str) -> Sheet:
    """The rows of a CSV (also gzip) or of the first sheet of an XLSX.

    Raises
    ------
    BadInput  It cannot be read, or it is too large.
    """
    if len(body) > LARGEST:
        size, most = len(body) / 1e6, LARGEST / 1e6
        raise BadInput([f"{name}: is of {size:.0f} MB, more than {most:.0f} MB; split it"])
    try:
        text = xlsx_text(body, name) if body.startswith(_ZIP) else text_of(body, name)
        sheet = read_sheet(text, name)
    except FeedError as error:
        raise BadInput([f"{name}: {error.reason}"]) from error
    if len(sheet.rows) > MOST_ROWS:
        raise _too_long(name)
    return sheet


def xlsx_text(body: bytes, name: str) -> str:
    """The first sheet as comma-separated text, dates as ISO.

    Raises
    ------
    BadInput  It is no workbook, or it is too large.
    """
    import openpyxl  # type: ignore[import-untyped]
    from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

    try:
        book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput([f"{name}: is not a workbook ({error}); save it as XLSX or CSV"]) from error
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for count, row in enumerate(book.worksheets[0].iter_rows(values_only=True, max_col=_WIDEST)):
        if count > MOST_ROWS:
            raise _too_long(name)
        writer.writerow([_cell(value) for value in row])
    book.close()
    if not text.getvalue().strip(", \n"):
        raise BadInput([f"{name}: its first sheet is empty; put the table there"])
    return text.getvalue()


def _too_long(name: str) -> BadInput:
    return BadInput([f"{name}: has more than {MOST_ROWS} rows; split it"])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
