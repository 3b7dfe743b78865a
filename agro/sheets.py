"""CSV and XLSX as bytes, as people upload them, to rows of text."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable
from datetime import datetime, time

from agro.errors import BadInput
from sensors.errors import FeedError
from sensors.feeds.sheet import Sheet, read_sheet, text_of

LARGEST = 50_000_000  # bytes of a file
MOST_ROWS = 200_000
MOST_COLUMNS = 5_000  # of a text: what names columns is compared with each of them
_MOST_LINES = 3 * MOST_ROWS  # blank ones and remarks among them
_UNPACKED = 4 * LARGEST  # bytes of a workbook's parts, as the file says them; no more is read
_WIDEST = 200  # columns that are read of a workbook
_SHOWN = 200  # signs of an error
_ZIP = b"PK\x03\x04"
# What openpyxl raises on files that are none, or were made to break it: XML errors among them.
_UNREADABLE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError, zipfile.BadZipFile, zlib.error),
)


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
        sheet = read_sheet(_text(body, name), name)
    except FeedError as error:
        raise BadInput([f"{name}: {error.reason}"]) from error
    if len(sheet.rows) > MOST_ROWS:
        raise _too_long(name)
    return sheet


def _text(body: bytes, name: str) -> str:
    if body.startswith(_ZIP):
        return xlsx_text(body, name)
    text = text_of(body, name, largest=LARGEST)
    check_shape(text, name)
    return text


def check_shape(text: str, name: str) -> None:
    """Refuse a text that is too long or too wide for a table, before its cells are made.

    Raises
    ------
    BadInput  It has too many rows or columns.
    """
    if max(text.count("\n"), text.count("\r")) > _MOST_LINES:
        raise _too_long(name)
    widest = max(max(map(line.count, ",;\t|")) for line in io.StringIO(text))
    if widest >= MOST_COLUMNS:
        told = f"has more than {MOST_COLUMNS} columns in a row ({widest + 1})"
        raise BadInput([f"{name}: {told}; keep those that are needed"])


def xlsx_text(body: bytes, name: str) -> str:
    """The first sheet as comma-separated text, dates as ISO.

    Raises
    ------
    BadInput  It is no workbook, or it is too large.
    """
    import openpyxl  # type: ignore[import-untyped]
    from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

    try:
        _check_parts(body, name)
        book = openpyxl.load_workbook(
            io.BytesIO(body), read_only=True, data_only=True, keep_links=False
        )
        text = _written(book.worksheets[0].iter_rows(values_only=True, max_col=_WIDEST), name)
        book.close()
    except (InvalidFileException, *_UNREADABLE) as error:
        why = str(error).partition("\n")[0][:_SHOWN] or type(error).__name__
        raise BadInput([f"{name}: is not a workbook ({why}); save it as XLSX or CSV"]) from error
    if not text.strip(", \n"):
        raise BadInput([f"{name}: its first sheet is empty; put the table there"])
    return text


def _check_parts(body: bytes, name: str) -> None:
    """Refuse a workbook that unpacks to more than a table of so many rows would."""
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > _UNPACKED:
        told = f"is of more than {_UNPACKED / 1e6:.0f} MB once it is unpacked ({size / 1e6:.0f})"
        raise BadInput([f"{name}: {told}; split it"])


def _written(rows: Iterable[tuple[object, ...]], name: str) -> str:
    """The rows as comma-separated text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for count, row in enumerate(rows):
        if count > MOST_ROWS:
            raise _too_long(name)
        writer.writerow([_cell(value) for value in row])
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
