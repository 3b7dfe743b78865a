"""Yield tables for commands: read, their faults as lines, and what is left out told."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agro.cli.output import nearest, tell
from agro.cli.sheet_file import read_sheet_file
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.harvest.yield_table.table import YieldTable
    from sensors.feeds.sheet import Sheet

MOST_LEVELS = 60  # of a column of words; more are names of rows, not classes
WORDS = 0.5  # of the cells are no numbers, from which on a column is of words
SLIPS = 3  # cells that are no numbers, up to which they are told one by one


def read_yields(
    file: Path, *, target: str, group: str, year: str, features: Sequence[str] | None
) -> "YieldTable":
    """The table of a file; what was left out is told on standard error.

    Parameters
    ----------
    features : Columns to learn from; None takes every other column that can be used.

    Raises
    ------
    BadInput  A column is missing, or cells cannot be used: one line each.
    """
    from models.harvest.yield_table.table import YieldTable

    sheet = read_sheet_file(file)
    _must_know(sheet, file, target, group, year, features)
    yields = _yields(sheet, target, file)
    keep = yields.notna() & _named(sheet, group, file) & _named(sheet, year, file)
    if missing := int(yields.isna().sum()):
        tell(f"{file}: {missing} of {len(keep)} rows have no {target} and are not used")
    if not keep.any():
        raise BadInput([f"{file}, {target}: no row has a value with its {group} and {year}; add"])
    rows = np.flatnonzero(keep.to_numpy())
    when = np.asarray(_calendar(sheet, year, file), dtype=np.float64)[rows]
    wanted = features if features is not None else _others(sheet, (target, group, year))
    numbers, words = _features(sheet, wanted, file, rows)
    table = YieldTable(
        np.asarray(yields, dtype=np.float64)[rows],
        _codes(sheet.cells[group].iloc[rows]),
        _year_codes(when, sheet.cells[year].iloc[rows]),
        when,
        np.column_stack([*numbers.values()]) if numbers else np.empty((len(rows), 0)),
        tuple(numbers),
        np.column_stack([*words.values()]) if words else np.empty((len(rows), 0), dtype=np.int64),
        tuple(words),
    )
    _tell_shape(table, file, group, year)
    return table


def _must_know(
    sheet: "Sheet",
    file: Path,
    target: str,
    group: str,
    year: str,
    features: Sequence[str] | None,
) -> None:
    """Refuse columns that are not there, or that are named for two things.

    Raises
    ------
    BadInput  One line for each; cells that miss in a row likewise.
    """
    asked = [("--target", target), ("--group", group), ("--year", year)]
    asked += [("--features", name) for name in features or ()]
    lines = [
        f"{file}, {option}: no column {name}; {nearest(name, sheet.header)}"
        for option, name in asked
        if name not in sheet.header
    ]
    names = [name for _, name in asked]
    lines += [
        f"{file}, {option}: {name} is asked for twice; name another column"
        for n, (option, name) in enumerate(asked)
        if name in names[:n]
    ]
    lines += [fault.line(str(file)) for fault in sheet.faults]
    if lines:
        raise BadInput(lines)


def _yields(sheet: "Sheet", target: str, file: Path) -> "pd.Series[float]":
    """The target's numbers.

    Raises
    ------
    BadInput  Cells are not numbers: one line each.
    """
    from sensors.feeds.sheet import numbers

    values, faults = numbers(sheet.cells[target], sheet.rows, delimiter=sheet.delimiter)
    if faults:
        raise BadInput(fault.line(str(file)) for fault in faults)
    return values


def _named(sheet: "Sheet", column: str, file: Path) -> "pd.Series[bool]":
    """Which rows have their group, or year; those that have none are told and not used."""
    there = sheet.cells[column].str.strip() != ""
    for n in np.flatnonzero(~there.to_numpy())[:SLIPS]:
        tell(f"{file}, row {sheet.rows[n]}, {column}: is empty; the row is not used")
    if (more := int((~there).sum()) - SLIPS) > 0:
        tell(f"{file}, {column}: {more} more rows are empty and not used")
    return there


def _calendar(sheet: "Sheet", year: str, file: Path) -> "pd.Series[float]":
    """Years as numbers, of a year or of a date; all NaN where any is neither."""
    from sensors.feeds.sheet import numbers, times

    values, faults = numbers(sheet.cells[year], sheet.rows, delimiter=sheet.delimiter)
    if faults:
        read = times(sheet.cells[year], sheet.rows)
        if read.faults:
            tell(f"{file}, {year}: are no years, so each is held out as it is, without a trend")
            return pd.Series(np.nan, index=values.index)
        values = read.times.dt.year.astype(float)
    return values


def _others(sheet: "Sheet", taken: Sequence[str]) -> list[str]:
    return [name for name in sheet.header if name and name not in taken]


def _features(
    sheet: "Sheet", wanted: Sequence[str], file: Path, rows: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Columns of numbers, and codes of columns of words, of these rows.

    Raises
    ------
    BadInput  A column of numbers has a few cells that are none: one line each.
    """
    from sensors.feeds.sheet import numbers

    found: dict[str, np.ndarray] = {}
    words: dict[str, np.ndarray] = {}
    lines: list[tuple[int, str]] = []
    useless: list[str] = []
    for name in dict.fromkeys(wanted):
        values, faults = numbers(sheet.cells[name], sheet.rows, delimiter=sheet.delimiter)
        if len(faults) > WORDS * (len(faults) + values.notna().sum()):
            codes = _codes(sheet.cells[name].iloc[rows], missing=True)
            levels = int(codes.max()) + 1
            if 1 < levels <= min(MOST_LEVELS, len(rows) // 2):
                words[name] = codes
            else:
                useless.append(name)
            continue
        lines += [(fault.row, fault.line(str(file))) for fault in faults]
        column = values.to_numpy(dtype=float)[rows]
        if np.unique(column[np.isfinite(column)]).size > 1:
            found[name] = column
        else:
            useless.append(name)
    if lines:
        raise BadInput(line for _, line in sorted(lines))
    if useless:
        told = ", ".join(useless)
        tell(f"{file}: {told} never vary, or have a word for each row, and are not used")
    return _without_twins(found, file), words


def _without_twins(found: dict[str, np.ndarray], file: Path) -> dict[str, np.ndarray]:
    """Columns less those that repeat another one cell by cell."""
    kept: dict[bytes, str] = {}
    twins = []
    for name, column in found.items():
        first = kept.setdefault(column.tobytes(), name)
        if first != name:
            twins.append(f"{name} (as {first})")
    if twins:
        tell(f"{file}: {', '.join(twins)} repeat another column and are not used")
    return {name: found[name] for name in kept.values()}


def _codes(cells: "pd.Series[str]", *, missing: bool = False) -> np.ndarray:
    """Codes in sorted order; an empty cell is -1 where it may be missing."""
    values = cells.str.strip()
    if missing:
        values = values.mask(values == "")
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)


def _year_codes(when: np.ndarray, cells: "pd.Series[str]") -> np.ndarray:
    """Codes in the order of years; of names in that of the alphabet."""
    if np.isfinite(when).all():
        return np.unique(when, return_inverse=True)[1].astype(np.int64)
    return _codes(cells)


def _tell_shape(table: "YieldTable", file: Path, group: str, year: str) -> None:
    """What the table's shape allows.

    Raises
    ------
    BadInput  There is one year only.
    """
    from models.harvest.yield_table.choice import FEWEST_YEARS

    if table.years < 2:
        told = "has one value, and no year can be held out; add another year"
        raise BadInput([f"{file}, {year}: {told}"])
    if table.groups == 1:
        tell(f"{file}, {group}: has one value; its mean is that of the whole table")
    if table.years < FEWEST_YEARS:
        told = (
            f"{table.years} years; under {FEWEST_YEARS} only means, trend and last year are judged"
        )
        tell(f"{file}: has {told}")
    elif not table.has_features:
        tell(f"{file}: has no column to learn from; means, trend and drift are judged")
