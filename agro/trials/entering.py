"""The field book of a stored trial: as it goes out, and as it comes back with values.

What is read here is not stored: `agro.store.trials.enter` stores the values of a preview.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isclose, isnan
from typing import Any

from agro.errors import BadInput
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.trials.entered_columns import Columns, columns_of, wanted
from agro.trials.entered_plots import Spoken, again, day_of, spoken_rows
from agro.trials.entered_values import Said, conflicting, said_of
from agro.trials.findings import Finding, refused_rows
from agro.trials.planning import book_columns, plot_row, times
from agro.trials.table import Table, read_table

LOST = "NA"  # what the book says of a plot of which somebody said that it has no value
_DAY = "date"  # the column of the day of measuring
_KEPT = 1e-14  # of 15 figures, which a spreadsheet keeps of a number
_SHOWN = 60  # characters of a row that are told
_Key = tuple[int, str, str]  # plot, trait, time


@dataclass(frozen=True, slots=True)
class Change:
    """A plot that has another value already: NaN says that it was lost."""

    plot: int
    trait: str
    time: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Preview:
    """What a sheet would bring.

    `values` are new or other than what stands, those in `changed` among them; `known` counts those
    that stand already. A finding that is not `used` has kept its cell out (row and column), its
    row (a plot that is not sure), its column (row 0) or, where nothing is left, the sheet.
    `lacking` are the plots without a value, here or before, of a trait and visit of which the sheet
    has some.
    """

    file: str
    sha256: str
    values: tuple[PlotValue, ...]
    findings: tuple[Finding, ...]
    changed: tuple[Change, ...]
    lacking: tuple[int, ...]
    known: int = 0

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What could not be taken."""
        return tuple(one for one in self.findings if not one.used)

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """What is taken and should be looked at."""
        return tuple(one for one in self.findings if one.used)

    @property
    def refused(self) -> int:
        """Rows of which something could not be taken."""
        return len(refused_rows(self.findings))


def header_of(trait: Trait) -> str:
    """The column of a trait in the field book, its unit told."""
    return f"{trait.name} ({trait.unit})" if trait.unit else trait.name


