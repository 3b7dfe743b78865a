"""A folder of CSV and TOML files as people save them: good rows, and a line for each fault."""

import csv
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from agro.packs.faults import hint, said

Row = TypeVar("Row", bound=BaseModel)

_FREE = ("note", "source")  # columns any table may have, for its readers
_Grid = list[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A CSV file as read.

    `lines` are the good rows with their line numbers; `written` is every row as its author wrote
    it, so that a fault in one row makes no second fault where another file names it. A table that
    could not be read at all is not `readable`, and nothing is held against it.
    """

    name: str
    lines: tuple[tuple[int, Row], ...] = ()
    written: tuple[Mapping[str, str], ...] = ()
    readable: bool = True

    def keys(self, *columns: str) -> set[tuple[str, ...]]:
        """These columns of every row, good or bad."""
        return {tuple(row.get(column, "") for column in columns) for row in self.written}


@dataclass(slots=True)
class Folder:
    """A pack being read; `faults` are the lines its author will see."""

    path: Path
    faults: list[str] = field(default_factory=list)

    def toml(self, name: str, kind: type[Row]) -> Row | None:
        """A TOML file as one row."""
        text = self._text(name)
        if text is None:
            return None
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.faults.append(f"{name}: is not TOML: {error}")
            return None
        self._unknown(name, list(content), kind)
        return self._row(name, content, kind, comma=False)

    def table(self, name: str, kind: type[Row], *, optional: bool = False) -> Table[Row]:
        """A CSV file: comma or semicolon; where semicolons divide, a comma is a decimal comma."""
        if optional and not (self.path / name).exists():
            return Table(name)
        text = self._text(name)
        delimiter = _delimiter(text or "")
        grid = self._grid(name, text, delimiter) if text is not None else []
        if not grid or not self._header(name, grid[0][1], kind):
            return Table(name, readable=False)
        columns = [column.lower() for column in grid[0][1]]
        lines: list[tuple[int, Row]] = []
        written: list[Mapping[str, str]] = []
        for number, cells in grid[1:]:
            content = {c: cell for c, cell in zip(columns, cells, strict=False) if c and cell}
            written.append(content)
            place = f"{name} row {number}"
            if self._fits(place, cells, columns):
                row = self._row(place, content, kind, comma=delimiter == ";")
                lines += [(number, row)] if row is not None else []
        return Table(name, tuple(lines), tuple(written))

    def _text(self, name: str) -> str | None:
        try:
            text = (self.path / name).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.faults.append(f"{name}: the file is missing; every pack has it")
        except UnicodeDecodeError as error:
            self.faults.append(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8")
        except OSError as error:
            self.faults.append(f"{name}: cannot be read: {error.strerror}")
        else:
            if text.strip():
                return text
            self.faults.append(f"{name}: the file is empty; copy its first lines from another pack")
        return None

    def _grid(self, name: str, text: str, delimiter: str) -> _Grid:
        lines = csv.reader(StringIO(text), delimiter=delimiter, strict=True, skipinitialspace=True)
        grid: _Grid = []
        try:
            for cells in lines:
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    grid.append((lines.line_num, stripped))
        except csv.Error as error:
            self.faults.append(f"{name} row {lines.line_num}: {error}; look at the quotes above it")
            return []
        return grid

    def _header(self, name: str, cells: Sequence[str], kind: type[Row]) -> bool:
        columns = [column.lower() for column in cells if column]
        needed = [key for key, told in kind.model_fields.items() if told.is_required()]
        missing = [key for key in needed if key not in columns]
        twice = [column for column, times in Counter(columns).items() if times > 1]
        if missing:
            told = "column" if len(missing) == 1 else "columns"
            self.faults.append(f"{name} row 1: {told} {', '.join(missing)} missing; add to the row")
        if twice:
            self.faults.append(f"{name} row 1: column {', '.join(twice)} stands twice; keep one")
        self._unknown(f"{name} row 1", columns, kind)
        return not missing and not twice

    def _unknown(self, place: str, names: Sequence[str], kind: type[Row]) -> None:
        known = (*kind.model_fields, *_FREE)
        for name in names:
            if name not in known:
                told = f"{name!r} is not a name this file can have"
                self.faults.append(f"{place}: {told}; {hint(name, known, 'the README')}")

    def _fits(self, place: str, cells: Sequence[str], columns: Sequence[str]) -> bool:
        """A comma inside a number or a name shifts every cell behind it."""
        if len(cells) <= len(columns):
            return True
        self.faults.append(
            f"{place}: {len(cells)} cells under {len(columns)} columns; "
            "write numbers with a point, and text with a comma in quotes"
        )
        return False

    def _row(
        self, place: str, content: Mapping[str, Any], kind: type[Row], *, comma: bool
    ) -> Row | None:
        try:
            return kind.model_validate(content, context={"decimal_comma": comma})
        except ValidationError as error:
            self.faults += [f"{place}: {said(fault)}" for fault in error.errors()]
            return None


def _delimiter(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","
