"""A trial's sheet as uploaded to what an analysis takes; nothing of it is lost unnoticed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agro.trials.columns import factor_names, find_columns
from agro.trials.findings import Finding, of_file, refused_rows
from agro.trials.layout import plot_column, twice
from agro.trials.levels import Levels, alone, levels
from agro.trials.measures import Measured, is_missing, measured
from agro.trials.parts import field_of, joined, sampled_of, settled, split_names
from agro.trials.spelling import level_text
from agro.trials.table import Table, read_table
from models.trials.model import Roles
from models.trials.sheet import Trial, factor

_Row = tuple[int, tuple[str, ...]]
_UNIT = re.compile(r"[(\[]\s*(.+?)\s*[)\]]")


@dataclass(frozen=True, slots=True)
class Reading:
    """A sheet as it was read.

    `roles` are those asked for and what the header shows beside them. `trial` is None where
    nothing can be analysed; `lines` are the rows of its plots in the file,
    `empty` counts plots without a value of which the sheet does not say what stood there.
    """

    file: str
    rows: int
    roles: Roles
    trial: Trial | None
    lines: tuple[int, ...]
    empty: int
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What could not be used."""
        return tuple(one for one in self.findings if not one.used)

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """What is used and should be looked at."""
        return tuple(one for one in self.findings if one.used)


def read(body: bytes, name: str, response: str, roles: Roles) -> Reading:
    """Read a CSV or XLSX of one trial: its good rows, and a finding for all that is not.

    Raises
    ------
    BadInput  It is empty, too large, or no table at all.
    """
    asked = (response, *factor_names(roles), *roles.covariates)
    table = read_table(body, name, [part for one in asked for part in (one, *split_names(one))])
    roles, parts = settled(table.header, roles)
    table = joined(table, factor_names(roles))
    roles, samples = sampled_of(table, field_of(table, roles))
    columns = find_columns(table.header, response, roles)
    found = (*table.findings, *columns.findings, *parts, *samples)
    if any(one.row == 0 and not one.used for one in found):
        return Reading(name, len(table.rows), roles, None, (), 0, found)
    return _Rows(table, columns.of, response, roles).reading(name, found)


class _Rows:
    """The cells of a table, by the names that the analysis gives its columns."""

    def __init__(self, table: Table, of: Mapping[str, str], response: str, roles: Roles) -> None:
        self.table, self.of, self.response, self.roles = table, of, response, roles
        self.factors = factor_names(roles)
        self.whole = dict(table.rows)

    def reading(self, name: str, found: Sequence[Finding]) -> Reading:
        """The trial of the good rows."""
        rows, empty = self._planted()
        lines = [line for line, _ in rows]
        by_name = {one: self._levels(one, rows) for one in self.factors}
        numbers = {one: self._numbers(one, rows) for one in (self.response, *self.roles.covariates)}
        of_levels = [one for part in by_name.values() for one in part.findings]
        out = refused_rows(of_levels)
        texts = self._texts(lines, by_name, out)
        again = list(twice(texts, self.whole, self.roles, plot_column(self.table.header)))
        out |= refused_rows(again)
        keep = [place for place, line in enumerate(lines) if line not in out]
        names = {one: [part.names[place] for place in keep] for one, part in by_name.items()}
        values = {one: [part.values[place] for place in keep] for one, part in numbers.items()}
        told = [*found, *of_levels, *(one for part in numbers.values() for one in part.findings)]
        told += [*again, *self._nothing_to_compare(names, values[self.response])]
        if empty:
            told.append(Finding(0, self.response, "", "plots_empty", {"n": empty}, used=True))
        usable = not any(one.row == 0 and not one.used for one in told)
        trial = self._trial(names, values) if usable else None
        told.sort(key=lambda one: one.row)
        left = tuple(lines[place] for place in keep)
        return Reading(name, len(self.table.rows), self.roles, trial, left, empty, tuple(told))

    def _cells(self, name: str, rows: Sequence[_Row]) -> list[tuple[int, str]]:
        place = self.table.index(self.of[name])
        return [(line, cells[place]) for line, cells in rows]

    def _planted(self) -> tuple[list[_Row], int]:
        """The rows that say what stood on a plot, and how many others have no value either."""
        rows = self.table.rows
        measure = self.table.index(self.of[self.response])
        laid_out = [self.table.index(self.of[name]) for name in self.factors]
        planted = [
            (line, cells)
            for line, cells in rows
            if not is_missing(cells[measure]) or all(level_text(cells[n]) for n in laid_out)
        ]
        return planted, len(rows) - len(planted)

    def _levels(self, name: str, rows: Sequence[_Row]) -> Levels:
        return levels(name, self._cells(name, rows))

    def _numbers(self, name: str, rows: Sequence[_Row]) -> Measured:
        unit = _UNIT.search(self.of[name])
        cells = self._cells(name, rows)
        return measured(name, cells, comma=self.table.comma, unit=unit[1] if unit else "")

    def _texts(
        self, lines: Sequence[int], by_name: Mapping[str, Levels], out: set[int]
    ) -> list[tuple[int, dict[str, str]]]:
        """The levels of the good rows, and the number of their plot where the sheet has it."""
        plot = plot_column(self.table.header)
        told = []
        for place, line in enumerate(lines):
            if line in out:
                continue
            texts = {name: part.names[place] for name, part in by_name.items()}
            if plot is not None:
                texts[plot] = self.whole[line][self.table.index(plot)]
            told.append((line, texts))
        return told

    def _nothing_to_compare(
        self, names: Mapping[str, Sequence[str]], values: Sequence[float]
    ) -> list[Finding]:
        if not np.isfinite(values).any():
            return [of_file("no_values", self.response)]
        return [one for name in self.roles.treatments for one in alone(name, names[name])]

    def _trial(
        self, names: Mapping[str, Sequence[str]], values: Mapping[str, Sequence[float]]
    ) -> Trial:
        return Trial(
            response=np.array(values[self.response], dtype=np.float64),
            factors={name: factor(texts) for name, texts in names.items()},
            covariates={
                name: np.array(values[name], dtype=np.float64) for name in self.roles.covariates
            },
            name=self.response,
        )