def book(
    trial: PlannedTrial, standing: Sequence[PlotValue] = ()
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The field book as rows and columns, in the order of the plot numbers, visit by visit.

    Plots are walked as they are numbered. Border plots and fillers are left out: nothing is
    measured there, and a line without a number only invites a value that belongs nowhere. Values
    that stand are filled in; `NA` says that a plot was lost.
    """
    said = {_key(one): one.value for one in standing}
    headers = {one.name: header_of(one) for one in trial.traits}
    plots = sorted(
        (one for one in trial.plots if one.number is not None), key=lambda one: one.number or 0
    )
    rows: list[dict[str, Any]] = []
    for visit in times(trial):
        for one in plots:
            row: dict[str, Any] = plot_row(one) | ({"time": visit} if visit else {})
            for name, header in headers.items():
                row[header] = _cell(said.get((one.number or 0, name, visit)))
            rows.append(row)
    return rows, (*book_columns(trial, ()), *headers.values())


def _cell(value: float | None) -> float | str | None:
    return LOST if value is not None and isnan(value) else value


def read_back(
    trial: PlannedTrial, body: bytes, name: str, standing: Sequence[PlotValue] = ()
) -> Preview:
    """What the sheet says of the plots of a trial; nothing of it is stored here.

    Parameters
    ----------
    trial : With its plots and traits.
    body, name : The file: CSV (also gzip) or XLSX.
    standing : The values that count now.

    Raises
    ------
    BadInput  The sheet is empty, too large or no table at all, or the trial has no layout.
    """
    if not any(one.number is not None for one in trial.plots):
        raise BadInput([f"{name}: the trial {trial.slug!r} has no layout to compare it with"])
    table = read_table(body, name, wanted(trial))
    columns = columns_of(table, trial)
    found = [*table.findings, *columns.findings]
    codes = {one.code for one in columns.findings if not one.used}
    said: list[PlotValue] = []
    if not codes & {"plots_unnamed", "traits_absent", "time_absent"}:
        said, told = _said(trial, table, columns)
        found += told
    found.sort(key=lambda one: one.row)
    digest = hashlib.sha256(body).hexdigest()
    return _compared(trial, Preview(name, digest, tuple(said), tuple(found), (), ()), standing)


def _said(
    trial: PlannedTrial, table: Table, columns: Columns
) -> tuple[list[PlotValue], list[Finding]]:
    """Every value that is certainly of a plot, once, and what is found on the way."""
    spoken, found = spoken_rows(table.rows, trial, columns)
    twice = tuple(again(spoken).items())
    found += _repeated(twice, dict(table.rows))
    days, unclear = _days(spoken, columns)
    found += unclear
    values: dict[_Key, PlotValue] = {}
    for trait in trial.traits:
        if trait.name in columns.traits:
            told = _of_trait(trait, table, columns, spoken, twice)
            found += told.findings
            for one in spoken:
                if one.line in told.values:
                    value = _value(one, trait.name, told, days.get(one.line), columns)
                    values.setdefault(_key(value), value)
    return list(values.values()), found


def _of_trait(
    trait: Trait,
    table: Table,
    columns: Columns,
    spoken: Sequence[Spoken],
    twice: Sequence[tuple[int, int]],
) -> Said:
    """The values of a trait by line, without those that two lines tell differently."""
    place = columns.traits[trait.name]
    cells = [(one.line, one.cells[place]) for one in spoken]
    units = table.units[place] if table.units else ""
    told = said_of(trait, table.header[place], units, cells, comma=table.comma)
    clash = tuple(conflicting(twice, trait.name, told, dict(cells)))
    out = {line for one in clash for line in (one.row, one.facts["earlier"])}
    kept = {line: value for line, value in told.values.items() if line not in out}
    return Said(kept, (*told.findings, *clash))


def _repeated(
    twice: Iterable[tuple[int, int]], whole: Mapping[int, tuple[str, ...]]
) -> Iterator[Finding]:
    """Lines that are the same as an earlier one; what they say counts once."""
    for line, earlier in twice:
        if whole[line] == whole[earlier]:
            shown = ", ".join(cell for cell in whole[line] if cell)[:_SHOWN]
            yield Finding(line, "", shown, "row_repeated", {"earlier": earlier}, used=True)


def _days(spoken: Sequence[Spoken], columns: Columns) -> tuple[dict[int, date], list[Finding]]:
    """The day of each line that tells one."""
    days, found = dict[int, date](), list[Finding]()
    for one in spoken:
        text = "" if columns.day is None else one.cells[columns.day]
        day = day_of(text) if text else None
        if day is not None:
            days[one.line] = day
        elif text:
            found.append(Finding(one.line, _DAY, text, "day_unclear", used=True))
    return days, found


def _value(one: Spoken, trait: str, told: Said, day: date | None, columns: Columns) -> PlotValue:
    notes = "" if columns.notes is None else one.cells[columns.notes]
    return PlotValue(one.number, trait, told.values[one.line], one.time, day, notes)


def _compared(trial: PlannedTrial, preview: Preview, standing: Sequence[PlotValue]) -> Preview:
    """The preview of what is said, beside what stands already."""
    before = {_key(one): one.value for one in standing}
    fresh = tuple(one for one in preview.values if not _stands(before, one))
    changed = tuple(
        Change(one.plot, one.trait, one.time, before[_key(one)], one.value)
        for one in fresh
        if _key(one) in before
    )
    asked = {(one.trait, one.time) for one in preview.values}
    told = {*before, *map(_key, preview.values)}
    lacking = tuple(
        number
        for number in sorted(one.number for one in trial.plots if one.number is not None)
        if any((number, *which) not in told for which in asked)
    )
    known = len(preview.values) - len(fresh)
    return replace(preview, values=fresh, changed=changed, lacking=lacking, known=known)


def _stands(before: Mapping[_Key, float], one: PlotValue) -> bool:
    """Whether a plot has this value already, as far as a spreadsheet keeps its figures."""
    known = before.get(_key(one))
    if known is None:
        return False
    same = isclose(known, one.value, rel_tol=_KEPT, abs_tol=0.0)
    return same or (isnan(known) and isnan(one.value))


def _key(one: PlotValue) -> _Key:
    return one.plot, one.trait, one.time
