"""The parts that the columns of a sheet play: what a design needs, what the header shows."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agro.trials.findings import Finding, of_file
from agro.trials.layout import plot_column
from agro.trials.spelling import plain_header
from agro.trials.table import Table
from models.trials.model import Roles

DESIGNS = (
    *("crd", "rcbd", "latin-square", "split-plot", "split-split-plot", "strip-plot", "factorial"),
    *("alpha-lattice", "augmented", "row-column", "multi-environment", "repeated"),
)
_NEEDED: dict[str, tuple[str, ...]] = {
    "rcbd": ("block",),
    "latin-square": ("row", "column"),
    "strip-plot": ("block",),
    "alpha-lattice": ("block",),
    "augmented": ("block",),
    "row-column": ("row", "column"),
    "multi-environment": ("environment",),
    "repeated": ("time",),
}
_SPLIT = ("split-plot", "split-split-plot")
_FACTORS = {"split-plot": 2, "split-split-plot": 3, "strip-plot": 2}  # treatments, at least
_REPLICATE = ("rep", "replicate", "replication", "repetition", "superblock")
_MAIN_PLOT = (
    *("main plot", "mainplot", "whole plot", "wholeplot"),
    *("grande placette", "grande parcelle"),
)
_ONE_SIZE = ("crd", "rcbd", "factorial")
_LINED = ("latin-square", "row-column")
_ROW = ("row", "rang", "rangee", "ligne")
_COLUMN = ("col", "column", "colonne")
_UNIQUE = 0.9  # share of the plots that their places must tell apart to be places
_LIST = re.compile("[,:]")
_TIME = ("time", "date", "day", "week", "year", "temps", "jour", "semaine", "annee")


def settled(header: Sequence[str], roles: Roles) -> tuple[Roles, tuple[Finding, ...]]:
    """The parts with what the header shows of those that a design needs and nobody named."""
    if roles.design == "rcbd" and not roles.block and roles.replicate:
        roles = replace(roles, block=roles.replicate, replicate=None)
    if roles.main_plot and roles.main_plot not in header:
        roles = replace(
            roles, main_plot=":".join(one.strip() for one in _LIST.split(roles.main_plot))
        )
    shown: dict[str, Any] = dict(_shown(header, roles))
    roles = replace(roles, **shown)
    found = [
        Finding(0, column, column, "part_taken", {"part": part}, used=True)
        for part, column in shown.items()
    ]
    return roles, (*found, *_lacking(roles))


def _shown(header: Sequence[str], roles: Roles) -> Iterator[tuple[str, str]]:
    by_name = {plain_header(name): name for name in reversed(header) if name}

    def first(names: Sequence[str]) -> str | None:
        return next((by_name[one] for one in names if one in by_name), None)

    shown: dict[str, str | None] = {}
    blocked = roles.block or roles.replicate
    if roles.design == "alpha-lattice" and not roles.replicate:
        shown["replicate"] = first(_REPLICATE)
    if roles.design in _LINED:
        shown |= {"row": roles.row or first(_ROW), "column": roles.column or first(_COLUMN)}
    if roles.design == "repeated" and not roles.time:
        shown["time"] = _time(by_name, roles)
    if roles.design == "repeated" and not roles.subject:
        shown["subject"] = plot_column(header) or by_name.get("subject")
    if roles.design in _SPLIT and _unnumbered(roles) and not blocked:
        shown["subject"] = first((*_MAIN_PLOT, *_REPLICATE))
    taken = {roles.block, *roles.treatments}
    for part, column in shown.items():
        if column and column != getattr(roles, part) and (part == "time" or column not in taken):
            yield part, column


def _time(by_name: Mapping[str, str], roles: Roles) -> str | None:
    """When it was measured: a treatment of such a name, the years given, else what is shown."""
    named = [by_name[one] for one in _TIME if one in by_name]
    crossed = [name for name in named if name in roles.treatments]
    last = roles.treatments[-1] if len(roles.treatments) > 1 else None
    return next((name for name in (*crossed, roles.environment, *named, last) if name), None)


def _unnumbered(roles: Roles) -> bool:
    """Whether nothing tells main plots of one treatment apart."""
    return not roles.subject and (roles.main_plot or roles.treatments[0]) in roles.treatments


def _lacking(roles: Roles) -> Iterator[Finding]:
    blocked = roles.block or roles.replicate
    needed = list(_NEEDED.get(roles.design, ()))
    if roles.design in _SPLIT and _unnumbered(roles) and not blocked:
        needed.append("block")
    if roles.design == "repeated" and not roles.subject and not blocked:
        needed.append("subject")
    for part in needed:
        if not getattr(roles, part) and not (part == "block" and blocked):
            yield of_file("part_missing", "", part, design=roles.design)
    least = _FACTORS.get(roles.design, 1)
    if len(roles.treatments) < least:
        shown = ", ".join(roles.treatments)
        yield of_file("treatments_few", "", shown, design=roles.design, least=least)


def field_of(table: Table, roles: Roles) -> Roles:
    """The roles with the rows and columns of the field, where the sheet has them for every plot.

    Nobody asked for them: they change no figure, and show whether the layout is what it should be.
    """
    by_name = {plain_header(name): name for name in reversed(table.header) if name}
    row = roles.row or next((by_name[one] for one in _ROW if one in by_name), None)
    column = roles.column or next((by_name[one] for one in _COLUMN if one in by_name), None)
    outer = (roles.environment, roles.replicate, roles.block)
    taken = {*outer, *roles.treatments, *roles.covariates, roles.subject, roles.time}
    if row is None or column is None or not {row, column} <= set(table.header) - taken:
        return roles
    key = [*outer, row, column, roles.time]
    places = [table.index(name) for name in key if name in table.header]
    cells = [tuple(one[place] for place in places) for _, one in table.rows]
    known = all(one[table.index(name)] for _, one in table.rows for name in (row, column))
    unique = len(set(cells)) >= _UNIQUE * len(cells)
    return replace(roles, row=row, column=column) if known and unique else roles


def sampled_of(table: Table, roles: Roles) -> tuple[Roles, tuple[Finding, ...]]:
    """The roles with the column of the plots, where each plot stands in several rows.

    Samples of one plot are no replicates; in designs with plots of one size its number shows them.
    """
    plot = plot_column(table.header)
    outer = [name for name in (roles.replicate, roles.block) if name in table.header]
    used = {roles.row, roles.column, roles.environment, *outer, *roles.treatments}
    if roles.design not in _ONE_SIZE or roles.subject or roles.time or plot is None or plot in used:
        return roles, ()
    if not set(roles.treatments) <= set(table.header):
        return roles, ()
    key = [table.index(name) for name in (*outer, plot)]
    given = [*key, *(table.index(name) for name in roles.treatments)]
    plots, treated = (
        Counter(tuple(one[at] for at in places) for _, one in table.rows) for places in (key, given)
    )
    several = min(plots.values()) > 1 and len(treated) == len(plots)
    if not several:
        return roles, ()
    return replace(roles, subject=plot), (Finding(0, plot, plot, "plots_sampled", used=True),)


def split_names(name: str) -> tuple[str, ...]:
    """The columns that a name joins: `loc:year` are two that tell environments apart together."""
    return tuple(part.strip() for part in name.split(":") if part.strip())


def joined(table: Table, names: Sequence[str]) -> Table:
    """The table with a column for each name that joins several of its columns by a colon."""
    for name in names:
        parts = split_names(name)
        if name in table.header or len(parts) < 2 or not set(parts) <= set(table.header):
            continue
        places = [table.index(part) for part in parts]
        rows = tuple((line, (*cells, _together(cells, places))) for line, cells in table.rows)
        table = replace(table, header=(*table.header, name), rows=rows)
    return table


def _together(cells: Sequence[str], places: Sequence[int]) -> str:
    texts = [cells[place] for place in places]
    return ":".join(texts) if all(texts) else ""
