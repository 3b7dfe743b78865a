"""What a file's reading is told and tells: a person's choice, problems of rows, notes on the file.

Codes and numbers: `agro.words.imports` makes the sentences.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """How a person wants a file to be read.

    `columns`: field → header. `type` and `unit` hold where a row says none. `plots`: an unknown
    plot is refused (need), or becomes a bed of the site of which nothing else is known (make).
    `day_first`: how 03/04/2026 is read; None: as the file's other dates say.
    """

    type: str = ""
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    plots: Literal["need", "make"] = "need"
    unit: str = ""
    day_first: bool | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row is refused: `code`, and what its sentence needs beside the value."""

    row: int
    field: str
    value: str
    code: str
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """What of a file is taken in a way that a person should know, in how many rows."""

    code: str
    rows: int
    value: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Refused(Exception):  # noqa: N818 - one cell's problem on its way to its row
    """A cell that cannot be used."""

    def __init__(self, field: str, value: str, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.field, self.value, self.code, self.facts = field, value, code, facts

    def of_row(self, row: int) -> BadRow:
        """The problem of its row."""
        return BadRow(row, self.field, self.value, self.code, self.facts)
