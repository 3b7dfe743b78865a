"""Figures that are brought from outside: read from a form or a file, each fault with what to do.

Nothing here draws, reads the store or words anything; a fault is a code with its facts.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from datetime import date
from math import isnan, nan
from typing import Any

from agro.indicators.catalogue import Catalogue, Indicator
from agro.indicators.entering import EnteredFigure, can_be_entered
from agro.sheets import sheet_of
from agro.tables import known as or_none
from agro.tables import to_csv, to_xlsx

COLUMNS = (
    *("indicator", "site", "start", "end", "numerator", "denominator", "value"),
    *("source", "version"),
)
_NEEDED = ("indicator", "start", "end")
_NUMBERS = ("numerator", "denominator", "value")
_LONGEST = 200  # characters of a source
_LARGEST = 1e12
_GROUPED = re.compile(r"(?<=\d)[\u00a0\u202f ](?=\d{3}(\D|$))")
_ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)(?:[ T].*)?")
_DAY_FIRST = re.compile(r"(\d\d?)[/.](\d\d?)[/.](\d{4})")


@dataclass(frozen=True, slots=True)
class Fault:
    """What of a row cannot be; `row` is its line of the file, 0 of a form."""

    row: int
    field: str
    value: str
    code: str
    facts: Mapping[str, str] = field_of(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: its good figures by line of the file, and its faults."""

    figures: tuple[tuple[int, EnteredFigure], ...]
    faults: tuple[Fault, ...]

    @property
    def refused(self) -> int:
        """How many rows have a fault."""
        return len({one.row for one in self.faults})


def offered(catalogue: Catalogue) -> list[Indicator]:
    """The indicators that can be entered; those that nothing computes stand first."""
    found = [one for one in catalogue.indicators if can_be_entered(one)]
    return sorted(found, key=lambda one: one.how == "computed")


def read_file(body: bytes, name: str, catalogue: Catalogue, sites: Collection[str]) -> Read:
    """The figures of a CSV or XLSX; good rows are kept whatever the others say.

    Raises
    ------
    BadInput  It is no table.
    """
    sheet = sheet_of(body, name)
    heads = {column.strip().lower(): column for column in sheet.header}
    lacking = [column for column in _NEEDED if column not in heads]
    if lacking:
        told = {"columns": ", ".join(lacking)}
        return Read((), (Fault(1, lacking[0], "", "no_column", told),))
    found: list[tuple[int, EnteredFigure]] = []
    faults = [Fault(one.row, "", one.value, "row") for one in sheet.faults]
    seen: dict[EnteredFigure, int] = {}
    for line, cells in zip(sheet.rows, sheet.cells.to_dict("records"), strict=True):
        row = {column: _text(cells, heads, column) for column in COLUMNS}
        figure, wrong = figure_of(row, catalogue, sites, line)
        if figure is not None and figure in seen:
            wrong = [Fault(line, "", "", "twice", {"row": str(seen[figure])})]
        faults += wrong
        if figure is not None and not wrong:
            seen[figure] = line
            found.append((line, figure))
    return Read(tuple(found), tuple(sorted(faults, key=lambda one: one.row)))


def _text(cells: Mapping[Any, Any], heads: Mapping[str, str], column: str) -> str:
    value = cells.get(heads.get(column, ""), "")
    return "" if value is None or value != value else str(value).strip()


def figure_of(
    row: Mapping[str, str], catalogue: Catalogue, sites: Collection[str], line: int = 0
) -> tuple[EnteredFigure | None, list[Fault]]:
    """A row of text as a figure; None with every fault where it cannot be one."""
    faults: list[Fault] = []

    def wrong(name: str, code: str, **facts: str) -> None:
        faults.append(Fault(line, name, row[name][:_LONGEST], code, facts))

    known = {one.id: one for one in offered(catalogue)}
    if row["indicator"] not in known:
        wrong("indicator", "indicator_computed" if row["indicator"] in catalogue.by_id else "none")
    if row["site"] and row["site"] not in sites:
        wrong("site", "site")
    numbers = {name: number(row[name]) for name in _NUMBERS}
    for name, told in numbers.items():
        if told is None:
            wrong(name, "number")
    days = {name: day(row[name]) for name in ("start", "end")}
    for name, held in days.items():
        if held is None:
            wrong(name, "day")
    start, end = days["start"], days["end"]
    if start and end and end < start:
        wrong("end", "before", start=start.isoformat())
    if not row["source"]:
        wrong("source", "source")
    given = {name: told for name, told in numbers.items() if told is not None}
    if len(given) == len(_NUMBERS):
        faults += _unfit(line, given)
    if faults or start is None or end is None:
        return None, faults
    return EnteredFigure(
        indicator=row["indicator"],
        start=start,
        end=end,
        source=row["source"][:_LONGEST],
        numerator=given["numerator"],
        denominator=given["denominator"],
        value=given["value"],
        site=row["site"],
        version=row["version"],
    ), []


def _unfit(line: int, numbers: Mapping[str, float]) -> list[Fault]:
    """What of the three numbers does not go together."""
    above, below, value = (numbers[name] for name in _NUMBERS)
    both = not isnan(above) and not isnan(below)
    if not both and (not isnan(above) or not isnan(below)):
        name = "denominator" if isnan(below) else "numerator"
        return [Fault(line, name, "", "half")]
    if both and below <= 0.0:
        return [Fault(line, "denominator", f"{below:g}", "divisor")]
    if both and not isnan(value):
        return [Fault(line, "value", f"{value:g}", "both")]
    if not both and isnan(value):
        return [Fault(line, "value", "", "nothing")]
    return []


def number(text: str) -> float | None:
    """A number with a decimal point or comma; NaN where nothing is said, None where it is none."""
    if not text:
        return nan
    plain = _GROUPED.sub("", text).replace("−", "-").replace(",", ".")
    try:
        found = float(plain)
    except ValueError:
        return None
    return found if abs(found) <= _LARGEST else None


def day(text: str) -> date | None:
    """A day written 2026-07-21 or 21/07/2026; None where it is none."""
    iso, first = _ISO.fullmatch(text), _DAY_FIRST.fullmatch(text)
    parts = iso.groups() if iso else first.groups()[::-1] if first else None
    try:
        return date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        return None


def row_of(figure: EnteredFigure) -> dict[str, Any]:
    """A figure as a row of the template; what is not known is empty."""
    return {name: or_none(getattr(figure, name)) for name in COLUMNS}


def template(catalogue: Catalogue, site: str, start: date, end: date) -> list[dict[str, Any]]:
    """A row for each indicator that can be entered, its numbers left to fill in."""
    blank = {"site": site, "start": start, "end": end}
    return [{"indicator": one.id, **blank} for one in offered(catalogue)]


def as_file(rows: list[dict[str, Any]], kind: str) -> str | bytes:
    """Rows as `csv` or `xlsx`."""
    return to_xlsx(rows, COLUMNS) if kind == "xlsx" else to_csv(rows, COLUMNS)


def divided(figure: EnteredFigure, one: Indicator) -> float:
    """The value that a figure says: what is divided, in per cent where it counts so."""
    if isnan(figure.numerator):
        return figure.value
    return (100.0 if one.unit.startswith("%") else 1.0) * figure.numerator / figure.denominator
