"""The bytes of a trial's sheet to rows of text: where its header stands, and which rows are data.

People send tables with a title above, a header of two lines, a line of units below, the means at
the foot, two tables under one another. The header is the line that names the most of the columns
that are asked for; what is around the data is told and not taken for plots.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from agro.errors import BadInput
from agro.sheets import LARGEST, MOST_ROWS, check_shape, xlsx_text
from agro.trials.findings import Finding
from agro.trials.spelling import number_of, plain_header
from sensors.errors import FeedError
from sensors.feeds.sheet import text_of

_ZIP = b"PK\x03\x04"
_STRANGERS = {
    b"\xd0\xcf\x11\xe0": "is a workbook of the old kind or with a password; save it as XLSX or CSV",
    b"%PDF": "is a PDF, not a table; export the sheet as XLSX or CSV",
    b"\x89PNG": "is a picture, not a table; export the sheet as XLSX or CSV",
    b"\xff\xd8\xff": "is a picture, not a table; export the sheet as XLSX or CSV",
    b"<": "is a web page or XML, not a table; export the sheet as XLSX or CSV",
    b"{": "is JSON, not a table; export the sheet as XLSX or CSV",
}
_SHOWN = 60  # characters of a row that are told
_DELIMITERS = ",;\t|"
_HEADER_WITHIN = 30  # rows: what stands further down is data
_BROKEN_LETTERS = re.compile("\ufffd|Ã[\u0080-\u00bf©ª«®°±²³¨¢§´]|â€")
_UNITS = re.compile(
    r"[(\[]?[a-zA-Zµ%°²³/\s.·⁻¹-]*(/|%|ha|kg|t|g|cm|mm|m2|m²)[a-zA-Z0-9²/\s]*[)\]]?"
)
_FOOT = re.compile(
    r"(grand |general )?(means?|moyennes?|moy|average|avg|totaux|total|sum|somme|cv( ?%)?|lsd|ppds"
    r"|s\.?e\.?(d|m)?\.?|std( dev)?|ecart[- ]type|écart[- ]type|min|max|count|nb)\b.{0,12}"
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text below a header; `comma` tells that a comma in a cell is decimal.

    `rows` are the line of the file, as a spreadsheet counts, and a cell for each column; `units`
    the cells of a line of units below the header, where there is one.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    comma: bool
    findings: tuple[Finding, ...]
    units: tuple[str, ...] = ()

    def index(self, column: str) -> int:
        """The place of a column."""
        return self.header.index(column)


def read_table(body: bytes, name: str, wanted: Sequence[str]) -> Table:
    """The table of a CSV (also gzip) or of the first sheet of an XLSX.

    Raises
    ------
    BadInput  It is empty, too large, or no table at all.
    """
    text, found = _text(body, name)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter, start = _header_place(text, wanted)
    records = list(_records(text, delimiter, name))
    if len(records) > MOST_ROWS:
        raise BadInput([f"{name}: has more than {MOST_ROWS} rows; split it"])
    if start >= len(records):
        raise BadInput([f"{name}: holds no table; put a header and a row for each plot"])
    records, start, told = _one_header(records, start, wanted)
    line, cells = records[start]
    header = _trimmed(cells)
    found += [*told, *_above(records[:start], header, line)]
    rows, faults = _data(records[start + 1 :], header)
    if not rows and not faults:
        raise BadInput([f"{name}: has a header and no rows; export it again"])
    below = dict(records[start + 1 :])
    units = next((below[one.row] for one in faults if one.code == "units_row"), [])
    padded = (*units, *[""] * len(header))[: len(header)] if units else ()
    return Table(header, tuple(rows), delimiter != ",", (*found, *faults), padded)


def _text(body: bytes, name: str) -> tuple[str, list[Finding]]:
    if len(body) > LARGEST:
        size, most = len(body) / 1e6, LARGEST / 1e6
        raise BadInput([f"{name}: is of {size:.0f} MB, more than {most:.0f} MB; split it"])
    for begin, told in _STRANGERS.items():
        if body.lstrip().startswith(begin):
            raise BadInput([f"{name}: {told}"])
    if body.startswith(_ZIP):
        return xlsx_text(body, name), []
    try:
        text = text_of(body, name, largest=LARGEST)
    except FeedError as error:
        raise BadInput([f"{name}: {error.reason}"]) from error
    check_shape(text, name)
    return text, [*_encoding(body), *_broken_letters(text)]


def _encoding(body: bytes) -> Iterator[Finding]:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b"):
        return
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        yield Finding(row, "", "", "encoding_guessed", used=True)


def _broken_letters(text: str) -> Iterator[Finding]:
    """Letters that an earlier program has read in the wrong encoding."""
    found = _BROKEN_LETTERS.search(text)
    if found:
        row = text.count("\n", 0, found.start()) + 1
        around = re.search(r"[^,;\t\n\"]*$", text[: found.end()])
        value = around[0] if around else found[0]
        yield Finding(row, "", value, "encoding_broken", used=True)


def _header_place(text: str, wanted: Sequence[str]) -> tuple[str, int]:
    """The delimiter, and the record that names the most of the columns asked for."""
    head = "".join(islice(io.StringIO(text), 3 * _HEADER_WITHIN))
    names = {plain_header(name) for name in wanted}
    best = (-1, 0, 0, ",", 0)
    for preference, delimiter in enumerate(_DELIMITERS):
        for place, cells in enumerate(_first(head, delimiter)):
            named = len(names & {plain_header(cell) for cell in cells})
            filled = sum(1 for cell in cells if cell)
            better = (named, 0 if named else filled, -preference, delimiter, place)
            if better[:3] > best[:3]:
                best = better
    return best[3], best[4]


def _first(head: str, delimiter: str) -> list[list[str]]:
    """The records among which the header is; none where these are not cells divided so."""
    reader = csv.reader(io.StringIO(head), delimiter=delimiter)
    try:
        return [cells for _, cells in islice(_numbered(reader), _HEADER_WITHIN)]
    except csv.Error:
        return []


def _one_header(
    records: list[tuple[int, list[str]]], start: int, wanted: Sequence[str]
) -> tuple[list[tuple[int, list[str]]], int, list[Finding]]:
    """The records with a header of two lines made one: a merged cell above, columns below it."""
    names = {plain_header(name) for name in wanted}
    for upper, lower in ((start, start + 1), (start - 1, start)):
        if upper < 0 or lower >= len(records):
            continue
        (_, above), (line, below) = records[upper], records[lower]
        if _names_more(above, below, names) and _names_more(below, above, names):
            cells = [low or up for up, low in zip_longest(above, below, fillvalue="")]
            shown = ", ".join(cell for cell in cells if cell)[:_SHOWN]
            told = Finding(line, "", shown, "header_two_lines", used=True)
            return [*records[:upper], (line, cells), *records[lower + 1 :]], upper, [told]
    return records, start, []


def _names_more(one: Sequence[str], other: Sequence[str], names: set[str]) -> bool:
    """Whether a line names a column where the other names none, and holds no number."""
    pairs = list(zip_longest(one, other, fillvalue=""))
    named = any(
        plain_header(mine) in names and plain_header(theirs) not in names for mine, theirs in pairs
    )
    return named and not any(cell and number_of(cell) is not None for cell in one)


def _records(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from _numbered(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        told = f"{name}: cannot be read as a table ({error}); look for a quote that is not closed"
        raise BadInput([told]) from error


def _numbered(reader: "Iterable[list[str]]") -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, with the line they begin on; `#` begins a remark."""
    line = 1
    for cells in reader:
        stripped = [cell.replace("\u00a0", " ").strip(" \t\r\u200b\ufeff") for cell in cells]
        first = next((cell for cell in stripped if cell), "")
        if first and not (stripped[0].startswith("# ") or stripped == ["#"]):
            yield line, stripped
        line = int(getattr(reader, "line_num", line)) + 1


