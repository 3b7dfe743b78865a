"""Why nothing of a file can be used: codes for a page's language, English lines for a command.

`agro.words.imports.file_sentence` says the codes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from agro.errors import BadInput

# What `agro.sheets` says of a file that it cannot read → the code, with the facts in its groups.
_SAID = (
    (r"is of (?P<size>\d+) MB, more than (?P<most>\d+) MB", "large"),
    (r"is of more than (?P<most>\d+) MB once it is unpacked", "unpacked"),
    (r"has more than (?P<most>\d+) rows", "long"),
    (r"has more than (?P<most>\d+) columns", "wide"),
    (r"the gzip is broken", "gzip"),
    (r"is empty", "empty"),
    (r"is not text", "no_text"),
    (r"is not a workbook", "no_workbook"),
    (r"its first sheet is empty", "empty_sheet"),
    (r"has a header and no rows", "no_rows"),
    (r"column '(?P<value>.*)' is there twice", "twice"),
)
_UNREAD = "no_table"


@dataclass(frozen=True, slots=True)
class FileFault:
    """A code, the numbers of its sentence and a command's line; `known` could be meant."""

    code: str
    line: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Unusable(BadInput):
    """A file of which nothing can be used; `faults` say why."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(fault.line for fault in self.faults)


def not_read(name: str, line: str) -> FileFault:
    """What kept the file of this name from being read, from the line that says so."""
    reason = line.removeprefix(f"{name}: ")
    for pattern, code in _SAID:
        if said := re.match(pattern, reason):
            facts = said.groupdict()
            return FileFault(
                code, line, {k: int(v) if v.isdigit() else v for k, v in facts.items()}
            )
    return FileFault(_UNREAD, line)


def unknown_field(field: str, fields: Sequence[str]) -> FileFault:
    """A column was told for a field that there is not."""
    line = f"--column: {field!r} is no field; {_near(field, fields)}"
    return FileFault("no_field", line, {"value": field, "known": list(fields)})


def unknown_column(name: str, header: str, field: str, columns: Sequence[str]) -> FileFault:
    """A field was told to stand in a column that the file has not."""
    line = f"{name}: no column {header!r} for {field}; {_near(header, columns)}"
    return FileFault("no_column", line, {"value": header, "known": list(columns)})


def missing_column(name: str, field: str, columns: Sequence[str]) -> FileFault:
    """A column that every file needs: date, or type."""
    remedy = "Name it date" if field == "date" else "Name it type, or say --type harvest"
    line = f"{name}: no column {field}; {_near(field, columns)} {remedy}"
    return FileFault(f"no_{field}", line, {"value": field, "known": list(columns)})


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
