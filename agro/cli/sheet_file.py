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
    from agro.sheets import xlsx_text
    from sensors.errors import FeedError
    from sensors.feeds.sheet import read_sheet, text_of

    try:
        body = file.read_bytes()
        text = xlsx_text(body, str(file)) if body.startswith(_ZIP) else text_of(body, file.name)
        text = as_csv(text, str(file)) if is_fixed(text) else text
        return read_sheet(text, file.name)
    except OSError as error:
        told = (error.strerror or str(error)).lower()
        raise BadInput([f"{file}: {told}; check the name"]) from error
    except FeedError as error:
        raise BadInput([f"{file}: {error.reason}"]) from error


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