def _above(
    records: Sequence[tuple[int, list[str]]], header: tuple[str, ...], line: int
) -> Iterator[Finding]:
    """What stands above the header: titles are told, rows as full as the header are plots."""
    titles = []
    for row, cells in records:
        filled = [cell for cell in cells if cell]
        if len(filled) + 1 >= len(header) and any(cell[-1].isdigit() for cell in filled):
            yield Finding(row, "", ", ".join(filled)[:_SHOWN], "row_above_header")
        else:
            titles += filled
    if titles:
        facts = {"header": line}
        yield Finding(1, "", " ".join(titles)[:_SHOWN], "title_rows", facts, used=True)


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    width = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    return tuple(cells[:width])


def _data(
    records: Sequence[tuple[int, list[str]]], header: tuple[str, ...]
) -> tuple[list[tuple[int, tuple[str, ...]]], list[Finding]]:
    """The rows that are plots, and what is said of the others."""
    rows, found = [], []
    for place, (line, cells) in enumerate(records):
        told = _not_a_plot(line, cells, header, first=place == 0)
        if told is None:
            rows.append((line, tuple(cells[: len(header)])))
        else:
            found.append(told)
    return rows, found


def _not_a_plot(
    line: int, cells: list[str], header: tuple[str, ...], *, first: bool
) -> Finding | None:
    width, filled = len(header), [cell for cell in cells if cell]
    if tuple(cells[:width]) == header:
        return Finding(line, "", ", ".join(filled)[:_SHOWN], "header_again")
    if first and all(_UNITS.fullmatch(cell) for cell in filled) and len(filled) < width:
        return Finding(line, "", " ".join(filled), "units_row", used=True)
    if _FOOT.fullmatch(filled[0].casefold().rstrip(" :")) and _mostly_empty(cells[:width]):
        return Finding(line, "", filled[0], "summary_row")
    swallowed = next((cell for cell in cells if cell.count("\n") > 1), None)
    if swallowed is not None:
        facts = {"lines": swallowed.count("\n")}
        return Finding(line, "", swallowed.partition("\n")[0][:40], "quote_open", facts)
    if len(cells) < width:
        facts = {"cells": len(cells), "header": width}
        return Finding(line, "", ", ".join(filled)[:_SHOWN], "cells_few", facts)
    if any(cells[width:]):
        facts = {"cells": len(_trimmed(cells)), "header": width}
        return Finding(line, "", ", ".join(filled)[:_SHOWN], "cells_many", facts)
    return None


def _mostly_empty(cells: Sequence[str]) -> bool:
    """Whether a row tells less than a plot does: a word and some figures."""
    words = [cell for cell in cells if cell and not re.fullmatch(r"[-+\d.,%\s]+", cell)]
    return len(words) == 1 and (any(not cell for cell in cells) or len(cells) < 3)
