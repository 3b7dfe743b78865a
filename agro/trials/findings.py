"""What is found in a trial's sheet: codes and facts; `agro.words.trials` makes the sentences."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of a sheet that a person must know.

    `row` is the line as a spreadsheet counts it, 0 where the whole file is meant. `used`: the value
    is part of the trial all the same; otherwise its row, or the file, is left out until mended.
    """

    row: int
    column: str
    value: str
    code: str
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    used: bool = False


def of_file(code: str, column: str = "", value: str = "", **facts: Any) -> Finding:
    """What makes a whole file unusable."""
    return Finding(0, column, value, code, facts)


def refused_rows(findings: Iterable[Finding]) -> set[int]:
    """The rows that are left out."""
    return {one.row for one in findings if one.row and not one.used}
